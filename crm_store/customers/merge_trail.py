"""What merging and its undoing share: holding the two, what a customer's row said, and the trail of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from crm_store.customers.moving import plain
from crm_store.customers.tables import Customer
from crm_store.staff import audit

TABLE = SQLModel.metadata.tables["customer"]

_UNTOLD = {"version", "updated_at"}
"""Columns whose change is no news."""


def lock(session: Session, *two: Customer) -> None:
    """Nobody else changes the two before the commit, and what they are is what they are now."""
    session.flush()
    ids = sorted({one.id for one in two})
    statement = select(Customer).where(col(Customer.id).in_(ids)).order_by(col(Customer.id))
    session.scalars(statement.with_for_update(), execution_options={"populate_existing": True}).all()


def values(customer: Customer) -> dict[str, Any]:
    return {one.name: plain(getattr(customer, one.name)) for one in TABLE.columns}


def record(
    session: Session,
    action: str,
    customer: Customer,
    was: dict[str, Any],
    after: dict[str, Any],
    by: audit.Actor,
    now: datetime,
) -> None:
    """Both trails tell it, with the fields it changed."""
    present = values(customer)
    differing = {name for name in was if was[name] != present[name]} - _UNTOLD
    audit.record(
        session,
        actor=by,
        action=action,
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={name: was[name] for name in sorted(differing)},
        after={name: present[name] for name in sorted(differing)} | after,
    )
