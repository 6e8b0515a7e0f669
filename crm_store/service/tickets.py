"""Tickets: opening one and everything that may happen to it until it is closed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.refusals import AlreadyClaimed, IllegalTransition, NoSuchTicket, NotAssigned
from crm_store.service.states import (
    ACTIVE,
    Event,
    Kind,
    KindSource,
    Priority,
    TicketState,
    allowed,
    next_state,
)
from crm_store.service.tables import Ticket, TicketTag
from crm_store.staff import audit
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

REOPEN_WINDOW = timedelta(hours=48)
"""A resolved ticket reopens when the customer writes within this time, and is closed after it."""


MAX_TAGS, MAX_TAG_LENGTH = 10, 32

FOLLOW_UP_WINDOW = timedelta(days=30)
"""A new ticket is linked to the customer's last closed one when that was closed this recently."""


def open_ticket(
    session: Session,
    *,
    customer: Customer,
    kind: Kind,
    source: KindSource,
    confidence: float,
    now: datetime,
    parent: Ticket | None = None,
    order_id: int | None = None,
) -> Ticket:
    """A new, numbered ticket. ``parent`` is the closed one it follows up, ``order_id`` what it is about."""
    ticket = Ticket(
        customer_id=customer.id,
        kind=kind,
        kind_source=source,
        kind_confidence=confidence,
        parent_id=parent.id if parent else None,
        order_id=order_id,
        opened_at=now,
        updated_at=now,
        last_customer_at=now,
        waiting_since=now,
    )
    session.add(ticket)
    session.flush()
    after = {"kind": kind, "state": ticket.state, **({"parent": parent.id} if parent else {})}
    after |= {"order": order_id} if order_id else {}
    audit.record(
        session, actor=customer, action="opened", entity="ticket", entity_id=ticket.id, now=now, after=after
    )
    return ticket


def get(session: Session, *, ticket_id: int, seen_by: Staff | Customer) -> Ticket:
    """The ticket, loaded on behalf of a person: staff see every one, a customer only their own. The number of
    one that was merged leads to the one that took it in.

    Raises NoSuchTicket.
    """
    ticket = session.get(Ticket, ticket_id) if 0 < ticket_id <= LARGEST_ID else None
    while ticket is not None and ticket.merged_into_id is not None:
        ticket = session.get(Ticket, ticket.merged_into_id)
    if ticket is None or (isinstance(seen_by, Customer) and ticket.customer_id != seen_by.id):
        raise NoSuchTicket(number=f"T{ticket_id}")
    return ticket


def of_customer(session: Session, *, customer: Customer, limit: int = 10, offset: int = 0) -> list[Ticket]:
    """A customer's tickets, the one they last wrote to first; without those that others took in."""
    statement = (
        select(Ticket)
        .where(col(Ticket.customer_id) == customer.id, col(Ticket.merged_into_id).is_(None))
        .order_by(col(Ticket.last_customer_at).desc(), col(Ticket.id).desc())
        .limit(limit)
        .offset(offset)
    )
    return list(session.scalars(statement))


def claim(session: Session, *, ticket: Ticket, by: Staff, now: datetime) -> None:
    """Take a ticket nobody has. Claiming one's own again changes nothing.

    Raises AlreadyClaimed (somebody was first) or IllegalTransition.
    """
    if ticket.assignee_id == by.id:
        return
    if ticket.assignee_id is not None:
        raise AlreadyClaimed(ticket=ticket, assignee=session.get(Staff, ticket.assignee_id))
    _hand_over(session, ticket=ticket, to=by, by=by, action="claimed", now=now)


def assign(session: Session, *, ticket: Ticket, to: Staff, by: Staff, now: datetime) -> None:
    """Give a ticket to a colleague, whoever has it now. Raises IllegalTransition."""
    if ticket.assignee_id != to.id:
        _hand_over(session, ticket=ticket, to=to, by=by, action="assigned", now=now)


def _hand_over(session: Session, *, ticket: Ticket, to: Staff, by: Staff, action: str, now: datetime) -> None:
    before = {"assignee": ticket.assignee_id, "state": ticket.state}
    ticket.state = _after(ticket, Event.CLAIM)
    ticket.assignee_id = to.id
    _changed(session, ticket=ticket, actor=by, action=action, before=before, now=now)


def release(session: Session, *, ticket: Ticket, by: Staff, now: datetime) -> None:
    """Put one's ticket back into the queue. Raises NotAssigned when it is not one's own."""
    if ticket.assignee_id != by.id:
        raise NotAssigned(ticket=ticket)
    unassign(session, ticket=ticket, actor=by, now=now)


def unassign(session: Session, *, ticket: Ticket, actor: audit.Actor, now: datetime) -> None:
    """Nobody has the ticket any more (released, or its assignee left)."""
    before = {"assignee": ticket.assignee_id}
    ticket.assignee_id = None
    _changed(session, ticket=ticket, actor=actor, action="released", before=before, now=now)


def wait_internal(session: Session, *, ticket: Ticket, by: Staff, now: datetime) -> None:
    """The next step is ours (a supplier, another team), not the customer's. Raises IllegalTransition."""
    move(session, ticket=ticket, event=Event.WAIT, actor=by, now=now)


def resolve(session: Session, *, ticket: Ticket, by: Staff, reason: str, now: datetime) -> None:
    """Done, as the desk sees it. Claims the ticket if nobody has it. Raises IllegalTransition."""
    before = {"state": ticket.state, "assignee": ticket.assignee_id}
    ticket.state = _after(ticket, Event.RESOLVE)
    ticket.assignee_id = ticket.assignee_id or by.id
    ticket.resolved_at = now
    ticket.resolution = reason or None
    ticket.waiting_since = None
    _changed(session, ticket=ticket, actor=by, action="resolved", before=before, now=now)


def reopen(session: Session, *, ticket: Ticket, actor: audit.Actor, now: datetime) -> None:
    """Resolved, but not really. Raises IllegalTransition (a closed ticket stays closed)."""
    before = {"state": ticket.state}
    ticket.state = _after(ticket, Event.REOPEN)
    ticket.reopen_count += 1
    ticket.resolved_at = ticket.resolution = None
    ticket.waiting_since = now
    _changed(session, ticket=ticket, actor=actor, action="reopened", before=before, now=now)


def close(session: Session, *, ticket: Ticket, actor: audit.Actor, now: datetime) -> None:
    """Lock a ticket. Its customer may close it in any state, staff and the clock once it is resolved.

    Raises IllegalTransition.
    """
    event = Event.WITHDRAW if isinstance(actor, Customer) else Event.CLOSE
    before = {"state": ticket.state}
    ticket.state = _after(ticket, event)
    ticket.closed_at = now
    ticket.waiting_since = None
    _changed(session, ticket=ticket, actor=actor, action="closed", before=before, now=now)


def overdue_resolved(session: Session, *, now: datetime, limit: int = 200) -> list[Ticket]:
    """Tickets whose reopen window has passed, longest ago first: the clock closes them.

    Those that somebody is changing right now are left for later (PostgreSQL).
    """
    statement = (
        select(Ticket)
        .where(col(Ticket.state) == TicketState.RESOLVED, col(Ticket.resolved_at) < now - REOPEN_WINDOW)
        .order_by(col(Ticket.resolved_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(statement))


def set_priority(session: Session, *, ticket: Ticket, priority: Priority, by: Staff, now: datetime) -> None:
    before = {"priority": ticket.priority}
    ticket.priority = priority
    _changed(session, ticket=ticket, actor=by, action="priority", before=before, now=now)


def undelivered(session: Session, *, ticket: Ticket, now: datetime) -> None:
    """An answer did not reach the customer: the next step is the desk's again."""
    if ticket.state == TicketState.WAITING_CUSTOMER:
        before = {"state": ticket.state}
        ticket.state, ticket.waiting_since = TicketState.OPEN, ticket.last_customer_at
        _changed(session, ticket=ticket, actor="sender", action="undelivered", before=before, now=now)


def raise_priority(session: Session, *, ticket: Ticket, now: datetime) -> None:
    """A message sounds urgent: what nobody has sorted yet (P3) comes before the rest."""
    if ticket.priority == Priority.P3:
        before = {"priority": ticket.priority}
        ticket.priority = Priority.P2
        _changed(session, ticket=ticket, actor="model", action="priority", before=before, now=now)


def tags(session: Session, *, ticket: Ticket) -> list[str]:
    statement = select(col(TicketTag.tag)).where(col(TicketTag.ticket_id) == ticket.id)
    return sorted(session.scalars(statement))


def toggle_tag(session: Session, *, ticket: Ticket, tag: str, by: Staff, now: datetime) -> bool:
    """Put a tag on, or take it off where it is. True when it is on now."""
    before = {"tags": tags(session, ticket=ticket)}
    row = session.get(TicketTag, (ticket.id, tag))
    if row is None:
        session.add(TicketTag(ticket_id=ticket.id, tag=tag))
    else:
        session.delete(row)
    session.flush()
    ticket.updated_at = now
    audit.record(
        session,
        actor=by,
        action="tagged",
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        before=before,
        after={"tags": tags(session, ticket=ticket)},
    )
    return row is None


def is_active(ticket: Ticket) -> bool:
    return ticket.state in ACTIVE


def may_reopen(ticket: Ticket, *, now: datetime) -> bool:
    """True while a message of the customer's would reopen this resolved ticket."""
    return (
        ticket.state == TicketState.RESOLVED
        and ticket.resolved_at is not None
        and now - ticket.resolved_at <= REOPEN_WINDOW
    )


def move(session: Session, *, ticket: Ticket, event: Event, actor: audit.Actor, now: datetime) -> None:
    """Let ``event`` happen to the ticket's state; a state that stays is not written down.

    Raises IllegalTransition.
    """
    before = {"state": ticket.state}
    ticket.state = _after(ticket, event)
    if ticket.state == before["state"]:
        ticket.updated_at = now
    else:
        _changed(session, ticket=ticket, actor=actor, action=event, before=before, now=now)


def _after(ticket: Ticket, event: Event) -> TicketState:
    state = next_state(ticket.state, event)
    if state is None:
        raise IllegalTransition(ticket=ticket, event=event, allowed=allowed(ticket.state))
    return state


_FIELD = {"assignee": "assignee_id"}


def _changed(
    session: Session,
    *,
    ticket: Ticket,
    actor: audit.Actor,
    action: str,
    before: Mapping[str, Any],
    now: datetime,
) -> None:
    ticket.updated_at = now
    after = {field: getattr(ticket, _FIELD.get(field, field)) for field in before}
    session.add(ticket)
    audit.record(
        session,
        actor=actor,
        action=action,
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        before=before,
        after=after,
    )
