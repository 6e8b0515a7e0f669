"""Where messages stand in chats, and which tickets those belong to."""

from sqlalchemy import insert, select
from sqlmodel import Session, col

from crm_store.service.tables import Message, MessageMap, Ticket

_MAP = insert(MessageMap.__table__)  # type: ignore[attr-defined]  # every table model has it


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


def map_own(session: Session, *, message: Message, telegram_id: int) -> None:
    """Remember where a message's author wrote it (or a part of it: a picture of an album)."""
    if message.ticket_id is not None:
        session.connection().execute(  # not as an object: several times cheaper, and nobody changes it
            _MAP,
            {
                "chat_id": message.chat_id,
                "telegram_id": telegram_id,
                "ticket_id": message.ticket_id,
                "message_id": message.id,
            },
        )


def message_of(session: Session, *, chat_id: int, telegram_id: int) -> Message | None:
    """The message that something standing in a chat is, or is a part of (a picture of an album)."""
    place = mapped(session, chat_id=chat_id, telegram_id=telegram_id)
    return session.get(Message, place.message_id) if place and place.message_id else None


def places_of(session: Session, *, message_id: int, chat_id: int, since: int) -> list[int]:
    """Where a message stands in a chat from ``since`` on, in order: Telegram's ids of its parts."""
    statement = (
        select(col(MessageMap.telegram_id))
        .where(
            col(MessageMap.chat_id) == chat_id,
            col(MessageMap.telegram_id) >= since,
            col(MessageMap.message_id) == message_id,
        )
        .order_by(col(MessageMap.telegram_id))
    )
    return list(session.scalars(statement))


def recent_tickets(session: Session, *, chat_id: int, limit: int) -> list[Ticket]:
    """The tickets whose messages stood in this chat last, latest first."""
    seen = (
        select(col(MessageMap.ticket_id))
        .where(col(MessageMap.chat_id) == chat_id)
        .order_by(col(MessageMap.telegram_id).desc())
        .limit(limit * 10)
    )
    ids = list(dict.fromkeys(session.scalars(seen)))[:limit]
    found = {one.id: one for one in session.scalars(select(Ticket).where(col(Ticket.id).in_(ids)))}
    return [found[id] for id in ids]
