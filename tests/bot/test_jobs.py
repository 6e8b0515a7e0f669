"""Doing jobs: beside the conversation, shown in one message, told once, taken up again."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from bot import jobs as bot_jobs
from bot import work as bot_work
from bot.jobs import JobFunction, Jobs
from bot.settings import Settings
from bot.work import Work
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import jobs, outbox
from crm_store.mailbox.tables import Job, JobState, Outbox, OutboxState
from crm_store.refusals import NoSuchOrder
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.voice import Voice
from tests.talk import DESK, WORDS

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
BOSS = 7_000_000_009
PROGRESS = "job:asked"
tidied: list[int] = []


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_jobs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(bot_work, "SHOW_SECONDS", 0.0)
    tidied.clear()


def ask(engine: Engine, language: str = "en") -> int:
    """The boss asks for an import; the message that will show how far it is waits to be sent."""
    with transaction(engine) as session:
        boss = Staff(
            user_id=BOSS, chat_id=BOSS, name="Boss", role=Role.MANAGER, language=language, joined_at=NOW
        )
        session.add(boss)
        session.flush()
        outbox.put(
            session,
            key=PROGRESS,
            chat_id=BOSS,
            method="sendMessage",
            params={"text": "asked"},
            now=NOW,
        )
        return jobs.ask(
            session,
            kind="import",
            arguments={"n": 1},
            asked_by=boss,
            chat_id=BOSS,
            progress_key=PROGRESS,
            now=NOW,
        ).id


def said(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return [row.params["text"] for row in session.scalars(select(Outbox).order_by(Outbox.id))]  # type: ignore[arg-type]


def deliver(engine: Engine) -> None:
    with transaction(engine) as session:
        for row in session.scalars(select(Outbox)):
            row.state, row.telegram_id = OutboxState.SENT, 5


def state(engine: Engine, job_id: int) -> tuple[JobState, str | None]:
    with transaction(engine) as session:
        job = session.get_one(Job, job_id)
        return job.state, job.error


async def with_jobs(engine: Engine, run: JobFunction, use: Callable[[Jobs], Any]) -> None:
    writer = Writer(engine)
    settings = Settings(store={"url": str(engine.url)})  # type: ignore[arg-type]
    made = Jobs(
        writer,
        bot=None,  # type: ignore[arg-type]  # these jobs ask Telegram nothing
        settings=settings,
        voice=Voice(DESK, WORDS),
        queued=lambda: None,
        kinds={"import": run},
        given_up={"import": lambda _session, work: tidied.append(work.job.id)},
    )
    try:
        await use(made)
    finally:
        writer.close()


def done_by(engine: Engine, run: JobFunction, times: int = 1) -> None:
    """Let the loop take up so many jobs."""

    async def use(made: Jobs) -> None:
        for _ in range(times):
            await made.step()

    asyncio.run(with_jobs(engine, run, use))


def test_progress_changes_the_one_message_and_the_end_is_in_the_commit_that_ends_the_job(
    engine: Engine,
) -> None:
    job = ask(engine)
    deliver(engine)

    async def count(work: Work) -> None:
        await work.progress(1, 4)
        await work.progress(2, 4)
        await work.finish(lambda session: work.show(session, "cancel/nothing.html.j2"))

    done_by(engine, count)

    assert state(engine, job) == (JobState.DONE, None)
    # The first progress still waited when the second came, and so did that when the end did.
    assert said(engine) == ["asked", WORDS.render("en", "cancel/nothing.html.j2", desk=DESK, now=NOW)]


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "⏳ Import: 1,000 of 4,000 (25%)"), ("zh", "⏳ 导入：1,000 / 4,000（25%）")],
)
def test_progress_is_shown_in_the_language_of_who_asked(sqlite: Engine, language: str, shown: str) -> None:
    ask(sqlite, language)
    deliver(sqlite)

    async def count(work: Work) -> None:
        await work.progress(1000, 4000)

    done_by(sqlite, count)

    assert said(sqlite) == ["asked", shown]


def test_progress_is_shown_every_two_seconds_at_most(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_work, "SHOW_SECONDS", 2.0)
    ask(sqlite)

    async def count(work: Work) -> None:
        for one in range(100):
            await work.progress(one, 100)

    done_by(sqlite, count)

    assert said(sqlite) == ["⏳ Import: 0 of 100 (0%)"]


def test_a_job_that_fails_is_tried_again_later_and_at_last_who_asked_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_jobs, "REST", bot_jobs.REST * 0)
    job, tries = ask(engine, "zh"), []

    async def fail(work: Work) -> None:
        tries.append(work.job.attempts)
        raise OSError("the disk is gone")

    done_by(engine, fail, times=jobs.MAX_ATTEMPTS + 1)

    assert tries == [1, 2, 3, 4, 5]
    assert tidied == [job]
    assert state(engine, job) == (JobState.FAILED, "OSError: the disk is gone")
    assert said(engine) == [
        "⚠️ 导入：试了几次都没有成功。之前已经完成的部分都保留着。\n"
        "请再试一次；如果还是不行，请告诉维护机器人的人，原因在日志里。"
    ]


def test_a_job_that_ends_its_process_each_time_is_given_up(sqlite: Engine) -> None:
    job = ask(sqlite)
    with transaction(sqlite) as session:
        session.get_one(Job, job).attempts = jobs.MAX_ATTEMPTS

    async def never(_work: Work) -> None:
        raise AssertionError("it was tried once more")

    done_by(sqlite, never)

    assert state(sqlite, job) == (JobState.FAILED, "it ended its process each time")
    assert said(sqlite)[0].startswith("⚠️ Import")


def test_a_refusal_of_a_job_is_told_and_not_tried_again(sqlite: Engine) -> None:
    job = ask(sqlite)

    async def refuse(_work: Work) -> None:
        raise NoSuchOrder(number="O7")

    done_by(sqlite, refuse, times=2)

    assert state(sqlite, job) == (JobState.FAILED, "NoSuchOrder")
    assert said(sqlite) == [
        WORDS.render("en", "refused/no_such_order.html.j2", desk=DESK, now=NOW, number="O7")
    ]


def test_a_job_in_hand_is_put_down_when_the_process_stops_and_goes_on_after_the_start(
    engine: Engine,
) -> None:
    job = ask(engine)

    async def scenario() -> None:
        begun = asyncio.Event()

        async def wait(work: Work) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def stop(made: Jobs) -> None:
            running = asyncio.create_task(made.run())
            await begun.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        await with_jobs(engine, wait, stop)

    asyncio.run(scenario())
    assert state(engine, job) == (JobState.READY, None)

    async def go_on(_work: Work) -> None:
        return None

    done_by(engine, go_on)
    assert state(engine, job) == (JobState.DONE, None)


def test_on_sqlite_the_job_of_a_killed_process_goes_on_at_once(sqlite: Engine) -> None:
    job = ask(sqlite)
    with transaction(sqlite) as session:
        jobs.claim(session, now=datetime.now(UTC))  # and then the process was killed

    async def scenario() -> None:
        finished = asyncio.Event()

        async def go_on(_work: Work) -> None:
            finished.set()

        async def start(made: Jobs) -> None:
            running = asyncio.create_task(made.run())
            await asyncio.wait_for(finished.wait(), 10)
            await asyncio.sleep(0.1)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        await with_jobs(sqlite, go_on, start)

    asyncio.run(scenario())

    assert state(sqlite, job) == (JobState.DONE, None)


def test_who_lost_the_job_writes_no_result(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(engine)

    async def lose(work: Work) -> None:
        with transaction(engine) as session:
            session.get_one(Job, job).lease_until = datetime.now(UTC) + jobs.LEASE * 2  # another has it
        await work.finish(lambda session: work.show(session, "cancel/nothing.html.j2"))

    done_by(engine, lose)

    assert state(engine, job) == (JobState.RUNNING, None)
    assert said(engine) == ["asked"]


def test_a_file_is_sent_once_however_often_the_job_is_taken_up(engine: Engine) -> None:
    ask(engine)

    def send(session: Session, work: Work) -> None:
        work.send_file(
            session,
            file_name="result.csv",
            mime_type="text/csv",
            data=b"a,b",
            template="cancel/nothing.html.j2",
        )

    async def twice(work: Work) -> None:
        await work.writer.run(send, work=work)
        await work.writer.run(send, work=work)

    done_by(engine, twice)

    with transaction(engine) as session:
        files = [
            (row.method, row.file_id)
            for row in session.scalars(select(Outbox).order_by(Outbox.id))  # type: ignore[arg-type]
        ]
    assert files == [("sendMessage", None), ("sendDocument", 1)]


def test_a_report_does_not_wait_for_an_import_that_goes_on(engine: Engine) -> None:
    ask(engine)
    with transaction(engine) as session:
        report = jobs.ask(
            session, kind="report", arguments={}, asked_by=None, chat_id=None, now=NOW + timedelta(hours=1)
        ).id
    done: list[str] = []

    async def scenario() -> None:
        reported, all_done = asyncio.Event(), asyncio.Event()

        async def work(work: Work) -> None:
            if work.job.kind == "import":
                await reported.wait()
                all_done.set()
            done.append(work.job.kind)
            reported.set()

        async def start(made: Jobs) -> None:
            made._kinds = {"import": work, "report": work}
            running = asyncio.create_task(made.run())
            await asyncio.wait_for(all_done.wait(), 10)
            await asyncio.sleep(0.1)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        await with_jobs(engine, work, start)

    asyncio.run(scenario())

    assert done == ["report", "import"]
    assert state(engine, report) == (JobState.DONE, None)


def test_jobs_of_one_lane_go_one_after_the_other(sqlite: Engine) -> None:
    for _ in range(3):
        with transaction(sqlite) as session:
            jobs.ask(session, kind="import", arguments={}, asked_by=None, chat_id=None, now=NOW)
    at_once, most = 0, 0

    async def count(_work: Work) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    async def start(made: Jobs) -> None:
        running = asyncio.create_task(made.run())
        await asyncio.sleep(0.6)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(with_jobs(sqlite, count, start))

    assert most == 1
    assert [state(sqlite, number) for number in (1, 2, 3)] == [(JobState.DONE, None)] * 3
