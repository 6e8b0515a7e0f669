"""Scheduled reports at work: told once, late ones say so, empty and orphaned ones do not come."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from bot import child
from bot import jobs as bot_jobs
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.work import Work
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import jobs
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, JobState, Outbox, OutboxFile
from crm_store.reports import runs, schedules
from crm_store.reports.schedules import Wanted
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import ReportRun, ReportSchedule, RunState, Section
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.manager.reports.due import Due
from handlers.manager.reports.telling import Told
from handlers.voice import Voice
from handlers.words import Words
from tests.bot.test_clock import Shop
from tests.talk import DESK, WORDS, Talk

pytestmark = pytest.mark.usefixtures("warm")

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOSS = 7_000_000_009
AT = datetime(2026, 11, 20, 6, 0, 30, tzinfo=UTC)
"""Half a minute after 14:00 in Shanghai."""


def schedule(engine: Engine, now: datetime, *, language: str | None = None, skip_empty: bool = False) -> None:
    """The boss, who reads English, has a daily report at the minute of ``now``, since the day before."""
    with transaction(engine) as session:
        boss = Staff(user_id=BOSS, chat_id=BOSS, name="Boss", role=Role.MANAGER, language="en", joined_at=now)
        session.add(boss)
        session.flush()
        at = now.astimezone(SHANGHAI).time().replace(second=0, microsecond=0)
        wanted = Wanted(Rhythm(at), (Section.SERVICE, Section.TEAM), language, skip_empty)
        since = now - timedelta(days=1, hours=1)
        schedules.start(session, staff=boss, wanted=wanted, zone=SHANGHAI, now=since)


def tick(engine: Engine, now: datetime) -> int:
    with transaction(engine) as session:
        return Due(Voice(DESK, WORDS), None).ask(session, now)


def work_off(engine: Engine, *, words: Words = WORDS, steps: int = 9) -> None:
    async def use(made: Jobs) -> None:
        for _ in range(steps):
            if not await made.step(Lane.QUICK):
                return

    with_jobs(engine, use, words=words)


def with_jobs(engine: Engine, use: Callable[[Jobs], Any], *, words: Words = WORDS) -> None:
    writer = Writer(engine)
    nobody: Any = None
    settings = Settings(store=Store(url=engine.url.render_as_string(hide_password=False)))
    voice = Voice(DESK, words)
    made = Jobs(writer, bot=nobody, settings=settings, voice=voice, queued=lambda: None, now=lambda: AT)
    try:
        asyncio.run(use(made))
    finally:
        writer.close()


def said(engine: Engine) -> list[Outbox]:
    with transaction(engine) as session:
        return list(session.scalars(select(Outbox).order_by(Outbox.id)))  # type: ignore[arg-type]


async def taken_up(engine: Engine) -> None:
    """Wait until the job is in somebody's hands."""
    while True:
        with transaction(engine) as session:
            if session.scalars(select(Job)).one().state == JobState.RUNNING:
                return
        await asyncio.sleep(0.01)


def the_run(engine: Engine) -> ReportRun:
    with transaction(engine) as session:
        return session.scalars(select(ReportRun)).one()


def test_it_is_told_once_and_its_run_says_what_it_said(engine: Engine) -> None:
    at = AT
    schedule(engine, at)

    asked = [tick(engine, at), tick(engine, at)]
    work_off(engine)
    work_off(engine)

    assert asked == [1, 0]
    [text] = said(engine)
    assert (text.chat_id, text.method) == (BOSS, "sendMessage")
    assert text.params["text"].splitlines()[0] == "📊 <b>Daily report: all quiet</b>"
    run = the_run(engine)
    assert (run.state, run.sent_at is not None) == (RunState.SENT, True)
    assert run.figures is not None
    assert set(run.figures["sections"]) == {"service", "team"}
    assert list(Told.read(run.figures).figures) == ["service", "team"]


def test_after_an_outage_it_comes_once_and_says_that_it_is_late(sqlite: Engine) -> None:
    at = AT
    schedule(sqlite, at - timedelta(hours=3))

    tick(sqlite, at)
    tick(sqlite, at)
    work_off(sqlite)

    [text] = said(sqlite)
    assert text.params["text"].splitlines()[1].startswith("⏰ Late: planned for ")
    assert the_run(sqlite).state == RunState.LATE


def test_a_schedules_language_is_its_own(sqlite: Engine) -> None:
    at = AT
    schedule(sqlite, at, language="zh")

    tick(sqlite, at)
    work_off(sqlite)

    assert said(sqlite)[0].params["text"].splitlines()[0] == "📊 <b>日报：一切平静</b>"


def test_an_empty_one_is_kept_but_not_sent_where_that_was_chosen(sqlite: Engine) -> None:
    at = AT
    schedule(sqlite, at, skip_empty=True)

    tick(sqlite, at)
    work_off(sqlite)

    assert said(sqlite) == []
    assert (the_run(sqlite).state, the_run(sqlite).figures is not None) == (RunState.EMPTY, True)


def test_what_was_due_when_its_manager_left_is_not_sent(sqlite: Engine) -> None:
    at = AT
    schedule(sqlite, at)
    tick(sqlite, at)
    with transaction(sqlite) as session:
        session.scalars(select(Staff)).one().revoked_at = at

    tick(sqlite, at)
    work_off(sqlite)

    assert said(sqlite) == []
    assert the_run(sqlite).state == RunState.SKIPPED


def test_one_that_fails_is_tried_again_and_at_last_its_manager_is_told(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bot_jobs, "REST", bot_jobs.REST * 0)
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 2)
    broken = tmp_path / "en" / "manager" / "report"
    broken.mkdir(parents=True)
    (broken / "team.html.j2").write_text("{{ no_such_value }}", encoding="utf-8")
    at = AT
    schedule(sqlite, at)
    tick(sqlite, at)

    work_off(sqlite, words=Words(override=tmp_path))

    [told] = said(sqlite)
    assert "The daily report of " in told.params["text"]
    assert [one["text"] for one in told.params["reply_markup"]["inline_keyboard"][0]] == ["🔁 Try again"]
    run = the_run(sqlite)
    assert (run.state, (run.error or "").split(":")[0]) == (RunState.FAILED, "UndefinedError")

    talk = Talk(sqlite)
    talk.now = at
    boss = talk.person(BOSS, "Boss")
    boss.tap("report_again:1")
    boss.tap("report_again:1")  # impatient
    work_off(sqlite)

    assert the_run(sqlite).state in (RunState.SENT, RunState.LATE)
    assert [one.method for one in said(sqlite)] == ["sendMessage", "editMessageText"]
    assert "<b>Service</b>" in said(sqlite)[1].params["text"]


@pytest.mark.parametrize("how", ["paused", "ended"])
def test_one_that_was_stopped_while_it_was_made_does_not_come(sqlite: Engine, how: str) -> None:
    at = AT
    schedule(sqlite, at)
    tick(sqlite, at)
    with transaction(sqlite) as session:
        setattr(session.get_one(ReportSchedule, 1), f"{how}_at", at)

    work_off(sqlite)

    assert (said(sqlite), the_run(sqlite).state) == ([], RunState.SKIPPED)


def test_who_left_while_it_was_made_is_told_nothing(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    at = AT
    schedule(sqlite, at)
    tick(sqlite, at)
    answered = Work.answered

    async def leaving(work: Work, module: str, order: Any, *, limit_seconds: float) -> Any:
        made = await answered(work, module, order, limit_seconds=limit_seconds)
        with transaction(sqlite) as session:
            session.get_one(Staff, 1).revoked_at = at
        return made

    monkeypatch.setattr(Work, "answered", leaving)
    work_off(sqlite)

    assert (said(sqlite), the_run(sqlite).state) == ([], RunState.SKIPPED)


def test_one_that_failed_for_a_while_is_told_once_it_works(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bot_jobs, "REST", bot_jobs.REST * 0)
    broken = tmp_path / "en" / "manager" / "report"
    broken.mkdir(parents=True)
    (broken / "team.html.j2").write_text("{{ no_such_value }}", encoding="utf-8")
    at = AT
    schedule(sqlite, at)
    tick(sqlite, at)

    work_off(sqlite, words=Words(override=tmp_path), steps=1)
    assert said(sqlite) == []
    work_off(sqlite)

    assert len(said(sqlite)) == 1
    assert the_run(sqlite).state == RunState.SENT


def test_a_process_killed_over_it_leaves_it_to_the_next_and_it_is_told_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = AT
    schedule(engine, at)
    tick(engine, at)

    async def killed(made: Jobs) -> None:
        doing = asyncio.create_task(made.step(Lane.QUICK))
        await taken_up(engine)
        await asyncio.sleep(0.1)  # its process is computing
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing

    with monkeypatch.context() as slow:
        slow.setattr(child, "PYTHON", [sys.executable, "-c", "import time; time.sleep(600)"])
        with_jobs(engine, killed)
    assert said(engine) == []
    with transaction(engine) as session:  # as if nobody had put it down
        session.scalars(select(Job)).one().lease_until = at - timedelta(minutes=1)
    work_off(engine)

    assert len(said(engine)) == 1


def test_two_processes_that_both_finish_it_tell_it_once(engine: Engine) -> None:
    """One was thought dead, and was not."""
    at = AT
    schedule(engine, at)
    tick(engine, at)

    async def twice(made: Jobs) -> None:
        first = asyncio.create_task(made.step(Lane.QUICK))
        await taken_up(engine)
        with transaction(engine) as session:
            session.scalars(select(Job)).one().lease_until = at - timedelta(minutes=1)
        await asyncio.gather(first, made.step(Lane.QUICK))

    with_jobs(engine, twice)

    assert len(said(engine)) == 1
    assert the_run(engine).state == RunState.SENT


def test_pictures_follow_the_text_as_photos_and_files_are_kept_once(engine: Engine) -> None:
    shop, at = Shop(engine), AT
    shop.opens(at - timedelta(hours=2))
    shop.writer.close()
    schedule(engine, at)
    tick(engine, at)

    work_off(engine)

    text, photo = said(engine)
    assert (text.method, photo.method, photo.file_id) == ("sendMessage", "sendPhoto", 1)
    assert text.params["text"].splitlines()[-1].startswith("<b>Team</b>")
    with transaction(engine) as session:
        assert [one.name for one in session.scalars(select(OutboxFile))] == ["service.png"]


@pytest.mark.parametrize(
    ("rhythm", "at", "window"),
    [
        # In the morning the day before, in the evening since the last one; between workdays nothing falls.
        (Rhythm(time(9)), "2026-11-20 09:00", ("2026-11-19 00:00", "2026-11-20 00:00")),
        (Rhythm(time(20)), "2026-11-20 20:00", ("2026-11-19 20:00", "2026-11-20 20:00")),
        (
            Rhythm(time(9), (0, 1, 2, 3, 4)),
            "2026-11-23 09:00",
            ("2026-11-20 00:00", "2026-11-23 00:00"),
        ),
        (Rhythm(time(8), (0,)), "2026-11-23 08:00", ("2026-11-16 00:00", "2026-11-23 00:00")),
        (Rhythm(time(9), day=1), "2026-12-01 09:00", ("2026-11-01 00:00", "2026-12-01 00:00")),
        (Rhythm(time(20), day=0), "2026-11-30 20:00", ("2026-10-31 20:00", "2026-11-30 20:00")),
        (Rhythm(time(20), (6,)), "2026-11-22 20:00", ("2026-11-15 20:00", "2026-11-22 20:00")),
    ],
)
def test_what_a_report_is_about_follows_from_when_it_comes(
    sqlite: Engine, rhythm: Rhythm, at: str, window: tuple[str, str]
) -> None:
    due = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).astimezone(UTC)
    schedule(sqlite, due)
    with transaction(sqlite) as session:
        one = session.scalars(select(ReportSchedule)).one()
        wanted = Wanted(rhythm, (Section.TEAM,))
        one.cron, one.period, one.changed_at = rhythm.cron, wanted.period, due - timedelta(days=90)
        run = runs.claim(session, schedule=one, now=due)
        assert run is not None
        found = [f"{edge.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for edge in (run.window_start, run.window_end)]

    assert tuple(found) == window
