"""What the outbox need not keep: words long sent, bytes that Telegram has, what lets somebody in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Text, cast, func, or_, select, update
from sqlmodel import Session, col

from crm_store.exchange import keys
from crm_store.mailbox.outbox import is_pending, is_sending
from crm_store.mailbox.remembered import recall, remember
from crm_store.mailbox.tables import Outbox, OutboxFile, OutboxState
from crm_store.staff import invites

KEEP = timedelta(days=30)
"""How long the words of a message can be read in its row. Nobody can edit an answer that old."""

PRUNED = "outbox_pruned"
"""Setting: the last row that was looked at. Rows are looked at once, in order."""

_T = Outbox.__table__  # type: ignore[attr-defined]  # a table model has it
_OVER = (OutboxState.SENT, OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.FOLDED)


def blank_old(session: Session, *, now: datetime, limit: int) -> int:
    """Empty the ``params`` of rows that were over 30 days ago; ids, keys and states stay. What still waits
    for somebody's decision keeps its words. Returns how many rows were looked at."""
    last = int(recall(session, PRUNED) or 0)
    statement = (
        select(_T.c.id, _T.c.created_at, _T.c.sent_at).where(_T.c.id > last).order_by(_T.c.id).limit(limit)
    )
    old: list[int] = []
    for row in session.execute(statement):
        if (row.sent_at or row.created_at) > now - KEEP:
            break
        old.append(row.id)
    if old:
        session.execute(update(_T).where(_T.c.id.in_(old), _T.c.state.in_(_OVER)).values(params={}))
        remember(session, PRUNED, str(old[-1]))
    return len(old)


def drop_bytes(session: Session, *, limit: int) -> int:
    """Forget the bytes of files that Telegram has, once no row that is to be sent uses them."""
    statement = (
        select(col(OutboxFile.id))
        .where(col(OutboxFile.telegram_file_id).is_not(None), func.length(col(OutboxFile.data)) > 0)
        .limit(limit)
    )
    ids = set(session.scalars(statement))
    for waits in (is_pending(_T), is_sending(_T)) if ids else ():  # one by one: each has its index
        ids -= set(session.scalars(select(_T.c.file_id).where(waits, _T.c.file_id.in_(ids))))
    if ids:
        session.execute(update(OutboxFile).where(col(OutboxFile.id).in_(ids)).values(data=b""))
    return len(ids)


def blank_secrets(session: Session, *, ids: Sequence[int]) -> None:
    """Of rows just sent, empty those that carry an invite or an API key: whoever reads the store must not be
    let in."""
    words = cast(_T.c.params, Text)
    # start=join-… of a link, or /start join-…; a key stands between tags.
    carries = or_(words.like(f"%start_{invites.PREFIX}%"), words.like(f"%<code>{keys.PREFIX}%"))
    session.execute(
        update(_T)
        .where(_T.c.id.in_(ids), _T.c.ticket_id.is_(None), _T.c.message_id.is_(None), carries)
        .values(params={})
    )
