"""How the store is opened."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import StatementError

from crm_store.engine import is_sqlite_safe, open_engine, transaction
from crm_store.mailbox import job_runs, remembered
from crm_store.mailbox.tables import JobRun


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 6, 23), True), ((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 50, 7), True)],
)
def test_versions_with_the_wal_reset_bug_are_known(version: tuple[int, ...], safe: bool) -> None:
    assert is_sqlite_safe(version) is safe


def test_sqlite_commits_are_durable_and_foreign_keys_hold(tmp_path: Path) -> None:
    opened = open_engine(f"sqlite:///{tmp_path}/store.db")
    with transaction(opened) as session:
        found = [session.execute(text(f"PRAGMA {one}")).scalar() for one in ("synchronous", "foreign_keys")]
        journal = session.execute(text("PRAGMA journal_mode")).scalar()
    opened.dispose()

    assert (found, journal) == ([2, 1], "wal")


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a zone"), transaction(engine) as session:
        job_runs.claim(session, job="a", slot="b", due_at=None, now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_time_comes_back_in_utc_whatever_zone_it_had(engine: Engine) -> None:
    shanghai = timezone(timedelta(hours=8))
    with transaction(engine) as session:
        session.add(JobRun(job="a", slot="b", claimed_at=datetime(2026, 1, 1, 8, tzinfo=shanghai)))

    with transaction(engine) as session:
        row = session.get(JobRun, ("a", "b"))
        assert row is not None
        assert (row.claimed_at, row.claimed_at.tzinfo) == (datetime(2026, 1, 1, tzinfo=UTC), UTC)


def test_what_raises_is_not_committed(engine: Engine) -> None:
    def remember_and_fail() -> None:
        with transaction(engine) as session:
            remembered.remember(session, "a", "b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        remember_and_fail()

    with transaction(engine) as session:
        assert remembered.recall(session, "a") is None


def test_no_increment_is_lost_among_threads(engine: Engine) -> None:
    with transaction(engine) as session:
        remembered.remember(session, "n", "0")

    def add() -> None:
        for _ in range(25):
            with transaction(engine) as session:
                session.execute(text("UPDATE setting SET value = CAST(value AS INTEGER) + 1 WHERE key = 'n'"))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with transaction(engine) as session:
        assert remembered.recall(session, "n") == "100"


def test_a_key_without_sqlcipher_refuses_to_start(tmp_path: Path) -> None:
    without = "import sys; sys.modules['sqlcipher3'] = sys.modules['sqlcipher3.dbapi2'] = None; "
    run = "from bot.cli import app; app(['migrate', '--config', sys.argv[1]])"
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/a.db"\nkey = "secret"\n')

    refused = subprocess.run([sys.executable, "-c", without + run, config], capture_output=True, text=True)

    assert (refused.returncode, refused.stderr.strip()) == (
        2,
        "[store] key is set, but sqlcipher3 is not installed: the file could not be encrypted.",
    )


def test_without_sqlcipher_the_standard_library_serves_with_a_warning(tmp_path: Path) -> None:
    without = "import sys; sys.modules['sqlcipher3'] = sys.modules['sqlcipher3.dbapi2'] = None; "
    run = "from bot.cli import app; app(['migrate', '--config', sys.argv[1]])"
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/a.db"\n')

    served = subprocess.run([sys.executable, "-c", without + run, config], capture_output=True, text=True)

    assert served.returncode == 0
    assert "sqlcipher3 is missing" in served.stderr


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="must be sqlite"):
        open_engine("mysql://somewhere/x")
