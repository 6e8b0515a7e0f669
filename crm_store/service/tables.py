"""Tickets and the conversation they hold."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.service.states import Kind, KindSource, Priority, TicketState
from crm_store.types import BigKey, Json, Utc, enum_of, where_set


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class Delivery(StrEnum):
    """What became of an answer."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


# Two workers on PostgreSQL may change one ticket at once: the second commit is refused and tried again.
_ticket_version = Column("version", Integer, nullable=False)


class Ticket(Row, table=True):
    """``campaign_id``: the campaign whose message it began by answering."""

    __tablename__ = "ticket"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _ticket_version}
    __table_args__ = (
        Index("ix_ticket_queue", "state", "priority", "waiting_since"),
        Index("ix_ticket_assignee", "assignee_id", "state"),
        Index("ix_ticket_customer", "customer_id", "last_customer_at"),
        # What a summary counts in its window; the partial ones cost a new ticket nothing.
        Index("ix_ticket_opened", "opened_at"),
        where_set("ticket", "first_answered_at"),
        where_set("ticket", "resolved_at"),
        where_set("ticket", "closed_at"),
        where_set("ticket", "order_id"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: Kind = Field(sa_type=enum_of(Kind))
    kind_source: KindSource = Field(sa_type=enum_of(KindSource))
    kind_confidence: float = 0.0
    state: TicketState = Field(default=TicketState.NEW, sa_type=enum_of(TicketState))
    priority: Priority = Field(default=Priority.P3, sa_type=enum_of(Priority))
    assignee_id: int | None = Field(default=None, foreign_key="staff.id")
    parent_id: int | None = Field(default=None, foreign_key="ticket.id")
    order_id: int | None = Field(default=None, foreign_key="sales_order.id")
    merged_into_id: int | None = Field(default=None, foreign_key="ticket.id")
    campaign_id: int | None = None
    opened_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    last_customer_at: datetime = Field(sa_type=Utc)
    waiting_since: datetime | None = Field(default=None, sa_type=Utc)
    first_answered_at: datetime | None = Field(default=None, sa_type=Utc)
    resolved_at: datetime | None = Field(default=None, sa_type=Utc)
    resolution: str | None = None
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    reopen_count: int = 0
    version: int = Field(default=1, sa_column=_ticket_version)

    @property
    def number(self) -> str:
        return f"T{self.id}"


class TicketTag(Row, table=True):
    __tablename__ = "ticket_tag"

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    tag: str = Field(primary_key=True)


class Message(Row, table=True):
    """One message of a ticket's conversation. ``ticket_id`` is empty while a bare greeting is held.

    ``chat_id`` and ``telegram_id`` say where its author wrote it; ``data`` holds what is neither text
    nor a file (a place, a contact, a poll, a dice).
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_ticket", "ticket_id", "id"),
        Index("ix_message_customer", "customer_id", "at", "id"),
        Index("ix_message_source", "chat_id", "telegram_id"),
        Index(
            "ix_message_answer",
            "at",
            "ticket_id",
            sqlite_where=text("direction = 'out'"),
            postgresql_where=text("direction = 'out'"),
        ),
        Index(
            "ix_message_note",
            "customer_id",
            "at",
            "id",
            sqlite_where=text("direction = 'note'"),
            postgresql_where=text("direction = 'note'"),
        ),
        Index(
            "ix_message_held",
            "customer_id",
            sqlite_where=text("ticket_id IS NULL"),
            postgresql_where=text("ticket_id IS NULL"),
        ),
        Index(
            "ix_message_album",
            "chat_id",
            "media_group_id",
            sqlite_where=text("media_group_id IS NOT NULL"),
            postgresql_where=text("media_group_id IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    customer_id: int = Field(foreign_key="customer.id")
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    direction: Direction = Field(sa_type=enum_of(Direction))
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    kind: str = "text"
    text: str = ""
    html: str | None = None
    data: dict[str, Any] | None = Field(default=None, sa_type=Json)
    media_group_id: str | None = None
    chat_id: int = Field(sa_type=BigKey)
    telegram_id: int = Field(sa_type=BigKey)
    at: datetime = Field(sa_type=Utc)
    edited_at: datetime | None = Field(default=None, sa_type=Utc)
    delivery: Delivery | None = Field(default=None, sa_type=enum_of(Delivery))
    delivery_error: str | None = None


class MessageVersion(Row, table=True):
    """What a message said before it was edited."""

    __tablename__ = "message_version"

    id: int = Field(default=None, primary_key=True)
    message_id: int = Field(sa_type=BigKey, foreign_key="message.id", index=True)
    text: str
    replaced_at: datetime = Field(sa_type=Utc)


class Attachment(Row, table=True):
    """A file of a message, kept by Telegram; ``too_big`` is one that no bot may download (over 20 MB)."""

    __tablename__ = "attachment"

    id: int = Field(default=None, primary_key=True)
    message_id: int = Field(sa_type=BigKey, foreign_key="message.id", index=True)
    kind: str
    file_id: str
    file_unique_id: str
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = Field(default=None, sa_type=BigKey)
    too_big: bool = False


class MessageMap(Row, table=True):
    """Which ticket a message in a chat belongs to: what makes "reply to it" work."""

    __tablename__ = "message_map"

    chat_id: int = Field(sa_type=BigKey, primary_key=True, sa_column_kwargs={"autoincrement": False})
    telegram_id: int = Field(sa_type=BigKey, primary_key=True, sa_column_kwargs={"autoincrement": False})
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    message_id: int | None = Field(default=None, sa_type=BigKey)


class TaskKind(StrEnum):
    """What a task asks for."""

    CALL = "call"


# Two may take or finish one task at once: the second commit is refused and tried again.
_task_version = Column("version", Integer, nullable=False)


class Task(Row, table=True):
    """Something a person has to do because the bot cannot: call a customer whom nothing reaches.

    ``reason`` is a key of ``[undelivered]``; ``text`` is what could not be said, for staff's eyes only.
    ``for_staff_id`` empty: anybody on duty. ``ticket_id`` and ``order_id`` are what it was about last.
    """

    __tablename__ = "task"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _task_version}
    __table_args__ = (
        Index(
            "ix_task_open",
            "due_at",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index(
            "ix_task_open_customer",
            "customer_id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    kind: TaskKind = Field(default=TaskKind.CALL, sa_type=enum_of(TaskKind))
    customer_id: int = Field(foreign_key="customer.id")
    reason: str
    text: str = ""
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    order_id: int | None = Field(default=None, foreign_key="sales_order.id")
    for_staff_id: int | None = Field(default=None, foreign_key="staff.id")
    opened_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)
    done_by: int | None = Field(default=None, foreign_key="staff.id")
    version: int = Field(default=1, sa_column=_task_version)


class Rating(Row, table=True):
    """What a customer thought of one resolution; a reopened ticket may be rated once more."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("ticket_id", "cycle"),
        where_set("rating", "answered_at"),
        Index(
            "ix_rating_to_remind",
            "asked_at",
            sqlite_where=text("answered_at IS NULL AND reminded_at IS NULL"),
            postgresql_where=text("answered_at IS NULL AND reminded_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    cycle: int
    asked_at: datetime = Field(sa_type=Utc, index=True)
    reminded_at: datetime | None = Field(default=None, sa_type=Utc)
    score: int | None = None
    comment: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=Utc)


class Correction(Row, table=True):
    """A person said that the model was wrong (or right): the text it read, and the kind it is."""

    __tablename__ = "correction"

    id: int = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", unique=True)
    text: str
    was: Kind = Field(sa_type=enum_of(Kind))
    kind: Kind = Field(sa_type=enum_of(Kind))
    source: KindSource = Field(sa_type=enum_of(KindSource))
    at: datetime = Field(sa_type=Utc, index=True)


class TrainedModel(Row, table=True):
    """A trained classifier, kept in the store so that every worker reads the same one.

    ``fingerprint`` is that of the phrases and the code it was trained with: a release that changes them
    trains anew.
    """

    __tablename__ = "trained_model"

    id: int = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    data: bytes
    score: float
    corrections: int
    kept: bool
    fingerprint: str = ""
    trained_at: datetime = Field(sa_type=Utc)
