"""Interactions: calls, mails, visits and notes about a customer, written down by staff."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer, Interaction, InteractionKind, Way
from crm_store.staff import audit
from crm_store.staff.tables import Staff


def log(
    session: Session,
    *,
    customer: Customer,
    kind: InteractionKind,
    way: Way | None,
    duration_seconds: int | None,
    text: str,
    by: Staff,
    at: datetime,
    now: datetime,
) -> Interaction:
    """Write down what happened with a customer at ``at``. It is for staff: no customer ever reads it."""
    row = Interaction(
        customer_id=customer.id,
        kind=kind,
        way=way,
        duration_seconds=duration_seconds,
        text=text,
        author_id=by.id,
        at=at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="logged",
        entity="customer",
        entity_id=customer.id,
        now=now,
        after={"interaction": row.id, "kind": kind},
    )
    return row


def latest(session: Session, *, customer: Customer, kind: InteractionKind, limit: int) -> list[Interaction]:
    """The last interactions of one kind, newest first."""
    statement = (
        select(Interaction)
        .where(col(Interaction.customer_id) == customer.id, col(Interaction.kind) == kind)
        .order_by(col(Interaction.at).desc(), col(Interaction.id).desc())
        .limit(limit)
    )
    return list(session.scalars(statement))
