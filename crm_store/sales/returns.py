"""Goods that come back: asked for, agreed to or refused, received. Their price goes back by a refund."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from crm_store.sales import shipments, totals, whole
from crm_store.sales.keeping import keep
from crm_store.sales.refusals import ReturnDecided
from crm_store.sales.states import OrderEvent, ReturnState
from crm_store.sales.tables import Order, Return, ReturnLine
from crm_store.sales.whole import Goods, Returning, Whole
from crm_store.staff import audit
from crm_store.staff.tables import Staff


def ask(
    session: Session,
    *,
    order: Order,
    reason: str,
    quantities: Mapping[int, int] | None = None,
    ticket_id: int | None = None,
    actor: audit.Actor,
    now: datetime,
) -> Return:
    """Goods shall come back: so many thousandths of each line (by its id); None is all that may. It waits for
    somebody to agree; ``ticket_id`` is where the customer asked for it.

    Raises IllegalOrderStep, NothingChosen, NoSuchLine, QuantityTooLarge.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.RETURN)
    most = {part.line.id: part.returnable for part in held.parts}
    chosen = shipments.checked(held, quantities if quantities is not None else most, most=most)
    asked = Return(
        order_id=order.id, state=ReturnState.REQUESTED, reason=reason, ticket_id=ticket_id, asked_at=now
    )
    session.add(asked)
    session.flush()
    session.add_all(
        ReturnLine(return_id=asked.id, line_id=line.id, quantity=quantity) for line, quantity in chosen
    )
    facts = {"goods": shipments.told(chosen), "reason": reason}
    keep(session, held=held, actor=actor, action="return_asked", facts=facts, now=now)
    return asked


def approve(session: Session, *, asked: Return, by: Staff, now: datetime) -> None:
    """The goods may come back. Raises ReturnDecided."""
    held = _step(session, asked, ReturnState.REQUESTED)
    asked.state, asked.decided_by, asked.decided_at = ReturnState.APPROVED, by.id, now
    session.add(asked)
    keep(session, held=held, actor=by, action="return_approved", now=now)


def refuse(session: Session, *, asked: Return, by: Staff, now: datetime) -> None:
    """They may not. Raises ReturnDecided."""
    held = _step(session, asked, ReturnState.REQUESTED)
    asked.state, asked.decided_by, asked.decided_at = ReturnState.REFUSED, by.id, now
    session.add(asked)
    keep(session, held=held, actor=by, action="return_refused", now=now)


def receive(session: Session, *, asked: Return, actor: audit.Actor, now: datetime) -> int:
    """They have arrived. Returns what they cost (minor units), as far as it is still to be given back.

    Raises ReturnDecided when nobody agreed to it, or it had arrived.
    """
    held = _step(session, asked, ReturnState.APPROVED)
    asked.state, asked.received_at = ReturnState.RECEIVED, now
    session.add(asked)
    keep(session, held=held, actor=actor, action="return_received", now=now)
    came = next(one for one in held.returns if one.asked.id == asked.id)
    return min(worth(held, came), held.refundable)


def worth(held: Whole, came: Returning) -> int:
    """What the customer paid for these goods: their share of each line's total and of the order's discount.
    Rounded half up together with all that came back before, so that everything comes to the order's total."""
    received = [one for one in held.returns if one.asked.state == ReturnState.RECEIVED and one is not came]
    before = [goods for one in received for goods in one.goods]
    return _paid_for(held, [*before, *came.goods]) - _paid_for(held, before)


def _paid_for(held: Whole, goods: list[Goods]) -> int:
    before_discount = totals.order_total(held.lines, 0)
    if before_discount == 0:
        return 0
    amounts = {line.id: sum(one.quantity for one in goods if one.line.id == line.id) for line in held.lines}
    share = sum(totals.half_up(line.total * amounts[line.id], line.quantity) for line in held.lines)
    return totals.half_up(share * held.order.total, before_discount)


def _step(session: Session, asked: Return, needed: ReturnState) -> Whole:
    order = session.get(Order, asked.order_id)
    assert order is not None
    held = whole.to_change(session, order=order)
    session.refresh(asked)
    if asked.state != needed:
        raise ReturnDecided(order=order, returned=asked)
    return held


def get(session: Session, *, return_id: int) -> Return | None:
    return session.get(Return, return_id)
