"""Who may be meant when nobody is exactly: a slip of the finger, a wrong character, a digit off, a piece from
the middle. Candidates come from the index, and are then compared one by one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Row, bindparam, select
from sqlmodel import Session, col

from crm_store.customers import grams, names
from crm_store.customers.names import Name, read, squeeze
from crm_store.customers.pinyin import sound
from crm_store.customers.routing import SAME_SOUND, SOUNDS_ALIKE, Route, bare
from crm_store.customers.search_keys import Kind
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, SearchKey

ONE_DIGIT, ONE_CHARACTER, SPELLING = "one_digit", "one_character", "spelling"

RANGE = 12_000
"""Keys of one range that are compared; they are short texts, read in order."""

CLOSEST = 80
"""Of those compared by their keys, so many are looked at as people."""

BY_GRAMS = 1500
PIECES = 500
RAREST = 7
SHORTEST_SLIP = 4
SHORTEST_PHONE, LONGEST_PHONE = 8, 15
SHORTEST_LOCAL = 5


class Found(NamedTuple):
    score: float
    why: str | None


Person = Row[tuple[int, str, str | None, str | None, str | None]]

_PEOPLE = select(
    col(Customer.id), col(Customer.name), col(Customer.remark), col(Customer.company), col(Customer.username)
).where(col(Customer.id).in_(bindparam("ids", expanding=True)), col(Customer.merged_into_id).is_(None))
_RANGE = (
    select(col(SearchKey.key), col(SearchKey.customer_id))
    .where(col(SearchKey.key) >= bindparam("low"), col(SearchKey.key) < bindparam("high"))
    .limit(bindparam("most"))
)


def pieces(session: Session, asked: Route) -> dict[int, Found]:
    """Customers in whose name, remark or company the text stands somewhere: 智联 of 上海智联科技."""
    wanted = asked.name.squeezed
    inside = [*grams.of_company(asked.name)]
    if len(wanted) < 2 or not inside:
        return {}
    found: dict[int, Found] = {}
    for person in _people(session, grams.holding(session, all_of=[inside], most=PIECES)):
        if wanted in squeeze(names.fold(person.company or "")):
            found[person.id] = Found(88, None)
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


def _people(session: Session, ids: Iterable[int]) -> list[Person]:
    wanted = list(ids)
    return list(session.execute(_PEOPLE, {"ids": wanted})) if wanted else []


def _range(session: Session, start: str, most: int = RANGE) -> list[tuple[str, int]]:
    ends = {"low": start, "high": start + "\U0010ffff", "most": most}
    return [(key, customer_id) for key, customer_id in session.execute(_RANGE, ends)]


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
        if len(wrong) != 1:
            return None
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
    if not found and len(typed) > 5:
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
    return _closest(sounding, front) + _closest(sounding[::-1], back)


def _closest(wanted: str, keys: Sequence[tuple[str, int]]) -> list[int]:
    """The customers of the keys nearest to ``wanted``, at most two slips away."""
    near = process.extract(
        wanted, [key[1:] for key, _ in keys], scorer=OSA.distance, score_cutoff=2, limit=CLOSEST
    )
    return [keys[place][1] for _, _, place in near]


def _by_grams(session: Session, name: Name) -> list[int]:
    """Two slips leave some of the rarer trigrams: who has two of them."""
    inside = [gram for word in name.words for gram in grams.of_word(sound(word))]
    if len(name.words) == 1:
        inside = list(grams.of_word(sound(name.squeezed)))
    rare = grams.rarest(session, grams=inside, most=RAREST)
    pairs = [[a, b] for place, a in enumerate(rare) for b in rare[place + 1 :]]
    return grams.holding(session, all_of=pairs, most=BY_GRAMS)


def _compare(session: Session, ids: Iterable[int], name: Name) -> dict[int, Found]:
    found = {}
    for person in _people(session, dict.fromkeys(ids)):
        forms = {form for label in (person.name, person.remark) if label for form in _forms(read(label))}
        one = _nearest(name, forms)
        if one is not None:
            found[person.id] = one
    return found


def _forms(name: Name) -> Iterator[str]:
    """What somebody may have meant to type for a name."""
    yield from names.spelled(name)
    yield from (word for word in name.words if len(word) > 4)


def _nearest(asked: Name, forms: Iterable[str]) -> Found | None:
    typed = asked.squeezed
    sounding = sound(typed)
    best: float | None = None
    for form in forms:
        slips = OSA.distance(typed, form, score_cutoff=3)
        heard = OSA.distance(sounding, sound(form), score_cutoff=2) + 0.5
        away = min(slips, heard)
        if away <= _allowed(min(len(typed), len(form))) and (best is None or away < best):
            best = away
    return None if best is None else Found(84 - 4 * best, SPELLING)


def _allowed(length: int) -> float:
    """How many slips a text of so many letters may have and still mean somebody."""
    if length < SHORTEST_SLIP:
        return 0
    return 1 if length < 6 else 1.5 if length < 9 else 2


# Digits and addresses.


def _digits_off(session: Session, digits: str) -> dict[int, Found]:
    """A digit wrong, missing, too many, or two of them swapped: one half of the number still stands."""
    if not SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE:
        return {}
    half = len(digits) // 2
    found: dict[int, Found] = {}
    front = _range(session, Kind.PHONE + digits[: half + 1])
    back = _range(session, Kind.TAIL + digits[half:][::-1])
    for key, customer_id in front:
        if OSA.distance(key[1:], digits, score_cutoff=1) <= 1:
            found[customer_id] = Found(80, ONE_DIGIT)
    for key, customer_id in back:
        theirs = key[:0:-1]
        if OSA.distance(theirs[-len(digits) :], digits, score_cutoff=1) <= 1 or (
            OSA.distance(bare(theirs), digits, score_cutoff=1) <= 1
        ):
            found[customer_id] = Found(80, ONE_DIGIT)
    return found


def _address_slips(session: Session, address: str) -> dict[int, Found]:
    local, _, _ = address.partition("@")
    if len(local) < SHORTEST_LOCAL:
        return {}
    front = _range(session, Kind.EMAIL + address[: len(local) // 2], PIECES * 4)
    found = {
        customer_id: Found(80, SPELLING) for key, customer_id in front if OSA.distance(key[1:], address) <= 2
    }
    if found:
        return found
    inside = list(grams.of_word(sound(squeeze(local))))
    rare = grams.rarest(session, grams=inside, most=RAREST)
    ids = grams.holding(session, all_of=[rare[:3], rare[1:4]], most=PIECES)
    return found | _addresses(session, ids, address)


def _addresses(session: Session, ids: Sequence[int], address: str) -> dict[int, Found]:
    rows = session.execute(
        select(col(ContactMethod.customer_id), col(ContactMethod.value)).where(
            col(ContactMethod.customer_id).in_(ids), col(ContactMethod.kind) == ContactKind.EMAIL
        )
    )
    return {one: Found(78, SPELLING) for one, value in rows if OSA.distance(value, address) <= 2}
