"""What each customer bought: the one table that value, churn, segments and cohorts are computed from.

An order counts on the day it was placed, whenever it was entered; one cancelled at or after ``as_of`` was
still a sale then, and a refund given later had not been given. So a table as of last month is what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from crm_store.analysis import purchase_rows
from crm_store.analysis.purchase_rows import Rows, unindexed
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED, OrderState
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Purchases:
    """One row a customer with at least one sale in [``since``, ``as_of``), ascending by ``customer_id``; all
    arrays are of one length.

    ``first_day`` and ``last_day`` are ordinals of the desk's calendar (``date.fromordinal``), ``days`` on how
    many different days they bought, ``orders`` how many sales. ``net`` is their totals less refunds, in minor
    units, ``repeat_net`` the same of the days after the first. ``gap_days`` is the median of the days between
    one day of buying and the next; NaN with one day only. ``left_out``: how many sales there were in each
    other currency.
    """

    as_of: datetime
    since: datetime | None
    zone: tzinfo
    currency: str
    left_out: Mapping[str, int]
    customer_id: Ints
    first_day: Ints
    last_day: Ints
    days: Ints
    orders: Ints
    net: Ints
    repeat_net: Ints
    gap_days: Floats

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def as_of_day(self) -> int:
        """The ordinal of the day that ``as_of`` falls on: a customer's recency is this less ``last_day``."""
        return self.as_of.astimezone(self.zone).toordinal()


@dataclass(frozen=True)
class Ledger:
    """All sales before ``as_of``, read once, to be looked at over any span of whole days; but those of the
    customers who are ``excluded``."""

    as_of: datetime
    since: datetime | None
    zone: tzinfo
    currency: str
    rows: Rows
    left_out: Mapping[str, int]
    excluded: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def without(self, customers: Ints) -> "Ledger":
        excluded = np.concatenate((self.excluded, customers))
        return replace(self, rows=self.rows.without(customers), excluded=excluded)

    def purchases(self, *, days: int | None = None, ago: int = 0) -> Purchases:
        """What was bought in the last ``days`` days before ``as_of`` (None: ever), or before the moment that
        lies ``ago`` days earlier: by today's books, that is less what was given back since."""
        if days is None and not ago:
            return _group(self.rows, self, as_of=self.as_of, since=self.since)
        end = self.as_of.astimezone(self.zone).date() - timedelta(days=ago)
        begin = end - timedelta(days=days) if days is not None else None
        rows = self.rows.between(begin.toordinal() if begin else 0, end.toordinal())
        since = self._midnight(begin) if begin else self.since
        return _group(rows, self, as_of=self._midnight(end) if ago else self.as_of, since=since)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def load(
    session: Session, *, as_of: datetime, since: datetime | None = None, zone: tzinfo, currency: str
) -> Purchases:
    """All customers' purchases in one pass over the orders: seconds for ten million, so work for a process of
    its own. Staff who also buy, and customers taken in by another, are not there."""
    return read(session, as_of=as_of, since=since, zone=zone, currency=currency).purchases()


def read(
    session: Session, *, as_of: datetime, since: datetime | None = None, zone: tzinfo, currency: str
) -> Ledger:
    """As ``load``, for who looks at several spans."""
    sold = is_sale(session, as_of=as_of, since=since)
    rows = purchase_rows.read(session, where=sold, as_of=as_of, zone=zone, currency=currency)
    left_out = _left_out(session, sold, currency) if rows.foreign else {}
    return Ledger(as_of, since, zone, currency, rows, left_out).without(_strangers(session))


def rewound(session: Session, ledger: Ledger, *, as_of: datetime) -> Ledger:
    """The books as they stood at an earlier midnight of the desk's, of the same customers: what ``read``
    would say, but that only what was cancelled or given back since is read."""
    placed = unindexed(session, col(Order.placed_at)) < as_of
    cancelled_since = and_(
        placed,
        unindexed(session, col(Order.state)) == OrderState.CANCELLED,
        col(Order.cancelled_at) >= as_of,
        col(Order.cancelled_at) < ledger.as_of,
        col(Order.confirmed_at).is_not(None),
    )
    sold = and_(placed, is_sale(session, as_of=ledger.as_of, since=ledger.since))
    about: dict[str, Any] = {"zone": ledger.zone, "currency": ledger.currency}
    gone = purchase_rows.read(session, where=cancelled_since, as_of=as_of, **about)
    back = purchase_rows.given_back(session, where=sold, since=as_of, until=ledger.as_of, **about)
    rows = ledger.rows.between(0, as_of.astimezone(ledger.zone).toordinal())
    rows = rows.and_more(gone.without(ledger.excluded)).and_more(back.without(ledger.excluded), sign=-1)
    return replace(ledger, as_of=as_of, rows=rows)


def is_sale(session: Session, *, as_of: datetime, since: datetime | None) -> ColumnElement[bool]:
    """Orders that were a sale as of then: for a pass over the table, not by an index."""
    state, placed_at = (unindexed(session, one) for one in (col(Order.state), col(Order.placed_at)))
    stood_then = and_(
        state == OrderState.CANCELLED,
        col(Order.cancelled_at) >= as_of,
        col(Order.confirmed_at).is_not(None),
    )
    begun = [placed_at >= since] if since is not None else []
    return and_(or_(state.in_(ACCEPTED), stood_then), placed_at < as_of, *begun)


def _left_out(session: Session, sold: ColumnElement[bool], currency: str) -> dict[str, int]:
    others = select(col(Order.currency), func.count()).where(sold, col(Order.currency) != currency)
    return dict(session.execute(others.group_by(col(Order.currency)).order_by(col(Order.currency))).all())


def _strangers(session: Session) -> Ints:
    """Customers who are none: staff, and the ones that another took in."""
    taken_in = select(col(Customer.id)).where(col(Customer.merged_into_id).is_not(None))
    staff = select(col(Customer.id)).where(col(Customer.user_id).in_(select(col(Staff.user_id))))
    return np.fromiter((*session.scalars(taken_in), *session.scalars(staff)), np.int64)


def _group(rows: Rows, ledger: Ledger, *, as_of: datetime, since: datetime | None) -> Purchases:
    parts = zip(*map(_sum_up, rows.pieces()), strict=True)
    columns: list[Any] = [np.concatenate(part) for part in parts]
    return Purchases(as_of, since, ledger.zone, ledger.currency, ledger.left_out, *columns)


def _sum_up(rows: Rows) -> tuple[NDArray[Any], ...]:
    """The columns of ``Purchases``: sums over sorted rows, by customer and day first, then by customer."""
    day_start = _starts(rows.key)
    customer, day = purchase_rows.unpack(rows.key[day_start])
    day_net = _sums(rows.amount, day_start)
    start = _starts(customer)
    days = np.diff(start, append=len(customer))
    orders, net = _sums(_sums(rows.orders, day_start), start), _sums(day_net, start)
    gaps = _median_gaps(day, start, days)
    return (
        customer[start],
        day[start],
        day[start + days - 1],
        days,
        orders,
        net,
        net - day_net[start],
        gaps,
    )


def _starts(ordered: Ints) -> Ints:
    """Where each run of equal values begins."""
    if not len(ordered):
        return np.zeros(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(np.diff(ordered)) + 1)).astype(np.int64)


def _sums(values: NDArray[Any], start: Ints) -> Ints:
    return np.add.reduceat(values, start, dtype=np.int64) if len(start) else np.zeros(0, np.int64)


def _median_gaps(day: Ints, start: Ints, days: Ints) -> Floats:
    """Of each customer, whose ``days`` days begin at ``start``, the median of the gaps between them."""
    found = np.full(len(start), np.nan)
    several = np.flatnonzero(days > 1)
    if not len(several):
        return found
    owner = np.repeat(np.arange(len(start)), days)
    within = np.flatnonzero(np.diff(owner) == 0)
    ordered = purchase_rows.pack(owner[within], np.diff(day)[within])
    ordered.sort()
    gap = purchase_rows.unpack(ordered)[1]
    first = np.concatenate(([0], np.cumsum(days - 1)[:-1]))[several]
    many = days[several] - 1
    found[several] = (gap[first + (many - 1) // 2] + gap[first + many // 2]) / 2
    return found
