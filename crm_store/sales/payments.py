"""Money received for an order: never more than is due, and the same payment only once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from crm_store.sales import whole
from crm_store.sales.keeping import keep
from crm_store.sales.refusals import NotPositive, Overpayment, ReferenceUsed
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, Payment
from crm_store.staff import audit
from crm_store.staff.tables import Staff


def recorded(session: Session, *, method: str, reference: str | None) -> Payment | None:
    """The payment that is known by this method and reference already."""
    if not reference:
        return None
    statement = select(Payment).where(col(Payment.method) == method, col(Payment.reference) == reference)
    return session.scalars(statement).first()


def pay(
    session: Session,
    *,
    order: Order,
    amount: int,
    method: str,
    reference: str | None,
    actor: audit.Actor,
    now: datetime,
) -> Payment:
    """Record ``amount`` (minor units of the order's currency) as received. The same method and reference for
    the same order and amount again returns the payment that is there, and changes nothing.

    Raises ReferenceUsed, IllegalOrderStep, NotPositive, Overpayment.
    """
    held = whole.to_change(session, order=order)
    known = recorded(session, method=method, reference=reference)
    if known is not None and (known.order_id, known.amount) == (order.id, amount):
        return known
    _refuse_used(session, known)
    held.require_state(OrderEvent.PAY)
    if amount <= 0:
        raise NotPositive(order=order)
    if amount > held.due:
        raise Overpayment(order=order, amount=amount, due=held.due)
    payment = Payment(
        order_id=order.id,
        amount=amount,
        method=method,
        reference=reference or None,
        taken_by=actor.id if isinstance(actor, Staff) else None,
        at=now,
    )
    _add(session, payment)
    order.paid += amount
    facts = {"payment": amount, "method": method, "reference": payment.reference}
    keep(session, held=held, actor=actor, action="paid", facts=facts, now=now)
    return payment


def _add(session: Session, payment: Payment) -> None:
    """Another order may be paid with the same reference at this moment: then the key waits until that one has
    committed, and refuses ours. Raises ReferenceUsed."""
    try:
        with session.begin_nested():
            session.add(payment)
    except IntegrityError:
        _refuse_used(session, recorded(session, method=payment.method, reference=payment.reference))
        raise


def _refuse_used(session: Session, known: Payment | None) -> None:
    if known is not None:
        raise ReferenceUsed(payment=known, order=session.get(Order, known.order_id))
