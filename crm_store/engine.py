"""The two databases: how each is opened so that a commit means kept."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from crm_store.secrets import sqlite_key_pragma

try:
    import sqlcipher3.dbapi2 as sqlcipher
except ImportError:  # no wheel for this machine: the standard library's SQLite, without encryption
    sqlcipher = None

BUSY_TIMEOUT_MS = 5000
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
WAL_RESET_FIXED = {(3, 50, 7), (3, 44, 6)}


class EncryptionUnavailable(Exception):
    """[store] key is set, but sqlcipher3 is not installed: the file could not be encrypted."""


def sqlite_driver() -> ModuleType:
    """sqlcipher3 (a current SQLite, and encryption), or the standard library's with a warning."""
    if sqlcipher is not None:
        return sqlcipher  # type: ignore[no-any-return]
    warnings.warn(
        f"sqlcipher3 is missing: using SQLite {sqlite3.sqlite_version} of this Python", stacklevel=2
    )
    return sqlite3


def is_sqlite_safe(version: tuple[int, ...]) -> bool:
    """False for versions with the WAL-reset bug (two connections writing and checkpointing at once)."""
    low, high = WAL_RESET_BUG
    return not low <= version <= high or version in WAL_RESET_FIXED


def open_engine(url: str, *, key: str = "", workers: int = 1, read_only: bool = False) -> Engine:
    """Open the store at ``url`` (``sqlite:///file`` or ``postgresql://…``).

    ``key`` encrypts a SQLite file. ``workers`` is how many connections may write at once; SQLite has one.
    Raises EncryptionUnavailable, and ValueError for another kind of database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, key=key, read_only=read_only)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, workers=workers, read_only=read_only)
    raise ValueError(f"[store] url must be sqlite:///… or postgresql://…, not {parsed.get_backend_name()}")


def _open_sqlite(url: URL, *, key: str, read_only: bool) -> Engine:
    if key and sqlcipher is None:
        raise EncryptionUnavailable(EncryptionUnavailable.__doc__)
    if not url.database:
        raise ValueError("[store] url needs a file: sqlite:///zhanggui.db")
    if read_only:
        path = Path(url.database).resolve().as_posix()
        url = url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(
        url,
        module=sqlite_driver(),
        poolclass=QueuePool,
        pool_size=4 if read_only else 1,
        max_overflow=0,
        hide_parameters=True,  # a customer's words have no place in a log
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own loses updates
        cursor = connection.cursor()
        if key:
            cursor.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told once, by us
            cursor.execute(sqlite_key_pragma(key))
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA cache_size=-32768")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _open_postgresql(url: URL, *, workers: int, read_only: bool) -> Engine:
    options = "-c idle_in_transaction_session_timeout=30s -c lock_timeout=10s -c timezone=UTC"
    if read_only:
        options += " -c default_transaction_read_only=on"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=workers,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit: committed when the block ends, rolled back when it raises."""
    with Session(engine, expire_on_commit=False, autoflush=True) as session, session.begin():
        yield session


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
