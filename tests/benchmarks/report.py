"""A report of a large shop: from the command to the picture, and how long customers wait meanwhile.

``python -m tests.benchmarks.report sqlite:////tmp/shop.db`` measures a store that ``ledger`` filled and whose
days ``day_figures`` kept; use a copy, for people write into it here. The real dispatcher takes the command,
the real process computes and draws; beside it customers write ten messages a second, through the same writer,
as in a running bot.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from bot import reporter
from bot.dispatcher import Dispatcher
from bot.jobs import Jobs
from bot.poller import arrivals
from bot.settings import Settings
from bot.writer import Writer
from crm_store.analysis import day_keeping, day_marks
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import inbox
from crm_store.mailbox.tables import Inbox, Outbox
from crm_store.reports.tables import ReportRun
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.tables import metadata
from handlers.voice import Voice
from tests.benchmarks.ledger import UNTIL
from tests.benchmarks.line import Line, at_most
from tests.benchmarks.machine import describe
from tests.talk import BOT_ID, DESK, WORDS, Talk

BOSS, FIRST_CUSTOMER = 6_999_000_001, 6_999_100_000
TIMES = 7
EVERY_SECONDS = 0.1
IDLE_SECONDS = 20.0
ASKED = ("/daily 2026-11-19", "/weekly 2026-11-12", "/monthly 2026-10")
LATER = UNTIL + timedelta(days=3)
"""By then everything that the ledger says of its orders has happened."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reports on a filled store.")
    parser.add_argument("url")
    engine = open_engine(parser.parse_args().url)
    print(describe())
    for line in run(engine):
        print(f"{line.what}: {line.measured} {line.asked} {'' if line.fine is None else line.fine}")
    engine.dispose()


def run(engine: Engine) -> Iterator[Line]:
    metadata.create_all(engine)
    _keep_up(engine)
    with transaction(engine) as session:
        orders = session.scalar(select(func.count()).select_from(Order))
        if session.scalars(select(Staff).where(col(Staff.user_id) == BOSS)).first() is None:
            session.add(_boss())
    found = asyncio.run(_measured(engine))
    for asked in ASKED:
        taken = sorted(found["taken"][asked])
        what = f"{asked}, from command to picture, {orders:,} orders, {engine.dialect.name}"
        note = f"(median; longest {taken[-1]:.2f} s of {len(taken)})"
        yield at_most(what, statistics.median(taken), 5, "s", note)
    idle, busy = (_p95(found[one]) * 1000 for one in ("idle", "busy"))
    note = f"(idle {idle:.1f} ms, meanwhile {busy:.1f} ms, {len(found['busy'])} messages)"
    yield at_most("answers while reports are computed, p95 over idle", busy / idle, 1.5, "×", note)


def _keep_up(engine: Engine) -> None:
    """What the clock has done by the evening: figures of days that changed are counted anew."""
    with transaction(engine) as session:
        while day_marks.go_through(session, zone=DESK.timezone, now=LATER) >= day_marks.PAGE:
            pass
        due = day_keeping.due(session, zone=DESK.timezone, now=LATER)
    for day in due:
        with transaction(engine) as session:
            counted = day_keeping.count(session, day=day, zone=DESK.timezone)
            day_keeping.keep(session, counted=counted, zone=DESK.timezone, now=LATER)


def _boss() -> Staff:
    joined = datetime(2026, 1, 1, tzinfo=UTC)
    return Staff(
        user_id=BOSS,
        chat_id=BOSS,
        name="Boss",
        role=Role.OWNER,
        language="en",
        on_duty=False,
        joined_at=joined,
    )


async def _measured(engine: Engine) -> dict[str, Any]:
    writer = Writer(engine, threads=1 if engine.dialect.name == "sqlite" else 4)
    settings = Settings(store={"url": engine.url.render_as_string(hide_password=False)})  # type: ignore[arg-type]
    nobody: Any = None
    jobs = Jobs(writer, bot=nobody, settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None)
    dispatcher: Dispatcher = Talk(engine).dispatcher
    with transaction(engine) as session:
        numbers = itertools.count((session.scalar(select(func.max(col(Inbox.update_id)))) or 0) + 1)
    found: dict[str, Any] = {"idle": [], "busy": [], "taken": {asked: [] for asked in ASKED}}
    await _talk(writer, dispatcher, numbers, found["idle"], until=time.perf_counter() + IDLE_SECONDS)
    working = asyncio.create_task(jobs.run())
    talking = asyncio.create_task(_talk(writer, dispatcher, numbers, found["busy"], until=float("inf")))
    for asked in ASKED:
        for _ in range(TIMES):
            found["taken"][asked].append(await _ask(writer, dispatcher, numbers, asked))
    for one in (talking, working):
        one.cancel()
    await asyncio.gather(talking, working, return_exceptions=True)
    writer.close()
    return found


async def _ask(writer: Writer, dispatcher: Dispatcher, numbers: Iterator[int], text: str) -> float:
    """Seconds from the arrival of the command to the commit that queues text and pictures."""
    run = await writer.run(_newest)
    began = time.perf_counter()
    await writer.run(_arrive, number=next(numbers), user=BOSS, text=text)
    await writer.call(lambda: dispatcher.run_group(datetime.now(UTC)))
    while True:
        made = await writer.run(_pictures, after=run)
        if made:
            return time.perf_counter() - began
        await asyncio.sleep(0.05)


async def _talk(
    writer: Writer, dispatcher: Dispatcher, numbers: Iterator[int], waited: list[float], *, until: float
) -> None:
    """Customers write; how long each is waited for: from the arrival to the commit of its answer."""
    while time.perf_counter() < until:
        began = time.perf_counter()
        number = next(numbers)
        await writer.run(_arrive, number=number, user=FIRST_CUSTOMER + number % 50, text="my kettle leaks")
        await writer.call(lambda: dispatcher.run_group(datetime.now(UTC)))
        waited.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, EVERY_SECONDS - waited[-1]))


def _arrive(session: Session, *, number: int, user: int, text: str) -> None:
    person = {"id": user, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    message = {
        "message_id": number,
        "date": int(time.time()),
        "from": person,
        "chat": {"id": user, "type": "private", "first_name": "Ann"},
        "text": text,
    }
    arrived = arrivals([{"update_id": number, "message": message}])
    inbox.store(session, bot_id=BOT_ID, arrived=arrived, now=datetime.now(UTC))


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(col(ReportRun.id)))) or 0


def _pictures(session: Session, *, after: int) -> int:
    """How many pictures the report that was asked for after run ``after`` has queued."""
    run = _newest(session)
    if run == after:
        return 0
    keys = [f"report:{run}:picture:{number}" for number in range(1, reporter.MOST_PICTURES + 1)]
    return session.scalar(select(func.count()).where(col(Outbox.key).in_(keys))) or 0


def _p95(waited: list[float]) -> float:
    return sorted(waited)[int(len(waited) * 0.95)]


if __name__ == "__main__":
    main()
