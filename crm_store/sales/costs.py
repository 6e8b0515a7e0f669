"""What sold goods brought and what they cost the shop, from the books themselves, to the minor unit.

An order brings its total less what was given back; its lines of known cost together have a part of that in
proportion to their totals, rounded down. Goods cost what is on their lines until they are received back.
Summed over time, on the days on which orders were placed, money was given back and goods came back, this is
exactly what the orders come to one by one. Orders that do not stand bring and cost nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window, within
from crm_store.sales import totals
from crm_store.sales.states import ACCEPTED, RefundState, ReturnState
from crm_store.sales.tables import QUANTITY_ONE, Order, OrderLine, Refund, Return, ReturnLine

Where = Iterable[ColumnElement[bool]]


@dataclass
class Goods:
    """Of one currency, in minor units: so many ``orders`` brought ``net``; of that ``known`` came from lines
    whose cost is known, on ``costed`` of the orders, and ``cost`` is what those goods cost."""

    orders: int = 0
    costed: int = 0
    net: int = 0
    known: int = 0
    cost: int = 0


def of_window(session: Session, *, window: Window) -> dict[str, Goods]:
    """By currency: orders placed in a window, less what was given back and came back in it, whenever it had
    been ordered."""
    found: dict[str, Goods] = defaultdict(Goods)
    _add_sold(session, found, within(col(Order.placed_at), window), col(Order.total))
    _take_refunds(session, found, window)
    _take_returns(session, found, within(col(Return.received_at), window))
    return dict(found)


def of_orders(session: Session, *, where: Where) -> dict[str, Goods]:
    """By currency: the orders that ``where`` names, as they stand now."""
    found: dict[str, Goods] = defaultdict(Goods)
    named = tuple(where)
    _add_sold(session, found, named, col(Order.total) - col(Order.refunded))
    _take_returns(session, found, named)
    return dict(found)


def known_part(net: int, known: int, gross: int) -> int:
    """Of what an order brings: the part of its lines of known cost, which come to ``known`` of ``gross``."""
    return net * known // gross if gross else 0


def _add_sold(session: Session, found: dict[str, Goods], where: Where, net: Any) -> None:
    order = _by_order(where, net)
    # Multiplied out here, not in the database: the product is larger than its integers. Few orders have both
    # lines of known and of unknown cost, and a discount or a refund; the others are summed where they are.
    is_mixed = and_(order.c.known > 0, order.c.known < order.c.gross, order.c.net != order.c.gross)
    mixed = [case((is_mixed, one)) for one in (order.c.net, order.c.known, order.c.gross)]
    plain = case((order.c.known == 0, 0), (order.c.known == order.c.gross, order.c.net), else_=order.c.known)
    statement = select(
        order.c.currency,
        *mixed,
        func.count(),
        func.count(order.c.cost),
        func.sum(order.c.net),
        func.sum(plain),
        func.sum(order.c.cost),
    ).group_by(order.c.currency, *mixed)
    for currency, one, known, gross, orders, costed, brought, summed, cost in session.execute(statement):
        goods = found[currency]
        goods.orders += orders
        goods.costed += costed
        goods.net += int(brought)
        goods.known += int(summed) if one is None else orders * known_part(int(one), int(known), int(gross))
        goods.cost += int(cost or 0)


def _by_order(where: Where, net: Any) -> Subquery:
    """Of each order that stands: what it brings, what its lines come to, what those of known cost do, and
    what these cost (NULL where none is known)."""
    known = case((col(OrderLine.cost).is_not(None), col(OrderLine.total)), else_=0)
    return (
        select(
            col(Order.currency).label("currency"),
            net.label("net"),
            func.coalesce(func.sum(col(OrderLine.total)), 0).label("gross"),
            func.coalesce(func.sum(known), 0).label("known"),
            func.sum(_cost()).label("cost"),
        )
        .select_from(Order)
        .outerjoin(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.state).in_(ACCEPTED), *where)
        .group_by(col(Order.id))
        .subquery()
    )


def _cost() -> ColumnElement[int | None]:
    """What a line's goods cost: as ``totals.gross`` rounds it."""
    return (2 * col(OrderLine.cost) * col(OrderLine.quantity) + QUANTITY_ONE) // (2 * QUANTITY_ONE)


def _take_refunds(session: Session, found: dict[str, Goods], window: Window) -> None:
    earlier, line = aliased(Refund), aliased(OrderLine)
    before = (
        select(func.coalesce(func.sum(col(earlier.amount)), 0))
        .where(
            col(earlier.order_id) == col(Refund.order_id),
            col(earlier.state) == RefundState.DONE,
            or_(
                col(earlier.done_at) < col(Refund.done_at),
                and_(col(earlier.done_at) == col(Refund.done_at), col(earlier.id) < col(Refund.id)),
            ),
        )
        .scalar_subquery()
    )
    lines = select(func.coalesce(func.sum(col(line.total)), 0)).where(
        col(line.order_id) == col(Refund.order_id)
    )
    statement = (
        select(
            col(Order.state),
            col(Order.currency),
            col(Order.total),
            col(Refund.amount),
            before,
            lines.where(col(line.cost).is_not(None)).scalar_subquery(),
            lines.scalar_subquery(),
        )
        .join(Order, col(Order.id) == col(Refund.order_id))
        .where(col(Refund.state) == RefundState.DONE, *within(col(Refund.done_at), window))
    )
    for state, currency, total, amount, so_far, known, gross in session.execute(statement):
        if state not in ACCEPTED:  # said in the statement, SQLite would begin with all orders that stand
            continue
        left = total - int(so_far)
        found[currency].net -= amount
        was, is_now = (known_part(one, int(known), int(gross)) for one in (left, left - amount))
        found[currency].known -= was - is_now


def _take_returns(session: Session, found: dict[str, Goods], where: Where) -> None:
    earlier, those = aliased(Return), aliased(ReturnLine)
    before = (
        select(func.coalesce(func.sum(col(those.quantity)), 0))
        .join(earlier, col(earlier.id) == col(those.return_id))
        .where(
            col(those.line_id) == col(ReturnLine.line_id),
            col(earlier.order_id) == col(Return.order_id),  # said apart, an index serves it
            col(earlier.state) == ReturnState.RECEIVED,
            or_(
                col(earlier.received_at) < col(Return.received_at),
                and_(col(earlier.received_at) == col(Return.received_at), col(earlier.id) < col(Return.id)),
            ),
        )
        .scalar_subquery()
    )
    statement: Any = (
        select(
            col(Order.state),
            col(Order.currency),
            col(OrderLine.cost),
            col(OrderLine.quantity),
            col(ReturnLine.quantity),
            before,
        )
        .select_from(Return)
        .join(Order, col(Order.id) == col(Return.order_id))
        .join(ReturnLine, col(ReturnLine.return_id) == col(Return.id))
        .join(OrderLine, col(OrderLine.id) == col(ReturnLine.line_id))
        .where(col(Return.state) == ReturnState.RECEIVED, col(OrderLine.cost).is_not(None), *where)
    )
    for state, currency, cost, quantity, came, so_far in session.execute(statement):
        if state not in ACCEPTED:
            continue
        kept = quantity - int(so_far)
        found[currency].cost -= totals.gross(cost, kept) - totals.gross(cost, kept - came)
