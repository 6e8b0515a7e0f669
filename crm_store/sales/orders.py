"""Orders: begun as a draft, confirmed, completed or cancelled; found again by number, customer and state."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.refusals import NoSuchOrder
from crm_store.sales import keeping, totals, whole
from crm_store.sales.lines import MOST_LINES, NewLine, check, rows
from crm_store.sales.refusals import BadDiscount, BadLine, EmptyOrder
from crm_store.sales.states import (
    ACCEPTED,
    OPEN_RETURNS,
    OrderEvent,
    OrderState,
    PaymentState,
    RefundState,
    ReturnState,
    ShipmentState,
)
from crm_store.sales.tables import Order, OrderLine, Refund, Return
from crm_store.staff import audit
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

STAFF_SOURCE = "staff"
_LATEST_FIRST = (col(Order.placed_at).desc(), col(Order.id).desc())


class Shelf(StrEnum):
    """Which orders a list shows."""

    ALL = "all"
    DRAFTS = "drafts"
    TO_PAY = "to_pay"
    TO_SHIP = "to_ship"
    UNDER_WAY = "under_way"
    RETURNS = "returns"
    TO_REFUND = "to_refund"
    DONE = "done"


def get(session: Session, *, order_id: int, seen_by: Staff | Customer) -> Order:
    """Staff see every order, a customer their own. Raises NoSuchOrder: another's is not told apart, and a
    customer has no drafts."""
    order = session.get(Order, order_id) if 0 < order_id <= LARGEST_ID else None
    if order is None or (isinstance(seen_by, Customer) and not _is_theirs(order, seen_by)):
        raise NoSuchOrder(number=f"O{order_id}")
    return order


def _is_theirs(order: Order, customer: Customer) -> bool:
    was_placed = order.confirmed_at is not None or order.source != STAFF_SOURCE
    return order.customer_id == customer.id and was_placed


def start(
    session: Session, *, customer: Customer, currency: str, taken_by: Staff | None, now: datetime
) -> Order:
    """An empty draft, to be sent to where the customer lives unless another address is given. One that the
    same person began for the customer and put nothing in is taken up again."""
    if taken_by is not None and (begun := _begun(session, customer, currency, taken_by)):
        return begun
    order = Order(
        customer_id=customer.id,
        currency=currency,
        taken_by=taken_by.id if taken_by else None,
        address=address_of(customer),
        recipient=customer.name,
        placed_at=now,
        updated_at=now,
    )
    session.add(order)
    session.flush()
    audit.record(
        session,
        actor=taken_by or "system",
        action="started",
        entity="order",
        entity_id=order.id,
        now=now,
        after={"customer": customer.id, "currency": currency},
    )
    return order


def _begun(session: Session, customer: Customer, currency: str, by: Staff) -> Order | None:
    statement = select(Order).where(
        col(Order.customer_id) == customer.id,
        col(Order.state) == OrderState.DRAFT,
        col(Order.source) == STAFF_SOURCE,
        col(Order.taken_by) == by.id,
        col(Order.currency) == currency,
        ~exists().where(col(OrderLine.order_id) == col(Order.id)),
    )
    return session.scalars(statement.order_by(col(Order.id).desc()).limit(1)).first()


def address_of(customer: Customer) -> str | None:
    """Where the customer lives, large to small, in one line; None where nothing is known."""
    places = [customer.province, customer.city, customer.district, customer.street]
    known = list(dict.fromkeys(one for one in places if one))
    separator = "" if all(ord(one[0]) > 0x2E80 for one in known) else ", "
    return separator.join(known) or None


def intake(
    session: Session,
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    currency: str,
    discount: int = 0,
    note: str | None = None,
    address: str | None = None,
    recipient: str | None = None,
    source: str,
    external_number: str | None = None,
    placed_at: datetime | None = None,
    confirmed: bool,
    actor: audit.Actor,
    now: datetime,
) -> Order:
    """A whole order from elsewhere (a web shop, an import) in one go. ``placed_at`` None is now.

    Raises BadLine (of none at all, too: problem "none"), BadDiscount. Whether the same order came before is
    the caller's to know.
    """
    before_discount = _worth(lines, currency=currency)
    placed = placed_at or now
    order = Order(
        customer_id=customer.id,
        state=OrderState.CONFIRMED if confirmed else OrderState.DRAFT,
        currency=currency,
        discount=discount,
        total=before_discount - discount,
        note=note or None,
        address=address or address_of(customer),
        recipient=recipient or customer.name,
        source=source,
        external_number=external_number,
        taken_by=actor.id if isinstance(actor, Staff) else None,
        placed_at=placed,
        confirmed_at=now if confirmed else None,
        updated_at=now,
    )
    if not 0 <= discount <= before_discount:
        raise BadDiscount(order=order, discount=discount, most=before_discount)
    if confirmed and order.total == 0:
        order.payment_state = PaymentState.PAID
    session.add(order)
    session.flush()
    session.add_all(rows(session, order, lines))
    if confirmed:
        session.refresh(
            customer, with_for_update={"key_share": True}
        )  # another of their orders may come in right now
        if customer.last_order_at is None or customer.last_order_at < placed:
            customer.last_order_at = placed
            session.add(customer)
    facts = {
        "customer": customer.id,
        "state": order.state,
        "total": order.total,
        "currency": currency,
        "source": source,
    }
    audit.record(
        session, actor=actor, action="placed", entity="order", entity_id=order.id, now=now, after=facts
    )
    session.flush()
    return order


def _worth(new: Sequence[NewLine], *, currency: str) -> int:
    """What these lines come to, in minor units. Raises BadLine."""
    if not 1 <= len(new) <= MOST_LINES:
        raise BadLine(problem="many" if new else "none", name="", most=MOST_LINES, currency=currency)
    for one in new:
        check(one, currency=currency)
    return sum(totals.line_total(one.price, one.quantity, one.discount) for one in new)


def describe(
    session: Session,
    *,
    order: Order,
    note: str | None = None,
    address: str | None = None,
    recipient: str | None = None,
    actor: audit.Actor,
    now: datetime,
) -> None:
    """Change a draft's note, address or recipient; None leaves it, an empty text takes it away.

    Raises IllegalOrderStep.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.AMEND)
    if note is not None:
        order.note = note.strip() or None
    if address is not None:
        order.address = address.strip() or None
    if recipient is not None:
        order.recipient = recipient.strip() or None
    keeping.keep(session, held=held, actor=actor, action="amended", now=now)


def confirm(session: Session, *, order: Order, actor: audit.Actor, now: datetime) -> None:
    """The customer wants it: lines and total are locked. Raises EmptyOrder, IllegalOrderStep."""
    held = whole.to_change(session, order=order)
    if order.state == OrderState.DRAFT and not held.parts:
        raise EmptyOrder(order=order)
    held.require(OrderEvent.CONFIRM)
    order.state, order.confirmed_at = OrderState.CONFIRMED, now
    keeping.keep(session, held=held, actor=actor, action="confirmed", now=now)
    keep_last_order(session, customer_id=order.customer_id)


def complete(session: Session, *, order: Order, actor: audit.Actor, now: datetime) -> None:
    """Done, though something may never be sent: what was sent is delivered, and nothing is owed.

    An order that is paid and wholly delivered completes by itself. Raises IllegalOrderStep.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.COMPLETE)
    order.state, order.completed_at = OrderState.COMPLETED, now
    keeping.keep(session, held=held, actor=actor, action="completed", now=now)


def cancel(session: Session, *, order: Order, reason: str, actor: audit.Actor, now: datetime) -> int:
    """Nothing of it was sent, and nothing will be. Returns what was paid and has to be given back, in minor
    units: a refund of its own. Raises IllegalOrderStep.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.CANCEL)
    order.state, order.cancelled_at, order.cancel_reason = OrderState.CANCELLED, now, reason or None
    keeping.keep(session, held=held, actor=actor, action="cancelled", now=now)
    keep_last_order(session, customer_id=order.customer_id)
    return held.refundable


def keep_last_order(session: Session, *, customer_id: int) -> None:
    """Bring the customer's last order up to date: the latest that stands. Of two orders of one customer that
    change at once the second waits (PostgreSQL)."""
    customer = session.get_one(Customer, customer_id)
    session.refresh(customer, with_for_update={"key_share": True})
    latest = session.scalars(
        select(func.max(Order.placed_at)).where(
            col(Order.customer_id) == customer_id, col(Order.state).in_(ACCEPTED)
        )
    ).one()
    if customer.last_order_at != latest:
        customer.last_order_at = latest
        session.add(customer)


def of_customer(
    session: Session, *, customer: Customer, limit: int = 10, offset: int = 0, drafts: bool = True
) -> list[Order]:
    """A customer's orders, the one placed last first; without ``drafts`` only those the customer may see."""
    statement = select(Order).where(col(Order.customer_id) == customer.id if drafts else placed_by(customer))
    return list(session.scalars(statement.order_by(*_LATEST_FIRST).limit(limit).offset(offset)))


def placed_by(customer: Customer) -> ColumnElement[bool]:
    """The orders that a customer sees as theirs: no drafts of the staff's."""
    was_placed = or_(col(Order.confirmed_at).is_not(None), col(Order.source) != STAFF_SOURCE)
    return and_(col(Order.customer_id) == customer.id, was_placed)


def listed(session: Session, *, shelf: Shelf, limit: int, offset: int = 0) -> list[tuple[Order, Customer]]:
    """Orders of one shelf with their customers, the one placed last first."""
    statement = (
        select(Order, Customer)
        .join(Customer, col(Customer.id) == col(Order.customer_id))
        .where(*_on(shelf))
        .order_by(*_LATEST_FIRST)
        .limit(limit)
        .offset(offset)
    )
    return [(order, of) for order, of in session.execute(statement)]


def _on(shelf: Shelf) -> list[ColumnElement[bool]]:
    state, money, goods = col(Order.state), col(Order.payment_state), col(Order.shipment_state)
    match shelf:
        case Shelf.ALL:
            return []
        case Shelf.DRAFTS:
            return [state == OrderState.DRAFT]
        case Shelf.TO_PAY:
            return [
                state == OrderState.CONFIRMED,
                money.in_((PaymentState.UNPAID, PaymentState.PARTIAL)),
            ]
        case Shelf.TO_SHIP:
            return [
                state == OrderState.CONFIRMED,
                goods.in_((ShipmentState.NONE, ShipmentState.PARTIAL)),
                money != PaymentState.REFUNDED,
            ]
        case Shelf.UNDER_WAY:
            return [
                state == OrderState.CONFIRMED,
                goods.in_((ShipmentState.PARTIAL, ShipmentState.SHIPPED)),
            ]
        case Shelf.RETURNS:
            open_ = select(col(Return.order_id)).where(col(Return.state).in_(OPEN_RETURNS))
            return [col(Order.id).in_(open_)]
        case Shelf.TO_REFUND:
            owed = (state == OrderState.CANCELLED) & (col(Order.paid) > col(Order.refunded))
            waits = select(col(Refund.order_id)).where(col(Refund.state) == RefundState.REQUESTED)
            came_back = select(col(Return.order_id)).where(col(Return.state) == ReturnState.RECEIVED)
            nothing_given = (
                (col(Order.paid) > 0) & (col(Order.refunded) == 0) & col(Order.settled_at).is_(None)
            )
            return [owed | col(Order.id).in_(waits) | (nothing_given & col(Order.id).in_(came_back))]
        case Shelf.DONE:
            return [state == OrderState.COMPLETED]
