"""Opening the store: migrated, and on SQLite by one running bot only."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine, make_url

from bot.settings import Settings
from crm_store.engine import open_engine
from crm_store.migrate import migrate

POSTGRES_THREADS = 4


class AlreadyRunning(Exception):
    """Another process runs on this SQLite file; on PostgreSQL any number may."""


def open_store(settings: Settings) -> Engine:
    """The store of these settings, migrated."""
    threads = 1 if settings.store.is_sqlite else POSTGRES_THREADS
    engine = open_engine(settings.store.url, key=settings.store.key, workers=threads)
    migrate(engine, now=datetime.now(UTC))
    return engine


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the store's lock file: a second ``run`` on one SQLite file is refused. Raises AlreadyRunning."""
    database = make_url(settings.store.url).database
    if not settings.store.is_sqlite or not database:
        yield
        return
    path = Path(f"{database}.lock")
    held: TextIO = path.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise AlreadyRunning(f"{path}: another process runs on this store") from None
    try:
        yield
    finally:
        held.close()
