"""The inbox: raw updates, done exactly once, in order per lane."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.mailbox.tables import Inbox, InboxState
from crm_store.mailbox.wake import INBOX, OUTBOX, wake
from crm_store.types import Utc

RETRY_AFTER_SECONDS = (1, 5, 25, 60)
MAX_ATTEMPTS = len(RETRY_AFTER_SECONDS) + 1
KEEP_DAYS = 7
"""How long done updates are remembered: Telegram offers an update for a day, and may reuse numbers after a
week without any."""


_TABLE = Inbox.__table__  # type: ignore[attr-defined]  # a table model has it


@dataclass(frozen=True)
class Arrived:
    """An update as it came: its number, the lane whose order must be kept, and its JSON text."""

    update_id: int
    lane: int
    raw: str


def store(session: Session, *, bot_id: int, arrived: Sequence[Arrived], now: datetime) -> None:
    """Keep a batch; one that is already here is left alone."""
    if not arrived:
        return
    rows = [
        {
            "bot_id": bot_id,
            "update_id": one.update_id,
            "lane": one.lane,
            "raw": one.raw,
            "received_at": now,
            "state": InboxState.NEW,
            "attempts": 0,
        }
        for one in arrived
    ]
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = dialect.insert(_TABLE).on_conflict_do_nothing(index_elements=["bot_id", "update_id"])
    session.connection().execute(statement, rows)
    wake(session, INBOX)


def _is_new() -> ColumnElement[bool]:
    """Written out, not bound: only so does every database use the index over waiting rows."""
    return col(Inbox.state) == literal_column("'new'")


# Built once: every message asks these.
_DUE = (
    select(Inbox)
    .where(
        col(Inbox.id).in_(select(func.min(col(Inbox.id))).where(_is_new()).group_by(col(Inbox.lane))),
        _is_new(),
        or_(col(Inbox.not_before).is_(None), col(Inbox.not_before) <= bindparam("now", type_=Utc)),
    )
    .order_by(col(Inbox.id))
    .with_for_update(skip_locked=True)
)
_HEADS = _DUE.limit(bindparam("limit"))
_CLAIM = _DUE.where(col(Inbox.id).in_(bindparam("ids", expanding=True)))
_DONE = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=InboxState.DONE, done_at=bindparam("now"))
)


def heads(session: Session, *, now: datetime, limit: int) -> list[Inbox]:
    """The oldest waiting update of each lane, oldest first; on PostgreSQL none that another worker has.

    A lane whose head waits for its next attempt gives none: order is kept.
    """
    return list(session.scalars(_HEADS, {"now": now, "limit": limit}))


def claim(session: Session, *, ids: Sequence[int], now: datetime) -> list[Inbox]:
    """Lock those of ``ids`` that are still heads and that no other worker has, until the transaction ends
    (PostgreSQL)."""
    found = session.scalars(
        _CLAIM, {"now": now, "ids": list(ids)}, execution_options={"populate_existing": True}
    )
    return list(found)


def mark_done(session: Session, *, ids: Iterable[int], now: datetime) -> None:
    """The updates' effects are in this transaction; they will not run again."""
    wake(session, OUTBOX)
    session.connection().execute(_DONE, {"ids": list(ids), "now": now})


def count_attempt(session: Session, *, rows: Iterable[Inbox], until: datetime | None = None) -> None:
    """Count before trying, for updates that were waiting when the process last died: one of them may be
    what killed it. ``until`` keeps other workers from them so long."""
    for row in rows:
        row.attempts += 1
        row.not_before = until
        session.add(row)


def put_off(session: Session, *, row: Inbox, error: str, now: datetime, counted: bool = False) -> bool:
    """Note a failed attempt. True when it was the last and the update is now dead."""
    row.attempts += 0 if counted else 1
    row.error = error[:2000]
    if row.attempts >= MAX_ATTEMPTS:
        row.state = InboxState.DEAD
        row.done_at = now
    else:
        row.not_before = now + timedelta(seconds=RETRY_AFTER_SECONDS[row.attempts - 1])
    session.add(row)
    return row.state == InboxState.DEAD


def bury(session: Session, *, row: Inbox, error: str, now: datetime) -> None:
    """Set aside at once what no further attempt could change (it cannot even be read)."""
    row.state, row.error, row.done_at = InboxState.DEAD, error[:2000], now
    session.add(row)


def replay_dead(session: Session) -> int:
    """Try every dead update again, from its first attempt. Returns how many."""
    result = session.execute(
        update(Inbox)
        .where(col(Inbox.state) == InboxState.DEAD)
        .values(state=InboxState.NEW, attempts=0, not_before=None, done_at=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count()).where(_is_new())) or 0


def newest_id(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.max(col(Inbox.id)), 0))) or 0


def forget_old(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Drop done updates that Telegram will never offer again. Returns how many went."""
    before = now - timedelta(days=KEEP_DAYS)
    # Numbers grow with time: the first ones are the oldest, and nothing else need be read.
    first = (
        select(col(Inbox.id), col(Inbox.received_at))
        .where(col(Inbox.state) == InboxState.DONE)
        .order_by(col(Inbox.id))
        .limit(limit)
    )
    ids = [number for number, received_at in session.execute(first) if received_at < before]
    if ids:
        session.execute(delete(Inbox).where(col(Inbox.id).in_(ids)))
    return len(ids)
