"""Figures counted from the books themselves, over any span of time: what is kept by day must equal them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, String, cast, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.analysis.measures import KEPT, KNOWN, OFF_WHOLE, PARTS, UNKNOWN, By, Measure
from crm_store.analysis.service_summary import Window, within
from crm_store.customers.tables import Customer
from crm_store.engine import is_sqlite
from crm_store.sales import costs
from crm_store.sales.costs import Goods
from crm_store.sales.states import ACCEPTED, RefundState
from crm_store.sales.tables import Order, OrderLine, Payment, Refund
from crm_store.service.tables import Rating, Ticket

BATCH = 500

Statement = Select[*tuple[Any, ...]]
"""Rows of a key, a currency, how many and how much."""

_NONE = literal(0)

_OF_GOODS = (Measure.NET, Measure.COST)


@dataclass(frozen=True)
class Counted:
    """One part of one measure: ``value`` in minor units of ``currency``, or in the measure's own unit."""

    key: str
    currency: str
    count: int
    value: int


def everything(session: Session, *, window: Window) -> dict[tuple[Measure, By], list[Counted]]:
    """Every measure that is kept, in all its parts."""
    goods = costs.of_window(session, window=window)  # three figures of one look at the day's lines
    return {
        (measure, by): _of_goods(goods, measure, by)
        if measure in _OF_GOODS
        else count(session, measure=measure, by=by, window=window)
        for measure in KEPT
        for by in PARTS[measure]
    }


def count(session: Session, *, measure: Measure, by: By, window: Window) -> list[Counted]:
    """One measure in one kind of parts, by index: the cost is the window's. A key comes once a currency."""
    if by in (By.PRODUCT, By.CATEGORY):
        return (
            _of_sold(session, by, window) if measure == Measure.SALES else _of_refunded(session, by, window)
        )
    match measure:
        case Measure.SALES:
            return _read(session, _sales(by, window))
        case Measure.PAID:
            return _read(session, _money(by, Payment, within(col(Payment.at), window)))
        case Measure.REFUNDED:
            return _read(session, _money(by, Refund, _given_back(window)))
        case Measure.FIRST:
            return _read(session, _first(by, window))
        case Measure.NET | Measure.COST:
            return _of_goods(costs.of_window(session, window=window), measure, by)
        case Measure.CUSTOMERS:
            return _read(session, _customers(by, window))
        case Measure.TICKETS:
            key = col(Ticket.kind) if by == By.KIND else None
            return _read(session, _of_tickets(key, within(col(Ticket.opened_at), window)))
        case Measure.ANSWERED:
            waited = _seconds(session, col(Ticket.opened_at), col(Ticket.first_answered_at))
            statement = _of_tickets(None, within(col(Ticket.first_answered_at), window), func.sum(waited))
            return _read(session, statement)
        case Measure.RESOLVED:
            return _read(session, _of_tickets(None, within(col(Ticket.resolved_at), window)))
        case Measure.RATINGS:
            return _read(session, _ratings(window))


def _of_goods(goods: Mapping[str, Goods], measure: Measure, by: By) -> list[Counted]:
    found = []
    for currency, one in goods.items():
        if measure == Measure.COST:
            found.append(Counted(UNKNOWN, currency, one.costed, one.cost))
        elif by == By.WHOLE:
            found.append(Counted(UNKNOWN, currency, one.orders, one.net))
        else:
            found.append(Counted(KNOWN, currency, one.costed, one.known))
            found.append(Counted(UNKNOWN, currency, one.orders - one.costed, one.net - one.known))
    return [one for one in found if one.count or one.value]


def _read(session: Session, statement: Statement) -> list[Counted]:
    rows = session.execute(statement).all()
    return [Counted(str(key), currency, n, int(value or 0)) for key, currency, n, value in rows if n]


def _sold(window: Window) -> list[ColumnElement[bool]]:
    return [col(Order.state).in_(ACCEPTED), *within(col(Order.placed_at), window)]


def _given_back(window: Window) -> tuple[ColumnElement[bool], ...]:
    return col(Refund.state) == RefundState.DONE, *within(col(Refund.done_at), window)


def _key(by: By) -> Any:
    """Of an order, its part; a city is its customer's."""
    match by:
        case By.REP:
            return func.coalesce(cast(col(Order.taken_by), String), UNKNOWN)
        case By.CITY:
            return func.coalesce(col(Customer.city), UNKNOWN)
        case By.CHANNEL:
            return col(Order.source)
        case _:
            return literal(UNKNOWN)


def _grouped(statement: Statement, by: By, key: Any) -> Statement:
    if by == By.CITY:
        statement = statement.join(Customer, col(Customer.id) == col(Order.customer_id))
    return statement.group_by(*([col(Order.currency)] if by == By.WHOLE else [key, col(Order.currency)]))


def _sales(by: By, window: Window) -> Statement:
    key = _key(by).label("part")
    statement = select(key, col(Order.currency), func.count(), func.sum(col(Order.total))).select_from(Order)
    return _grouped(statement.where(*_sold(window)), by, key)


def _money(by: By, of: type[Payment] | type[Refund], where: Sequence[ColumnElement[bool]]) -> Statement:
    key = _key(by).label("part")
    statement = (
        select(key, col(Order.currency), func.count(), func.sum(col(of.amount)))
        .select_from(of)
        .join(Order, col(Order.id) == col(of.order_id))
        .where(*where)
    )
    return _grouped(statement, by, key)


def _first(by: By, window: Window) -> Statement:
    """Sales before which their customer had none."""
    one = aliased(Order)
    sooner = or_(
        col(one.placed_at) < col(Order.placed_at),
        (col(one.placed_at) == col(Order.placed_at)) & (col(one.id) < col(Order.id)),
    )
    earlier = exists().where(
        col(one.customer_id) == col(Order.customer_id),
        col(one.placed_at) <= col(Order.placed_at),  # said apart, the index serves it
        sooner,
        col(one.state).in_(ACCEPTED),
    )
    return _sales(by, window).where(~earlier)


def _customers(by: By, window: Window) -> Statement:
    where = [col(Customer.merged_into_id).is_(None), *within(col(Customer.created_at), window)]
    if by == By.WHOLE:
        return select(literal(UNKNOWN), literal(""), func.count(), _NONE).where(*where)
    key = func.coalesce(col(Customer.source), UNKNOWN).label("part")
    return select(key, literal(""), func.count(), _NONE).where(*where).group_by(key)


def _of_tickets(key: Any, where: Sequence[ColumnElement[bool]], value: Any = _NONE) -> Statement:
    shown = literal(UNKNOWN) if key is None else key
    statement = select(shown, literal(""), func.count(), value).select_from(Ticket).where(*where)
    return statement if key is None else statement.group_by(key)


def _ratings(window: Window) -> Statement:
    return select(literal(UNKNOWN), literal(""), func.count(), func.sum(col(Rating.score))).where(
        col(Rating.score).is_not(None), *within(col(Rating.answered_at), window)
    )


def _seconds(session: Session, start: Any, end: Any) -> ColumnElement[int]:
    """Whole seconds, so that sums of days are the sum of all."""
    if is_sqlite(session):
        days = func.julianday(end, type_=Float) - func.julianday(start, type_=Float)
        return cast(func.round(days * 86400.0), Integer)
    return cast(func.round(func.extract("epoch", end - start)), Integer)


def _line_key(by: By) -> Any:
    if by == By.CATEGORY:
        return func.coalesce(col(OrderLine.category), UNKNOWN)
    known = literal("#").concat(cast(col(OrderLine.product_id), String))
    return func.coalesce(known, literal("=").concat(col(OrderLine.name)))


def _of_sold(session: Session, by: By, window: Window) -> list[Counted]:
    """Lines by their own totals (count: orders that have it); what orders' totals differ from them apart."""
    key = _line_key(by).label("part")
    statement = (
        select(key, col(Order.currency), func.count(col(Order.id).distinct()), func.sum(col(OrderLine.total)))
        .select_from(Order)
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(*_sold(window))
        .group_by(key, col(Order.currency))
    )
    lines = _read(session, statement)
    rest = {one.currency: one.value for one in _read(session, _sales(By.WHOLE, window))}
    for one in lines:
        rest[one.currency] -= one.value
    return lines + [Counted(OFF_WHOLE, currency, 0, value) for currency, value in rest.items() if value]


def _of_refunded(session: Session, by: By, window: Window) -> list[Counted]:
    """A refund names no line: it is shared among its order's by what they cost, to the minor unit."""
    statement = (
        select(col(Refund.order_id), col(Order.currency), col(Refund.amount))
        .join(Order, col(Order.id) == col(Refund.order_id))
        .where(*_given_back(window))
        .order_by(col(Refund.id))
    )
    refunds = session.execute(statement).all()
    lines = _lines(session, by, {order_id for order_id, _, _ in refunds})
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for order_id, currency, amount in refunds:
        for key, value in _shared(amount, lines.get(order_id, {})):
            part = found[key, currency]
            part[0] += 1
            part[1] += value
    return [Counted(key, currency, n, value) for (key, currency), (n, value) in found.items()]


def _lines(session: Session, by: By, orders: set[int]) -> dict[int, dict[str, int]]:
    """Of each order, what its lines of each key cost."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    ids = sorted(orders)
    key = _line_key(by).label("part")
    for start in range(0, len(ids), BATCH):
        statement = (
            select(col(OrderLine.order_id), key, func.sum(col(OrderLine.total)))
            .where(col(OrderLine.order_id).in_(ids[start : start + BATCH]))
            .group_by(col(OrderLine.order_id), key)
            .order_by(col(OrderLine.order_id), func.min(col(OrderLine.id)))
        )
        for order_id, part, total in session.execute(statement):
            found[order_id][part] = int(total)
    return found


def _shared(amount: int, costs: dict[str, int]) -> Iterator[tuple[str, int]]:
    """An amount in proportion to costs; their sum is the amount, since each takes what is due by then."""
    whole = sum(costs.values())
    if not whole:
        yield OFF_WHOLE, amount
        return
    cost = given = 0
    for key, one in costs.items():
        cost += one
        part = amount * cost // whole - given
        given += part
        if part:
            yield key, part
