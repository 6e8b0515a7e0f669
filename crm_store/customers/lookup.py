"""Reading the table of keys: who has a key, who has one that begins so, and which keys there are.

The two databases are side by side: SQLite is asked key by key, for it answers at once; PostgreSQL is asked
for all of them together, for each question is a journey.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from crm_store.engine import is_sqlite

AFTER = "\U0010ffff"
"""Comes after everything that a key with the same beginning goes on with."""

# On SQLite without SQLAlchemy between: a query asks some seventy times, and each answer is there at once.
_EXACT = "SELECT key, customer_id FROM search_key WHERE key = ? ORDER BY customer_id DESC LIMIT ?"
_BEGINNING = (
    "SELECT key, customer_id FROM search_key WHERE key >= ? AND key < ? ORDER BY key, customer_id LIMIT ?"
)
_EXACT_TOGETHER = text(
    "SELECT one.key, one.customer_id FROM unnest(CAST(:keys AS text[])) AS asked (key) CROSS JOIN LATERAL ("
    "SELECT key, customer_id FROM search_key WHERE search_key.key = asked.key"
    " ORDER BY customer_id DESC LIMIT :most) AS one"
)
_BEGINNING_TOGETHER = text(
    "SELECT asked.low, one.key, one.customer_id"
    " FROM unnest(CAST(:lows AS text[])) AS asked (low) CROSS JOIN LATERAL ("
    "SELECT key, customer_id FROM search_key"
    " WHERE search_key.key >= asked.low AND search_key.key < asked.low || :after"
    " ORDER BY key, customer_id LIMIT :most) AS one"
)
# Each key once, however many customers have it: the index is left and entered again behind every one.
_KEYS = text(
    "WITH RECURSIVE one (key) AS ("
    "SELECT min(key) FROM search_key WHERE key >= :low AND key < :high UNION ALL "
    "SELECT (SELECT min(key) FROM search_key WHERE key > one.key AND key < :high) FROM one"
    " WHERE one.key IS NOT NULL"
    ") SELECT key FROM one WHERE key IS NOT NULL LIMIT :most"
)

Holders = list[tuple[str, int]]
"""Keys and who has them."""


def exact(session: Session, *, keys: Sequence[str], most: int) -> dict[str, Holders]:
    """Who has these keys, by key: of each the newest ``most``."""
    found: dict[str, Holders] = {key: [] for key in keys}
    if not keys:
        return found
    if is_sqlite(session):
        driver = _driver(session)
        for key in found:
            found[key] = driver.execute(_EXACT, (key, most)).fetchall()
        return found
    for key, who in session.connection().execute(_EXACT_TOGETHER, {"keys": list(found), "most": most}):
        found[key].append((key, who))
    return found


def beginning(session: Session, *, starts: Sequence[str], most: int) -> dict[str, Holders]:
    """Who has keys that begin with these, by beginning: of each the first ``most``, in order."""
    found: dict[str, Holders] = {start: [] for start in starts}
    if not starts:
        return found
    if is_sqlite(session):
        driver = _driver(session)
        for start in found:
            found[start] = driver.execute(_BEGINNING, (start, start + AFTER, most)).fetchall()
        return found
    asked = {"lows": list(found), "after": AFTER, "most": most}
    for start, key, who in session.connection().execute(_BEGINNING_TOGETHER, asked):
        found[start].append((key, who))
    return found


def keys(session: Session, *, start: str, most: int) -> list[str]:
    """The keys that begin so, each once, in order."""
    asked = {"low": start, "high": start + AFTER, "most": most}
    return [key for (key,) in session.connection().execute(_KEYS, asked)]


def _driver(session: Session) -> Any:
    return session.connection().connection.driver_connection
