"""Names in Latin letters and pinyin with slips of the finger, or as who spells by ear writes them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA
from sqlmodel import Session

from crm_store.customers import candidates, grams, names
from crm_store.customers.candidates import SPELLING, Found
from crm_store.customers.names import Name, read
from crm_store.customers.pinyin import sound
from crm_store.customers.search_keys import Kind

SHORTEST_SLIP = 4
LONG, VERY_LONG = 7, 10
"""Letters of pinyin from which on a slip and a confusion may come together, and two confusions."""

SHORTEST_PAIRED = 7
"""Trigrams of a query from which on two must be shared."""

_DOUBLED = re.compile(r"(.)\1+")


def slips(session: Session, name: Name) -> dict[int, Found]:
    typed = name.squeezed
    if len(typed) < SHORTEST_SLIP:
        return {}
    found: dict[int, Found] = {}
    turned = name.words[-1] + "".join(name.words[:-1])
    for spelled in dict.fromkeys((typed, turned)):
        _keep_best(found, _compare(session, _by_halves(session, sound(spelled)), name))
    if len(name.words) == 1:
        _keep_best(found, _compare(session, _by_word(session, typed), name))
    if not found and len(typed) > SHORTEST_SLIP:
        _keep_best(found, _compare(session, _by_grams(session, name), name))
    return found


def _keep_best(found: dict[int, Found], more: dict[int, Found]) -> None:
    for one, its in more.items():
        if one not in found or found[one].score < its.score:
            found[one] = its


def _by_halves(session: Session, sounding: str) -> list[int]:
    """One slip leaves the first half or the last half as it was: each is a range of keys."""
    half = len(sounding) // 2
    front = candidates.keys(session, Kind.SOUND + sounding[:half])
    back = candidates.keys(session, Kind.ENDING + sounding[half + 1 :][::-1])
    keys = candidates.closest(Kind.SOUND + sounding, front)
    keys += candidates.closest(Kind.ENDING + sounding[::-1], back)
    return candidates.holders(session, keys)


def _by_word(session: Session, typed: str) -> list[int]:
    """One word of several, of which the beginning stands."""
    begun = candidates.keys(session, Kind.WORD + typed[: (len(typed) - 1) // 2])
    return candidates.holders(session, candidates.closest(Kind.WORD + typed, begun))


def _by_grams(session: Session, name: Name) -> list[int]:
    """Two slips leave some of the rarer trigrams: who has two of them, or one of a short word."""
    inside = [gram for word in name.words for gram in grams.of_word(sound(word))]
    rare = grams.rarest(session, grams=inside, most=candidates.RAREST)
    if len(inside) < SHORTEST_PAIRED:
        return grams.holding(session, all_of=[[one] for one in rare], most=candidates.PIECES)
    return grams.holding(session, all_of=[*combinations(rare, 2)], most=candidates.BY_GRAMS)


def _compare(session: Session, ids: Iterable[int], name: Name) -> dict[int, Found]:
    found = {}
    for person in candidates.people(session, dict.fromkeys(ids)):
        near = [_slips(name, read(label)) for label in (person.name, person.remark) if label]
        least = min((one for one in near if one is not None), default=None)
        if least is not None:
            found[person.id] = Found(84 - 4 * least, SPELLING)
    return found


def _slips(asked: Name, known: Name) -> float | None:
    """How many slips make what was typed of a name; None for more than anybody would make."""
    if known.han:
        return _pinyin_slips(asked.squeezed, known)
    if len(asked.words) == 1:
        return _word_slips_of_any(asked.squeezed, known)
    return _words_slips(asked.words, known.words)


def _pinyin_slips(typed: str, known: Name) -> float | None:
    """One slip; or one beside what sounds alike to many (zangxiaomnig)."""
    best: float | None = None
    for form in names.spelled(known):
        slips = OSA.distance(typed, form, score_cutoff=3)
        most = 3 if len(typed) > VERY_LONG else 2 if len(typed) >= LONG else 1
        if slips > most:
            continue
        if slips > 1 and _skeleton(typed) != _skeleton(form) and OSA.distance(sound(typed), sound(form)) > 1:
            continue
        if best is None or slips < best:
            best = float(slips)
    return best


def _skeleton(pinyin: str) -> str:
    """Pinyin without what a slip takes from a confusion, or brings to it: hunagmin and huangming."""
    return sound(pinyin).replace("l", "").replace("g", "")


def _word_slips_of_any(typed: str, known: Name) -> float | None:
    """Against all of a Western name, in both orders, and against its longer words."""
    whole = min(OSA.distance(typed, form, score_cutoff=1) for form in names.spelled(known))
    near = [float(whole)] if whole <= 1 else []
    words = (word for word in known.words if len(word) > SHORTEST_SLIP)
    near += [one for word in words if (one := _word_slips(typed, word)) is not None]
    return min(near, default=None)


def _word_slips(typed: str, word: str) -> float | None:
    allowed = _allowed(min(len(typed), len(word)))
    slips = OSA.distance(typed, word, score_cutoff=2)
    if slips > allowed and _loosely(typed) == _loosely(word):
        return allowed
    return slips if slips <= allowed else None


@lru_cache(maxsize=8192)
def _loosely(word: str) -> str:
    """What stays of a Western word for who spells by ear: stephanie and stefanie, rebecca and rebbeca."""
    return _DOUBLED.sub(r"\1", word.replace("ph", "f").replace("ck", "k").replace("y", "i"))


def _words_slips(typed: Sequence[str], words: Sequence[str]) -> float | None:
    """Word by word, in any order; initials nobody types are left out."""
    left = list(words)
    slips = 0.0
    for word in sorted(typed, key=len, reverse=True):
        near = [(one, other) for other in left if (one := _word_slips(word, other)) is not None]
        if not near:
            return None
        least, other = min(near)
        slips += least
        left.remove(other)
    return slips if all(len(other) == 1 for other in left) else None


def _allowed(length: int) -> int:
    """How many slips a word of so many letters may have and still be meant."""
    return 0 if length < 3 else 1 if length < 10 else 2
