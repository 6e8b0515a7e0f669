"""What is ordered: lines of a draft, each with name and price as they were when it was added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from crm_store.sales import totals, whole
from crm_store.sales.keeping import keep
from crm_store.sales.refusals import BadDiscount, BadLine, NoSuchLine
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, OrderLine, Product
from crm_store.sales.whole import Whole
from crm_store.staff import audit

LONGEST_NAME = 200
MOST_LINES = 200


@dataclass(frozen=True)
class NewLine:
    """``price`` of one and ``discount`` of the line in minor units, ``quantity`` in thousandths (1500 is one
    and a half). ``product_id`` of a product that was chosen; its price is not looked up again. ``cost`` of
    one where whoever sends the line knows it; else it is the product's."""

    name: str
    price: int
    quantity: int
    discount: int = 0
    product_id: int | None = None
    sku: str | None = None
    category: str | None = None
    cost: int | None = None


def check(new: NewLine, *, currency: str) -> None:
    """Raises BadLine saying what is wrong with it."""
    problem, most = _problem(new)
    if problem is not None:
        raise BadLine(problem=problem, name=new.name[:LONGEST_NAME], most=most, currency=currency)


def _problem(new: NewLine) -> tuple[str | None, int]:
    if not new.name.strip():
        return "name", 0
    if len(new.name) > LONGEST_NAME:
        return "long_name", LONGEST_NAME
    if not 0 <= new.price <= totals.LARGEST:
        return "price", totals.LARGEST
    if not 0 < new.quantity <= totals.LARGEST:
        return "quantity", totals.LARGEST
    gross = totals.gross(new.price, new.quantity)
    if gross > totals.LARGEST:
        return "price", totals.LARGEST
    if not 0 <= new.discount <= gross:
        return "discount", gross
    return None, 0


def rows(session: Session, order: Order, new: Sequence[NewLine]) -> list[OrderLine]:
    """The rows of checked lines, with what their products cost today: those chosen, or of the same sku."""
    ids = {one.product_id for one in new if one.product_id is not None}
    skus = {one.sku for one in new if one.product_id is None and one.sku is not None}
    statement = select(col(Product.id), col(Product.sku), col(Product.cost)).where(
        or_(col(Product.id).in_(ids), col(Product.sku).in_(skus)),
        col(Product.currency) == order.currency,
        col(Product.cost).is_not(None),
    )
    found = session.execute(statement).all() if ids or skus else []
    by_id, by_sku = {row[0]: row[2] for row in found}, {row[1]: row[2] for row in found if row[1]}

    def cost_of(one: NewLine) -> int | None:
        if one.cost is not None:
            return one.cost
        return by_id.get(one.product_id) if one.product_id is not None else by_sku.get(one.sku)

    return [row(order, one, cost=cost_of(one)) for one in new]


def row(order: Order, new: NewLine, *, cost: int | None) -> OrderLine:
    return OrderLine(
        order_id=order.id,
        product_id=new.product_id,
        name=new.name.strip(),
        sku=new.sku,
        category=new.category,
        price=new.price,
        cost=_countable(cost, new.quantity),
        quantity=new.quantity,
        discount=new.discount,
        total=totals.line_total(new.price, new.quantity, new.discount),
    )


def _countable(cost: int | None, quantity: int) -> int | None:
    """What no sum could hold is not known."""
    return cost if cost is not None and 0 <= totals.gross(cost, quantity) <= totals.LARGEST else None


def add(
    session: Session, *, order: Order, new: Sequence[NewLine], actor: audit.Actor, now: datetime
) -> list[OrderLine]:
    """Add lines to a draft. Raises IllegalOrderStep or BadLine; then none is added."""
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.AMEND)
    for one in new:
        check(one, currency=order.currency)
    if len(held.parts) + len(new) > MOST_LINES:
        raise BadLine(problem="many", name=new[0].name, most=MOST_LINES, currency=order.currency)
    added = rows(session, order, new)
    session.add_all(added)
    facts = {"added": [{"name": one.name, "quantity": one.quantity, "price": one.price} for one in added]}
    _retotal(session, held, [*held.lines, *added], actor=actor, facts=facts, now=now)
    return added


def get(held: Whole, line_id: int) -> OrderLine:
    """One line of the order. Raises NoSuchLine."""
    found = next((one for one in held.lines if one.id == line_id), None)
    if found is None:
        raise NoSuchLine(order=held.order)
    return found


def change(
    session: Session,
    *,
    order: Order,
    line_id: int,
    quantity: int | None = None,
    price: int | None = None,
    discount: int | None = None,
    discount_rate: int | None = None,
    actor: audit.Actor,
    now: datetime,
) -> OrderLine:
    """Change a draft's line; what is None stays, but a discount never exceeds what the line comes to. With
    ``discount_rate`` (thousandths) it follows price and quantity, until a ``discount`` is said.

    Raises IllegalOrderStep, NoSuchLine, BadLine.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.AMEND)
    line = get(held, line_id)
    before = {"quantity": line.quantity, "price": line.price, "discount": line.discount}
    wanted = NewLine(
        name=line.name,
        price=line.price if price is None else price,
        quantity=line.quantity if quantity is None else quantity,
        discount=discount or 0,
    )
    check(wanted, currency=order.currency)
    line.price, line.quantity = wanted.price, wanted.quantity
    line.cost = _countable(line.cost, line.quantity)
    gross = totals.gross(line.price, line.quantity)
    if discount is not None or discount_rate is not None:
        line.discount, line.discount_rate = discount or 0, discount_rate
    if line.discount_rate is not None:
        line.discount = totals.share_off(gross, rate=line.discount_rate)
    line.discount = min(line.discount, gross)
    line.total = totals.line_total(line.price, line.quantity, line.discount)
    session.add(line)
    after = {"quantity": line.quantity, "price": line.price, "discount": line.discount}
    differing = {name: [was, after[name]] for name, was in before.items() if was != after[name]}
    if differing:
        facts = {"changed": {"name": line.name, **differing}}
        _retotal(session, held, held.lines, actor=actor, facts=facts, now=now)
    return line


def remove(session: Session, *, order: Order, line_id: int, actor: audit.Actor, now: datetime) -> None:
    """Take a line out of a draft. Raises IllegalOrderStep, NoSuchLine."""
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.AMEND)
    line = get(held, line_id)
    session.delete(line)
    facts = {"removed": {"name": line.name, "quantity": line.quantity, "price": line.price}}
    _retotal(session, held, [one for one in held.lines if one is not line], actor=actor, facts=facts, now=now)


def discount_order(
    session: Session,
    *,
    order: Order,
    discount: int = 0,
    rate: int | None = None,
    actor: audit.Actor,
    now: datetime,
) -> None:
    """Take so much (minor units) off a draft as a whole; 0 takes nothing off. ``rate`` is a share instead
    (thousandths) of whatever its lines will come to.

    Raises IllegalOrderStep, BadDiscount.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.AMEND)
    most = totals.order_total(held.lines, 0)
    if not 0 <= discount <= most:
        raise BadDiscount(order=order, discount=discount, most=most)
    order.discount, order.discount_rate = discount, rate
    _retotal(session, held, held.lines, actor=actor, facts={}, now=now)


def _retotal(
    session: Session,
    held: Whole,
    lines: Sequence[OrderLine],
    *,
    actor: audit.Actor,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    totals.retotal(held.order, lines)
    keep(session, held=held, actor=actor, action="amended", facts=facts, now=now)
