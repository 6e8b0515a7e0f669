"""Bring a store to the present tables; a backup is taken before anything is changed."""

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

LOCK = 0x5A48_4D49
"""Advisory lock on PostgreSQL: of several starting workers one migrates."""


def config(connection: object = None) -> Config:
    """Alembic's configuration; nothing of it lives in a file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The revision this code needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    assert head is not None
    return head


def present(engine: Engine) -> str | None:
    """The revision the store has; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, *, now: datetime) -> tuple[str | None, Path | None]:
    """Bring the store to ``newest()``. Returns the revision it had and the backup taken, if any.

    PostgreSQL's backup is the operator's (pg_dump): one transaction changes everything or nothing.
    """
    had = present(engine)
    if had == newest():
        return had, None
    backup = _back_up(engine, had, now) if had is not None else None
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(config(connection), "head")
    return had, backup


def _back_up(engine: Engine, revision: str, now: datetime) -> Path | None:
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database:
        return None
    target = Path(f"{database}.{revision}-{now:%Y%m%dT%H%M%S}.backup")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.connection.cursor().execute("VACUUM INTO ?", (str(target),))
    return target
