"""Opening the store: migrated, and on SQLite by one running bot only."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError

from bot.settings import ConfigError, Settings
from crm_store.engine import open_engine
from crm_store.migrate import migrate

POSTGRES_THREADS = 4


class AlreadyRunning(Exception):
    """Another process runs on this SQLite file; on PostgreSQL any number may."""


def open_unmigrated(settings: Settings, *, workers: int = 1) -> Engine:
    """The store of these settings as it is. Raises ConfigError, and EncryptionUnavailable."""
    try:
        return open_engine(settings.store.url, key=settings.store.key, workers=workers)
    except (ValueError, ArgumentError) as error:
        raise ConfigError(f"[store] url: {str(error).removeprefix('[store] url ')}") from None


def open_store(settings: Settings) -> Engine:
    """The store of these settings, migrated. Raises what ``open_unmigrated`` raises."""
    engine = open_unmigrated(settings, workers=1 if settings.store.is_sqlite else POSTGRES_THREADS)
    migrate(engine, now=datetime.now(UTC))
    return engine


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the store's lock file: a second ``run`` on one SQLite file is refused. Raises AlreadyRunning,
    and ConfigError where there can be no such file."""
    database = make_url(settings.store.url).database
    if not settings.store.is_sqlite or not database:
        yield
        return
    path = Path(f"{database}.lock")
    try:
        held: TextIO = path.open("w")
    except OSError as error:
        raise ConfigError(f"[store] url: {path} cannot be opened ({error.strerror})") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise AlreadyRunning(f"{path}: another process runs on this store") from None
    try:
        yield
    finally:
        held.close()
