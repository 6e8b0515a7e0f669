"""Contacts that nobody has confirmed for long, and the customer's word that they are still right."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.customers import contacts
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Audit

AGAIN = timedelta(days=365)
"""A phone changes hands: after so long the customer is asked again."""


ASK_AGAIN = timedelta(days=7)
ASKED = "asked_to_confirm"
GIVE_UP = timedelta(days=30)


@dataclass(frozen=True)
class Stale:
    """A customer, and since when their oldest contact was not confirmed."""

    customer: Customer
    since: datetime


def stale(session: Session, *, days: int, now: datetime, limit: int, offset: int = 0) -> list[Stale]:
    """Customers with a contact that was neither given nor confirmed in the last ``days``, longest first."""
    until = now - timedelta(days=days)
    verified, confirmed = col(ContactMethod.verified_at), col(ContactMethod.confirmed_at)
    given = and_(verified.is_(None), confirmed.is_(None))
    shared = and_(verified.is_not(None), confirmed.is_(None))
    found = [
        *_oldest(session, given, col(ContactMethod.created_at), until, limit + offset),
        *_oldest(session, shared, verified, until, limit + offset),
        *_oldest(session, confirmed.is_not(None), confirmed, until, limit + offset),
    ]
    return sorted(found, key=lambda one: (one.since, one.customer.id))[offset : offset + limit]


def _oldest(session: Session, kind: Any, seen: Any, until: datetime, limit: int) -> list[Stale]:
    """Of one kind of contacts (given, shared by the customer, confirmed since), each along its own index; a
    customer counts where their oldest contact does."""
    older = aliased(ContactMethod)
    since, elder = (
        func.coalesce(col(one.confirmed_at), col(one.verified_at), col(one.created_at))
        for one in (ContactMethod, older)
    )
    has_older = exists().where(
        col(older.customer_id) == col(ContactMethod.customer_id),
        col(older.invalid).is_(False),
        or_(elder < since, and_(elder == since, col(older.id) < col(ContactMethod.id))),
    )
    statement = (
        select(Customer, seen)
        .join(ContactMethod, col(ContactMethod.customer_id) == col(Customer.id))
        .where(kind, seen <= until, col(ContactMethod.invalid).is_(False), ~has_older)
        .where(col(Customer.merged_into_id).is_(None))
        .order_by(seen, col(ContactMethod.id))
        .limit(limit)
    )
    return [Stale(customer, moment) for customer, moment in session.execute(statement)]


def is_due(contact: ContactMethod, *, now: datetime) -> bool:
    """True for a contact that the customer shared or confirmed, the last time too long ago."""
    last = contact.confirmed_at or contact.verified_at
    return last is not None and last + AGAIN <= now


def due(session: Session, *, now: datetime, limit: int) -> list[Customer]:
    """Customers who shared or confirmed a phone a year ago, can be reached, and were not asked again yet. One
    who is not asked within a month of that (blocked, then back) is left to ``stale``."""
    asked = exists().where(
        col(Audit.entity) == "customer",
        col(Audit.entity_id) == col(Customer.id),
        col(Audit.action) == ASKED,
        col(Audit.at) > now - GIVE_UP,
    )
    confirmed = select(col(ContactMethod.customer_id)).where(
        or_(
            and_(_a_year_ago(col(ContactMethod.verified_at), now), col(ContactMethod.confirmed_at).is_(None)),
            _a_year_ago(col(ContactMethod.confirmed_at), now),
        ),
        col(ContactMethod.kind) == ContactKind.PHONE,
    )
    statement = (
        select(Customer)
        .where(col(Customer.id).in_(confirmed), col(Customer.merged_into_id).is_(None))
        .where(col(Customer.reachable), col(Customer.chat_id).is_not(None), ~asked)
        .order_by(col(Customer.id))
        .limit(limit)
    )
    return list(session.scalars(statement))


def _a_year_ago(moment: Any, now: datetime) -> Any:
    return and_(moment > now - AGAIN - GIVE_UP, moment <= now - AGAIN)


def ask(session: Session, *, customer: Customer, by: Actor, now: datetime) -> bool:
    """Note that the customer is asked whether their contacts are right. False when they were asked this week,
    or cannot be reached: then they are not."""
    if not customer.reachable or customer.chat_id is None:
        return False
    asked = select(col(Audit.id)).where(
        col(Audit.entity) == "customer",
        col(Audit.entity_id) == customer.id,
        col(Audit.action) == ASKED,
        col(Audit.at) > now - ASK_AGAIN,
    )
    if session.scalar(asked.limit(1)) is not None:
        return False
    audit.record(session, actor=by, action=ASKED, entity="customer", entity_id=customer.id, now=now)
    return True


def confirm(session: Session, *, customer: Customer, actor: Actor, now: datetime) -> int:
    """The customer says that their contacts are still right, which proves none of them. Returns how many."""
    confirmed = [one for one in contacts.of(session, customer=customer) if not one.invalid]
    if not confirmed:
        return 0
    before = [one.confirmed_at.isoformat() if one.confirmed_at else None for one in confirmed]
    for one in confirmed:
        one.confirmed_at = now
        session.add(one)
    customer.updated_at = now
    session.add(customer)
    audit.record(
        session,
        actor=actor,
        action="contacts_confirmed",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={"confirmed_at": before},
        after={"confirmed_at": now.isoformat()},
    )
    return len(confirmed)
