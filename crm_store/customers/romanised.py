"""Chinese names in Latin letters, however somebody spelled them: pinyin (Zhang Xiaoming, Xiaoming Zhang),
Wade-Giles (Chang Hsiao-ming), Hong Kong (Cheung). A code that two names share says that they may be one."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, product
from pathlib import Path
from typing import Any

from crm_store.customers.names import read

MOST_CODES = 40
MOST_SYLLABLES = 4
MOST_SPELLINGS = 8

_WHOLE = {
    "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tzu", "si": "ssu",
    "yi": "i", "yan": "yen", "ye": "yeh", "yue": "yueh", "yong": "yung", "you": "yu", "er": "erh", "e": "o",
    "ge": "ko", "ke": "ko", "he": "ho", "gui": "kuei", "kui": "kuei", "guo": "kuo", "kuo": "kuo",
    "huo": "huo", "shuo": "shuo",
}  # fmt: skip
_FIRST = {
    "zh": "ch", "ch": "ch", "sh": "sh", "b": "p", "p": "p", "d": "t", "t": "t", "g": "k", "k": "k", "j": "ch",
    "q": "ch", "x": "hs", "z": "ts", "c": "ts", "r": "j",
}  # fmt: skip
_LAST = {"ong": "ung", "ian": "ien", "ie": "ieh", "ue": "ueh", "uo": "o", "iong": "iung"}
_SYLLABLE = re.compile(r"(zh|ch|sh|[^aeiouv])?(.+)")


def wade_giles(syllable: str) -> str:
    """A syllable of pinyin as Wade and Giles wrote it, without the marks that passports leave out."""
    if syllable in _WHOLE:
        return _WHOLE[syllable]
    parts = _SYLLABLE.fullmatch(syllable)
    first, last = (parts[1] or "", parts[2]) if parts else ("", syllable)
    return _FIRST.get(first, first) + _LAST.get(last, last)


@lru_cache(maxsize=131_072)
def codes(text: str) -> frozenset[str]:
    """What a name may be in pinyin, surname first: names that are one in two spellings share a code. Any
    other name's code is its own letters, in either order of its words."""
    known = read(text)
    if known.han:
        return frozenset(_one_u("".join(way)) for way in known.han[0].readings)
    return frozenset(_one_u(code) for code in islice(_of_words(known.words), MOST_CODES))


def surnames_of(word: str) -> frozenset[str]:
    """The surnames in pinyin that a word may spell."""
    return frozenset({word, *_surnames().get(word, ())})


def read_in_mandarin(word: str) -> frozenset[str]:
    """The surnames that a word spells where given names are read in Mandarin too: not chan for 陈."""
    return frozenset({word, *_old_spellings().get(word, ())})


def is_spelling(word: str) -> bool:
    """True where a word can be read as syllables of Chinese: xiaoming, and not jack or leo."""
    syllables = _split(word, False) or _split(word, True)
    return bool(syllables) and all(len(ways[0]) > 1 for ways in syllables)


def _one_u(code: str) -> str:
    return code.replace("lyu", "lu").replace("nyu", "nu").replace("v", "u")


def _of_words(words: Sequence[str]) -> Iterator[str]:
    if not words:
        return
    yield "".join(words)
    if len(words) == 1:
        words = [ways[0] for ways in _split(words[0], False) or _split(words[0], True)]
    if len(words) < 2:
        return
    for surname, given in ((words[0], words[1:]), (words[-1], words[:-1])):
        yield surname + "".join(given)
        for plain in islice(product(*map(_ways, given)), MOST_SPELLINGS):
            for other in (surname, *_surnames().get(surname, ())):
                yield other + "".join(plain)


def _ways(word: str) -> tuple[str, ...]:
    """What a word of a given name may be in pinyin: one syllable in either spelling (chun is chun and jun),
    else several in pinyin, else several in Wade-Giles; else itself."""
    if (one := _old_spellings().get(word)) is not None:
        return one
    if _split(word, False):
        return (word,)
    old = _split(word, True)
    return tuple("".join(ways) for ways in islice(product(*old), MOST_SPELLINGS)) if old else (word,)


@lru_cache(maxsize=65_536)
def _split(word: str, old: bool) -> tuple[tuple[str, ...], ...]:
    table = _old_spellings() if old else _pinyin()
    for length in range(min(len(word), 6), 0, -1):
        ways = table.get(word[:length])
        if ways is None:
            continue
        if length == len(word):
            return (ways,)
        rest = _split(word[length:], old)
        if rest and len(rest) < MOST_SYLLABLES:
            return (ways, *rest)
    return ()


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return table


@cache
def _pinyin() -> dict[str, tuple[str, ...]]:
    return {one: (one,) for one in _table()["syllables"].split()}


@cache
def _old_spellings() -> dict[str, tuple[str, ...]]:
    """A syllable in either spelling → the pinyin it may stand for."""
    found: dict[str, set[str]] = {}
    for one in _pinyin():
        found.setdefault(one, set()).add(one)
        found.setdefault(wade_giles(one), set()).add(one)
    return {one: tuple(sorted(ways, key=lambda way: (way != one, way))) for one, ways in found.items()}


@cache
def _surnames() -> dict[str, tuple[str, ...]]:
    """Every spelling of a surname that is not pinyin, or not only → the pinyin it may stand for."""
    found: dict[str, set[str]] = {}
    for spelling, of in _elsewhere().items():
        found.setdefault(spelling, set()).update(of)
    for spelling, ones in _old_spellings().items():
        found.setdefault(spelling, set()).update(ones)
    return {spelling: tuple(sorted(ones - {spelling})) for spelling, ones in found.items()}


@cache
def _elsewhere() -> dict[str, frozenset[str]]:
    """Hong Kong's and other spellings of surnames → the pinyin."""
    found: dict[str, set[str]] = {}
    for one, spellings in _table()["surnames"].items():
        for spelling in spellings.split():
            found.setdefault(spelling, set()).add(one)
    return {spelling: frozenset(ones) for spelling, ones in found.items()}
