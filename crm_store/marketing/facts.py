"""What a campaign's message may say of a customer: for one, and as conditions over many."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine


class Fact(StrEnum):
    """``favourite``: the product they ordered most often."""

    NAME = "name"
    SALUTATION = "salutation"
    COMPANY = "company"
    CITY = "city"
    LAST_ORDER_DAY = "last_order_day"
    FAVOURITE = "favourite"


LOOKED_AT = 500
_NO_SALE = (OrderState.DRAFT, OrderState.CANCELLED)
_COLUMNS: dict[Fact, Any] = {
    Fact.NAME: col(Customer.name),
    Fact.SALUTATION: col(Customer.salutation),
    Fact.COMPANY: col(Customer.company),
    Fact.CITY: col(Customer.city),
}


def there(fact: Fact) -> ColumnElement[bool]:
    """Over ``Customer``: whether there is anything to say."""
    if fact in _COLUMNS:
        return func.trim(func.coalesce(_COLUMNS[fact], "")) != ""
    if fact == Fact.LAST_ORDER_DAY:
        return col(Customer.last_order_at).is_not(None)
    bought: Any = (
        select(literal_column("1"))
        .select_from(Order)
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.customer_id) == col(Customer.id), col(Order.state).not_in(_NO_SALE))
    )
    found: ColumnElement[bool] = bought.correlate(Customer).exists()
    return found


def of(session: Session, *, customer: Customer, wanted: Collection[Fact]) -> dict[Fact, str | datetime]:
    """What there is of what is wanted; the last order as its moment."""
    found: dict[Fact, str | datetime | None] = {
        Fact.NAME: customer.name,
        Fact.SALUTATION: customer.salutation,
        Fact.COMPANY: customer.company,
        Fact.CITY: customer.city,
        Fact.LAST_ORDER_DAY: customer.last_order_at,
    }
    if Fact.FAVOURITE in wanted:
        found[Fact.FAVOURITE] = _favourite(session, customer)
    return {
        fact: value.strip() if isinstance(value, str) else value
        for fact, value in found.items()
        if fact in wanted and value is not None and (not isinstance(value, str) or value.strip())
    }


def somebody(session: Session, *, wanted: Collection[Fact]) -> Customer | None:
    """One of the latest customers, of whom all of it is known."""
    latest = select(col(Customer.id)).order_by(col(Customer.id).desc()).limit(LOOKED_AT).subquery()
    statement = (
        select(Customer)
        .where(
            col(Customer.id).in_(select(latest.c.id)),
            col(Customer.merged_into_id).is_(None),
            *(there(one) for one in sorted(wanted)),
        )
        .order_by(col(Customer.id).desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def _favourite(session: Session, customer: Customer) -> str | None:
    """Of the most orders; of several, that of the latest."""
    statement = (
        select(col(OrderLine.name))
        .join(Order, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.customer_id) == customer.id, col(Order.state).not_in(_NO_SALE))
        .group_by(col(OrderLine.name))
        .order_by(
            func.count(col(Order.id).distinct()).desc(),
            func.max(col(Order.placed_at)).desc(),
            col(OrderLine.name),
        )
        .limit(1)
    )
    return session.scalar(statement)
