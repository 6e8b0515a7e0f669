"""How likely two names are one person's, when something else says that they are."""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from crm_store.customers import romanised
from crm_store.customers.names import HanName, Name, read
from crm_store.customers.phrases import also_called, untitled
from crm_store.customers.pinyin import sound

SHORTEST_TYPO = 4
"""Letters of a word in which one wrong letter is a slip; in shorter ones it is another name."""


class Alike(IntEnum):
    """From names that exclude each other to the same one."""

    OTHER = 0
    UNSAID = 1  # one of them is no name: 🌸, a phone number
    PART = 2  # one says less: 王总, 小明, Ann, J. Smith
    NEAR = 3  # a slip, a nickname, a middle name left out
    SOUND = 4  # the same sound, in other characters or letters
    SAME = 5


class Label(NamedTuple):
    """A name or a remark, taken apart. ``bare`` is what a title leaves of it (王 of 王总), else empty."""

    name: Name
    codes: frozenset[str]
    bare: str


@lru_cache(maxsize=131_072)
def label(text: str) -> Label:
    known = read(text)
    found = untitled(known.folded)
    return Label(known, romanised.codes(text), found[0] if found else "")


def alike(ours: Iterable[str], theirs: Iterable[str]) -> Alike:
    """The best that any name of the one and any of the other make (a name, a remark)."""
    return max((_alike(label(one), label(other)) for one in ours for other in theirs), default=Alike.UNSAID)


def _alike(one: Label, other: Label) -> Alike:
    if not _says(one.name) or not _says(other.name):
        return Alike.SAME if one.name.squeezed == other.name.squeezed != "" else Alike.UNSAID
    if one.name.squeezed == other.name.squeezed:
        return Alike.PART if one.bare and len(one.bare) == 1 else Alike.SAME
    if one.bare or other.bare:
        return _without_titles(one, other)
    return _compare(one, other)


def says_a_name(labels: Iterable[str]) -> bool:
    """True where any of them holds letters."""
    return any(_says(label(one).name) for one in labels)


def _says(name: Name) -> bool:
    """It holds letters: a name, and no sign or number."""
    return bool(name.han) or any(word.isalpha() for word in name.words)


def _without_titles(one: Label, other: Label) -> Alike:
    bare, full = (one.bare or one.name.folded), (other.bare or other.name.folded)
    if len(bare) == 1 or len(full) == 1:  # 王总: a surname, or 小明's 明
        short, long = (bare, full) if len(bare) == 1 else (full, bare)
        return Alike.PART if short in (long[:1], long[-1:]) else Alike.OTHER
    return _compare(label(bare), label(full))


def _compare(one: Label, other: Label) -> Alike:
    han = [(x, y) for x in one.name.han for y in other.name.han]
    found = max((_han(x, y) for x, y in han), default=Alike.OTHER)
    if one.name.words and other.name.words:
        found = max(found, _words(list(one.name.words), list(other.name.words)))
    if not (one.name.han and other.name.han) and one.codes & other.codes:
        found = max(found, Alike.SOUND)
    if found == Alike.OTHER and bool(one.name.han) != bool(other.name.han):
        found = _across(one, other)
    return found


def _han(one: HanName, other: HanName) -> Alike:
    if one.text == other.text:
        return Alike.SAME
    short, long = sorted((one, other), key=lambda name: len(name.text))
    if len(short.text) < len(long.text):
        is_given = len(short.text) > 1 and short.text == long.given
        return Alike.PART if is_given or short.text == long.surname else Alike.OTHER
    if set(one.readings) & set(other.readings):
        return Alike.SOUND
    if len(one.text) > 1 and _sounds(one) & _sounds(other):
        return Alike.NEAR
    return Alike.OTHER


def _sounds(name: HanName) -> set[tuple[str, ...]]:
    return {tuple(sound(syllable) for syllable in way) for way in name.readings}


def _across(han: Label, latin: Label) -> Alike:
    """A Chinese name beside one in letters that is not its spelling: the same surname with a Western given
    name, as many have both; or the given name alone."""
    if latin.name.han:
        han, latin = latin, han
    run, words = han.name.han[0], latin.name.words
    if not run.surname or not words:
        return Alike.OTHER
    cut = len(run.surname)
    if len(words) == 1:
        alone = {"".join(way[part]) for way in run.readings for part in (slice(cut), slice(cut, None))}
        return Alike.PART if words[0] in alone else Alike.OTHER
    surnames = {"".join(way[:cut]) for way in run.readings}
    for surname, given in ((words[-1], words[:-1]), (words[0], words[1:])):
        if not romanised.surnames_of(surname) & surnames:
            continue
        is_chinese = romanised.is_spelling("".join(given)) and not any(map(also_called, given))
        if not (is_chinese and romanised.read_in_mandarin(surname) & surnames):
            return Alike.PART
    return Alike.OTHER


def _words(one: list[str], other: list[str]) -> Alike:
    """Western names: words in any order, each with its like."""
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return Alike.SAME
    short, long = sorted((one, other), key=len)
    left, found = list(long), Alike.SAME
    for word in short:
        like, match = max(((_word(word, each), each) for each in left), default=(Alike.OTHER, ""))
        if like == Alike.OTHER:
            return Alike.OTHER
        left.remove(match)
        found = min(found, like)
    if not left:
        return found
    if len(short) == 1:
        is_given = len(short[0]) > 1 and short[0] != long[-1]
        return min(found, Alike.PART) if is_given else Alike.OTHER
    return min(found, Alike.NEAR)  # a middle name that only one of them says


def _word(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    if other in also_called(one):
        return Alike.NEAR
    if len(one) == 1 or len(other) == 1:
        return Alike.PART if one[0] == other[0] else Alike.OTHER
    ours, theirs = also_called(one), also_called(other)
    two_names = (
        bool(ours) and bool(theirs) and not ours & theirs
    )  # Dan and Don, and not Katherine and Catherine
    if not two_names and min(len(one), len(other)) >= SHORTEST_TYPO and OSA.distance(one, other) == 1:
        return Alike.NEAR
    return Alike.OTHER
