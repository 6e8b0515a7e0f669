"""Closing the books of an order: completed, paid, and for a week nothing came back."""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from crm_store.sales.states import OPEN_RETURNS, SETTLED_PAYMENTS, RefundState
from crm_store.sales.tables import Order, Refund, Return
from crm_store.staff import audit

SETTLE_AFTER = timedelta(days=7)


def settle_due(
    session: Session,
    *,
    now: datetime,
    limit: int,
    actor: audit.Actor = "clock",
    after: timedelta = SETTLE_AFTER,
) -> int:
    """Settle the orders that are due, those completed longest ago first, at most ``limit``; says how many.

    An open return or refund keeps an order's books open, and ``after`` passes anew once a return is decided.
    """
    before = now - after
    unsettled_return = exists().where(
        col(Return.order_id) == col(Order.id),
        or_(
            col(Return.state).in_(OPEN_RETURNS),
            col(Return.decided_at) > before,
            col(Return.received_at) > before,
        ),
    )
    open_refund = exists().where(
        col(Refund.order_id) == col(Order.id), col(Refund.state) == RefundState.REQUESTED
    )
    statement = (
        select(Order)
        .where(
            # Only completed orders have this time; by their state a much larger index would be read.
            col(Order.completed_at).is_not(None),
            col(Order.settled_at).is_(None),
            col(Order.completed_at) <= before,
            col(Order.payment_state).in_(SETTLED_PAYMENTS),
            ~unsettled_return,
            ~open_refund,
        )
        .order_by(col(Order.completed_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = list(session.scalars(statement))
    for order in due:
        order.settled_at, order.updated_at = now, now
        session.add(order)
        audit.record(session, actor=actor, action="settled", entity="order", entity_id=order.id, now=now)
    return len(due)
