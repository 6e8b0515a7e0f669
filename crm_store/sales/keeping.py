"""What holds after every change of an order: states that say what its rows say, and a row of the trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session

from crm_store.sales import whole
from crm_store.sales.states import ACCEPTED, OrderState, PaymentState, ShipmentState
from crm_store.sales.states import payment_state as money_at
from crm_store.sales.states import shipment_state as goods_at
from crm_store.sales.tables import Order
from crm_store.sales.whole import Whole
from crm_store.staff import audit

_UNTOLD = {
    "id",
    "version",
    "updated_at",
    "placed_at",
    "confirmed_at",
    "completed_at",
    "cancelled_at",
    "discount_rate",
}
"""Columns that say no more than the moment and the action of the trail do, or another column does."""


def keep(
    session: Session,
    *,
    held: Whole,
    actor: audit.Actor,
    action: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Finish a change of ``held`` (from ``whole.to_change``): compute its states anew from its rows, complete
    it when it is paid and delivered, and write one row of the trail: the fields that changed, and ``facts``.

    What changes after the books were closed opens them again; the clock settles the order anew.
    """
    order = held.order
    session.flush()
    set_states(whole.of(session, order=order))
    if order.state == OrderState.CONFIRMED and is_done(order):
        order.state, order.completed_at = OrderState.COMPLETED, now
    order.settled_at = None
    order.updated_at = now
    flag_modified(order, "updated_at")  # the row's version counts every change, also one of its lines alone
    session.add(order)
    before, after = changes(held.before, order)
    audit.record(
        session,
        actor=actor,
        action=action,
        entity="order",
        entity_id=order.id,
        now=now,
        before=before or None,
        after={**after, **(facts or {})} or None,
    )
    session.flush()


def set_states(now_is: Whole) -> None:
    """The states that are computed, from the rows as they are."""
    order = now_is.order
    order.payment_state = money_at(
        total=order.total,
        paid=order.paid,
        refunded=order.refunded,
        accepted=order.state in ACCEPTED,
    )
    order.shipment_state = goods_at([part.moved for part in now_is.parts], returning=now_is.is_returning)


def is_done(order: Order) -> bool:
    return order.payment_state == PaymentState.PAID and order.shipment_state == ShipmentState.DELIVERED


def changes(before: Mapping[str, Any], order: Order) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ from ``before``, as they were and as they are; times as text."""
    present = order.model_dump()
    differing = [name for name, was in before.items() if was != present[name] and name not in _UNTOLD]
    return {name: _told(before[name]) for name in differing}, {
        name: _told(present[name]) for name in differing
    }


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
