"""The outbox as the sender takes from it: what may go now, and that it goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.mailbox import outbox
from crm_store.mailbox.outbox import CONVERSATION, is_pending
from crm_store.mailbox.tables import OnAmbiguous, Outbox, OutboxFile, OutboxState
from crm_store.staff.tables import Staff

EDIT_PAUSE = timedelta(seconds=1)
"""How long an edit waits at a time for the message it edits, where that is not before it in its lane."""

_T = Outbox.__table__  # type: ignore[attr-defined]  # a table model has it


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a message: the bytes, or only Telegram's name for them if it has them already."""

    id: int
    name: str
    mime_type: str
    telegram_file_id: str | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is being sent: everything the call needs, and which attempt it is."""

    id: int
    key: str
    chat_id: int
    method: str
    params: dict[str, Any]
    priority: int
    on_ambiguous: OnAmbiguous
    attempts: int
    claimed_at: datetime
    expires_at: datetime | None = None
    edits: str | None = None
    file_id: int | None = None
    ticket_id: int | None = None
    message_id: int | None = None
    edited: int | None = None
    upload: Upload | None = None


@dataclass
class Heads:
    """Rows that may go now, one a chat, most urgent first. ``more`` when others wait that had no room;
    ``expired`` are too old to be of use to anybody."""

    rows: list[Claimed] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    more: bool = False


@dataclass
class Taken:
    """Rows that go now; ``settled`` is how many turned out to need no call."""

    rows: list[Claimed] = field(default_factory=list)
    settled: int = 0


def heads(
    session: Session,
    *,
    room: int,
    now: datetime,
    closed: Collection[int] = (),
    reserved: Collection[int] = (),
    tight: Collection[int] = (),
) -> Heads:
    """The first due row of each chat, at most ``room``. Nothing is changed.

    Chats in ``closed`` give none, chats in ``reserved`` only conversation, chats in ``tight`` no albums.
    Where more rows wait than there is room for, conversation with the desk's own people goes first: they wait
    for nobody's acknowledgements.
    """
    statement, given = _heads(closed, reserved, tight), {"now": now, "room": room + 1}
    found = session.execute(statement, given).all()
    more = len(found) > room
    if more:
        staff = select(col(Staff.chat_id)).where(col(Staff.revoked_at).is_(None))
        own = _T.c.chat_id.in_(list(session.scalars(staff)))
        first = session.execute(statement.where(own, _T.c.priority <= CONVERSATION), given).all()
        found = [*first, *found]
    taken: dict[int, Claimed] = {}
    expired = []
    for row in found:
        if row.expires_at is not None and row.expires_at <= now:
            expired.append(row.id)
        elif len(taken) < room or row.chat_id in taken:
            taken.setdefault(row.chat_id, as_claimed(row, now))
    return Heads(list(taken.values()), expired, more)


def _due_heads() -> Select[Any]:
    earlier = aliased(_T)
    is_head = ~exists().where(
        earlier.c.chat_id == _T.c.chat_id,
        earlier.c.priority == _T.c.priority,
        is_pending(earlier),
        earlier.c.id < _T.c.id,
    )
    due = or_(_T.c.not_before.is_(None), _T.c.not_before <= bindparam("now"))
    statement = select(_T).where(is_pending(_T), due, is_head).order_by(_T.c.priority, _T.c.id)
    return statement.limit(bindparam("room")).with_for_update(of=_T, skip_locked=True)


_DUE_HEADS = _due_heads()  # built once: every turn asks it


def _heads(closed: Collection[int], reserved: Collection[int], tight: Collection[int]) -> Select[Any]:
    statement = _DUE_HEADS
    if closed:
        statement = statement.where(_T.c.chat_id.not_in(list(closed)))
    if reserved:
        kept_back = and_(_T.c.priority > CONVERSATION, _T.c.chat_id.in_(list(reserved)))
        statement = statement.where(~kept_back)
    if tight:
        is_album = _T.c.method == "sendMediaGroup"
        statement = statement.where(~and_(is_album, _T.c.chat_id.in_(list(tight))))
    return statement


def as_claimed(row: Any, now: datetime) -> Claimed:
    return Claimed(
        id=row.id,
        key=row.key,
        chat_id=row.chat_id,
        method=row.method,
        params=row.params,
        priority=row.priority,
        on_ambiguous=row.on_ambiguous,
        attempts=row.attempts,
        claimed_at=now,
        expires_at=row.expires_at,
        edits=row.edits,
        file_id=row.file_id,
        ticket_id=row.ticket_id,
        message_id=row.message_id,
    )


def claim(session: Session, *, rows: Sequence[Claimed], now: datetime) -> Taken:
    """Mark rows as being sent; to be committed before the calls.

    An edit whose message never left is settled here: done to the waiting message, or cancelled.
    """
    taken = Taken()
    for row in rows:
        match _edited(session, row):
            case int(place):
                taken.rows.append(replace(row, edited=place or None))
            case str(why):
                taken.settled += 1
                cancelled = {"state": OutboxState.CANCELLED, "error": why}
                session.execute(update(_T).where(_T.c.id == row.id).values(cancelled))
            case None:
                later = now + EDIT_PAUSE
                session.execute(update(_T).where(_T.c.id == row.id).values(not_before=later))
    if taken.rows:
        session.execute(
            update(_T)
            .where(_T.c.id.in_([one.id for one in taken.rows]))
            .values(state=OutboxState.SENDING, claimed_at=now)
        )
    taken.rows = [_with_upload(session, one) for one in taken.rows]
    return taken


def _edited(session: Session, row: Claimed) -> int | str | None:
    """The message to edit (0 for a row that edits none); or why there is none; or None: not yet."""
    if row.edits is None:
        return 0
    target = outbox.by_key(session, key=row.edits, lock=True)
    if target is not None and target.state == OutboxState.SENT and target.telegram_id is not None:
        return target.telegram_id
    if target is None or target.state not in (
        OutboxState.PENDING,
        OutboxState.SENDING,
        OutboxState.UNKNOWN,
    ):
        return "nothing_to_edit: its message was not sent"
    if target.state != OutboxState.SENDING and outbox.merge(target, method=row.method, params=row.params):
        return f"merged: into {target.key}"
    return "nothing_to_edit: nobody knows its message" if target.state == OutboxState.UNKNOWN else None


def _with_upload(session: Session, row: Claimed) -> Claimed:
    if row.file_id is None:
        return row
    file = session.get_one(OutboxFile, row.file_id)
    data = file.data if file.telegram_file_id is None else None
    return replace(row, upload=Upload(file.id, file.name, file.mime_type, file.telegram_file_id, data))


def next_due(session: Session, *, now: datetime) -> datetime | None:
    """When the earliest row that waits for a set time may go."""
    statement = select(_T.c.not_before).where(is_pending(_T), _T.c.not_before > now)
    return session.scalar(statement.order_by(_T.c.not_before).limit(1))
