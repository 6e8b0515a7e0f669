"""What one customer bought so far, and the rule of thumb that people reckon value with."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import pairwise
from statistics import median

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order

MOST = 2_000
"""Of somebody with more orders, the latest so many."""

YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Bought:
    """In one currency. ``net`` (minor units) is the orders' totals less what was given back, ``usual_gap``
    the median of the days between one day of buying and the next: None with one day only."""

    orders: int
    net: int
    first_day: date | None
    last_day: date | None
    usual_gap: float | None

    @property
    def average_order(self) -> int:
        return round(self.net / self.orders) if self.orders else 0

    def orders_per_year(self, today: date) -> float:
        """Since the first order; of a customer of less than a year, as many as there were."""
        if self.first_day is None:
            return 0.0
        return self.orders / max((today - self.first_day).days / YEAR_DAYS, 1.0)


def of(session: Session, *, customer: Customer, zone: tzinfo, currency: str) -> Bought:
    statement = (
        select(col(Order.placed_at), col(Order.total), col(Order.refunded))
        .where(col(Order.customer_id) == customer.id, col(Order.state).in_(ACCEPTED))
        .where(col(Order.currency) == currency)
        .order_by(col(Order.placed_at).desc())
        .limit(MOST)
    )
    rows = session.execute(statement).all()
    moments: list[datetime] = [row[0] for row in rows]
    days = sorted({at.astimezone(zone).date() for at in moments})
    gaps = [(later - day).days for day, later in pairwise(days)]
    return Bought(
        orders=len(rows),
        net=sum(int(row[1]) - int(row[2]) for row in rows),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        usual_gap=float(median(gaps)) if gaps else None,
    )


def rule_of_thumb(*, average_order: int, orders_per_year: float, years: float, margin: float) -> int:
    """Average order × orders a year × years × margin, in minor units. It knows neither refunds to come nor
    that customers leave."""
    return round(average_order * orders_per_year * years * margin)
