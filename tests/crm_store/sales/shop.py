"""Orders for tests of the store."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.sales import orders, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.sales.whole import Whole
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW

TEA = NewLine("oolong", 6_800, 2_000)
KETTLE = NewLine("kettle", 12_475, 9_500)
"""9.5 × ¥124.75: the line whose rounding is easily done wrong."""


def order(
    session: Session,
    of: Customer,
    by: Staff,
    lines: Sequence[NewLine] = (TEA, KETTLE),
    *,
    confirmed: bool = True,
    **about: Any,
) -> Order:
    about = {"currency": "CNY", "source": "web", "actor": by, "now": NOW, **about}
    return orders.intake(session, customer=of, lines=lines, confirmed=confirmed, **about)


def states(order: Order) -> tuple[str, str, str]:
    return order.state, order.payment_state, order.shipment_state


def held(session: Session, order: Order) -> Whole:
    return whole.of(session, order=order)
