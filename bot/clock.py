"""The clock: when is what due, and doing it exactly once.

A daily summary stands for a slot: a date of the desk's calendar. It is claimed and queued in one commit, so
restarts, clock changes and a second worker change nothing. Its window runs from where the slot of the date
before ended (or would have) to this slot's moment. Hence, when the configured time is changed: a date that
had its summary gets no second one, and the next covers everything since. After an outage only the latest
slot is made up for. Switching summaries off and on again starts afresh, without making up for anything.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from bot import day_counting, habits, pairs, training
from bot.training import TrainingFailed
from bot.writer import Writer
from crm_store.analysis.intent import IntentModel
from crm_store.analysis.service_summary import Window
from crm_store.customers import search_keys, stragglers
from crm_store.engine import transaction
from crm_store.exchange import imports
from crm_store.mailbox import inbox, job_runs, pruning
from crm_store.mailbox.wake import OUTBOX, wake
from handlers.clockwork import Clockwork
from handlers.desk import Desk
from handlers.manager import summary
from handlers.voice import Voice
from handlers.words import Words

TICK_SECONDS = 15.0
BUSY_SECONDS = 0.5
"""Until the next tick when a job had more to do than one unit of work may."""

BATCH = 50
KEYED = 200
"""Customers of a migrated store who get their search keys in one unit of work: about 50 ms."""

LATE = timedelta(minutes=2)
"""A summary that comes this long after its time says so."""

DAILY = "report:daily"
START = "start"
"""The slot that stands for the moment the summaries began: nothing before it is made up for."""

log = structlog.get_logger()
Job = Callable[[Session, datetime], int]
"""A unit of work at a moment; says how many rows it dealt with."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Slot:
    """One day's summary: ``day`` is what makes it unique, ``at`` when it is due."""

    day: date
    at: datetime

    @property
    def key(self) -> str:
        return self.day.isoformat()


def latest_slot(desk: Desk, daily: time, now: datetime) -> Slot:
    """The last slot that is due by ``now``."""
    day = desk.local(now).date() + ONE_DAY
    while (at := desk.moment(day, daily)) > now:
        day -= ONE_DAY
    return Slot(day, at)


def next_slot(desk: Desk, daily: time, now: datetime) -> Slot:
    """The first slot that is due after ``now``."""
    day = desk.local(now).date() - ONE_DAY
    while (at := desk.moment(day, daily)) <= now:
        day += ONE_DAY
    return Slot(day, at)


class Clock:
    """Everything that happens because time passes. ``tick`` is the whole of it but the training."""

    def __init__(
        self,
        writer: Writer,
        *,
        desk: Desk,
        words: Words,
        daily: time | None,
        queued: Callable[[], None],
        on_model: Callable[[IntentModel], None],
    ) -> None:
        """``queued`` is called after commits that may have brought messages to send, ``on_model`` with
        each new classifier."""
        self._writer = writer
        self._desk = desk
        self._work = Clockwork(Voice(desk, words))
        self._daily = daily
        self._queued = queued
        self._on_model = on_model
        self._jobs: dict[str, Job] = {
            "daily_summary": self.summarise,
            "close_resolved": partial(_batch, self._work.close_resolved),
            "remind_of_ratings": partial(_batch, self._work.remind_of_ratings),
            "ask_to_confirm": partial(_batch, self._work.ask_to_confirm),
            "settle_orders": partial(_batch, self._work.settle_orders),
            "drop_forms": partial(_batch, self._work.drop_forms),
            "forget_updates": partial(_batch, inbox.forget_old),
            "forget_words": partial(_batch, pruning.blank_old),
            "look_for_pairs": self.look_for_pairs,
            "keep_days": lambda session, now: day_counting.keep_up(session, zone=desk.timezone, now=now),
            "conclude_habits": self.conclude_habits,
            "gather_stragglers": lambda session, now: stragglers.gather(session, now=now),
            "key_customers": lambda session, _: search_keys.rebuild(session, limit=KEYED),
            "forget_imports": partial(_batch, imports.forget_abandoned),
            "forget_bytes": lambda session, _: pruning.drop_bytes(session, limit=BATCH),
        }

    def tick(self, now: datetime) -> bool:
        """Do what is due, each job in a transaction of its own; one that fails is logged and tried again at
        the next tick. True when there is more to do at once."""
        return any([self._do(name, now) for name in self._jobs])

    async def run(self) -> None:
        """Tick until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_training())
            while True:
                now = datetime.now(UTC)
                more = False
                for name in self._jobs:  # one by one: a conversation may go in between
                    more |= await self._writer.call(partial(self._do, name, now))
                self._queued()
                await asyncio.sleep(BUSY_SECONDS if more else self._pause(datetime.now(UTC)))

    def summarise(self, session: Session, now: datetime) -> int:
        """Send the latest due summary, unless it was sent or was due before the summaries began."""
        if self._daily is None:
            job_runs.forget(session, job=DAILY, slot=START)
            return 0
        if job_runs.due_at(session, job=DAILY, slot=START) is None:
            job_runs.claim(session, job=DAILY, slot=START, due_at=now, now=now)
            return 0
        slot = latest_slot(self._desk, self._daily, now)
        last = job_runs.latest_due(session, job=DAILY, now=now)
        if last is not None and slot.at <= last:
            return 0
        if not job_runs.claim(session, job=DAILY, slot=slot.key, due_at=slot.at, now=now):
            return 0
        start = self._end_of(session, slot.day - ONE_DAY, self._daily, before=slot.at)
        report = summary.report(
            session,
            window=Window(start, slot.at),
            before=Window(self._end_of(session, slot.day - 2 * ONE_DAY, self._daily, before=start), start),
            planned=slot.at if now - slot.at >= LATE else None,
        )
        readers = self._work.send_summary(session, report=report, slot=slot.key, due_at=slot.at, now=now)
        log.info("daily summary", action="daily_summary", slot=slot.key, readers=readers)
        return readers

    def look_for_pairs(self, session: Session, now: datetime) -> int:
        """Ask for the latest night's look for customers who may be one."""
        slot = latest_slot(self._desk, pairs.AT, now)
        return int(pairs.ask(session, slot=slot.key, due_at=slot.at, now=now))

    def conclude_habits(self, session: Session, now: datetime) -> int:
        """Ask for the latest night's conclusions on how customers are best reached."""
        slot = latest_slot(self._desk, habits.AT, now)
        return int(habits.ask(session, slot=slot.key, due_at=slot.at, now=now))

    def _end_of(self, session: Session, day: date, daily: time, *, before: datetime) -> datetime:
        """Where a date's window ended, whatever the schedule was then; else where it would have."""
        claimed = job_runs.due_at(session, job=DAILY, slot=day.isoformat())
        if claimed is not None and claimed < before:
            return claimed
        end = self._desk.moment(day, daily)
        # A date that the zone skipped altogether (Samoa, 30 December 2011) ends where the next one does.
        return end if end < before else self._end_of(session, day - ONE_DAY, daily, before=before)

    def _do(self, name: str, now: datetime) -> bool:
        try:
            with transaction(self._writer.engine) as session:
                done = self._jobs[name](session, now)
                if done:
                    wake(session, OUTBOX)
        except Exception:
            log.exception("a job of the clock failed", action="job_failed", job=name)
            return False
        return done >= BATCH

    def _pause(self, now: datetime) -> float:
        """Seconds until the next tick: never past a summary's moment."""
        if self._daily is None:
            return TICK_SECONDS
        due = next_slot(self._desk, self._daily, now).at - now
        return min(TICK_SECONDS, due.total_seconds())

    async def _keep_training(self) -> None:
        """Beside the ticks: a training takes seconds in a process of its own."""
        mark = await asyncio.to_thread(training.fingerprint)
        while True:
            try:
                model = await training.retrain(self._writer, mark=mark, now=datetime.now(UTC))
                if model is not None:
                    self._on_model(model)
            except TrainingFailed as error:
                log.error("the classifier could not be trained", action="training_failed", error=str(error))  # noqa: TRY400 (the reason is the child's)
            except Exception:
                log.exception("a job of the clock failed", action="job_failed", job="retrain")
            await asyncio.sleep(TICK_SECONDS)


def _batch(job: Callable[..., int], session: Session, now: datetime) -> int:
    return job(session, now=now, limit=BATCH)
