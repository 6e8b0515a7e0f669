"""The nightly look for customers who may be one person: once a night, in a process of its own, quietly."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from bot import pairs as night
from bot.clock import Clock
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers import pairs, records
from crm_store.customers.pairing import Pair
from crm_store.customers.tables import ContactKind, Customer, DuplicatePair, PairState
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, JobState, Outbox
from crm_store.staff.tables import Staff
from handlers.voice import Voice
from tests.crm_store.people import staff
from tests.talk import DESK, WORDS

pytestmark = pytest.mark.usefixtures("warm")

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def written_down(session: Session, name: str, phone: str) -> int:
    return records.create(
        session,
        name=name,
        contacts=[(ContactKind.PHONE, phone)],
        language="zh",
        source="desk",
        channel="staff",
        actor="cli",
        now=NOW,
    ).id


def clock(engine: Engine) -> Clock:
    return Clock(
        Writer(engine), desk=DESK, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None
    )


def asked(engine: Engine) -> int:
    with transaction(engine) as session:
        return len(session.scalars(select(Job).where(col(Job.kind) == night.KIND)).all())


def test_it_is_asked_for_once_a_night_at_three_by_the_desks_clocks(engine: Engine) -> None:
    ticking, three = clock(engine), DESK.moment(DESK.local(NOW).date(), time(3))

    counts = []
    for moment in (three, three + timedelta(hours=5), three + timedelta(hours=23), three + timedelta(days=1)):
        ticking.tick(moment)
        counts.append(asked(engine))

    assert counts == [1, 1, 1, 2]


def look(engine: Engine, url: str) -> None:
    """The night's job, done by the real loop and the real process."""

    async def run() -> None:
        writer = Writer(engine)
        settings = Settings.model_construct(store=Store(url=url))
        jobs = Jobs(
            writer, bot=cast(Any, None), settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None
        )
        assert await jobs.step()
        writer.close()

    with transaction(engine) as session:
        night.ask(session, slot=f"{datetime.now(UTC)}", due_at=NOW, now=NOW)
    asyncio.run(run())
    with transaction(engine) as session:
        assert {one.state for one in session.scalars(select(Job))} == {JobState.DONE}


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")


def open_pairs(engine: Engine) -> list[tuple[int, int]]:
    with transaction(engine) as session:
        return [(one.pair.a_id, one.pair.b_id) for one in pairs.waiting(session, limit=10)]


def test_what_it_finds_waits_for_a_person_and_nobody_is_told(engine: Engine, url: str) -> None:
    with transaction(engine) as session:
        a = written_down(session, "张伟", "+8613800000000")
        written_down(session, "张伟", "+8613911112222")
        b = written_down(session, "Zhang Wei", "+8613800000000")

    look(engine, url)

    with transaction(engine) as session:
        [found] = pairs.waiting(session, limit=10)
        assert (found.pair.a_id, found.pair.b_id) == (a, b)
        assert found.pair.reasons == ["same_phone", "same_sound"]
        assert session.scalars(select(Outbox)).all() == []


def test_what_a_person_decided_stays_decided(engine: Engine, url: str) -> None:
    with transaction(engine) as session:
        boss = session.get_one(Staff, staff(session).id)
        written_down(session, "张伟", "+8613800000000")
        written_down(session, "张伟", "+8613800000000")
    look(engine, url)
    with transaction(engine) as session:
        pair = pairs.get(session, a_id=2, b_id=1)
        assert pair is not None
        assert pairs.not_the_same(session, pair=pair, by=boss, now=NOW)
        assert not pairs.not_the_same(session, pair=pair, by=boss, now=NOW)

    look(engine, url)

    with transaction(engine) as session:
        assert [one.state for one in session.scalars(select(DuplicatePair))] == [PairState.NOT_SAME]
    assert open_pairs(engine) == []


def test_a_pair_that_is_one_no_longer_is_forgotten(engine: Engine, url: str) -> None:
    with transaction(engine) as session:
        a = written_down(session, "张伟", "+8613800000000")
        written_down(session, "张伟", "+8613800000000")
    look(engine, url)
    before = open_pairs(engine)
    with transaction(engine) as session:
        customer = session.get_one(Customer, a)
        records.change(session, customer=customer, changes={"name": "李四"}, actor="cli", now=NOW)

    look(engine, url)

    assert (len(before), open_pairs(engine)) == (1, [])


def test_a_shared_phone_that_an_intake_asks_about_waits_until_somebody_looks(engine: Engine) -> None:
    night_after = NOW + timedelta(days=1)
    with transaction(engine) as session:
        a = written_down(session, "张伟", "+8613800000000")
        b = written_down(session, "李雷", "+8613800000000")
        pairs.keep(session, found=[Pair(a, b, 35.0, ["same_phone", "other_name"])], now=NOW)
        pairs.drop_old(session, before=night_after)
    waited = open_pairs(engine)

    with transaction(engine) as session:
        customer = session.get_one(Customer, b)
        records.change(session, customer=customer, changes={"phone": "13911112222"}, actor="cli", now=NOW)
        pairs.drop_old(session, before=night_after)

    assert (waited, open_pairs(engine)) == ([(a, b)], [])


def test_the_process_finds_the_store_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Store(url="sqlite:///shop.db").whole_url == f"sqlite:///{tmp_path}/shop.db"
    assert Store(url="postgresql://u:p%40ss@db/shop").whole_url == "postgresql://u:p%40ss@db/shop"
