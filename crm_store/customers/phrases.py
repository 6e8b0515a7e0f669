"""What people put around names: titles, short forms of given names, the legal form of a company."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from crm_store.customers.names import HAN, fold
from crm_store.customers.pinyin import surname_of

_HERE = Path(__file__)


class Titles(NamedTuple):
    after: re.Pattern[str]
    before: re.Pattern[str]
    western: frozenset[str]
    label: re.Pattern[str]
    company: re.Pattern[str]
    company_western: frozenset[str]


@cache
def titles() -> Titles:
    table: dict[str, Any] = tomllib.loads(_HERE.with_name("titles.toml").read_text(encoding="utf-8"))
    return Titles(
        re.compile(f"(?P<name>.*?[{HAN}a-z]) ?(?P<title>{_any(table['after'])})"),
        re.compile(f"(?P<title>{_any(table['before'])})(?P<name>[{HAN}]{{1,3}})"),
        frozenset((table["western"] + table["western_after"]).split()),
        re.compile(f"(?:{_any(table['label'])})[ :]*(?P<plain>[+(]?\\d.*|.*@.*)"),
        re.compile(f"(?P<name>.*?[{HAN}]{{2}}.*?)(?:{_any(table['company'])})+"),
        frozenset(table["company_western"].split()),
    )


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


def untitled(folded: str) -> tuple[str, str] | None:
    """A folded text without the title around it, and the title: (王, 总) of 王总, (李, 老) of 老李,
    (smith, mr) of mr. smith. None where there is none."""
    found = titles().after.fullmatch(folded) or titles().before.fullmatch(folded)
    if found is not None and _is_address(found["name"], found["title"]):
        return found["name"], found["title"]
    words = folded.replace(".", " ").replace(",", " ").split()
    plain = [word for word in words if word not in titles().western]
    if plain and len(plain) < len(words):
        return " ".join(plain), next(word for word in words if word in titles().western)
    return None


_LINK = re.compile(r"(?:https?://)?(?:www\.)?t(?:elegram)?\.me/(?P<username>\w+)/?")


def unlabelled(folded: str) -> str:
    """A folded text without what a number or an address was copied with: 7718 of 尾号7718, @ann of
    https://t.me/ann."""
    if link := _LINK.fullmatch(folded):
        return "@" + link["username"]
    found = titles().label.fullmatch(folded)
    return found["plain"] if found else folded


def _is_address(name: str, title: str) -> bool:
    """A title of one character stands beside a surname alone: 王总; 张勇哥 is somebody's name."""
    return len(title) > 1 or len(name) == 1 or surname_of(name) == name or name.isascii()


def company_core(company: str) -> str:
    """A company's folded name without its legal form: 智联科技 of 智联科技有限公司, acme of Acme Inc."""
    folded = fold(company)
    found = titles().company.fullmatch(folded)
    if found is not None:
        return found["name"]
    words = re.split(r"[\s,.]+", folded)
    while len(words) > 1 and (not words[-1] or words[-1] in titles().company_western):
        words.pop()
    return " ".join(words)


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    table: dict[str, Any] = tomllib.loads(_HERE.with_name("nicknames.toml").read_text(encoding="utf-8"))
    names: dict[str, set[str]] = {}
    for line in table["names"].split("\n"):
        full, _, shorts = line.partition(":")
        for short in shorts.split():
            names.setdefault(full.strip(), set()).add(short)
            names.setdefault(short, set()).add(full.strip())
    return {name: frozenset(others) for name, others in names.items()}


def also_called(word: str) -> frozenset[str]:
    """The other forms of a folded given name: robert, bert … of bob; bob, bobby, rob … of robert."""
    return _nicknames().get(word, frozenset())
