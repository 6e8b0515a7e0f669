"""Every sale and every refund as two numbers, out of either database as fast as it gives them.

A customer and a day are one number (``pack``), so that sorting is sorting numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    UnaryExpression,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.sql.operators import custom_op
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.sales.states import RefundState
from crm_store.sales.tables import Order, Refund

Ints = NDArray[np.int64]
Numbers = tuple[Ints, Ints, Ints]
"""Customer, milliseconds since 1970, amount; of each row."""

DAY_BITS = 22
"""Enough for every ordinal of a date."""

FOREIGN = -1
"""In place of an amount in another currency: totals are never below nothing."""

_QUARTER_SECONDS = 900
_QUARTER_MS = 900_000
"""Every zone is off by whole quarters of an hour: within one, the desk's day does not change."""

_STRIDE = 366 * 96
_EARLIEST = int(datetime(1, 1, 2, tzinfo=UTC).timestamp()) // _QUARTER_SECONDS
_LATEST = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp()) // _QUARTER_SECONDS
"""Quarters of an hour: a year; and those that a calendar can name."""

_STRETCH = 500_000

_PIECE = 8_192
"""Ids whose rows come in one value."""
_SPAN = 1_000_000
"""Ids that PostgreSQL is asked for at a time."""
_Y2K_MS = 946_684_800_000
"""PostgreSQL sends times as microseconds since 2000."""


@dataclass(frozen=True)
class Rows:
    """Ascending by ``key`` (customer and day). A sale is its total and one order, a refund less than nothing
    and no order. ``foreign``: how many sales were in other currencies, and are not among them."""

    key: Ints
    amount: Ints
    orders: NDArray[np.int8]
    foreign: int

    def without(self, customers: Ints) -> "Rows":
        if not len(customers) or not len(self.key):
            return self
        return self._only(~np.isin(unpack(self.key)[0], customers))

    def between(self, first: int, end: int) -> "Rows":
        """Those of the days (ordinals) from ``first`` until before ``end``."""
        day = unpack(self.key)[1]
        return self._only((day >= first) & (day < end))

    def and_more(self, others: "Rows", *, sign: int = 1) -> "Rows":
        """With others in their places; ``sign`` -1 takes back what they say."""
        at = np.searchsorted(self.key, others.key)
        return Rows(
            np.insert(self.key, at, others.key),
            np.insert(self.amount, at, sign * others.amount),
            np.insert(self.orders, at, others.orders),
            self.foreign,
        )

    def pieces(self) -> Iterator["Rows"]:
        """All of them, in stretches that hold customers whole: what is computed of one is small."""
        start = 0
        while start < len(self.key) or start == 0:
            end = start + _STRETCH
            if end < len(self.key):
                last = self.key[end] >> DAY_BITS
                end = int(np.searchsorted(self.key, (last + 1) << DAY_BITS))
            yield Rows(self.key[start:end], self.amount[start:end], self.orders[start:end], self.foreign)
            start = end

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
    is_ours = col(Order.currency) == currency
    amount = case((is_ours, col(Order.total)), else_=literal(FOREIGN))
    sales = select(col(Order.customer_id), col(Order.placed_at), amount).where(where)
    refunds = _given_back(where, currency).where(col(Refund.done_at) < as_of)
    keys: list[Ints] = [np.zeros(0, np.int64)]
    amounts: list[Ints] = [np.zeros(0, np.int64)]
    calendar, foreign = _Calendar(zone), 0
    for customer, ms, value in _numbers(session, sales, col(Order.id)):
        ours = value != FOREIGN
        foreign += len(ours) - int(ours.sum())
        keys.append(pack(customer, calendar.days(ms))[ours])
        amounts.append(value[ours])
    sold = sum(map(len, keys))
    for customer, ms, value in _numbers(session, refunds, col(Refund.id)):
        keys.append(pack(customer, calendar.days(ms)))
        amounts.append(value)
    key, value = np.concatenate(keys), np.concatenate(amounts)
    keys.clear()
    amounts.clear()
    order = np.argsort(key, kind="stable")
    return Rows(key[order], value[order], (order < sold).astype(np.int8), foreign)


def given_back(
    session: Session,
    *,
    where: ColumnElement[bool],
    since: datetime,
    until: datetime,
    zone: tzinfo,
    currency: str,
) -> Rows:
    """The refunds done in [``since``, ``until``) of the sales that ``where`` names."""
    done = col(Refund.done_at)
    refunds = _given_back(where, currency).where(done >= since, done < until)
    keys: list[Ints] = [np.zeros(0, np.int64)]
    amounts: list[Ints] = [np.zeros(0, np.int64)]
    calendar = _Calendar(zone)
    for customer, ms, value in _numbers(session, refunds, col(Refund.id)):
        keys.append(pack(customer, calendar.days(ms)))
        amounts.append(value)
    key, value = np.concatenate(keys), np.concatenate(amounts)
    order = np.argsort(key, kind="stable")
    return Rows(key[order], value[order], np.zeros(len(key), np.int8), 0)


def _given_back(where: ColumnElement[bool], currency: str) -> Select[int, datetime, int]:
    return (
        select(col(Order.customer_id), col(Order.placed_at), -col(Refund.amount))
        .join_from(Refund, Order, col(Order.id) == col(Refund.order_id))
        .where(where, col(Order.currency) == currency, col(Refund.state) == RefundState.DONE)
    )


class _Calendar:
    """The desk's days, as ordinals, of moments in UTC."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._first = self._end = 0
        self._day = np.zeros(0, np.int64)

    def days(self, ms: Ints) -> Ints:
        quarter = ms // _QUARTER_MS
        if not len(quarter):
            return quarter
        self._reach(int(quarter.min()), int(quarter.max()) + 1)
        return self._day[quarter - self._first]

    def _reach(self, first: int, end: int) -> None:
        """Know the day of every quarter of an hour from ``first`` until before ``end``."""
        if not len(self._day):
            self._first = self._end = first
        if first < self._first:
            first = max(min(first, self._first - _STRIDE), _EARLIEST)
            self._day = np.concatenate((self._look_up(first, self._first), self._day))
            self._first = first
        if end > self._end:
            end = min(max(end, self._end + _STRIDE), _LATEST)
            self._day = np.concatenate((self._day, self._look_up(self._end, end)))
            self._end = end

    def _look_up(self, first: int, end: int) -> Ints:
        moments = (datetime.fromtimestamp(one * _QUARTER_SECONDS, UTC) for one in range(first, end))
        return np.fromiter((one.astimezone(self._zone).toordinal() for one in moments), np.int64)


def unindexed(session: Session, column: Any) -> ColumnElement[Any]:
    """A column that SQLite does not look for by an index: where most rows are wanted, one pass over the table
    is several times as fast as going to each by an index."""
    return (
        UnaryExpression(column, operator=custom_op("+"), type_=column.type) if is_sqlite(session) else column
    )


def _numbers(session: Session, statement: Any, row: Any) -> Iterator[Numbers]:
    """The three columns of ``statement``; ``row`` is the key of the table that it reads. Thousands of rows
    come packed into one value: fetching each by itself takes twice as long, or ten times."""
    fetch = _of_sqlite if is_sqlite(session) else _of_postgresql
    return fetch(session, statement, row)


def _of_sqlite(session: Session, statement: Select[Any], row: Any) -> Iterator[Numbers]:
    """Sixteen hexadecimal digits a number: of all that SQLite writes it is read fastest."""
    customer, at, amount = statement.selected_columns
    packed = func.printf("%016x%016x%016x", customer, func.unixepoch(at), amount)
    pieces = statement.with_only_columns(func.group_concat(packed, ""))
    last = session.scalar(select(func.max(row))) or 0
    for start in range(0, last + 1, _PIECE):
        piece = session.scalar(pieces.where(row >= start, row < start + _PIECE))
        if piece:
            numbers = np.frombuffer(bytes.fromhex(piece), ">i8").reshape(-1, 3).astype(np.int64)
            yield numbers[:, 0], numbers[:, 1] * 1000, numbers[:, 2]


def _of_postgresql(session: Session, statement: Select[Any], row: Any) -> Iterator[Numbers]:
    customer, at, amount = statement.selected_columns
    sent = (func.int8send(customer), func.timestamptz_send(at), func.int8send(amount))
    packed = sent[0].op("||")(sent[1]).op("||")(sent[2])
    pieces = statement.with_only_columns(func.string_agg(packed, literal(b""), type_=LargeBinary))
    last = session.scalar(select(func.max(row))) or 0
    for start in range(0, last + 1, _SPAN):
        span = pieces.where(row >= start, row < start + _SPAN).group_by(row // _PIECE)
        for piece in session.scalars(span):
            numbers = np.frombuffer(piece, ">i8").reshape(-1, 3).astype(np.int64)
            yield numbers[:, 0], numbers[:, 1] // 1000 + _Y2K_MS, numbers[:, 2]
