"""What is known of each customer on one day, as numbers to learn from: nothing that happened later.

The books are read as they stood at the cut, so that an order cancelled or money given back since is still
what it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import bg_nbd
from crm_store.analysis.aligning import picked, spread
from crm_store.analysis.purchases import Ledger, Purchases
from crm_store.analysis.value_model import history
from crm_store.sales.states import RefundState
from crm_store.sales.tables import Order, OrderLine, Refund
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket

Floats = NDArray[np.float64]
Counts = Mapping[int, int]

SEED = 20_050_501

LATELY_DAYS = 180
"""Complaints, refunds and different goods are counted over so many days."""

SPANS = (30, 90, 180)
LONG_GONE_DAYS = 365
"""Whoever has bought nothing for longer (or for twice the window, if that is more) is gone: nothing is left
to be foretold."""

FEATURES = (
    "recency", "ratio", "again", "active", "age", "orders_30", "orders_90", "orders_180", "spend_30",
    "spend_90", "spend_180", "refunds", "complaints", "goods", "expected",
)  # fmt: skip


@dataclass(frozen=True)
class Books:
    """All that is read for one cut: the sales before it, and of the last ``LATELY_DAYS`` how many complaints,
    refunds and different goods, by customer (none where there is no entry)."""

    ledger: Ledger
    complaints: Counts = field(default_factory=dict)
    refunds: Counts = field(default_factory=dict)
    goods: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """One row of ``x`` (columns: ``FEATURES``) for each customer of ``of``. ``window`` (what is foretold) and
    ``usual_gap`` (the shop's) are in days; ``raw`` holds the counts that reasons are checked against."""

    of: Purchases
    x: Floats
    window: int
    usual_gap: float
    raw: Mapping[str, Floats]


def of_ledger(session: Session, ledger: Ledger) -> Books:
    """The books as they stood at the ledger's moment, of its customers."""
    until, since = ledger.as_of, ledger.as_of - timedelta(days=LATELY_DAYS)
    complaints = (
        select(col(Ticket.customer_id), func.count())
        .where(col(Ticket.opened_at) >= since, col(Ticket.opened_at) < until)
        .where(col(Ticket.kind) == Kind.COMPLAINT, col(Ticket.merged_into_id).is_(None))
        .group_by(col(Ticket.customer_id))
    )
    refunds = (
        select(col(Order.customer_id), func.count())
        .join(Refund, col(Refund.order_id) == col(Order.id))
        .where(col(Refund.state) == RefundState.DONE)
        .where(col(Refund.done_at) >= since, col(Refund.done_at) < until)
        .group_by(col(Order.customer_id))
    )
    goods = (
        select(col(Order.customer_id), func.count(func.distinct(col(OrderLine.name))))
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.placed_at) >= since, col(Order.placed_at) < until)
        .where(col(Order.confirmed_at) < until)  # whatever became of it since
        .group_by(col(Order.customer_id))
    )
    rows = [_counts(session.execute(one).all()) for one in (complaints, refunds, goods)]
    return Books(ledger, *rows)


def _counts(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    return {int(customer): int(many) for customer, many in rows}


def gone_after(window: int) -> int:
    """Days without a purchase after which nothing is foretold any more."""
    return max(LONG_GONE_DAYS, 2 * window)


def view(books: Books, *, window: int, most: int | None = None) -> View:
    """Customers as of the books' moment, ``most`` of them at random where that is enough; ``window`` in days,
    for what the purchases alone let expect."""
    everybody = books.ledger.purchases()
    seen = _some(everybody.as_of_day - everybody.last_day <= gone_after(window), most)
    x, t_x, t = history(everybody)
    usual = usual_gap(everybody)
    gap = np.maximum(np.where(np.isnan(everybody.gap_days), usual, everybody.gap_days), 1)
    recency = (everybody.as_of_day - everybody.last_day).astype(np.float64)
    lately = {span: books.ledger.purchases(days=span) for span in SPANS}
    orders = {span: spread(everybody, lately[span], "days") for span in SPANS}
    typical = float(np.maximum(everybody.net, 0).sum()) / max(int(everybody.days.sum()), 1) or 1.0
    spend = {span: np.maximum(spread(everybody, lately[span], "net"), 0) / typical for span in SPANS}
    ids = everybody.customer_id.tolist()
    counts = {
        name: np.array([found.get(one, 0) for one in ids], np.float64)
        for name, found in (
            ("complaints", books.complaints),
            ("refunds", books.refunds),
            ("goods", books.goods),
        )
    }
    columns = (
        recency, recency / gap, x, t_x * 7, t * 7, orders[30], orders[90], orders[180], spend[30], spend[90],
        spend[180], counts["refunds"], counts["complaints"], counts["goods"],
        _expected(x, t_x, t, weeks=window / 7),
    )  # fmt: skip
    table = np.log1p(np.column_stack(columns)) if len(ids) else np.zeros((0, len(FEATURES)))
    raw = {
        "ratio": recency / gap,
        "gap": gap,
        "days": everybody.days.astype(np.float64),
        "newest": orders[90],
        "earlier": orders[180] - orders[90],
        **counts,
    }
    return View(
        picked(everybody, seen), table[seen], window, usual, {key: one[seen] for key, one in raw.items()}
    )


def _some(rows: NDArray[np.bool_], most: int | None) -> NDArray[np.bool_]:
    at = np.flatnonzero(rows)
    if most is None or len(at) <= most:
        return rows
    few = np.zeros(len(rows), bool)
    few[np.random.default_rng(SEED).choice(at, most, replace=False)] = True
    return few


def usual_gap(purchases: Purchases) -> float:
    """The middle of the customers' own gaps, in days; 0 where nobody came again."""
    known = purchases.gap_days[~np.isnan(purchases.gap_days)]
    return float(np.median(known)) if len(known) else 0.0


def _expected(x: Floats, t_x: Floats, t: Floats, *, weeks: float) -> Floats:
    seen = bg_nbd.histories(x=x, t_x=t_x, t=t)
    try:
        model = bg_nbd.fit(seen, at_once=True)
    except bg_nbd.NoFit:
        return np.zeros(len(x))
    return model.orders(weeks, x=seen.x, t_x=seen.t_x, t=seen.t)[seen.place]
