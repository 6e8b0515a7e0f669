"""Every sale and every refund as three numbers, out of either database as fast as it gives them.

A customer and a day are one number (``pack``), so that sorting is sorting numbers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Float, Select, case, cast, extract, func, literal, select
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.sales.states import RefundState
from crm_store.sales.tables import Order, Refund

Ints = NDArray[np.int64]

DAY_BITS = 22
"""Enough for every ordinal of a date."""

FOREIGN = -1
"""In place of an amount in another currency: totals are never below nothing."""

BATCH = 50_000

_DAY_MS = 86_400_000
_JULIAN_EPOCH = 2_440_587.5
_QUARTER_MS = 900_000
"""Every zone is off by whole quarters of an hour: within one, the desk's day does not change."""


@dataclass(frozen=True)
class Rows:
    """Ascending by ``key`` (customer and day). A sale is its total and one order, a refund less than nothing
    and no order. ``foreign``: how many sales were in other currencies, and are not among them."""

    key: Ints
    amount: Ints
    orders: Ints
    foreign: int

    def without(self, customers: Ints) -> "Rows":
        if not len(customers) or not len(self.key):
            return self
        kept = ~np.isin(unpack(self.key)[0], customers)
        return self._only(kept)

    def between(self, first: int, end: int) -> "Rows":
        """Those of the days (ordinals) from ``first`` until before ``end``."""
        day = unpack(self.key)[1]
        return self._only((day >= first) & (day < end))

    def _only(self, kept: NDArray[np.bool_]) -> "Rows":
        return Rows(self.key[kept], self.amount[kept], self.orders[kept], self.foreign)


def pack(customer: Ints, day: Ints) -> Ints:
    return (customer << DAY_BITS) | day


def unpack(key: Ints) -> tuple[Ints, Ints]:
    return key >> DAY_BITS, key & ((1 << DAY_BITS) - 1)


def read(
    session: Session, *, where: ColumnElement[bool], as_of: datetime, zone: tzinfo, currency: str
) -> Rows:
    """The sales that ``where`` names, and the refunds of them done before ``as_of``."""
    at = _moment(session, col(Order.placed_at))
    amount = case((col(Order.currency) == currency, col(Order.total)), else_=literal(FOREIGN))
    sold = _numbers(session, select(col(Order.customer_id), at, amount).where(where))
    given_back = (
        select(col(Order.customer_id), at, col(Refund.amount))
        .join(Order, col(Order.id) == col(Refund.order_id))
        .where(where, col(Order.currency) == currency)
        .where(col(Refund.state) == RefundState.DONE, col(Refund.done_at) < as_of)
    )
    refunded = _numbers(session, given_back)
    ours = sold[2] != FOREIGN
    customer, ms, amounts = (column[ours] for column in sold)
    key = np.concatenate((pack(customer, _days(ms, zone)), pack(refunded[0], _days(refunded[1], zone))))
    value = np.concatenate((amounts, -refunded[2]))
    orders = np.concatenate((np.ones(len(amounts), np.int64), np.zeros(len(refunded[2]), np.int64)))
    order = np.argsort(key, kind="stable")
    return Rows(key[order], value[order], orders[order], int(len(ours) - ours.sum()))


def _moment(session: Session, at: Any) -> ColumnElement[Any]:
    """Milliseconds since 1970, or the Julian day that they are made of."""
    if is_sqlite(session):
        return func.julianday(at, type_=Float)
    return cast(func.floor(extract("epoch", at) * 1000), BigInteger)


def _numbers(session: Session, statement: Select[Any]) -> tuple[Ints, Ints, Ints]:
    """Three columns of integers: customer, milliseconds since 1970, amount."""
    cursor: Any = session.connection().execute(statement).cursor
    parts: list[tuple[Ints, Ints, Ints]] = []
    while batch := cursor.fetchmany(BATCH):
        customer, at, amount = zip(*batch, strict=True)
        moments = np.array(at)
        if is_sqlite(session):
            moments = np.rint((moments - _JULIAN_EPOCH) * _DAY_MS)
        parts.append((np.array(customer, np.int64), moments.astype(np.int64), np.array(amount, np.int64)))
    cursor.close()
    if not parts:
        return (np.zeros(0, np.int64),) * 3
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def _days(ms: Ints, zone: tzinfo) -> Ints:
    """The desk's days, as ordinals, of moments in UTC."""
    if not len(ms):
        return ms
    quarter = ms // _QUARTER_MS
    base = int(quarter.min())
    used = np.unique(quarter)
    local = np.zeros(int(quarter.max()) - base + 1, np.int64)
    local[used - base] = [
        datetime.fromtimestamp(int(one) * 900, UTC).astimezone(zone).toordinal() for one in used
    ]
    return local[quarter - base]
