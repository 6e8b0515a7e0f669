"""Figures by day are kept up: small days by the clock, many or large ones by a process of their own."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from bot import day_counting
from bot.clock import Clock
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.analysis import day_keeping, day_marks, days
from crm_store.analysis.calendar import ONE_DAY, days_between
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import Measure
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, JobState
from handlers.voice import Voice
from tests.crm_store.people import customer, staff
from tests.crm_store.sales.shop import TEA, order
from tests.talk import DESK, WORDS

pytestmark = pytest.mark.usefixtures("warm")

ZONE = DESK.timezone
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def sold_every_day(engine: Engine, count: int) -> None:
    """One order a day, the last one yesterday."""
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        for n in range(1, count + 1):
            order(session, ann, bob, [TEA], placed_at=NOW - ONE_DAY * n, now=NOW - ONE_DAY * n)


def tick(engine: Engine, now: datetime) -> bool:
    clock = Clock(
        Writer(engine), desk=DESK, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None
    )
    return clock.tick(now)


def keep_up(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        day_counting.keep_up(session, zone=ZONE, now=now)


def kept(engine: Engine, count: int) -> set[date]:
    with transaction(engine) as session:
        return day_marks.kept(session, first=TODAY - ONE_DAY * count, until=TODAY, zone=ZONE)


def asked(engine: Engine) -> list[JobState]:
    with transaction(engine) as session:
        return list(session.scalars(select(col(Job.state)).where(col(Job.kind) == day_counting.KIND)))


def test_the_clock_counts_a_few_small_days_one_at_a_time(engine: Engine) -> None:
    sold_every_day(engine, 3)

    counts = []
    for n in range(3):
        tick(engine, NOW + timedelta(seconds=n))
        counts.append(len(kept(engine, 3)))

    assert (counts, asked(engine)) == ([1, 2, 3], [])
    assert kept(engine, 3) == set(days_between(TODAY - ONE_DAY * 3, TODAY))


def test_one_job_at_a_time_counts_what_is_much(engine: Engine, url: str) -> None:
    sold_every_day(engine, 30)

    for n in range(3):
        keep_up(engine, NOW + timedelta(seconds=n))
    assert (asked(engine), kept(engine, 30)) == ([JobState.READY], set())
    work(engine, url)

    assert (asked(engine), len(kept(engine, 30))) == ([JobState.DONE], 30)
    with transaction(engine) as session:
        about: dict[str, Any] = {
            "first": TODAY - ONE_DAY * 30,
            "until": TODAY,
            "zone": ZONE,
            "currency": "CNY",
        }
        told = days.daily(session, measure=Measure.SALES, **about)
    assert set(told.values()) == {Figure(1, 13_600)}


def test_a_large_day_is_no_unit_of_work(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_keeping, "SMALL", 0)
    sold_every_day(engine, 1)

    keep_up(engine, NOW)

    assert (asked(engine), kept(engine, 1)) == ([JobState.READY], set())


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")


def work(engine: Engine, url: str) -> None:
    """The job, done by the real loop and the real process."""

    async def run() -> None:
        writer = Writer(engine)
        settings = Settings(store=Store(url=url))
        jobs = Jobs(
            writer, bot=cast(Any, None), settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None
        )
        assert await jobs.step()
        writer.close()

    asyncio.run(run())
