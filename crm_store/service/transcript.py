"""What was said in a ticket: keeping messages, their files and versions, and reading them again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_store.service import places
from crm_store.service.tables import Attachment, Delivery, Direction, Message, MessageVersion, Ticket

MAX_FILE_BYTES = 20 * 1024 * 1024
"""No bot may download more (Bot API, getFile)."""


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


def keep(session: Session, *, message: Message, incoming: Incoming) -> Message:
    """File a new message with everything it brought."""
    session.add(message)
    session.flush()
    add_files(session, message=message, files=incoming.files)
    places.map_own(session, message=message, telegram_id=incoming.telegram_id)
    return message


def add_files(session: Session, *, message: Message, files: Sequence[File]) -> None:
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


def join_album(session: Session, *, album: Message, incoming: Incoming) -> None:
    """A further picture of an album that its first one opened."""
    add_files(session, message=album, files=incoming.files)
    places.map_own(session, message=album, telegram_id=incoming.telegram_id)
    if incoming.text:
        _write(session, message=album, text="\n".join(filter(None, (album.text, incoming.text))))


def album_of(session: Session, *, chat_id: int, media_group_id: str) -> Message | None:
    """The message that the first picture of this album became."""
    statement = select(Message).where(
        col(Message.chat_id) == chat_id, col(Message.media_group_id) == media_group_id
    )
    return session.scalars(statement.limit(1)).first()


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
    add_files(session, message=message, files=files)
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
    """The last ``limit`` messages of a ticket, oldest first. Without ``notes`` it is what the customer saw:
    no internal notes, and no answer that was refused on its way.

    ``before`` is the id of a message: those older than it.
    """
    statement = select(Message).where(col(Message.ticket_id) == ticket.id)
    if before is not None:
        statement = statement.where(col(Message.id) < before)
    if not notes:
        statement = statement.where(
            col(Message.direction) != Direction.NOTE,
            col(Message.delivery).is_distinct_from(Delivery.REFUSED),
            col(Message.delivery).is_distinct_from(Delivery.REFUSED),
        )
    return list(session.scalars(statement.order_by(col(Message.id).desc()).limit(limit)))[::-1]


def last_answer(session: Session, *, ticket: Ticket) -> Message | None:
    statement = select(Message).where(
        col(Message.ticket_id) == ticket.id, col(Message.direction) == Direction.OUT
    )
    return session.scalars(statement.order_by(col(Message.id).desc()).limit(1)).first()


def attachments(session: Session, *, messages: Sequence[Message]) -> list[Attachment]:
    ids = [message.id for message in messages]
    statement = select(Attachment).where(col(Attachment.message_id).in_(ids)).order_by(col(Attachment.id))
    return list(session.scalars(statement))


def written_at(session: Session, *, chat_id: int, telegram_id: int) -> Message | None:
    """The message its author wrote at this place in this chat."""
    statement = select(Message).where(
        col(Message.chat_id) == chat_id, col(Message.telegram_id) == telegram_id
    )
    return session.scalars(statement.limit(1)).first()


def delivered(session: Session, *, message_id: int, delivery: Delivery, error: str | None) -> None:
    """What became of an answer, as the sender saw it."""
    session.execute(
        update(Message).where(col(Message.id) == message_id).values(delivery=delivery, delivery_error=error)
    )


def _write(session: Session, *, message: Message, text: str) -> None:
    message.text = text
    session.add(message)
