"""The latest word on each customer: made of a night's columns, written a few hundred at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, select
from sqlmodel import Session, col

from crm_store import bulk
from crm_store.analysis.night import COLUMNS, Night
from crm_store.analysis.tables import CustomerScore
from crm_store.customers.tables import Customer
from crm_store.types import LARGEST_ID

BATCH = 200
"""Rows in one unit of work: under ten milliseconds, on a busy machine too."""

_TABLE = CustomerScore.__table__  # type: ignore[attr-defined]
_WHOLE = frozenset(name for name in COLUMNS if _TABLE.c[name].type.python_type is int)
Row = list[Any]
"""The customer's id and the values of ``COLUMNS``, as JSON holds them."""


def batches(night: Night, size: int = BATCH) -> Iterator[list[Row]]:
    """Everybody who was scored, ascending."""
    ids = night.purchases.customer_id
    for start in range(0, len(ids), size):
        part = slice(start, start + size)
        columns = [_listed(night, name, part) for name in COLUMNS]
        yield [list(row) for row in zip(ids[part].tolist(), *columns, strict=True)]


def _listed(night: Night, name: str, part: slice) -> list[Any]:
    values = night.scores.get(name)
    if values is None:
        return [None] * len(night.purchases.customer_id[part])
    if values.dtype == object:
        return list(values[part])
    known = ~np.isnan(values[part])
    whole = name in _WHOLE
    return [
        (int(value) if whole else value) if is_known else None
        for value, is_known in zip(values[part].tolist(), known.tolist(), strict=True)
    ]


def write(session: Session, *, rows: Sequence[Row], after: int, as_of: datetime) -> None:
    """Replace the scores of all customers behind the id ``after`` up to that of the last row by ``rows``: who
    is not among them has none any more. Written again, they are the same."""
    ids = [row[0] for row in rows]
    drop(session, after=after, upto=ids[-1])
    there = set(session.scalars(select(col(Customer.id)).where(col(Customer.id).in_(ids))))
    values = [(row[0], as_of, *_with_zeros(row[1:])) for row in rows if row[0] in there]
    bulk.insert(session, _TABLE, ("customer_id", "as_of", *COLUMNS), values)


def drop(session: Session, *, after: int, upto: int = LARGEST_ID) -> None:
    """Nobody behind the id ``after``, up to ``upto``, has scores any more."""
    ids = col(CustomerScore.customer_id)
    session.execute(delete(CustomerScore).where(ids > after, ids <= upto))


def of(session: Session, *, customer: Customer) -> CustomerScore | None:
    return session.get(CustomerScore, customer.id)


def _with_zeros(values: Sequence[Any]) -> Iterator[Any]:
    """Of orders and money nothing is 0."""
    for name, value in zip(COLUMNS, values, strict=True):
        yield 0 if value is None and name in ("orders", "net") else value
