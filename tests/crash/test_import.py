"""kill -9 in the middle of an import: whole batches only, and going on finishes without duplicates."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from bot.demo.people import people
from bot.demo.thread import ServerThread
from crm_store.customers.tables import ContactMethod, Customer
from crm_store.engine import transaction
from crm_store.exchange import imports
from crm_store.exchange.tables import Fate, Import, ImportRow, ImportState
from crm_store.mailbox import jobs
from crm_store.mailbox.tables import Job, JobState
from tests.crash.conftest import MakeStore
from tests.crash.process import ForkedBot, wait_until

pytestmark = pytest.mark.crash

SEED = 20_261_120
ROWS = 6000
KILLS = 4


def write_people(path: Path) -> None:
    """Chinese mobiles, no two the same; every hundredth row is bad."""
    lines = ["姓名,手机,城市,公司"]
    for number, one in enumerate(people(ROWS, seed=SEED)):
        phone = "1390" if number % 100 == 99 else f"139{number:08d}"
        lines.append(f'"{one.name}",{phone},{one.city},"{one.company or ""}"')
    path.write_text("\n".join(lines), encoding="utf-8")


def ask(store: Engine, path: Path) -> int:
    """The import as it stands when a manager has tapped the button."""
    now = datetime.now(UTC)
    with transaction(store) as session:
        row = imports.start(session, name=path.name, started_by=None, now=now)
        row.data, row.sha256 = path.read_bytes(), "file"
        row.mapping = {"0": "name", "1": "phone", "2": "city", "3": "company"}
        row.about = {"header": 1, "headings": [], "samples": []}
        imports.check(session, import_=row, counts={"new": ROWS})
        imports.begin(session, import_=row, actor="cli", now=now)
        jobs.ask(
            session,
            kind="import",
            arguments={"import": row.id, "step": "run"},
            asked_by=None,
            chat_id=None,
            now=now,
        )
        return row.id


def written(store: Engine) -> int:
    """Rows that have their fate. At any moment there is one customer for each that is new."""
    fates = select(func.count()).select_from(ImportRow)
    counts = (
        fates.scalar_subquery(),
        fates.where(ImportRow.fate == Fate.NEW).scalar_subquery(),  # type: ignore[arg-type]
        select(func.count()).select_from(Customer).scalar_subquery(),
    )
    with transaction(store) as session:
        all_, new, customers = session.execute(select(*counts)).one()  # one statement: one moment
    assert new == customers
    return int(all_)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_import_that_is_killed_again_and_again_is_finished_and_nobody_is_there_twice(
    kind: str,
    make_store: MakeStore,
    opened: Callable[[str], Engine],
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    url = make_store(kind)
    store = opened(url)
    path = tmp_path / "people.csv"
    write_people(path)
    import_id = ask(store, path)
    with ServerThread(limits=False) as running, ForkedBot(tmp_path, running.server, store=url) as bot:
        bot.start()
        for kill in range(1, KILLS + 1):
            goal = ROWS * kill // (KILLS * 2)  # half of it is left for the last, who is not killed
            wait_until(lambda goal=goal: written(store) >= goal, seconds=120, bots=(bot,))
            time.sleep(chance.uniform(0, 0.1))
            bot.kill()
            assert written(store) < ROWS, "it was done before it could be killed"
            expire_leases(store)
            bot.start()
        wait_until(lambda: is_done(store, import_id), seconds=120, bots=(bot,))
        assert bot.stop() == 0

    with transaction(store) as session:
        row = session.get_one(Import, import_id)
        assert row.counts == {
            "new": ROWS * 99 // 100,
            "changed": 0,
            "same": 0,
            "duplicate": 0,
            "refused": ROWS // 100,
        }
        lines = list(session.scalars(select(ImportRow.line).order_by(ImportRow.line)))  # type: ignore[arg-type]
        assert lines == list(range(2, ROWS + 2))
        phones = select(func.count(), func.count(ContactMethod.value.distinct())).select_from(ContactMethod)  # type: ignore[attr-defined]
        assert session.execute(phones).one() == (ROWS * 99 // 100, ROWS * 99 // 100)
        mine = select(Job).where(Job.kind == "import")  # type: ignore[arg-type]
        assert [one.state for one in session.scalars(mine)] == [JobState.DONE]
    if kind == "sqlite":
        with store.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def expire_leases(store: Engine) -> None:
    """Half a minute later: on PostgreSQL another process waits for the lease of one that died."""
    with transaction(store) as session:
        for job in session.scalars(select(Job).where(Job.state == JobState.RUNNING)):  # type: ignore[arg-type]
            job.lease_until = datetime.now(UTC)


def is_done(store: Engine, import_id: int) -> bool:
    with transaction(store) as session:
        return session.get_one(Import, import_id).state == ImportState.DONE
