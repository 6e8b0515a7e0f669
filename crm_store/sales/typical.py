"""What orders usually come to, by currency: a customer's own where there are enough of them, else the shop's.

An unusual order stays in the ledger and in every sum; it is told of, and left out of the mean.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.analysis import unusual
from crm_store.analysis.unusual import Usual
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order

OWN, SHOP = 500, 300
"""How many of the latest orders are looked at, of one customer and of the whole shop."""


@dataclass(frozen=True)
class Mean:
    """What an order comes to on average, in minor units, rounded half up; ``left_out`` unusual ones are not
    in it, ``of`` is how many are."""

    currency: str
    amount: int
    of: int
    left_out: int


@dataclass(frozen=True)
class Strange:
    """An order's total is unusual. ``usual`` is the middle of what it was held against, in minor units: the
    customer's other orders (``own``), or the shop's."""

    usual: int
    own: bool


def means(session: Session, *, customer_id: int) -> list[Mean]:
    """What a customer's latest orders that stand come to, a row for each currency with at least two."""
    found = []
    for currency, totals in sorted(_own(session, customer_id).items()):
        kept = _without_unusual(totals, unusual.usual(totals) or _shop_usual(session, currency))
        if len(totals) > 1:
            amount = (2 * sum(kept) + len(kept)) // (2 * len(kept))
            found.append(Mean(currency, amount, len(kept), len(totals) - len(kept)))
    return found


def strange(session: Session, *, order: Order) -> Strange | None:
    """Why an order's total wants a second look; None where it does not, and where nobody can say."""
    if order.total <= 0:
        return None
    mine = unusual.usual(_own(session, order.customer_id).get(order.currency, []))
    usual = mine or _shop_usual(session, order.currency)
    if usual is None or usual.holds(order.total):
        return None
    return Strange(usual.middle, own=mine is not None)


def _without_unusual(totals: Sequence[int], usual: Usual | None) -> list[int]:
    """Where most are unusual beside the shop's, they are what is usual for this customer."""
    kept = [one for one in totals if usual is None or usual.holds(one)]
    return kept if 2 * len(kept) >= len(totals) else list(totals)


def _shop_usual(session: Session, currency: str) -> Usual | None:
    """From the shop's latest orders, however many of them are of this currency: the index is read so far and
    no further."""
    latest = (
        select(col(Order.currency), col(Order.state), col(Order.total))
        .order_by(col(Order.placed_at).desc())
        .limit(SHOP)
        .subquery()
    )
    statement = select(latest.c.total).where(latest.c.currency == currency, latest.c.state.in_(ACCEPTED))
    return unusual.usual(list(session.scalars(statement)))


def _own(session: Session, customer_id: int) -> dict[str, list[int]]:
    """Totals of the customer's latest orders that stand, by currency."""
    statement = (
        select(col(Order.currency), col(Order.total))
        .where(col(Order.customer_id) == customer_id, col(Order.state).in_(ACCEPTED))
        .order_by(col(Order.placed_at).desc(), col(Order.id).desc())
        .limit(OWN)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for currency, total in session.execute(statement):
        found[currency].append(total)
    return found
