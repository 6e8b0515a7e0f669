"""What came in, what goes out, and what the machine must remember between the two."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.types import BigKey, Json, Utc, enum_of


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    DEAD = "dead"


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    FOLDED = "folded"


class OnAmbiguous(StrEnum):
    """What to do when nobody can know whether Telegram delivered a message."""

    RESEND = "resend"
    HOLD = "hold"


class Inbox(Row, table=True):
    """A raw update, committed before Telegram is told that we have it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index(
            "ix_inbox_waiting",
            "lane",
            "id",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    bot_id: int = Field(sa_type=BigKey)
    update_id: int = Field(sa_type=BigKey)
    lane: int = Field(sa_type=BigKey)
    raw: str
    received_at: datetime = Field(sa_type=Utc)
    state: InboxState = Field(default=InboxState.NEW, sa_type=enum_of(InboxState))
    attempts: int = 0
    not_before: datetime | None = Field(default=None, sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = None


def _where(name: str, *columns: str, where: str) -> Index:
    """An index over part of a table: what is over and done costs nothing in it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Outbox(Row, table=True):
    """A message to send, as a value. Only the sender turns it into a call.

    ``key`` makes queueing it twice impossible; ``edits`` is the key of the earlier row whose message
    this one edits or deletes; ``ticket_id``, ``order_id`` and ``message_id`` say what it is about, so that
    sending it writes the reply map, and failing to is told; ``telegram_id`` is the message it became.
    ``claimed_at`` says which attempt is being made: the outcome of an older one changes nothing. ``error`` of
    a failed row is a word for the reason, a colon, and what Telegram said.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _where("ix_outbox_lane", "chat_id", "priority", "id", where="state = 'pending'"),
        _where("ix_outbox_order", "priority", "id", where="state = 'pending'"),
        _where("ix_outbox_due", "not_before", where="state = 'pending' AND not_before IS NOT NULL"),
        _where("ix_outbox_sending", "id", where="state = 'sending'"),
        _where("ix_outbox_folded", "folded_into", where="folded_into IS NOT NULL"),
        _where("ix_outbox_message", "message_id", where="message_id IS NOT NULL"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    key: str = Field(unique=True)
    chat_id: int = Field(sa_type=BigKey)
    method: str
    params: dict[str, Any] = Field(sa_type=Json)
    priority: int = Field(description="-1 receipt, 0 conversation, 1 notice, 2 bulk")
    on_ambiguous: OnAmbiguous = Field(default=OnAmbiguous.RESEND, sa_type=enum_of(OnAmbiguous))
    state: OutboxState = Field(default=OutboxState.PENDING, sa_type=enum_of(OutboxState))
    attempts: int = 0
    claimed_at: datetime | None = Field(default=None, sa_type=Utc)
    not_before: datetime | None = Field(default=None, sa_type=Utc)
    expires_at: datetime | None = Field(default=None, sa_type=Utc)
    edits: str | None = None
    file_id: int | None = Field(default=None, foreign_key="outbox_file.id")
    ticket_id: int | None = None
    order_id: int | None = None
    message_id: int | None = Field(default=None, sa_type=BigKey)
    folded_into: str | None = None
    telegram_id: int | None = Field(default=None, sa_type=BigKey)
    error: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)


class OutboxFile(Row, table=True):
    """Bytes to send, in a table of their own; ``telegram_file_id`` is kept once Telegram has them."""

    __tablename__ = "outbox_file"

    id: int = Field(default=None, primary_key=True)
    name: str
    mime_type: str
    data: bytes
    telegram_file_id: str | None = None


class Form(Row, table=True):
    """A question that waits for its answer; it survives restarts because it is a row."""

    __tablename__ = "form"

    chat_id: int = Field(sa_type=BigKey, primary_key=True, sa_column_kwargs={"autoincrement": False})
    user_id: int = Field(
        sa_type=BigKey, primary_key=True, index=True, sa_column_kwargs={"autoincrement": False}
    )
    form: str
    step: str
    answers: dict[str, Any] = Field(sa_type=Json)
    expires_at: datetime = Field(sa_type=Utc)


class JobRun(Row, table=True):
    """One run of one scheduled job for one slot; the primary key makes it exactly once.

    ``due_at`` is the moment the slot stood for: the schedule may be changed later, what was covered not.
    """

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    claimed_at: datetime = Field(sa_type=Utc)
    due_at: datetime | None = Field(default=None, sa_type=Utc)


class JobState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Row, table=True):
    """Long work somebody asked for (an import, an export), done beside the conversation by one process at a
    time. ``progress_key`` is the outbox key of the message that shows how far it is; ``lease_until`` is when
    another process may take over from one that died."""

    __tablename__ = "job"
    __table_args__ = (_where("ix_job_open", "id", where="state IN ('ready', 'running')"),)

    id: int = Field(default=None, primary_key=True)
    kind: str
    arguments: dict[str, Any] = Field(sa_type=Json)
    state: JobState = Field(default=JobState.READY, sa_type=enum_of(JobState))
    asked_by: int | None = Field(default=None, foreign_key="staff.id")
    chat_id: int | None = Field(default=None, sa_type=BigKey)
    progress_key: str | None = None
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class MovedChat(Row, table=True):
    """A group that became a supergroup: Telegram gave it a new id."""

    __tablename__ = "moved_chat"

    old_id: int = Field(sa_type=BigKey, primary_key=True, sa_column_kwargs={"autoincrement": False})
    new_id: int = Field(sa_type=BigKey)


class Setting(Row, table=True):
    """What the machine learns at run time and the next start needs: the bot's name, the sender's epoch."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str
