"""A filter as conditions of SQL: the same for a list, an export, a count, a segment."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select, true
from sqlmodel import col

from crm_store.analysis.tables import CustomerScore
from crm_store.customers import places, records
from crm_store.customers.filter_scored import SCORE, buyers, consenting, reached, scored
from crm_store.customers.filter_terms import ME, Field, Filtered, Sort, Term
from crm_store.customers.filter_values import Span, like, tier
from crm_store.customers.tables import Customer, CustomerTag, CustomValue
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff

Condition = ColumnElement[bool]

_COLUMNS: dict[Field, Any] = {
    Field.CITY: col(Customer.city),
    Field.PROVINCE: col(Customer.province),
    Field.TIER: col(Customer.tier),
    Field.OWNER: col(Customer.owner_id),
    Field.COMPANY: col(Customer.company),
    Field.SOURCE: col(Customer.source),
    Field.LANGUAGE: col(Customer.language),
    Field.REACHABLE: col(Customer.reachable),
    Field.CREATED: col(Customer.created_at),
    Field.CHANGED: col(Customer.updated_at),
    Field.LAST_ORDER: col(Customer.last_order_at),
    Field.NUMBER: col(Customer.id),
    Field.REFERRED_BY: col(Customer.referred_by_id),
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {">": gt, "<": lt, ">=": ge, "<=": le}
COUNTED = col(Order.state).not_in([OrderState.DRAFT, OrderState.CANCELLED])
"""An order that was placed and not taken back."""


def where(filtered: Filtered, by: Staff | None) -> list[Condition]:
    """The conditions of a filter, for ``Customer``; merged ones are never among them.

    ``by`` is who asks (owner:me); None is the machine, whose own no customer is. The words beside the terms
    are not in it: they are searched for (``filters.matching``).
    """
    alive = col(Customer.merged_into_id).is_(None)
    return [alive, *(fulfils(term, filtered, by) for term in filtered.terms)]


def fulfils(term: Term, filtered: Filtered, by: Staff | None, *, of: int | None = None) -> Condition:
    """One term of a filter, for ``Customer``; ``of``: for this one alone, whose rows are all that is read."""
    met = or_(*(_value(term, value, filtered, by, of) for value in term.values))
    return not_(func.coalesce(met, false())) if term.negated else met


def _value(term: Term, value: Any, filtered: Filtered, by: Staff | None, of: int | None) -> Condition:
    if term.field == Field.TAG:
        tagged = select(col(CustomerTag.customer_id))
        if value is None:
            return not_(_among(tagged, of))
        has = _among(tagged.where(col(CustomerTag.tag).in_({value, records.tag(value)})), of)
        alike = tier(value)  # who is VIP by tier is VIP to everybody who looks for the word
        return has if alike is None else or_(has, col(Customer.tier) == alike)
    if term.field == Field.OWN:
        return _among(_own(term, value), of)
    if term.field == Field.SEGMENT:
        return and_(true(), *(fulfils(one, value, by, of=of) for one in value.terms))
    if term.field in SCORE:
        column = SCORE[term.field]
        if value is None:
            return not_(_among(scored(column.is_not(None), of), of))
        return _among(scored(_compared(column, term.sign, value), of), of)
    if term.field == Field.CONSENT:
        said = _among(consenting(value), of)
        return not_(said) if value is None else said
    if term.field == Field.CAMPAIGN:
        return _among(reached(value), of)
    if term.field == Field.ORDERED:
        return _among(buyers(value, COUNTED, each=of is not None), of)
    if term.field == Field.REFERRED:
        by_somebody = col(Customer.referred_by_id)
        return by_somebody.is_not(None) if value else by_somebody.is_(None)
    if term.field in (Field.ORDERS, Field.NET):
        return _by_orders(term, value, filtered.currency)
    column = _COLUMNS[term.field]
    if value is None:
        return column.is_(None)  # type: ignore[no-any-return]
    if isinstance(value, Span):
        return _within(column, term.sign, *value.moments(filtered.zone))
    if term.field == Field.CITY:
        return col(Customer.city).in_({value, places.canonical(value).city})
    if term.field == Field.PROVINCE:
        return _in_province(value)
    if term.field == Field.COMPANY:
        return and_(column.is_not(None), func.lower(column).like(like(value), escape="\\"))
    if value == ME:
        value = by.id if by is not None else 0
    return _compared(column, term.sign, value)


def _in_province(name: str) -> Condition:
    """Of the four municipalities a record has only the city."""
    place = places.read(name)
    if place is not None and place.province is None:
        return col(Customer.city) == place.city
    return col(Customer.province).in_({name, place.province if place is not None else name})


def _own(term: Term, value: Any) -> Select[Any]:
    held = select(col(CustomValue.customer_id)).where(col(CustomValue.field_id) == term.own_id)
    if isinstance(value, Span):
        days = value.first.toordinal(), value.end.toordinal()
        return held.where(_within(col(CustomValue.rank), term.sign, *days))
    if term.ranked:
        return held.where(_compared(col(CustomValue.rank), term.sign, value))
    if term.sign == "~":
        return held.where(func.lower(col(CustomValue.value)).like(like(value), escape="\\"))
    return held.where(col(CustomValue.value) == value)


def _within(column: Any, sign: str, start: Any, end: Any) -> Condition:
    """From ``start`` until before ``end``, or before or after that."""
    conditions: dict[str, Condition] = {
        ":": and_(column >= start, column < end),
        ">": column >= end,
        ">=": column >= start,
        "<": column < start,
        "<=": column < end,
    }
    return conditions[sign]


def _compared(column: Any, sign: str, value: Any) -> Condition:
    return column == value if sign == ":" else _COMPARE[sign](column, value)  # type: ignore[no-any-return]


def _among(customers: Select[Any], of: int | None) -> Condition:
    """The customer is one of those that a statement selects."""
    if of is not None:
        customers = customers.where(customers.selected_columns[0] == of)
    return col(Customer.id).in_(customers)


def _by_orders(term: Term, value: int, currency: str) -> Condition:
    """Customer by customer, by an index that holds all that is asked: a page ends where it is full, and for
    everybody it takes no longer than one pass over the orders. Those who have none count as nothing."""
    figure = select(figure_of(term.field, currency)).where(col(Order.customer_id) == col(Customer.id))
    return _compared(figure.correlate(Customer).scalar_subquery(), term.sign, value)


def figure_of(field: Field, currency: str) -> ColumnElement[int]:
    """Of a customer's orders: how many, or what they brought after refunds in one currency (minor units)."""
    if field == Field.ORDERS:
        return func.coalesce(func.sum(case((COUNTED, 1), else_=0)), 0)
    net = case((col(Order.currency) == currency, col(Order.paid) - col(Order.refunded)), else_=0)
    return func.coalesce(func.sum(net), 0)


def sorted_by(sort: Sort, currency: str) -> ColumnElement[Any]:
    """What customers are put in order by."""
    if sort.field in (Field.ORDERS, Field.NET):
        figure = select(figure_of(sort.field, currency)).where(col(Order.customer_id) == col(Customer.id))
        return figure.correlate(Customer).scalar_subquery()
    if sort.field == Field.VALUE:
        value = select(col(CustomerScore.expected_value))
        return value.where(col(CustomerScore.customer_id) == col(Customer.id)).scalar_subquery()
    return _COLUMNS[sort.field]  # type: ignore[no-any-return]
