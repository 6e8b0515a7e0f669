"""People who are in the books twice, and people who are taken for one and are not: made from what people do.

Each record is what somebody typed; what it becomes in the store is the store's own normalising. Nothing here
asks the scorer anything.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from opencc import OpenCC
from pypinyin import lazy_pinyin

from bot.demo.people import Person as Someone
from bot.demo.people import people
from crm_store.customers import contacts
from crm_store.customers.pairing import Person
from crm_store.customers.tables import ContactKind

BACKGROUND = 6000
EACH = 90


@dataclass
class Record:
    """One entry as it was typed. ``who`` is the person it is really of."""

    who: int
    name: str
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    company: str | None = None
    city: str | None = None
    street: str | None = None


@dataclass(frozen=True)
class Books:
    """``kinds``: by pair of ids, how it came about; ``truth``: those that are one person."""

    people: list[Person]
    truth: set[tuple[int, int]]
    kinds: dict[tuple[int, int], str]


@cache
def _ways() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return told


def books(*, seed: int, each: int = EACH, background: int = BACKGROUND) -> Books:
    """Everybody, in random order; the same for a seed."""
    maker = _Maker(Random(seed), seed)
    groups = [(kind, records) for kind in maker.kinds for records in maker.make(kind, each)]
    rest = [("background", [maker.record(one)]) for one in maker.some(background)]
    placed = [
        (kind, number, record) for number, (kind, records) in enumerate(groups + rest) for record in records
    ]
    maker.random.shuffle(placed)
    found: list[Person] = []
    by_group: dict[int, list[tuple[int, Record, str]]] = {}
    for id, (kind, number, record) in enumerate(placed, start=1):
        found.append(_as_stored(id, record))
        by_group.setdefault(number, []).append((id, record, kind))
    truth, kinds = set(), {}
    for members in by_group.values():
        for (a, one, kind), (b, other, _) in combinations(sorted(members, key=lambda each: each[0]), 2):
            kinds[a, b] = kind
            if one.who == other.who:
                truth.add((a, b))
    return Books(found, truth, kinds)


def _as_stored(id: int, record: Record) -> Person:
    phones = [one for text in record.phones if (one := contacts.normalised(ContactKind.PHONE, text))]
    emails = [one for text in record.emails if (one := contacts.normalised(ContactKind.EMAIL, text))]
    return Person(
        id=id,
        name=record.name,
        phones=tuple(phones),
        emails=tuple(emails),
        company=record.company,
        city=record.city,
        street=record.street,
    )


class _Maker:
    """Groups of records by kind: some are one person's, some several people's."""

    def __init__(self, random: Random, seed: int) -> None:
        self.random = random
        self._supply = self._unshared(people(10**9, seed=seed))
        self._who = 0
        self.kinds = {
            name.removeprefix("make_"): getattr(self, name) for name in dir(self) if name.startswith("make_")
        }

    def _unshared(self, supply: Iterator[Someone]) -> Iterator[Someone]:
        """A mailbox is one person's; who shares a phone is made by the kinds below, and known."""
        phones: set[str] = set()
        emails: set[str | None] = set()
        for one in supply:
            if one.phone not in phones:
                yield replace(one, email=None) if one.email in emails else one
            phones.add(one.phone)
            emails.add(one.email)

    def make(self, kind: str, count: int) -> Iterator[list[Record]]:
        for _ in range(count):
            yield self.kinds[kind]()

    def some(self, count: int) -> Iterator[Someone]:
        for _ in range(count):
            yield next(self._supply)

    def one(self, language: str, *, letters: int = 0) -> Someone:
        """A person with a mobile of their own; ``letters``: characters of a Chinese name."""
        for one in self._supply:
            reached = one.phone.startswith("+861") or (language == "en" and contacts.phone(one.phone))
            fits = one.language == language and "·" not in one.name
            if fits and reached and (not letters or len(one.name) == letters):
                return one
        raise AssertionError

    def record(self, one: Someone, *, new: bool = True, **about: Any) -> Record:
        self._who += int(new)
        told = {
            "name": one.name,
            "phones": [one.phone],
            "emails": [one.email] if one.email else [],
            "company": one.company,
            "city": one.city,
            "street": one.street,
        }
        return Record(self._who, **(told | about))

    def again(self, one: Someone, **about: Any) -> Record:
        """The same person once more, with less known: nobody gives everything twice."""
        return self.record(one, new=False, **({"emails": [], "company": None, "street": None} | about))

    def _typed(self, phone: str) -> str:
        national = phone.removeprefix("+86")
        wide = national.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        return self.random.choice(
            [
                f"{national[:3]}-{national[3:7]}-{national[7:]}",
                f"{national[:3]} {national[3:7]} {national[7:]}",
                f"+86 {national}",
                f"0086{national}",
                f"86{national}",
                f"(+86){national[:3]} {national[3:]}",
                wide,
                f"手机：{national}",
            ]
        )

    def _email(self, one: Someone) -> str:
        latin = "".join(lazy_pinyin(one.name, errors="ignore"))
        latin = (
            latin or ".".join(one.name.lower().replace(".", "").split()).encode("ascii", "ignore").decode()
        )
        return (
            f"{latin}{self.random.randint(10, 9999)}@{self.random.choice(['gmail.com', '163.com', 'qq.com'])}"
        )

    def _pinyin(self, name: str) -> tuple[str, str]:
        surname = _ways()["surnames_read"].get(name[0]) or lazy_pinyin(name)[0]
        return surname, "".join(lazy_pinyin(name[1:]))

    # One person, twice.

    def make_1_phone_typed_otherwise(self) -> list[Record]:
        one = self.one("zh")
        return [self.record(one), self.again(one, phones=[self._typed(one.phone)])]

    def make_1_email_typed_otherwise(self) -> list[Record]:
        one = self.one(self.random.choice(["zh", "en"]))
        local, _, host = self._email(one).partition("@")
        tagged = f"{local}+{self.random.choice(['shop', 'tea', '2026'])}@{host}"
        dotted = f"{local[:2]}.{local[2:]}@{host}" if host == "gmail.com" else f"{local}@{host}".upper()
        given = self.random.choice([tagged, dotted])
        return [self.record(one, emails=[f"{local}@{host}"]), self.again(one, phones=[], emails=[given])]

    def make_1_one_digit_off(self) -> list[Record]:
        one = self.one(self.random.choice(["zh", "zh", "en"]))
        return [self.record(one), self.again(one, phones=[self._slipped(one.phone)])]

    def _slipped(self, phone: str) -> str:
        """A digit wrong, or two neighbours exchanged; still a number one could call."""
        while True:
            at = self.random.randrange(len(phone) - 8, len(phone) - 1)
            wrong = phone[:at] + str(self.random.randint(0, 9)) + phone[at + 1 :]
            turned = phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]
            slipped = self.random.choice([wrong, wrong, turned])
            if slipped != phone and contacts.phone(slipped):
                return slipped

    def make_1_pinyin(self) -> list[Record]:
        one = self.one("zh")
        surname, given = self._pinyin(one.name)
        forms = [
            f"{surname} {given}".title(),
            f"{given} {surname}".title(),
            f"{surname} {given}".upper(),
            surname + given,
        ]
        forms.append(" ".join([*lazy_pinyin(one.name[1:]), surname]).title())
        return [self.record(one), self.again(one, name=self.random.choice(forms))]

    def make_1_spelled_as_abroad(self) -> list[Record]:
        one = self.one("zh")
        han, latin = self.random.choice(_ways()["spelled"])
        latin = self.random.choice([latin, latin.upper(), " ".join([*latin.split()[1:], latin.split()[0]])])
        return [self.record(one, name=han), self.again(one, name=latin)]

    def make_1_homophone(self) -> list[Record]:
        swaps = {pair[at]: pair[1 - at] for pair in _ways()["homophones"].split() for at in (0, 1)}
        while True:
            one = self.one("zh")
            places = [at for at in range(1, len(one.name)) if one.name[at] in swaps]
            if places:
                at = self.random.choice(places)
                other = one.name[:at] + swaps[one.name[at]] + one.name[at + 1 :]
                return [self.record(one), self.again(one, name=other)]

    def make_1_traditional_or_wide(self) -> list[Record]:
        one = self.one("zh")
        other = OpenCC("s2t").convert(one.name)
        return [
            self.record(one),
            self.again(one, name=f" {other[:1]} {other[1:]}" if other == one.name else other),
        ]

    def make_1_nickname(self) -> list[Record]:
        one, names = self.one("en"), _ways()["nicknames"]
        first = self.random.choice(sorted(names))
        last, email = one.name.split()[-1], self._email(one)
        by_phone = self.random.random() < 0.5
        short = f"{self.random.choice(names[first].split())} {last}"
        known = self.record(one, name=f"{first} {last}", emails=[email])
        return [known, self.again(one, name=short, **({} if by_phone else {"phones": [], "emails": [email]}))]

    def make_1_slip_in_a_western_name(self) -> list[Record]:
        while True:
            one = self.one("en")
            *first, last = one.name.split()
            if len(last) >= 5 and last.isascii():
                break
        at = self.random.randrange(1, len(last) - 1)
        letter = self.random.choice("aeiorstnl")
        slipped = self.random.choice(
            [
                last[:at] + last[at + 1 :],
                last[:at] + letter + last[at:],
                last[:at] + last[at + 1] + last[at] + last[at + 2 :],
            ]
        )
        return [self.record(one), self.again(one, name=" ".join([*first, slipped]))]

    def make_1_western_order(self) -> list[Record]:
        one = self.one("en")
        while len(words := one.name.split()) > 2:
            one = self.one("en")
        first, last = words
        forms = [
            f"{last}, {first}",
            f"{last} {first}",
            f"{first} Q. {last}",
            f"{first[0]}. {last}",
            f"Mr {first} {last}",
        ]
        return [self.record(one), self.again(one, name=self.random.choice(forms))]

    def make_1_title_only(self) -> list[Record]:
        one = self.one("zh")
        return [
            self.record(one),
            self.again(one, name=one.name[0] + self.random.choice(_ways()["titles"].split())),
        ]

    def make_1_given_name_only(self) -> list[Record]:
        one = self.one("zh", letters=3)
        return [self.record(one), self.again(one, name=one.name[1:])]

    def make_1_english_given_name(self) -> list[Record]:
        one = self.one("zh")
        given = self.random.choice(_ways()["western_given"].split())
        return [self.record(one), self.again(one, name=f"{given} {self._pinyin(one.name)[0].title()}")]

    def make_1_no_name(self) -> list[Record]:
        one = self.one("zh")
        return [self.record(one), self.again(one, name=self.random.choice(_ways()["nameless"]))]

    def make_1_through_a_third(self) -> list[Record]:
        one = self.one("zh")
        email = self._email(one)
        return [
            self.record(one, emails=[]),
            self.again(one, emails=[email]),
            self.again(one, phones=[], emails=[email]),
        ]

    def make_1_company_and_name(self) -> list[Record]:
        while not (one := self.one("zh")).company:
            pass
        return [self.record(one, emails=[]), self.again(one, phones=[], company=one.company)]

    # Several people.

    def make_2_namesakes_in_one_city(self) -> list[Record]:
        one, other = self.one("zh"), self.one("zh")
        return [self.record(one), self.record(other, name=one.name, city=one.city)]

    def make_2_namesakes_without_a_phone(self) -> list[Record]:
        one, other = self.one("zh"), self.one("zh")
        return [self.record(one), self.record(other, name=one.name, phones=[], emails=[self._email(other)])]

    def make_2_namesakes_who_are_colleagues(self) -> list[Record]:
        while not (one := self.one("zh")).company:
            pass
        other = self.one("zh")
        return [self.record(one), self.record(other, name=one.name, company=one.company, city=one.city)]

    def make_2_namesakes_of_one_mailbox_name(self) -> list[Record]:
        one, other = self.one("zh"), self.one("zh")
        local = self._email(one).partition("@")[0]
        return [
            self.record(one, emails=[f"{local}@163.com"]),
            self.record(other, name=one.name, emails=[f"{local}@qq.com"]),
        ]

    def make_2_family(self) -> list[Record]:
        """One phone and one address: husband and wife, and children with the father's surname."""
        father, mother = self.one("zh"), self.one("zh")
        shared = {"phones": [father.phone], "city": father.city, "street": father.street}
        members = [self.record(father, **shared), self.record(mother, **shared)]
        for _ in range(self.random.randint(0, 2)):
            child = self.one("zh")
            members.append(self.record(child, name=father.name[0] + child.name[1:], emails=[], **shared))
        return _of_different_names(members)

    def make_2_brothers(self) -> list[Record]:
        """A generation's character in common, as families do."""
        one, other = self.one("zh", letters=3), self.one("zh", letters=3)
        shared = {"phones": [one.phone], "city": one.city, "street": one.street, "emails": []}
        name = one.name[:2] + other.name[2]
        return _of_different_names([self.record(one, **shared), self.record(other, name=name, **shared)])

    def make_2_western_family(self) -> list[Record]:
        one, other = self.one("en"), self.one("en")
        last = one.name.split()[-1]
        shared = {"phones": [one.phone], "city": one.city, "street": one.street}
        return _of_different_names(
            [self.record(one, **shared), self.record(other, name=f"{other.name.split()[0]} {last}", **shared)]
        )

    def make_2_office(self) -> list[Record]:
        """One line, one mailbox, one company."""
        first = self.one("zh")
        line = f"+8610{self.random.randint(50_000_000, 89_999_999)}"
        company = f"{first.city}{first.name[-1]}{first.name[0]}贸易有限公司"
        shared = {
            "phones": [line],
            "emails": [f"info@{self._pinyin(first.name)[1]}{self.random.randint(1, 999)}.cn"],
            "company": company,
        }
        return _of_different_names(
            [self.record(self.one("zh"), **shared, city=first.city) for _ in range(self.random.randint(3, 6))]
        )

    def make_2_neighbours_numbers(self) -> list[Record]:
        one, other = self.one("zh"), self.one("zh")
        return _of_different_names([self.record(one), self.record(other, phones=[self._slipped(one.phone)])])

    def make_2_assistant(self) -> list[Record]:
        """Somebody orders for the boss: the boss's name, the assistant's phone, and the assistant."""
        boss, assistant = self.one("zh"), self.one("zh")
        about = {"company": boss.company or f"{boss.city}商行", "city": boss.city}
        return _of_different_names(
            [self.record(boss, phones=[assistant.phone], **about), self.record(assistant, **about)]
        )


def _of_different_names(records: list[Record]) -> list[Record]:
    """By chance two of a family may bear one name, or one that sounds the same: parents would not choose it,
    and nobody could tell. Only one is taken."""
    return list({(_sound(one.name)): one for one in records}.values())


def _sound(name: str) -> str:
    western = name.split()
    return " ".join([western[0], western[-1]]) if len(western) > 1 else "".join(lazy_pinyin(name))
