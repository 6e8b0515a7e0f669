"""The outbox: messages to send as values, queued in the same commit as what they tell about."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from crm_store.mailbox.tables import MovedChat, OnAmbiguous, Outbox, OutboxState

CONVERSATION, NOTICE, BULK = 0, 1, 2
"""Priorities of a row; in one chat a lower number overtakes a higher one."""


def put(
    session: Session,
    *,
    key: str,
    chat_id: int,
    method: str,
    params: dict[str, Any],
    now: datetime,
    priority: int = CONVERSATION,
    on_ambiguous: OnAmbiguous = OnAmbiguous.RESEND,
    edits: str | None = None,
    ticket_id: int | None = None,
    message_id: int | None = None,
    file_id: int | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> Outbox:
    """Queue one message. ``params`` are the method's, without ``chat_id``; ``key`` must be new."""
    row = Outbox(
        key=key,
        chat_id=chat_id,
        method=method,
        params=params,
        priority=priority,
        on_ambiguous=on_ambiguous,
        edits=edits,
        ticket_id=ticket_id,
        message_id=message_id,
        file_id=file_id,
        not_before=not_before,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(row)
    return row


def by_key(session: Session, *, key: str) -> Outbox | None:
    return session.scalars(select(Outbox).where(col(Outbox.key) == key)).first()


def of_message(session: Session, *, message_id: int) -> list[Outbox]:
    """The rows that carry one message of a conversation to its reader, in order (a long one has several)."""
    statement = select(Outbox).where(col(Outbox.message_id) == message_id).order_by(col(Outbox.id))
    return list(session.scalars(statement))


def heads(session: Session, *, limit: int) -> list[Outbox]:
    """The first waiting row of each chat and priority, most urgent first. A chat with a row being sent
    gives none."""
    busy = select(col(Outbox.chat_id)).where(col(Outbox.state) == OutboxState.SENDING)
    firsts = (
        select(func.min(col(Outbox.id)))
        .where(col(Outbox.state) == OutboxState.PENDING, col(Outbox.chat_id).not_in(busy))
        .group_by(col(Outbox.chat_id), col(Outbox.priority))
    )
    statement = (
        select(Outbox)
        .where(col(Outbox.id).in_(firsts))
        .order_by(col(Outbox.priority), col(Outbox.id))
        .limit(limit)
    )
    return list(session.scalars(statement))


def mark_sending(session: Session, *, ids: Iterable[int]) -> None:
    """Committed before the call: after a crash such a row may or may not have been delivered."""
    session.execute(
        update(Outbox).where(col(Outbox.id).in_(list(ids))).values(state=OutboxState.SENDING),
        execution_options={"synchronize_session": False},
    )


def interrupted(session: Session) -> list[Outbox]:
    """Rows that were being sent when the last sender stopped."""
    return list(session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.SENDING)))


def waiting_in(session: Session, *, chat_id: int, priority: int) -> list[Outbox]:
    """Rows of one priority that wait in one chat, in order."""
    statement = (
        select(Outbox)
        .where(
            col(Outbox.chat_id) == chat_id,
            col(Outbox.priority) == priority,
            col(Outbox.state) == OutboxState.PENDING,
        )
        .order_by(col(Outbox.id))
    )
    return list(session.scalars(statement))


def folded_into(session: Session, *, keys: Sequence[str]) -> list[Outbox]:
    """The notices that were folded into the rows with these keys."""
    return list(
        session.scalars(select(Outbox).where(col(Outbox.folded_into).in_(keys)).order_by(col(Outbox.id)))
    )


def cancel_waiting(session: Session, *, chat_id: int, why: str) -> list[Outbox]:
    """Nothing more can reach this chat: cancel what waits for it. Returns the cancelled rows."""
    statement = select(Outbox).where(col(Outbox.chat_id) == chat_id, col(Outbox.state) == OutboxState.PENDING)
    rows = list(session.scalars(statement))
    for row in rows:
        row.state, row.error = OutboxState.CANCELLED, why
    return rows


def move_chat(session: Session, *, old_id: int, new_id: int) -> None:
    """A group became a supergroup: everything that waits for it goes to its new id."""
    session.merge(MovedChat(old_id=old_id, new_id=new_id))
    session.execute(
        update(Outbox)
        .where(
            col(Outbox.chat_id) == old_id,
            col(Outbox.state).in_([OutboxState.PENDING, OutboxState.SENDING]),
        )
        .values(chat_id=new_id)
    )


def present_id(session: Session, *, chat_id: int) -> int:
    """The id a chat has now."""
    moved = session.get(MovedChat, chat_id)
    return moved.new_id if moved else chat_id


def count_waiting(session: Session) -> int:
    return (
        session.scalar(
            select(func.count()).where(col(Outbox.state).in_([OutboxState.PENDING, OutboxState.SENDING]))
        )
        or 0
    )


def oldest_waiting(session: Session) -> datetime | None:
    return session.scalar(
        select(func.min(col(Outbox.created_at))).where(
            col(Outbox.state).in_([OutboxState.PENDING, OutboxState.SENDING])
        )
    )
