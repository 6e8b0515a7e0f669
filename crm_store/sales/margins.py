"""What the shop keeps of its sales: of a window, of one customer."""

from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any

from sqlmodel import Session, col

from crm_store.analysis import days
from crm_store.analysis.days import NOTHING, Figure, Plan
from crm_store.analysis.measures import KNOWN, UNKNOWN, By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.sales import costs, totals
from crm_store.sales.costs import Goods
from crm_store.sales.tables import Order

ENOUGH = 0.5
"""From this known share on, what was measured says more than the percentage somebody set."""


@dataclass(frozen=True)
class Margin:
    """In minor units: ``revenue`` after discounts and refunds, ``cost`` of the goods that were not returned
    as far as it is known, and ``margin``: revenue of known cost − ``cost`` + ``percent`` of the rest.

    ``known`` is the share (0 to 1) of the revenue whose cost is known, ``known_revenue`` the amount.
    ``percent`` is the shop's ``[orders] margin_percent``; 0 counts nothing of the rest as margin.
    """

    revenue: int
    cost: int
    margin: int
    known: float
    known_revenue: int
    percent: int

    @property
    def is_told(self) -> bool:
        """False where it would say nothing: no cost is known and no percentage set."""
        return self.known > 0 or self.percent > 0

    @property
    def share(self) -> float | None:
        """Of the revenue, what is kept; None where there is none."""
        return self.margin / self.revenue if self.revenue > 0 else None

    @property
    def measured(self) -> float | None:
        """What is kept of revenue whose cost is known; None where that is less than half of all."""
        if self.known < ENOUGH or self.known_revenue <= 0:
            return None
        return (self.known_revenue - self.cost) / self.known_revenue

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "share": self.share, "is_told": self.is_told}


def of_window(
    session: Session,
    *,
    window: Window,
    zone: tzinfo,
    currency: str,
    percent: int,
    planned: Plan | None = None,
) -> Margin:
    """Orders placed in the window that stand, less what was given back and came back in it, whenever it had
    been ordered. Days that are kept are read, the others counted: to the minor unit it is the same."""
    planned = planned or days.plan(session, window=window, zone=zone)
    kept = Plan(planned.kept, ())

    def read(measure: Measure, by: By) -> dict[str, Figure]:
        return days.figures(
            session, measure=measure, by=by, window=window, zone=zone, currency=currency, planned=kept
        )

    parts, cost = read(Measure.NET, By.COST), read(Measure.COST, By.WHOLE)[""].value
    known, rest = (parts.get(key, NOTHING).value for key in (KNOWN, UNKNOWN))
    for one in planned.live:  # what would be two figures is one look at its lines
        goods = costs.of_window(session, window=one).get(currency, Goods())
        known, rest, cost = known + goods.known, rest + goods.net - goods.known, cost + goods.cost
    return _margin(known=known, rest=rest, cost=cost, percent=percent)


def of_customer(session: Session, *, customer_id: int, currency: str, percent: int) -> Margin:
    """Of all that they ever ordered, as it stands now."""
    found = costs.of_orders(
        session, where=[col(Order.customer_id) == customer_id, col(Order.currency) == currency]
    )
    return of_goods(found.get(currency, Goods()), percent=percent)


def of_goods(goods: Goods, *, percent: int) -> Margin:
    return _margin(known=goods.known, rest=goods.net - goods.known, cost=goods.cost, percent=percent)


def _margin(*, known: int, rest: int, cost: int, percent: int) -> Margin:
    revenue = known + rest
    assumed = totals.half_up(abs(rest) * percent, 100) * (1 if rest >= 0 else -1)
    # More may be given back than was sold in a window: a share beyond all, or below nothing, says nothing.
    share = min(max(known / revenue, 0.0), 1.0) if revenue > 0 else float(known > 0)
    return Margin(revenue, cost, known - cost + assumed, share, known, percent)
