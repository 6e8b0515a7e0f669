"""Signatures that were used: each is good once, within a few minutes of being made."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.exchange.tables import ApiNonce

WINDOW = timedelta(minutes=5)
"""How far the clock of another system may be from ours."""


def is_timely(made_at: datetime, *, now: datetime) -> bool:
    return abs(now - made_at) <= WINDOW


def take(session: Session, *, key_id: int, nonce: str, now: datetime) -> bool:
    """True for the first use of a nonce. One is forgotten once no signature with it could be timely."""
    session.execute(delete(ApiNonce).where(col(ApiNonce.at) < now - 2 * WINDOW))
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(ApiNonce)
        .values(key_id=key_id, nonce=nonce, at=now)
        .on_conflict_do_nothing(index_elements=["key_id", "nonce"])
        .returning(ApiNonce.nonce)
    )
    return session.execute(statement).first() is not None
