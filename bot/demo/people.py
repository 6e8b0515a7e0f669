"""Believable people, always the same for a seed: the demo's customers, and whom the benchmarks search among.

Surnames are as frequent as in life, so that namesakes, shared phones and shared tails come by themselves.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from opencc import OpenCC
from pypinyin import lazy_pinyin

CHINESE_SHARE = 0.74
MINORITY_SHARE = 0.01
TRADITIONAL_SHARE = 0.02
EMAIL_SHARE = 0.45
COMPANY_SHARE = 0.18
USERNAME_SHARE = 0.3
LANDLINE_SHARE = 0.04
SHARED_PHONE_SHARE = 0.02
REMARK_SHARE = 0.08


@dataclass(frozen=True)
class Person:
    """``phone`` is in E.164; ``remark`` is what the shop's staff call them among themselves."""

    name: str
    language: str
    phone: str
    email: str | None
    company: str | None
    province: str | None
    city: str
    district: str | None
    street: str
    username: str | None
    salutation: str | None
    remark: str | None


def people(count: int, *, seed: int) -> Iterator[Person]:
    """So many people; the same ones for the same seed, whatever the count."""
    random = Random(seed)  # noqa: S311 (nobody is to be surprised)
    made = _Maker(random)
    for _ in range(count):
        yield made.person()


@cache
def _parts() -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return told


class _Maker:
    def __init__(self, random: Random) -> None:
        self._random = random
        parts = _parts()
        chinese = parts["chinese"]
        self._surnames = [one.rstrip("0123456789") for one in chinese["surnames"].split()]
        self._weights = [
            int(one[len(name) :])
            for one, name in zip(chinese["surnames"].split(), self._surnames, strict=True)
        ]
        self._given: dict[bool, list[str]] = {True: chinese["male"].split(), False: chinese["female"].split()}
        self._syllables = sorted(
            {letter for names in self._given.values() for name in names for letter in name}
        )
        self._minority, self._traditional = chinese["minority"].split(), OpenCC("s2t")
        self._titles = chinese["titles"].split()
        western = parts["western"]
        self._first = {True: western["male"].split(), False: western["female"].split()}
        self._last = western["surnames"].split()
        self._places = [(*one[:2], one[2].split(), one[3]) for one in parts["places"]["cities"]]
        self._parts = parts
        self._phone = ""

    def person(self) -> Person:
        return self._chinese() if self._random.random() < CHINESE_SHARE else self._western()

    def _chinese(self) -> Person:
        random = self._random
        surname = random.choices(self._surnames, self._weights)[0]
        male = random.random() < 0.5
        name = surname + self._given_name(male)
        if (kind := random.random()) < MINORITY_SHARE:
            name = "·".join(random.sample(self._minority, 2))
        elif kind < MINORITY_SHARE + TRADITIONAL_SHARE:
            name = str(self._traditional.convert(name))
        province, city, districts, _ = random.choices(self._places, [one[3] for one in self._places])[0]
        latin = "".join(lazy_pinyin(name, errors="ignore"))
        places = self._parts["places"]
        return Person(
            name=name,
            language="zh",
            phone=self._mobile(),
            email=self._email(latin),
            company=self._company(city.removesuffix("市")),
            province=province,
            city=city,
            district=random.choice(districts),
            street=f"{random.choice(places['roads'].split())}{random.randint(1, 320)}号",
            username=self._username(latin),
            salutation=surname + random.choice(self._titles[:3] + (["先生"] if male else ["女士"]) * 3)
            if random.random() < 0.5
            else None,
            remark=surname + random.choice(self._titles) if random.random() < REMARK_SHARE else None,
        )

    def _given_name(self, male: bool) -> str:
        """A name one has met, or two syllables that go together by chance, as parents choose them."""
        random = self._random
        if random.random() < 0.45:
            return random.choice(self._given[male])
        return "".join(random.choices(self._syllables, k=1 if random.random() < 0.12 else 2))

    def _western(self) -> Person:
        random = self._random
        first, last = random.choice(self._first[random.random() < 0.5]), random.choice(self._last)
        middle = f" {random.choice('ABCDEFGHJKLMRSTW')}." if random.random() < 0.12 else ""
        latin = f"{first}.{last}".lower().encode("ascii", "ignore").decode().replace("'", "")
        places = self._parts["places"]
        return Person(
            name=f"{first}{middle} {last}",
            language="en",
            phone=self._abroad(),
            email=self._email(latin),
            company=f"{last} {random.choice(self._parts['companies']['western'].split(','))}"
            if random.random() < COMPANY_SHARE
            else None,
            province=None,
            city=random.choice(places["abroad"]),
            district=None,
            street=f"{random.randint(1, 240)} {random.choice(places['streets'].split(','))}",
            username=self._username(latin.replace(".", "_")),
            salutation=None,
            remark=None,
        )

    def _abroad(self) -> str:
        random = self._random
        country, number = random.choice(self._parts["phones"]["abroad"].split()), random.randint(0, 9_999_999)
        if country.startswith("+1"):  # no exchange there begins with 0 or 1
            number = 2_000_000 + number % 8_000_000
        return f"{country}{number:07d}"

    def _mobile(self) -> str:
        """Now and then the phone of the person before: a family, a shop."""
        random = self._random
        if self._phone and random.random() < SHARED_PHONE_SHARE:
            return self._phone
        phones = self._parts["phones"]
        if random.random() < LANDLINE_SHARE:
            area = random.choice(phones["area"].split())
            self._phone = f"+86{area[1:]}{random.randint(20_000_000, 89_999_999)}"
        else:
            self._phone = f"+86{random.choice(phones['mobile'].split())}{random.randint(0, 99_999_999):08d}"
        return self._phone

    def _email(self, latin: str) -> str | None:
        random = self._random
        if random.random() >= EMAIL_SHARE or not latin:
            return None
        tail = str(random.randint(1, 9999)) if random.random() < 0.7 else ""
        host = random.choice(self._parts["companies"]["mail"].split())
        return f"{latin}{tail}@{host}"

    def _username(self, latin: str) -> str | None:
        random = self._random
        if random.random() >= USERNAME_SHARE or len(latin) < 4:
            return None
        return f"{latin}{random.randint(1, 99999)}"

    def _company(self, city: str) -> str | None:
        random = self._random
        if random.random() >= COMPANY_SHARE:
            return None
        of = self._parts["companies"]
        parts = [random.choice(of[key].split()) for key in ("names", "trades", "kinds")]
        return "".join([city, *parts])
