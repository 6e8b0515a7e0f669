"""Stores for real processes: migrated, with the classifier in them, so that a start takes no training."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session

from bot.jobs import JOBS
from bot.training import fingerprint
from crm_store.analysis import training
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import job_runs
from crm_store.migrate import migrate
from crm_store.service import kinds

MakeStore = Callable[[str], str]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def trained() -> bytes:
    return training.train().to_bytes()


@pytest.fixture(scope="session")
def make_store(
    trained: bytes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> MakeStore:
    """``make_store("sqlite")`` or ``make_store("postgresql")``: the url of a fresh store."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('crash') / 'store.db'}"
        else:
            url = _database(request.getfixturevalue("postgres_url"))
        engine = open_engine(url)
        now = datetime.now(UTC)
        migrate(engine, now=now)
        with transaction(engine) as session:
            kinds.keep_model(
                session, data=trained, score=1.0, corrections=0, kept=True, fingerprint=fingerprint(), now=now
            )
            _have_nightly_work_done(session, now)
        engine.dispose()
        return url

    return make


def _have_nightly_work_done(session: Session, now: datetime) -> None:
    """Else every start would take it up again, and what is killed is not what is measured."""
    for kind in JOBS:
        for days in (-1, 0, 1):
            slot = (now + timedelta(days=days)).date().isoformat()
            job_runs.claim(session, job=kind, slot=slot, due_at=now, now=now)


def _database(server: str) -> str:
    """A database of its own in the tests' PostgreSQL."""
    name = f"crash_{next(_numbers)}"
    engine = open_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Engine]]:
    """Look into a store; closed at the end."""
    engines: list[Engine] = []

    def open_(url: str) -> Engine:
        engines.append(open_engine(url))
        return engines[-1]

    yield open_
    for engine in engines:
        engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
