"""Money given back: never more than was kept, and above the shop's limit only with a second person's word."""

from datetime import datetime

from sqlmodel import Session

from crm_store.refusals import NotAllowed
from crm_store.sales import whole
from crm_store.sales.keeping import keep
from crm_store.sales.refusals import NotPositive, OwnRefund, RefundDecided, RefundTooLarge
from crm_store.sales.states import OrderEvent, RefundState
from crm_store.sales.tables import Order, Refund
from crm_store.sales.whole import Whole
from crm_store.staff import audit
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff


def approvers(session: Session, *, asked_by: Staff) -> list[Staff]:
    """Who may say yes to somebody's refund: managers and owners, but not who asked."""
    return [one for one in staff_verbs.of_role(session, role=Role.MANAGER) if one.id != asked_by.id]


def ask(
    session: Session,
    *,
    order: Order,
    amount: int,
    reason: str,
    by: Staff,
    approval_above: int | None,
    now: datetime,
) -> Refund:
    """Give ``amount`` (minor units) back at once, or ask for it: its state says which.

    It waits when what one order's refunds come to without a second person's word would exceed
    ``approval_above`` (minor units; None never asks) and there is a second person.
    Raises IllegalOrderStep, NotPositive, RefundTooLarge.
    """
    held = whole.to_change(session, order=order)
    _check(held, amount)
    alone = sum(
        one.amount for one in held.refunds if one.state == RefundState.DONE and one.decided_by is None
    )
    waits = (
        approval_above is not None
        and alone + amount > approval_above
        and bool(approvers(session, asked_by=by))
    )
    refund = Refund(
        order_id=order.id,
        amount=amount,
        reason=reason,
        state=RefundState.REQUESTED if waits else RefundState.DONE,
        asked_by=by.id,
        asked_at=now,
        done_at=None if waits else now,
    )
    session.add(refund)
    if not waits:
        order.refunded += amount
    facts = {"refund": amount, "reason": reason}
    action = "refund_asked" if waits else "refunded"
    keep(session, held=held, actor=by, action=action, facts=facts, now=now)
    return refund


def record(
    session: Session, *, order: Order, amount: int, reason: str, actor: audit.Actor, now: datetime
) -> Refund:
    """A refund that was made elsewhere (a web shop, an import). Raises as ``ask`` does."""
    held = whole.to_change(session, order=order)
    _check(held, amount)
    refund = Refund(
        order_id=order.id,
        amount=amount,
        reason=reason,
        state=RefundState.DONE,
        asked_by=actor.id if isinstance(actor, Staff) else None,
        asked_at=now,
        done_at=now,
    )
    session.add(refund)
    order.refunded += amount
    facts = {"refund": amount, "reason": reason}
    keep(session, held=held, actor=actor, action="refunded", facts=facts, now=now)
    return refund


def _check(held: Whole, amount: int) -> None:
    held.require_state(OrderEvent.REFUND)
    if amount <= 0:
        raise NotPositive(order=held.order)
    if amount > held.refundable:
        raise RefundTooLarge(order=held.order, amount=amount, most=held.refundable)


def approve(session: Session, *, refund: Refund, by: Staff, now: datetime) -> None:
    """Give back what was asked for. Raises NotAllowed, OwnRefund, RefundDecided."""
    held = _decide(session, refund=refund, by=by)
    refund.state, refund.decided_by, refund.done_at = RefundState.DONE, by.id, now
    session.add(refund)
    held.order.refunded += refund.amount
    facts = {"refund": refund.amount, "asked_by": refund.asked_by}
    keep(session, held=held, actor=by, action="refunded", facts=facts, now=now)


def reject(session: Session, *, refund: Refund, by: Staff, now: datetime) -> None:
    """It is not given back. Who asked may take their own request back. Raises NotAllowed, RefundDecided."""
    held = _decide(session, refund=refund, by=by, own=True)
    refund.state, refund.decided_by = RefundState.REJECTED, by.id
    session.add(refund)
    facts = {"refund": refund.amount, "asked_by": refund.asked_by}
    keep(session, held=held, actor=by, action="refund_rejected", facts=facts, now=now)


def _decide(session: Session, *, refund: Refund, by: Staff, own: bool = False) -> Whole:
    order = session.get(Order, refund.order_id)
    assert order is not None
    held = whole.to_change(session, order=order)
    session.refresh(refund)
    if refund.state != RefundState.REQUESTED:
        raise RefundDecided(order=order, refund=refund)
    is_own = refund.asked_by == by.id
    if not by.role.includes(Role.MANAGER) and not (own and is_own):
        raise NotAllowed(role=Role.MANAGER)
    if is_own and not own:
        raise OwnRefund(order=order, refund=refund)
    return held


def get(session: Session, *, refund_id: int) -> Refund | None:
    return session.get(Refund, refund_id)
