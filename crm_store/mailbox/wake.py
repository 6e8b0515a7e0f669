"""Telling the other processes on one PostgreSQL that there is work, in the commit that brings it."""

from sqlalchemy import func, select
from sqlmodel import Session

from crm_store.engine import is_sqlite

CHANNEL = "zhanggui"
INBOX, OUTBOX = "inbox", "outbox"


def wake(session: Session, what: str) -> None:
    """Notify on commit (PostgreSQL); SQLite has no other process to wake."""
    if not is_sqlite(session):
        session.execute(select(func.pg_notify(CHANNEL, what)))
