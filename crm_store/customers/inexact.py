"""Who may be meant when nobody is exactly: a slip of the finger, a wrong character, a digit off, a piece from
the middle. Candidates come from the index, and are then compared one by one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Row, bindparam, select
from sqlmodel import Session, col

from crm_store.customers import grams, lookup, names
from crm_store.customers.names import Name, read, squeeze
from crm_store.customers.phrases import company_core
from crm_store.customers.pinyin import sound
from crm_store.customers.routing import SAME_SOUND, SOUNDS_ALIKE, Route, bare
from crm_store.customers.search_keys import SHORTEST_TAIL, Kind
from crm_store.customers.tables import ContactKind, ContactMethod, Customer

ONE_DIGIT, ONE_CHARACTER, SPELLING = "one_digit", "one_character", "spelling"

RANGE = 6000
"""Keys of one range that are compared: short texts, read in order."""

CLOSEST = 40
NAMESAKES = 20
"""Of those compared, so many keys and so many people of each are looked at."""

BY_GRAMS = 1000
PIECES = 500
RAREST = 7
SHORTEST_SLIP = 4
SHORTEST_PHONE, LONGEST_PHONE = 8, 15
SHORTEST_LOCAL = 5
LONG, VERY_LONG = 7, 10
"""Letters of pinyin from which on a slip and a confusion may come together, and two confusions."""

_DOUBLED = re.compile(r"(.)\1+")

SHORTEST_PAIRED = 7
"""Trigrams of a query from which on two must be shared."""


class Found(NamedTuple):
    score: float
    why: str | None


Person = Row[tuple[int, str, str | None, str | None, str | None]]

_PEOPLE = select(
    col(Customer.id), col(Customer.name), col(Customer.remark), col(Customer.company), col(Customer.username)
).where(col(Customer.id).in_(bindparam("ids", expanding=True)), col(Customer.merged_into_id).is_(None))


def pieces(session: Session, asked: Route) -> dict[int, Found]:
    """Customers in whose name, remark or company the text stands somewhere: 智联 of 上海智联科技."""
    wanted = asked.name.squeezed
    core = read(company_core(asked.name.folded))
    inside = [*grams.of_company(core)]
    if len(wanted) < 2 or not inside:
        return {}
    found: dict[int, Found] = {}
    for person in _people(session, grams.holding(session, all_of=[inside], most=PIECES)):
        company = squeeze(names.fold(person.company or ""))
        if core.squeezed in company:
            found[person.id] = Found(88 + (wanted in company), None)
        elif any(wanted in read(one).squeezed for one in (person.name, person.remark) if one):
            found[person.id] = Found(85, None)
    return found


def slips(session: Session, asked: Route) -> dict[int, Found]:
    """Customers who are one slip, in a long name two, from what was typed."""
    name = asked.name
    if asked.digits is not None:
        return _digits_off(session, bare(asked.digits))
    if "@" in name.folded:
        return _address_slips(session, name.folded.replace(" ", ""))
    if name.han and not name.words:
        return _wrong_characters(session, name)
    if name.words and not name.han:
        return _misspelled(session, name)
    return {}


def near(session: Session, asked: Route) -> dict[int, Found]:
    """Customers worth a look though none of them is a good answer: the same end of a phone, the same
    beginning of a name or address."""
    found: dict[int, Found] = {}
    for start in _beginnings(asked):
        if len(start) > 1 and len(found) < CLOSEST:
            found |= dict.fromkeys(_holders(session, _range(session, start, CLOSEST)), Found(50, None))
    if asked.digits is not None:
        return found
    for person in _people(session, found):
        labels = [label for label in (person.name, person.remark) if label]
        alike = max((names.similarity(asked.name.folded, label) for label in labels), default=0.0)
        found[person.id] = Found(alike, None)
    return found


def _beginnings(asked: Route) -> Iterator[str]:
    name = asked.name
    if asked.digits is not None:
        tail = bare(asked.digits)[-SHORTEST_TAIL:]
        if len(tail) == SHORTEST_TAIL:
            yield Kind.TAIL + tail[::-1]
    elif "@" in name.folded:
        yield Kind.EMAIL + name.folded.partition("@")[0][:SHORTEST_LOCAL]
    elif name.han:
        yield Kind.NAME + name.squeezed[:2]
        yield Kind.PINYIN + names.spelled(name)[0][:SHORTEST_LOCAL]
        yield Kind.NAME + name.squeezed[:1]
    else:
        begun = [word[:size] for size in (SHORTEST_LOCAL, 3) for word in name.words]
        yield from (kind + one for one in begun for kind in (Kind.WORD, Kind.PINYIN))


def _people(session: Session, ids: Iterable[int]) -> list[Person]:
    wanted = list(ids)
    return list(session.execute(_PEOPLE, {"ids": wanted})) if wanted else []


def _range(session: Session, start: str, most: int = RANGE) -> list[str]:
    return lookup.keys(session, start=start, most=most)


def _holders(session: Session, keys: Sequence[str]) -> list[int]:
    """Who has one of these keys, the newest of each."""
    found = lookup.exact(session, keys=keys, most=NAMESAKES)
    return [who for holders in found.values() for _, who in holders]


# Chinese: all characters but one.


def _wrong_characters(session: Session, name: Name) -> dict[int, Found]:
    text = name.squeezed
    if not 2 <= len(text) <= 6:
        return {}
    sets = [text[:place] + text[place + 1 :] for place in range(len(text))] if len(text) > 2 else [text]
    found: dict[int, Found] = {}
    for person in _people(session, grams.holding(session, all_of=sets, most=BY_GRAMS)):
        for label in (person.name, person.remark):
            if label and (one := _characters_off(name, read(label))) is not None:
                found[person.id] = max(one, found.get(person.id, one))
    return found


def _characters_off(asked: Name, known: Name) -> Found | None:
    if len(asked.han) != 1 or len(known.han) != 1:
        return None
    typed, theirs = asked.han[0].text, known.han[0].text
    if len(typed) == len(theirs) > 2:
        wrong = [(a, b) for a, b in zip(typed, theirs, strict=True) if a != b]
        if len(wrong) != 1:  # or two turned round
            return Found(83, SPELLING) if OSA.distance(typed, theirs) == 1 else None
        alike = names.similarity(typed, theirs)
        if alike > 95:
            return Found(85, SAME_SOUND)
        if alike > 90:
            return Found(80, SOUNDS_ALIKE)
        return Found(76 - 4 * (typed[0] != theirs[0]), ONE_CHARACTER)
    if len(typed) + 1 == len(theirs) and typed[0] == theirs[0] and typed[-1] == theirs[-1]:
        return Found(74, ONE_CHARACTER)
    if len(typed) == len(theirs) + 1 > 3 and OSA.distance(typed, theirs) == 1:
        return Found(74, ONE_CHARACTER)
    return None


# Latin letters: names and pinyin.


def _misspelled(session: Session, name: Name) -> dict[int, Found]:
    typed = name.squeezed
    if len(typed) < SHORTEST_SLIP:
        return {}
    found: dict[int, Found] = {}
    turned = name.words[-1] + "".join(name.words[:-1])
    for spelled in dict.fromkeys((typed, turned)):
        _keep_best(found, _compare(session, _by_halves(session, sound(spelled)), name))
    if len(name.words) == 1:
        words = _range(session, Kind.WORD + typed[: (len(typed) - 1) // 2])
        _keep_best(found, _compare(session, _holders(session, _closest(Kind.WORD + typed, words)), name))
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
    front = _range(session, Kind.SOUND + sounding[:half])
    back = _range(session, Kind.ENDING + sounding[half + 1 :][::-1])
    keys = _closest(Kind.SOUND + sounding, front) + _closest(Kind.ENDING + sounding[::-1], back)
    return _holders(session, keys)


def _closest(wanted: str, keys: Sequence[str]) -> list[str]:
    """The keys nearest to ``wanted``, at most two slips away."""
    return [
        key for key, _, _ in process.extract(wanted, keys, scorer=OSA.distance, score_cutoff=2, limit=CLOSEST)
    ]


def _by_grams(session: Session, name: Name) -> list[int]:
    """Two slips leave some of the rarer trigrams: who has two of them, or one of a short word."""
    inside = [gram for word in name.words for gram in grams.of_word(sound(word))]
    rare = grams.rarest(session, grams=inside, most=RAREST)
    if len(inside) < SHORTEST_PAIRED:
        return grams.holding(session, all_of=[[one] for one in rare], most=PIECES)
    return grams.holding(session, all_of=[*combinations(rare, 2)], most=BY_GRAMS)


def _compare(session: Session, ids: Iterable[int], name: Name) -> dict[int, Found]:
    found = {}
    for person in _people(session, dict.fromkeys(ids)):
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


# Digits and addresses.


def _digits_off(session: Session, digits: str) -> dict[int, Found]:
    """A digit wrong, missing, too many, or two of them swapped: one half of the number still stands."""
    if not SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE:
        return {}
    half = len(digits) // 2
    front = _range(session, Kind.PHONE + digits[: half - 1])
    back = _range(session, Kind.TAIL + digits[half:][::-1])
    near = [key for key in front if OSA.distance(key[1:], digits, score_cutoff=1) <= 1]
    near += [key for key in back if OSA.distance(bare(key[:0:-1]), digits, score_cutoff=1) <= 1]
    return dict.fromkeys(_holders(session, near), Found(80, ONE_DIGIT))


def _address_slips(session: Session, address: str) -> dict[int, Found]:
    local, _, _ = address.partition("@")
    if len(local) < SHORTEST_LOCAL:
        return {}
    front = _range(session, Kind.EMAIL + address[: len(local) // 2])
    near = [key for key in front if OSA.distance(key[1:], address, score_cutoff=2) <= 2]
    if near:
        return dict.fromkeys(_holders(session, near), Found(80, SPELLING))
    inside = list(grams.of_word(sound(squeeze(local))))
    rare = grams.rarest(session, grams=inside, most=RAREST)
    ids = grams.holding(session, all_of=[*combinations(rare, 2)], most=PIECES)
    return _addresses(session, ids, address)


def _addresses(session: Session, ids: Sequence[int], address: str) -> dict[int, Found]:
    rows = session.execute(
        select(col(ContactMethod.customer_id), col(ContactMethod.value)).where(
            col(ContactMethod.customer_id).in_(ids), col(ContactMethod.kind) == ContactKind.EMAIL
        )
    )
    return {one: Found(78, SPELLING) for one, value in rows if OSA.distance(value, address) <= 2}
