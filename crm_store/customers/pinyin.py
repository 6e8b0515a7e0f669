"""How Chinese names are read: surnames as surnames, given names by character; what sounds alike."""

import re
import tomllib
from functools import cache, lru_cache
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

READINGS = 6
"""At most so many readings of one name are kept."""

Syllables = tuple[str, ...]

_LETTERS = str.maketrans({"v": "u", "ü": "u", "f": "h"})
_NASAL = re.compile(r"ng(?![aeiou])|n")


class Surnames(NamedTuple):
    single: frozenset[str]
    compound: frozenset[str]
    readings: dict[str, list[str]]
    given: dict[str, list[str]]


@cache
def surnames() -> Surnames:
    table: dict[str, Any] = tomllib.loads(
        Path(__file__).with_name("surnames.toml").read_text(encoding="utf-8")
    )
    return Surnames(
        frozenset("".join(table["single"].split())),
        frozenset(table["compound"].split()),
        table["readings"],
        table["given"],
    )


@cache
def everyday(character: str) -> str:
    """The first reading a dictionary gives, without its tone: 王 wang. A sign without one is itself."""
    from pypinyin import Style, lazy_pinyin  # slow import: an English-only desk never needs it

    return lazy_pinyin(character, style=Style.NORMAL, neutral_tone_with_five=False)[0]


def surname_of(han: str) -> str:
    """The surname a run of Chinese characters begins with; empty where it begins with none."""
    table = surnames()
    for length in (4, 3, 2):
        if han[:length] in table.compound:
            return han[:length]
    return han[:1] if han[:1] in table.single else ""


@lru_cache(maxsize=65536)
def surname_readings(surname: str) -> tuple[Syllables, ...]:
    """How a surname is read, the usual reading first; the everyday reading of its characters is the last."""
    ways = [tuple(way.split()) for way in surnames().readings.get(surname, ())]
    plain = tuple(everyday(one) for one in surname)
    return tuple(dict.fromkeys([*ways, plain]))


@cache
def given_readings(character: str) -> tuple[str, ...]:
    return tuple(surnames().given.get(character, ())) or (everyday(character),)


@lru_cache(maxsize=16384)
def readings(han: str, surname: str) -> tuple[Syllables, ...]:
    """Every way a name is likely read, syllable by syllable, the likeliest first. ``surname`` is how it
    begins (may be empty)."""
    first = surname_readings(surname) if surname else ((),)
    rest = [given_readings(one) for one in han[len(surname) :]]
    ways = ((*head, *tail) for tail in product(*rest) for head in first)
    return tuple(dict.fromkeys(islice(ways, READINGS)))


def sound(pinyin: str) -> str:
    """One spelling for what many people do not tell apart: z/zh, c/ch, s/sh, n/l, -n/-ng, f/h, ü/u/v.

    Works on joined pinyin as people type it, and is the same for both of two spellings.
    """
    folded = pinyin.replace("lyu", "lu").replace("nyu", "nu")
    folded = folded.replace("zh", "z").replace("ch", "c").replace("sh", "s").translate(_LETTERS)
    return _NASAL.sub("l", folded)
