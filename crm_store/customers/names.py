"""Names as they are compared: one spelling for what means the same, whatever script, width or dot it has."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from crm_store.customers import pinyin

if TYPE_CHECKING:
    from opencc import OpenCC

LONGEST = 160
"""Characters of a name or query that are looked at: the rest of a pasted novel tells nobody apart."""

DOT = "·"
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOTS = dict.fromkeys("·•‧∙⋅・･᛫", DOT)
_LETTERS = {
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
}
_APOSTROPHES = dict.fromkeys("'’‘`´ʼ＇", "")
_SYMBOLS = {"So", "Sk", "Cn", "Co"}

_HAN_ONLY = re.compile(f"[{HAN}]+")
_RUN = re.compile(f"(?P<han>[{HAN}]+(?:[{DOT}.][{HAN}]+)*)|(?P<word>(?:(?![{HAN}])[^\\W_])+)")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_NOT_LETTERS = re.compile(r"[\W_]+")

HIDDEN = "**"
SAME_SOUND, ALIKE_SOUND = 0.9, 0.8


@cache
def _simplifier() -> "OpenCC":
    from opencc import OpenCC  # slow import: an English-only desk never needs it

    return OpenCC("t2s")


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = "".join(map(_fold_one, unicodedata.normalize("NFKC", chr(code))))
        return folded


def _fold_one(character: str) -> str:
    known = {**_DOTS, **_APOSTROPHES}.get(character)
    if known is not None:
        return known
    if _HAN_ONLY.match(character):
        return str(_simplifier().convert(character))
    kind = unicodedata.category(character)
    if kind[0] == "Z" or character in "\t\n\r\v\f":
        return " "
    if kind[0] == "C" or kind == "Sk":  # controls, joiners, halves of surrogates, skin tones
        return ""
    plain = (one for one in unicodedata.normalize("NFKD", character) if unicodedata.category(one) != "Mn")
    return unicodedata.normalize("NFC", "".join(_LETTERS.get(one, one) for one in "".join(plain).casefold()))


_FOLDED = _Folded()


def fold(text: str) -> str:
    """One spelling: NFKC, simplified characters, no accents or apostrophes, lower case, one kind of dot,
    single spaces; the first LONGEST characters. Folding a folded text changes nothing."""
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    return " ".join(composed.translate(_FOLDED).split())[:LONGEST].rstrip()


def squeeze(folded: str) -> str:
    """A folded text's letters and digits alone; of one that has none (🌸, ???), all but the spaces."""
    return _NOT_LETTERS.sub("", folded) or folded.replace(" ", "")


def is_han(text: str) -> bool:
    """Whether ``text`` is Chinese characters and nothing else."""
    return _HAN_ONLY.fullmatch(text) is not None


def symbols(folded: str) -> list[str]:
    """The emoji and signs of a folded text, each once."""
    return list(dict.fromkeys(one for one in folded if unicodedata.category(one) in _SYMBOLS))


class HanName(NamedTuple):
    """A run of Chinese characters: without its dots, the surname it begins with (may be empty), and its parts
    between dots."""

    text: str
    surname: str
    parts: tuple[str, ...]

    @property
    def given(self) -> str:
        return self.text[len(self.surname) :]

    @property
    def readings(self) -> tuple[pinyin.Syllables, ...]:
        return pinyin.readings(self.text, self.surname)


class Name(NamedTuple):
    """A folded name taken apart: its Chinese runs and its other words, each in the order written."""

    folded: str
    squeezed: str
    han: tuple[HanName, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=8192)
def read(text: str) -> Name:
    folded = fold(text)
    han, words = [], []
    for found in _RUN.finditer(folded):
        if found["word"]:
            words.append(found["word"])
        else:
            parts = tuple(found["han"].replace(".", DOT).split(DOT))
            run = "".join(parts)
            han.append(HanName(run, pinyin.surname_of(run) if len(parts) == 1 else "", parts))
    return Name(folded, squeeze(folded), tuple(han), tuple(words))


def surname(name: str) -> str:
    """欧阳 of 欧阳娜娜, smith of "John Smith" and of "Smith, John"; empty where none is recognised."""
    known = read(name)
    if known.han:
        return known.han[0].surname
    if len(known.words) < 2:
        return ""
    return known.words[0] if "," in known.folded else known.words[-1]


def hint(name: str) -> str:
    """As much of a name, in its own spelling, as tells its bearer that it is theirs: 張** of 張小芳,
    "Emma C." of "Emma Clarke" and of "Clarke, Emma", "M**" of a single word."""
    if han := _HAN_ONLY.search(name):
        return han[0][: len(surname(name)) or 1] + HIDDEN
    last, comma, first = name.partition(",")
    words = _WORD.findall(f"{first} {last}" if comma else name)
    if len(words) > 1:
        return f"{words[0]} {words[-1][0]}."
    return ("".join(words) or name.strip())[:1] + HIDDEN


def readings(name: str) -> list[str]:
    """A name as it is written in pinyin, joined, the likeliest first: 单小明 shanxiaoming, danxiaoming.
    Words in other scripts stand as they are."""
    known = read(name)
    if not known.han:
        return [known.squeezed]
    words = "".join(known.words)
    return list(dict.fromkeys("".join(way) + words for way in known.han[0].readings))


def similarity(a: str, b: str) -> float:
    """How alike two names are, 0 to 100: 100 is the same but for script, width, dots or the order of Western
    words; a Chinese character of the same sound counts 0.9, one that sounds alike 0.8."""
    one, other = read(a), read(b)
    if one.squeezed == other.squeezed:
        return 100.0
    if one.han and other.han:
        return max(_alike(one.han[0], other.han[0]), fuzz.ratio(one.squeezed, other.squeezed))
    if one.han or other.han:
        return 0.95 * max(fuzz.ratio(x, y) for x in spelled(one) for y in spelled(other))
    return max(
        fuzz.ratio(one.squeezed, other.squeezed),
        fuzz.ratio(" ".join(sorted(one.words)), " ".join(sorted(other.words))),
    )


def spelled(name: Name) -> list[str]:
    """A name in Latin letters, joined, in the orders people write it."""
    if not name.han:
        return [name.squeezed, "".join(reversed(name.words))]
    run = name.han[0]
    cut = len(run.surname)
    return [part for way in run.readings for part in ("".join(way), "".join(way[cut:] + way[:cut]))]


def _alike(one: HanName, other: HanName) -> float:
    """Characters one by one: the same, of the same sound, or sounding alike."""
    if len(one.text) != len(other.text):
        return 100 * Levenshtein.normalized_similarity(one.text, other.text)
    return max(
        100 * sum(map(_character, one.text, other.text, ours, theirs)) / len(one.text)
        for ours in one.readings
        for theirs in other.readings
    )


def _character(one: str, other: str, our_sound: str, their_sound: str) -> float:
    if one == other:
        return 1.0
    if our_sound == their_sound:
        return SAME_SOUND
    return ALIKE_SOUND if pinyin.sound(our_sound) == pinyin.sound(their_sound) else 0.0
