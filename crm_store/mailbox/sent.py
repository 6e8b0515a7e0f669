"""The outbox as the sender writes into it: what became of what went."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.mailbox.outbox import is_pending, is_sending
from crm_store.mailbox.pruning import blank_secrets
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service.tables import MessageMap

_T = Outbox.__table__  # type: ignore[attr-defined]  # a table model has it


def mark_sent(session: Session, *, sent: Sequence[tuple[int, int | None, datetime]]) -> None:
    """Rows that Telegram took, each with the id of the message it became, and when. That is so even if
    another sender has taken over since."""
    session.connection().execute(
        update(_T)
        .where(_T.c.id == bindparam("row"))
        .values(state=OutboxState.SENT, telegram_id=bindparam("place"), sent_at=bindparam("at"), error=None),
        [{"row": row, "place": place, "at": at} for row, place, at in sent],
    )
    blank_secrets(session, ids=[row for row, _, _ in sent])


def note_places(session: Session, *, places: Sequence[dict[str, Any]]) -> None:
    """Where messages about tickets now stand (``chat_id, telegram_id, ticket_id, message_id`` each): a reply
    to one finds its ticket. The same as ``conversation.map_message``, for many at once; an edit that says
    nothing of a message keeps the one there is, if the ticket is the same."""
    if not places:
        return
    dialect = sqlite if is_sqlite(session) else postgresql
    old, new = MessageMap.__table__.c, dialect.insert(MessageMap)  # type: ignore[attr-defined]
    kept = case(
        (old.ticket_id == new.excluded.ticket_id, func.coalesce(new.excluded.message_id, old.message_id)),
        else_=new.excluded.message_id,
    )
    statement = new.on_conflict_do_update(
        index_elements=["chat_id", "telegram_id"],
        set_={"ticket_id": new.excluded.ticket_id, "message_id": kept},
    )
    session.execute(statement, list(places))


def forget_places(session: Session, *, places: Iterable[tuple[int, int]]) -> None:
    """These messages are about no ticket any more (an edit made them into something else)."""
    for chat_id, telegram_id in places:
        session.execute(
            delete(MessageMap).where(
                col(MessageMap.chat_id) == chat_id, col(MessageMap.telegram_id) == telegram_id
            )
        )


def get_claimed(session: Session, *, id: int, claimed_at: datetime) -> Outbox | None:
    """The row, if this attempt is still its latest; another sender may have taken over."""
    row = session.get(Outbox, id, populate_existing=True, with_for_update=True)
    return (
        row if row is not None and row.state == OutboxState.SENDING and row.claimed_at == claimed_at else None
    )


def put_off(row: Outbox, *, until: datetime | None, error: str, counted: bool) -> None:
    """Back to waiting, in its old place."""
    row.state, row.not_before, row.error = OutboxState.PENDING, until, error[:2000]
    row.attempts += counted


def release(session: Session, *, first: datetime, last: datetime) -> None:
    """Rows taken between these moments wait again, as if nobody had taken them."""
    session.execute(
        update(_T)
        .where(is_sending(_T), _T.c.claimed_at.between(first, last))
        .values(state=OutboxState.PENDING, claimed_at=None)
    )


def hurry(session: Session, *, errors: Collection[str]) -> None:
    """What waits for its next attempt because of one of ``errors`` may go at once."""
    session.execute(
        update(_T)
        .where(is_pending(_T), _T.c.not_before.is_not(None), _begins(errors))
        .values(not_before=None)
    )


def _begins(errors: Collection[str]) -> ColumnElement[bool]:
    return or_(*(_T.c.error.startswith(one, autoescape=True) for one in errors))


def interrupted(session: Session, *, known: Collection[int]) -> list[Outbox]:
    """Rows that some sender was sending, but not this one (``known`` are its own)."""
    statement = select(Outbox).where(is_sending()).order_by(col(Outbox.id))
    return [row for row in session.scalars(statement) if row.id not in known]


def resting(session: Session, *, error: str, now: datetime) -> dict[int, float]:
    """Chats in which a row waits because of ``error``, and for how many seconds."""
    statement = select(_T.c.chat_id, _T.c.not_before).where(
        is_pending(_T), _T.c.not_before > now, _begins([error])
    )
    found = session.execute(statement)
    return {row.chat_id: (row.not_before - now).total_seconds() for row in found}
