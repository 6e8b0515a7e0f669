"""The conversation of a ticket: what the customer writes, what the desk answers, what stays inside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.service import kinds, tickets
from crm_store.service.states import ACTIVE, Event, Kind, KindSource, TicketState
from crm_store.service.tables import (
    Attachment,
    Delivery,
    Direction,
    Message,
    MessageMap,
    MessageVersion,
    Ticket,
)
from crm_store.staff import audit
from crm_store.staff.tables import Staff
from crm_store.types import Utc

HELD_FOR = timedelta(hours=24)
"""A bare greeting joins the ticket that follows within this time."""

# Built once: every message asks these.
_LATEST = (
    select(Ticket)
    .where(col(Ticket.customer_id) == bindparam("customer"))
    .order_by(col(Ticket.last_customer_at).desc(), col(Ticket.id).desc())
    .limit(1)
)
_LATEST_ACTIVE = _LATEST.where(col(Ticket.state).in_(ACTIVE))
_HELD = select(Message).where(
    col(Message.customer_id) == bindparam("customer"),
    col(Message.ticket_id).is_(None),
    col(Message.at) > bindparam("since", type_=Utc),
)

_MAP = insert(MessageMap.__table__)  # type: ignore[attr-defined]  # every table model has it

MAX_FILE_BYTES = 20 * 1024 * 1024
"""No bot may download more (Bot API, getFile)."""


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
class File:
    """A file of a message, as Telegram names it; ``size`` in bytes, where Telegram says it."""

    kind: str
    file_id: str
    file_unique_id: str
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Incoming:
    """A message as a person wrote it. ``kind`` is its content type; ``reply_to`` the message it answers."""

    chat_id: int
    telegram_id: int
    kind: str
    text: str
    html: str | None = None
    data: dict[str, Any] | None = None
    files: Sequence[File] = field(default_factory=tuple)
    media_group_id: str | None = None
    reply_to: int | None = None


@dataclass(frozen=True)
class Received:
    outcome: Outcome
    message: Message
    ticket: Ticket | None


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
) -> Received:
    """Take a customer's message into the ticket it belongs to.

    That is: the album it is part of; else, with ``new_of_kind``, a new ticket of that kind (UNSURE: of the
    kind the model reads); else the ticket of the message it replies to; else the latest active one; else
    one resolved less than 48 hours ago, which reopens; else a new one. A greeting that finds no active
    ticket is held for the next; a closer changes no state. An ``urgent`` message (danger, fraud, legal)
    raises a ticket of ordinary priority.
    """
    if album := _album(session, incoming=incoming):
        join_album(session, album=album, incoming=incoming, now=now)
        ticket = session.get(Ticket, album.ticket_id) if album.ticket_id else None
        return Received(Outcome.ALBUM, album, ticket)
    found = None if new_of_kind is not None else _ticket_for(session, customer=customer, incoming=incoming)
    if manner == Manner.CLOSER:
        return Received(Outcome.THANKED, _keep(session, customer, incoming, now, found), found)
    if found is not None and (tickets.is_active(found) or tickets.may_reopen(found, now=now)):
        reopened = found.state == TicketState.RESOLVED
        message = _keep(session, customer, incoming, now, found)
        _customer_wrote(session, ticket=found, customer=customer, now=now)
        kinds.guess(found, kind=kind, confidence=confidence)
        if urgent:
            tickets.raise_priority(session, ticket=found, now=now)
        return Received(Outcome.REOPENED if reopened else Outcome.CONTINUED, message, found)
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
    )
    if urgent:
        tickets.raise_priority(session, ticket=opened, now=now)
    _attach_held(session, customer=customer, ticket=opened, now=now)
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


def join_album(session: Session, *, album: Message, incoming: Incoming, now: datetime) -> None:
    """A further picture of an album that its first one opened."""
    add_files(session, message=album, files=incoming.files, now=now)
    _map(session, incoming=incoming, message=album)
    if incoming.text:
        _write(session, message=album, text="\n".join(filter(None, (album.text, incoming.text))))


def edit(session: Session, *, message: Message, incoming: Incoming, now: datetime) -> bool:
    """Its author changed a message; what it said before is kept as a version. False when nothing changed."""
    replaced = _replace_file(session, message=message, files=incoming.files)
    if message.text == incoming.text and message.html == incoming.html and not replaced:
        return False
    session.add(MessageVersion(message_id=message.id, text=message.text, replaced_at=now))
    message.edited_at, message.html = now, incoming.html
    _write(session, message=message, text=incoming.text)
    return True


def _replace_file(session: Session, *, message: Message, files: Sequence[File]) -> bool:
    """A message of one file may be given another; True when it was. An album's pictures stay."""
    kept = attachments(session, messages=[message])
    if len(kept) != 1 or len(files) != 1 or kept[0].file_unique_id == files[0].file_unique_id:
        return False
    session.delete(kept[0])
    add_files(session, message=message, files=files, now=message.at)
    message.kind = files[0].kind
    return True


def versions(session: Session, *, message: Message) -> list[MessageVersion]:
    """What a message said before, oldest first."""
    statement = (
        select(MessageVersion)
        .where(col(MessageVersion.message_id) == message.id)
        .order_by(col(MessageVersion.id))
    )
    return list(session.scalars(statement))


def history(
    session: Session, *, ticket: Ticket, limit: int, notes: bool, before: int | None = None
) -> list[Message]:
    """The last ``limit`` messages of a ticket, oldest first; internal notes only where asked for.

    ``before`` is the id of a message: those older than it.
    """
    statement = select(Message).where(col(Message.ticket_id) == ticket.id)
    if before is not None:
        statement = statement.where(col(Message.id) < before)
    if not notes:
        statement = statement.where(col(Message.direction) != Direction.NOTE)
    return list(session.scalars(statement.order_by(col(Message.id).desc()).limit(limit)))[::-1]


def attachments(session: Session, *, messages: Sequence[Message]) -> list[Attachment]:
    ids = [message.id for message in messages]
    statement = select(Attachment).where(col(Attachment.message_id).in_(ids)).order_by(col(Attachment.id))
    return list(session.scalars(statement))


def mapped(session: Session, *, chat_id: int, telegram_id: int) -> MessageMap | None:
    """Which ticket (and message) something standing in a chat belongs to."""
    return session.get(MessageMap, (chat_id, telegram_id))


def map_message(
    session: Session, *, chat_id: int, telegram_id: int, ticket_id: int, message_id: int | None
) -> None:
    """Remember that a message standing in a chat belongs to a ticket: replying to it finds the ticket."""
    session.merge(
        MessageMap(chat_id=chat_id, telegram_id=telegram_id, ticket_id=ticket_id, message_id=message_id)
    )


def written_at(session: Session, *, chat_id: int, telegram_id: int) -> Message | None:
    """The message its author wrote at this place in this chat."""
    statement = select(Message).where(
        col(Message.chat_id) == chat_id, col(Message.telegram_id) == telegram_id
    )
    return session.scalars(statement.limit(1)).first()


def _ticket_for(session: Session, *, customer: Customer, incoming: Incoming) -> Ticket | None:
    if incoming.reply_to is not None:
        place = mapped(session, chat_id=incoming.chat_id, telegram_id=incoming.reply_to)
        ticket = session.get(Ticket, place.ticket_id) if place else None
        if ticket is not None and ticket.customer_id == customer.id:
            return ticket
    with session.no_autoflush:  # no ticket waits to be written here; writing the rest once, later, is cheaper
        latest = session.scalars(_LATEST, {"customer": customer.id}).first()
    if latest is None or tickets.is_active(latest):
        return latest
    return session.scalars(_LATEST_ACTIVE, {"customer": customer.id}).first() or latest


def _followed_up(found: Ticket | None, *, now: datetime) -> Ticket | None:
    if found is None or found.closed_at is None or now - found.closed_at > tickets.FOLLOW_UP_WINDOW:
        return None
    return found


def _customer_wrote(session: Session, *, ticket: Ticket, customer: Customer, now: datetime) -> None:
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
    return _file(session, message, incoming, now)


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
    _file(session, message, incoming, now)
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


def _file(session: Session, message: Message, incoming: Incoming, now: datetime) -> Message:
    session.add(message)
    session.flush()
    add_files(session, message=message, files=incoming.files, now=now)
    _map(session, incoming=incoming, message=message)
    return message


def add_files(session: Session, *, message: Message, files: Sequence[File], now: datetime) -> None:
    """Attach files to a message; one that is too big for any bot is noted as such."""
    for one in files:
        session.add(
            Attachment(
                message_id=message.id,
                kind=one.kind,
                file_id=one.file_id,
                file_unique_id=one.file_unique_id,
                file_name=one.file_name,
                mime_type=one.mime_type,
                size=one.size,
                too_big=(one.size or 0) > MAX_FILE_BYTES,
            )
        )


def _map(session: Session, *, incoming: Incoming, message: Message) -> None:
    if message.ticket_id is not None:
        session.connection().execute(  # not as an object: several times cheaper, and nobody changes it
            _MAP,
            {
                "chat_id": incoming.chat_id,
                "telegram_id": incoming.telegram_id,
                "ticket_id": message.ticket_id,
                "message_id": message.id,
            },
        )


def _write(session: Session, *, message: Message, text: str) -> None:
    message.text = text
    session.add(message)


def _album(session: Session, *, incoming: Incoming) -> Message | None:
    if incoming.media_group_id is None:
        return None
    statement = select(Message).where(
        col(Message.chat_id) == incoming.chat_id, col(Message.media_group_id) == incoming.media_group_id
    )
    return session.scalars(statement.limit(1)).first()


def _attach_held(session: Session, *, customer: Customer, ticket: Ticket, now: datetime) -> None:
    with session.no_autoflush:  # messages are written as they are kept
        held = list(session.scalars(_HELD, {"customer": customer.id, "since": now - HELD_FOR}))
    for message in held:
        message.ticket_id = ticket.id
        map_message(
            session,
            chat_id=message.chat_id,
            telegram_id=message.telegram_id,
            ticket_id=ticket.id,
            message_id=message.id,
        )


def album_of(session: Session, *, chat_id: int, media_group_id: str) -> Message | None:
    """The message that the first picture of this album became."""
    statement = select(Message).where(
        col(Message.chat_id) == chat_id, col(Message.media_group_id) == media_group_id
    )
    return session.scalars(statement.limit(1)).first()


def delivered(session: Session, *, message_id: int, delivery: Delivery, error: str | None) -> None:
    """What became of an answer, as the sender saw it."""
    session.execute(
        update(Message).where(col(Message.id) == message_id).values(delivery=delivery, delivery_error=error)
    )
