"""One telling at a time: what two processes are told at the same moment is one thing, and kept once."""

from sqlalchemy import text
from sqlmodel import Session

from crm_store.engine import is_sqlite

LOCK = 0x5A48_4150


def take(session: Session) -> None:
    """Wait until nobody else is being told something; the turn ends with the transaction. SQLite has one
    writer: there the transaction is the turn."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
