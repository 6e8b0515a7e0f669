"""The conversation of a ticket: what the customer writes, what the desk answers, what stays inside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.service import kinds, places, tickets, transcript
from crm_store.service.states import ACTIVE, Event, Kind, KindSource, TicketState
from crm_store.service.tables import (
    Delivery,
    Direction,
    Message,
    Ticket,
)
from crm_store.service.transcript import Incoming
from crm_store.staff import audit
from crm_store.staff.tables import Staff
from crm_store.types import Utc

HELD_FOR = timedelta(hours=24)
"""A bare greeting joins the ticket that follows within this time."""

# Built once: every message asks these.
_LATEST = (
    select(Ticket)
    .where(col(Ticket.customer_id) == bindparam("customer"), col(Ticket.merged_into_id).is_(None))
    .order_by(col(Ticket.last_customer_at).desc(), col(Ticket.id).desc())
    .limit(1)
)
_LATEST_ACTIVE = _LATEST.where(col(Ticket.state).in_(ACTIVE))
_HELD = select(Message).where(
    col(Message.customer_id) == bindparam("customer"),
    col(Message.ticket_id).is_(None),
    col(Message.at) > bindparam("since", type_=Utc),
)


class Manner(StrEnum):
    """How a message is meant, whatever it is about."""

    PLAIN = "plain"
    GREETING = "greeting"
    CLOSER = "closer"


class Outcome(StrEnum):
    """What a customer's message did."""

    OPENED = "opened"
    CONTINUED = "continued"
    REOPENED = "reopened"
    HELD = "held"
    THANKED = "thanked"
    ALBUM = "album"


@dataclass(frozen=True)
class Received:
    """What a message did; ``since`` is the time since the customer last wrote to this ticket."""

    outcome: Outcome
    message: Message
    ticket: Ticket | None
    since: timedelta = timedelta(0)


def receive(
    session: Session,
    *,
    customer: Customer,
    incoming: Incoming,
    now: datetime,
    manner: Manner = Manner.PLAIN,
    kind: Kind = Kind.UNSURE,
    confidence: float = 0.0,
    urgent: bool = False,
    new_of_kind: Kind | None = None,
    into: Ticket | None = None,
    order_id: int | None = None,
    first: bool = False,
) -> Received:
    """Take a customer's message into the ticket it belongs to.

    That is: the album it is part of; else the open ticket ``into``; else, with ``new_of_kind``, a new ticket
    of that kind (UNSURE: of the kind the model reads); else the ticket of the message it replies to; else
    the latest active one; else one resolved less than 48 hours ago, which reopens; else a new one. A
    greeting that finds no active ticket is held for the next; a closer changes no state. An ``urgent``
    message (danger, fraud, legal) raises a ticket of ordinary priority. ``order_id`` is the customer's order
    that it names: a new ticket is about that one, and one that was about none. ``first`` says that the
    customer was met by this very message: nothing of theirs is looked for.
    """
    group = incoming.media_group_id
    if group and (album := transcript.album_of(session, chat_id=incoming.chat_id, media_group_id=group)):
        transcript.join_album(session, album=album, incoming=incoming)
        ticket = session.get(Ticket, album.ticket_id) if album.ticket_id else None
        return Received(Outcome.ALBUM, album, ticket)
    found = into
    if found is None and new_of_kind is None and not first:
        found = _ticket_for(session, customer=customer, incoming=incoming)
    if manner == Manner.CLOSER:
        return Received(Outcome.THANKED, _keep(session, customer, incoming, now, found), found)
    if found is not None and _takes(found, manner=manner, now=now):
        reopened, since = found.state == TicketState.RESOLVED, now - found.last_customer_at
        customer_wrote(session, ticket=found, customer=customer, now=now)
        kinds.guess(found, kind=kind, confidence=confidence)
        found.order_id = found.order_id or order_id
        if urgent:
            tickets.raise_priority(session, ticket=found, now=now)
        message = _keep(session, customer, incoming, now, found)  # and the ticket is written with it
        if reopened:
            attach_held(session, customer=customer, ticket=found, now=now)
        return Received(Outcome.REOPENED if reopened else Outcome.CONTINUED, message, found, since)
    if manner == Manner.GREETING and new_of_kind is None:
        return Received(Outcome.HELD, _keep(session, customer, incoming, now, None), None)
    stated = new_of_kind is not None and new_of_kind != Kind.UNSURE
    opened = tickets.open_ticket(
        session,
        customer=customer,
        kind=new_of_kind if new_of_kind is not None and stated else kind,
        source=KindSource.CUSTOMER if stated else KindSource.MODEL,
        confidence=1.0 if stated else confidence,
        now=now,
        parent=_followed_up(found, now=now),
        order_id=order_id,
    )
    if urgent:
        tickets.raise_priority(session, ticket=opened, now=now)
    if not first:
        attach_held(session, customer=customer, ticket=opened, now=now)
    return Received(Outcome.OPENED, _keep(session, customer, incoming, now, opened), opened)


def answer(session: Session, *, ticket: Ticket, by: Staff, incoming: Incoming, now: datetime) -> Message:
    """A member of staff answers: claims the ticket if nobody has it, and now the customer is to speak.

    Raises IllegalTransition for a closed ticket.
    """
    tickets.move(session, ticket=ticket, event=Event.ANSWER, actor=by, now=now)
    if ticket.assignee_id is None:
        tickets.claim(session, ticket=ticket, by=by, now=now)
    ticket.waiting_since = None
    ticket.first_answered_at = ticket.first_answered_at or now
    session.add(ticket)
    return _staff_message(session, ticket, by, incoming, now, Direction.OUT, Delivery.WAITING)


def note(session: Session, *, ticket: Ticket, by: Staff, incoming: Incoming, now: datetime) -> Message:
    """An internal note: kept with the ticket, never sent to the customer."""
    ticket.updated_at = now
    return _staff_message(session, ticket, by, incoming, now, Direction.NOTE, None)


def _ticket_for(session: Session, *, customer: Customer, incoming: Incoming) -> Ticket | None:
    if incoming.reply_to is not None:
        place = places.mapped(session, chat_id=incoming.chat_id, telegram_id=incoming.reply_to)
        ticket = session.get(Ticket, place.ticket_id) if place else None
        if ticket is not None and ticket.customer_id == customer.id:
            return _follow_up_of(session, ticket=ticket) or ticket
    with session.no_autoflush:  # no ticket waits to be written here; writing the rest once, later, is cheaper
        latest = session.scalars(_LATEST, {"customer": customer.id}).first()
    if latest is None or tickets.is_active(latest):
        return latest
    return session.scalars(_LATEST_ACTIVE, {"customer": customer.id}).first() or latest


def _takes(ticket: Ticket, *, manner: Manner, now: datetime) -> bool:
    """True when a message goes on in this ticket; a bare greeting is no reason to reopen one."""
    return tickets.is_active(ticket) or (manner != Manner.GREETING and tickets.may_reopen(ticket, now=now))


def _follow_up_of(session: Session, *, ticket: Ticket) -> Ticket | None:
    """The active ticket that follows this closed one up, if there is one already."""
    if ticket.state != TicketState.CLOSED:
        return None
    statement = select(Ticket).where(col(Ticket.parent_id) == ticket.id, col(Ticket.state).in_(ACTIVE))
    return session.scalars(statement.order_by(col(Ticket.id).desc()).limit(1)).first()


def _followed_up(found: Ticket | None, *, now: datetime) -> Ticket | None:
    ended = (found.closed_at or found.resolved_at) if found is not None else None
    return found if ended is not None and now - ended <= tickets.FOLLOW_UP_WINDOW else None


def customer_wrote(session: Session, *, ticket: Ticket, customer: Customer, now: datetime) -> None:
    """The customer has the word: what was resolved reopens, and the desk is to answer."""
    if ticket.state == TicketState.RESOLVED:
        tickets.reopen(session, ticket=ticket, actor=customer, now=now)
    else:
        tickets.move(session, ticket=ticket, event=Event.CUSTOMER_WROTE, actor=customer, now=now)
    ticket.last_customer_at = now
    ticket.waiting_since = ticket.waiting_since or now
    session.add(ticket)


def _keep(
    session: Session, customer: Customer, incoming: Incoming, now: datetime, ticket: Ticket | None
) -> Message:
    message = Message(
        customer_id=customer.id,
        ticket_id=ticket.id if ticket else None,
        direction=Direction.IN,
        kind=incoming.kind,
        text=incoming.text,
        data=incoming.data,
        media_group_id=incoming.media_group_id,
        chat_id=incoming.chat_id,
        telegram_id=incoming.telegram_id,
        at=now,
    )
    return transcript.keep(session, message=message, incoming=incoming)


def _staff_message(
    session: Session,
    ticket: Ticket,
    by: Staff,
    incoming: Incoming,
    now: datetime,
    direction: Direction,
    delivery: Delivery | None,
) -> Message:
    message = Message(
        customer_id=ticket.customer_id,
        ticket_id=ticket.id,
        direction=direction,
        author_id=by.id,
        kind=incoming.kind,
        text=incoming.text,
        html=incoming.html,
        data=incoming.data,
        media_group_id=incoming.media_group_id,
        chat_id=incoming.chat_id,
        telegram_id=incoming.telegram_id,
        at=now,
        delivery=delivery,
    )
    transcript.keep(session, message=message, incoming=incoming)
    audit.record(
        session,
        actor=by,
        action="answered" if direction == Direction.OUT else "noted",
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        after={"message": message.id},
    )
    return message


def hold(session: Session, *, customer: Customer, incoming: Incoming, now: datetime) -> Message:
    """Keep a message that was answered without a ticket: like a greeting it joins the one that follows."""
    return _keep(session, customer, incoming, now, None)


def held(session: Session, *, customer: Customer, since: datetime) -> list[Message]:
    """What the customer wrote since then that is in no ticket, oldest first."""
    with session.no_autoflush:  # messages are written as they are kept
        found = list(session.scalars(_HELD, {"customer": customer.id, "since": since}))
    return sorted(found, key=lambda one: one.id)


def latest_active(session: Session, *, customer: Customer) -> Ticket | None:
    """The open ticket that the customer last wrote to."""
    return session.scalars(_LATEST_ACTIVE, {"customer": customer.id}).first()


def attach_held(session: Session, *, customer: Customer, ticket: Ticket, now: datetime) -> list[Message]:
    """What was held joins the ticket; returns it, oldest first."""
    waiting = held(session, customer=customer, since=now - HELD_FOR)
    for message in waiting:
        message.ticket_id = ticket.id
        places.map_message(
            session,
            chat_id=message.chat_id,
            telegram_id=message.telegram_id,
            ticket_id=ticket.id,
            message_id=message.id,
        )
    return waiting
