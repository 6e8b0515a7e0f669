"""The outbox: messages to send as values, queued in the same commit as what they tell about."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarResult,
    Select,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlmodel import Session, col

from crm_store.mailbox.tables import MovedChat, OnAmbiguous, Outbox, OutboxState

RECEIPT, CONVERSATION, NOTICE, BULK = -1, 0, 1, 2
"""Priorities of a row; in one chat a lower number overtakes a higher one. A receipt (what became of an
agent's answer) may wait for the outcome, and must not hold up the conversation meanwhile."""

_INSERT = insert(Outbox.__table__)  # type: ignore[attr-defined]  # a table model has it
_NEW = {
    "priority": CONVERSATION,
    "on_ambiguous": OnAmbiguous.RESEND,
    "state": OutboxState.PENDING,
    "attempts": 0,
}

# An edit replaces all of these, also by leaving them out: that is how Telegram edits.
_REPLACED = {
    "editMessageText": ("text", "parse_mode", "entities", "link_preview_options", "reply_markup"),
    "editMessageCaption": ("caption", "parse_mode", "caption_entities", "reply_markup"),
    "editMessageReplyMarkup": ("reply_markup",),
}


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
    order_id: int | None = None,
    message_id: int | None = None,
    file_id: int | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> Outbox:
    """Queue one message. ``params`` are the method's, without ``chat_id``; ``key`` must be new."""
    row = Outbox(
        key=key,
        chat_id=present_id(session, chat_id=chat_id),
        method=method,
        params=params,
        priority=priority,
        on_ambiguous=on_ambiguous,
        edits=edits,
        ticket_id=ticket_id,
        order_id=order_id,
        message_id=message_id,
        file_id=file_id,
        not_before=not_before,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(row)
    return row


def post(
    session: Session,
    *,
    key: str,
    chat_id: int,
    method: str,
    params: dict[str, Any],
    now: datetime,
    **about: Any,
) -> None:
    """As ``put``, several times cheaper: for a message that nobody looks at again in this unit of work."""
    if any(isinstance(one, Outbox) for one in session.new):
        session.flush()  # what was put before goes before
    chat_id = present_id(session, chat_id=chat_id)
    row = {"key": key, "chat_id": chat_id, "method": method, "params": params, "created_at": now}
    session.connection().execute(_INSERT, _NEW | row | about)


def amend(
    session: Session,
    *,
    key: str,
    params: dict[str, Any],
    edit_key: str,
    now: datetime,
    method: str = "editMessageText",
) -> Outbox | None:
    """Change a queued message, whether or not it has left. ``params`` are the method's, without ids.

    One that still waits is changed where it is, and waits for no set time any more; ``deleteMessage`` takes
    it out. For one that has left, an edit is queued under ``edit_key``. None when there is nothing to change:
    it was never sent and will not be.
    """
    row = by_key(session, key=key, lock=True)
    if row is None or row.state in (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.FOLDED):
        return None
    if row.state in (OutboxState.PENDING, OutboxState.UNKNOWN) and merge(row, method=method, params=params):
        row.not_before = None
        return row
    return put(
        session,
        key=edit_key,
        chat_id=row.chat_id,
        method=method,
        params=params,
        priority=row.priority,
        edits=key,
        ticket_id=row.ticket_id,
        now=now,
    )


def merge(row: Outbox, *, method: str, params: dict[str, Any]) -> bool:
    """Do to a waiting row what an edit would do to the message it becomes. False when that cannot be."""
    if method == "deleteMessage":
        row.state, row.error = OutboxState.CANCELLED, "withdrawn: deleted before it left"
        return True
    replaced = _REPLACED.get(method)
    if replaced is None:
        return False
    kept = {name: value for name, value in row.params.items() if name not in replaced}
    row.params = {**kept, **{name: value for name, value in params.items() if name != "message_id"}}
    return True


def by_key(session: Session, *, key: str, lock: bool = False) -> Outbox | None:
    """The row with this key. With ``lock`` it is read anew and nobody sends it before the commit."""
    return _rows(session, select(Outbox).where(col(Outbox.key) == key), lock).first()


def of_message(session: Session, *, message_id: int, lock: bool = False) -> list[Outbox]:
    """The rows that carry one message of a conversation to its reader, in order (a long one has several).

    With ``lock`` they are read anew, and those that wait are not sent before the commit.
    """
    statement = select(Outbox).where(col(Outbox.message_id) == message_id).order_by(col(Outbox.id))
    return list(_rows(session, statement, lock))


def _rows(session: Session, statement: Select[Outbox], lock: bool) -> ScalarResult[Outbox]:
    if not lock:
        return session.scalars(statement)
    return session.scalars(statement.with_for_update(), execution_options={"populate_existing": True})


def waiting_in(session: Session, *, chat_id: int, priority: int) -> list[Outbox]:
    """Rows of one priority that wait in one chat, in order."""
    statement = (
        select(Outbox)
        .where(is_pending(), col(Outbox.chat_id) == chat_id, col(Outbox.priority) == priority)
        .order_by(col(Outbox.id))
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(statement))


def crowded(session: Session, *, chat_ids: Iterable[int], priority: int, over: int) -> list[int]:
    """Those of the chats in which more than ``over`` rows of one priority wait."""
    statement = (
        select(col(Outbox.chat_id))
        .where(is_pending(), col(Outbox.chat_id).in_(list(chat_ids)), col(Outbox.priority) == priority)
        .group_by(col(Outbox.chat_id))
        .having(func.count() > over)
    )
    return list(session.scalars(statement))


def folded_into(session: Session, *, keys: Sequence[str]) -> list[Outbox]:
    """The notices that were folded into the rows with these keys."""
    return list(
        session.scalars(select(Outbox).where(col(Outbox.folded_into).in_(keys)).order_by(col(Outbox.id)))
    )


def cancel_waiting(session: Session, *, chat_id: int, why: str) -> list[Outbox]:
    """Nothing more can reach this chat: cancel what waits for it. Returns the cancelled rows."""
    rows = list(session.scalars(select(Outbox).where(is_pending(), col(Outbox.chat_id) == chat_id)))
    for row in rows:
        row.state, row.error = OutboxState.CANCELLED, why
    return rows


def send_again(session: Session, *, first: int, last: int) -> int:
    """A person decided: messages of unknown fate from row ``first`` to row ``last`` go once more; bulk among
    them never does.

    Returns how many; none when somebody decided before.
    """
    result = session.execute(
        update(Outbox)
        .where(
            col(Outbox.id).between(first, last),
            col(Outbox.state) == OutboxState.UNKNOWN,
            col(Outbox.priority) != BULK,
        )
        .values(state=OutboxState.PENDING, attempts=0, not_before=None, error=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def move_chat(session: Session, *, old_id: int, new_id: int) -> None:
    """A group became a supergroup: all that waits for it, or is put for it later, goes to its new id."""
    session.merge(MovedChat(old_id=old_id, new_id=new_id))
    session.execute(update(MovedChat).where(col(MovedChat.new_id) == old_id).values(new_id=new_id))
    session.execute(
        update(Outbox)
        .where(
            col(Outbox.chat_id) == old_id,
            col(Outbox.state).in_([OutboxState.PENDING, OutboxState.SENDING, OutboxState.UNKNOWN]),
        )
        .values(chat_id=new_id)
    )


def present_id(session: Session, *, chat_id: int) -> int:
    """The id that a chat has by now: groups, whose ids are negative, may have moved."""
    moved = session.get(MovedChat, chat_id) if chat_id < 0 else None
    return moved.new_id if moved is not None else chat_id


def count_waiting(session: Session) -> int:
    pending = session.scalar(select(func.count()).select_from(Outbox).where(is_pending())) or 0
    return pending + (session.scalar(select(func.count()).select_from(Outbox).where(is_sending())) or 0)


def oldest_waiting(session: Session) -> datetime | None:
    """When the message that has waited longest was queued."""
    found = [
        session.scalar(select(func.min(col(Outbox.created_at))).where(state))
        for state in (is_pending(), is_sending())
    ]
    return min((one for one in found if one is not None), default=None)


def is_pending(table: Any = Outbox) -> ColumnElement[bool]:
    """Written out, not bound: only so do both databases use the index over waiting rows."""
    return cast(ColumnElement[bool], _state(table) == literal_column("'pending'"))


def is_sending(table: Any = Outbox) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], _state(table) == literal_column("'sending'"))


def _state(table: Any) -> Any:
    """The state of a model, a table or an alias of one."""
    return table.c.state if isinstance(table, FromClause) else table.state
