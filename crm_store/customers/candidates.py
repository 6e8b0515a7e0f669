"""Candidates for an inexact query: keys that begin so, who has them, and what of these people is compared."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Row, bindparam, select
from sqlmodel import Session, col

from crm_store.customers import lookup
from crm_store.customers.tables import Customer

ONE_DIGIT, ONE_CHARACTER, SPELLING = "one_digit", "one_character", "spelling"

RANGE = 6000
"""Keys of one range that are compared: short texts, read in order."""

CLOSEST = 40
NAMESAKES = 20
"""Of those compared, so many keys and so many people of each are looked at."""

BY_GRAMS = 1000
PIECES = 500
RAREST = 7


class Found(NamedTuple):
    """How good an answer somebody is, 0 to 100; ``why`` is a key of the labels [match], or None."""

    score: float
    why: str | None


Person = Row[tuple[int, str, str | None, str | None]]

_PEOPLE = select(col(Customer.id), col(Customer.name), col(Customer.remark), col(Customer.company)).where(
    col(Customer.id).in_(bindparam("ids", expanding=True)), col(Customer.merged_into_id).is_(None)
)


def people(session: Session, ids: Iterable[int]) -> list[Person]:
    wanted = list(ids)
    return list(session.execute(_PEOPLE, {"ids": wanted})) if wanted else []


def keys(session: Session, start: str, most: int = RANGE) -> list[str]:
    """The first keys that begin so, each once."""
    return lookup.keys(session, start=start, most=most)


def holders(session: Session, keys: Sequence[str]) -> list[int]:
    """Who has one of these keys, the newest of each."""
    found = lookup.exact(session, keys=keys, most=NAMESAKES)
    return [who for holders in found.values() for _, who in holders]


def closest(wanted: str, keys: Sequence[str]) -> list[str]:
    """The keys nearest to ``wanted``, at most two slips away."""
    return [
        key for key, _, _ in process.extract(wanted, keys, scorer=OSA.distance, score_cutoff=2, limit=CLOSEST)
    ]
