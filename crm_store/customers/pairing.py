"""Which customers may be one person: pure, over values, for a process of its own.

Nobody is a pair by name alone: namesakes are the rule. Each pair shares something that hardly two people
share (a phone, an e-mail, a phone but for one digit, a company, an address), and bears a name that may be the
other's. What many share (a family's phone, an office's line) makes no pair of people with different names.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from crm_store.customers import contacts, likeness, names, romanised
from crm_store.customers.likeness import Alike, alike

WORTH_A_LOOK = 65.0
"""Pairs of at least this score are shown to a person."""

LARGEST_BLOCK = 60
"""What more customers share than these says nothing of any two."""

LARGEST_CLUSTER = 6
"""So many customers may hang together; a chain that is longer is of different people."""

THROUGH = 5.0
"""How much less sure two are who only share a third."""

SAME_PHONE, SAME_EMAIL, SAME_ACCOUNT = "same_phone", "same_email", "same_account"
ONE_DIGIT, SAME_COMPANY, SAME_ADDRESS, SAME_CITY = "one_digit", "same_company", "same_address", "same_city"
THROUGH_ANOTHER = "through_another"

NAME_REASONS = {
    Alike.SAME: "same_name",
    Alike.SOUND: "same_sound",
    Alike.NEAR: "near_name",
    Alike.PART: "part_of_name",
    Alike.UNSAID: "no_name",
    Alike.OTHER: "other_name",
}
"""Reasons are keys of ``[reasons]``."""

# What a shared thing and a name together are worth, 0 to 100.
_STRONG = {
    Alike.SAME: 96.0,
    Alike.SOUND: 92.0,
    Alike.NEAR: 87.0,
    Alike.PART: 77.0,
    Alike.UNSAID: 70.0,
    Alike.OTHER: 35.0,
}
_SHARED_LINE = _STRONG | {Alike.PART: 50.0, Alike.UNSAID: 40.0, Alike.OTHER: 15.0}
_ONE_DIGIT = {Alike.SAME: 82.0, Alike.SOUND: 76.0, Alike.NEAR: 70.0}
_ADDRESS = {Alike.SAME: 76.0, Alike.SOUND: 70.0}
_COMPANY = {Alike.SAME: 72.0, Alike.SOUND: 68.0}
_BESIDE = 2.0
"""What each further thing in common adds."""

_CONTRADICTED = 10.0
"""What it takes from a weak pair that both have a phone, and not the same; or are in different cities."""

_GMAIL = {"gmail.com", "googlemail.com"}
_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_ROLE = re.compile(
    r"^(?:info|sales|office|admin|contact|service|support|hello|hr|finance|kefu|mail|team|order|orders|shop)\d*@"
)
"""Mailboxes of an office, whoever reads them."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as values. Phones in E.164; ``accounts``: WeChat and QQ, each with its kind before it."""

    id: int
    name: str
    remark: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    company: str | None = None
    city: str | None = None
    street: str | None = None

    @property
    def labels(self) -> list[str]:
        return [one for one in (self.name, self.remark) if one]


class Pair(NamedTuple):
    """Two customers (``a`` < ``b``), how sure it is that they are one, 0 to 100, and why."""

    a: int
    b: int
    score: float
    reasons: list[str]


def email_key(email: str) -> str:
    """Which mailbox an address is: without case and +tag, and at Gmail without dots."""
    local, _, domain = email.casefold().partition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def phone_key(phone: str) -> str:
    """A phone's last ten digits; an extension belongs to it."""
    number, mark, extension = phone.partition("x")
    return re.sub(r"\D", "", number)[-10:] + mark + extension


def compare(one: Person, other: Person) -> tuple[float, list[str]]:
    """How sure it is that two are one person, 0 to 100, and the reasons, what they share first."""
    name = alike(one.labels, other.labels)
    phones = _common(map(phone_key, _real(one.phones)), map(phone_key, _real(other.phones)))
    emails = _common(map(email_key, one.emails), map(email_key, other.emails))
    accounts = set(one.accounts) & set(other.accounts)
    score, shared = 0.0, []
    if phones or emails or accounts:
        ours = [phone for phone in one.phones if phone_key(phone) in phones]
        personal = bool(accounts) or any(map(_MOBILE.fullmatch, ours)) or any(_is_abroad(one) for one in ours)
        personal = personal or any(not _ROLE.match(email) for email in emails)
        both_unsaid = name == Alike.UNSAID and not likeness.says_a_name(one.labels + other.labels)
        score = (_SHARED_LINE if both_unsaid or not personal else _STRONG)[name]
        shared += [SAME_PHONE] if phones else []
        shared += [SAME_EMAIL] if emails else []
        shared += [SAME_ACCOUNT] if accounts else []
    elif name in _ONE_DIGIT and _one_digit_off(one.phones, other.phones):
        score, shared = _ONE_DIGIT[name], [ONE_DIGIT]
    beside = _beside(one, other)
    if not shared:
        score = _weak(name, one, other, beside)
    else:
        score += _BESIDE * (len(shared) - 1 + len(beside))
    return min(score, 100.0), [*shared, NAME_REASONS[name], *beside]


def pairs(people: Iterable[Person]) -> list[Pair]:
    """Every pair worth a person's look, best first."""
    known = {one.id: one for one in people}
    found: dict[tuple[int, int], Pair] = {}
    for a, b in _candidates(known.values()):
        if (a, b) not in found:
            score, reasons = compare(known[a], known[b])
            if score >= WORTH_A_LOOK:
                found[a, b] = Pair(a, b, score, reasons)
    return sorted(_clustered(found, known), key=lambda pair: (-pair.score, pair.a, pair.b))


def _clustered(found: dict[tuple[int, int], Pair], known: dict[int, Person]) -> list[Pair]:
    """The surest first, those that hang together grow into clusters; a pair that would make one too large is
    left out. Who only share a third are a pair too, unless their names are two people's."""
    cluster: dict[int, list[int]] = {}
    kept: dict[tuple[int, int], Pair] = {}
    for pair in sorted(found.values(), key=lambda one: (-one.score, one.a, one.b)):
        ours, theirs = cluster.get(pair.a, [pair.a]), cluster.get(pair.b, [pair.b])
        if ours is not theirs:
            if len(ours) + len(theirs) > LARGEST_CLUSTER:
                continue
            joined = [*ours, *theirs]
            cluster.update(dict.fromkeys(joined, joined))
        kept[pair.a, pair.b] = pair
    for members in {id(one): one for one in cluster.values()}.values():
        for a, b in combinations(sorted(members), 2):
            if (a, b) not in kept and (implied := _through(a, b, members, kept, known)) is not None:
                kept[a, b] = implied
    return list(kept.values())


def _through(
    a: int, b: int, members: Sequence[int], kept: dict[tuple[int, int], Pair], known: dict[int, Person]
) -> Pair | None:
    name = alike(known[a].labels, known[b].labels)

    def score_of(one: int, other: int) -> float:
        pair = kept.get((min(one, other), max(one, other)))
        return pair.score if pair is not None else 0.0

    thirds = (third for third in members if third not in (a, b))
    links = (min(score_of(a, third), score_of(third, b)) for third in thirds)
    score = max(links, default=0.0) - THROUGH
    if name < Alike.NEAR or score < WORTH_A_LOOK:
        return None
    return Pair(a, b, score, [THROUGH_ANOTHER, NAME_REASONS[name], *_beside(known[a], known[b])])


def _candidates(people: Iterable[Person]) -> Iterator[tuple[int, int]]:
    """Pairs that share a block: what two records of one person are likely to have in common. Blocks are kept
    as hashes, side by side: as texts in lists those of a million customers would fill the machine."""
    hashes, owners = array("q"), array("q")
    for person in people:
        for key in set(map(hash, _blocks(person))):
            hashes.append(key)
            owners.append(person.id)
    if not hashes:
        return
    keys, ids = np.frombuffer(hashes, dtype=np.int64), np.frombuffer(owners, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    sizes = np.diff(starts, append=len(order))
    shared = (sizes > 1) & (sizes <= LARGEST_BLOCK)
    for start, size in zip(starts[shared].tolist(), sizes[shared].tolist(), strict=True):
        yield from combinations(sorted(ids[order[start : start + size]].tolist()), 2)


def _blocks(person: Person) -> Iterator[str]:
    codes = {code for one in person.labels for code in romanised.codes(one)}
    for phone in _real(person.phones):
        key = phone_key(phone)
        yield f"p{key}"
        for code in codes:
            # One wrong digit, or two exchanged, leave the first four or the last four as they are.
            yield f"h{code} {key[:4]}"
            yield f"t{code} {key[-4:]}"
            yield f"n{code} {key}"  # of a line that very many share, those of one name
    yield from (f"e{email_key(email)}" for email in person.emails)
    yield from (f"a{account}" for account in person.accounts)
    if company := _folded(person.company):
        yield from (f"c{code} {company}" for code in codes)
    if street := _folded(person.street):
        yield from (f"s{code} {street}" for code in codes)


def _weak(name: Alike, one: Person, other: Person, beside: list[str]) -> float:
    """Nobody shares a way to be reached: the name, and where they work or live."""
    score = max(
        _ADDRESS.get(name, 0.0) if SAME_ADDRESS in beside else 0.0,
        _COMPANY.get(name, 0.0) if SAME_COMPANY in beside else 0.0,
    )
    if one.phones and other.phones:
        score -= _CONTRADICTED
    if one.city and other.city and _folded(one.city) != _folded(other.city):
        score -= _CONTRADICTED
    return max(score, 0.0)


def _beside(one: Person, other: Person) -> list[str]:
    company, street, city = (
        (_folded(getattr(one, field)), _folded(getattr(other, field)))
        for field in ("company", "street", "city")
    )
    found = [SAME_COMPANY] if company[0] == company[1] != "" else []
    if street[0] == street[1] != "" and city[0] == city[1]:
        return [*found, SAME_ADDRESS]
    return [*found, SAME_CITY] if city[0] == city[1] != "" else found


def _folded(text: str | None) -> str:
    return names.squeeze(names.fold(text)) if text else ""


def _real(phones: Iterable[str]) -> Iterator[str]:
    return (phone for phone in phones if not contacts.is_placeholder(phone))


def _is_abroad(phone: str) -> bool:
    return not phone.startswith("+86")


def _common(ours: Iterable[str], theirs: Iterable[str]) -> set[str]:
    return set(ours) & set(theirs)


def _one_digit_off(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """One digit wrong, missing or too many, or two neighbours exchanged."""
    return any(OSA.distance(one, other) == 1 for one in _real(ours) for other in _real(theirs))
