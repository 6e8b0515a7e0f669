"""The clock: when is what due, and doing it exactly once.

A night's work stands for a slot: a date of the desk's calendar, claimed in the commit that asks for it, so
that restarts, clock changes and a second worker change nothing. After an outage only the latest slot is made
up for. Reports have slots of their own (``crm_store.reports``): each is a job, asked for here.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time
from functools import partial

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from bot import analysing, day_counting, habits, measuring, pairs, training
from bot.teaching import TrainingFailed, fingerprint
from bot.writer import Writer
from crm_store.analysis.intent import IntentModel
from crm_store.customers import search_keys, stragglers
from crm_store.engine import transaction
from crm_store.exchange import imports
from crm_store.mailbox import inbox, pruning
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.reports.slots import Rhythm, Slot
from handlers.clockwork import NOTHING_READ, AlertsRead, Clockwork
from handlers.desk import Desk
from handlers.manager.reports.due import Due
from handlers.voice import Voice
from handlers.words import Words

TICK_SECONDS = 15.0
BUSY_SECONDS = 0.5
"""Until the next tick when a job had more to do than one unit of work may."""

BATCH = 50
KEYED = 200
"""Customers of a migrated store who get their search keys in one unit of work: about 50 ms."""

log = structlog.get_logger()
Job = Callable[[Session, datetime], int]
"""A unit of work at a moment; says how many rows it dealt with."""


def latest_slot(desk: Desk, daily: time, now: datetime) -> Slot:
    """The last slot that is due by ``now``, of what is done every night."""
    return Rhythm(daily).latest(now, zone=desk.timezone)


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
        reader: Engine | None = None,
    ) -> None:
        """``queued`` is called after commits that may have brought messages to send, ``on_model`` with
        each new classifier. Through ``reader``, which cannot write, figures are read beside the conversation;
        without one they are read in units of work."""
        self._writer = writer
        self._desk = desk
        self._work = Clockwork(Voice(desk, words))
        self._due = Due(Voice(desk, words), daily)
        self._queued = queued
        self._on_model = on_model
        self._reader = reader
        self._read = NOTHING_READ
        self._jobs: dict[str, Job] = {
            "ask_for_reports": self._due.ask,
            "close_resolved": partial(_batch, self._work.close_resolved),
            "remind_of_ratings": partial(_batch, self._work.remind_of_ratings),
            "ask_to_confirm": partial(_batch, self._work.ask_to_confirm),
            "settle_orders": partial(_batch, self._work.settle_orders),
            "drop_forms": partial(_batch, self._work.drop_forms),
            "forget_updates": partial(_batch, inbox.forget_old),
            "forget_words": partial(_batch, pruning.blank_old),
            "analyse": self.analyse,
            "look_for_pairs": self.look_for_pairs,
            "measure_campaigns": measuring.ask,
            "check_alerts": lambda session, now: self._work.check_alerts(session, now=now, read=self._read),
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
                self._read = await asyncio.to_thread(self._read_alerts, now)
                for name in self._jobs:  # one by one: a conversation may go in between
                    more |= await self._writer.call(partial(self._do, name, now))
                self._queued()
                await asyncio.sleep(BUSY_SECONDS if more else self._pause(datetime.now(UTC)))

    def look_for_pairs(self, session: Session, now: datetime) -> int:
        """Ask for the latest night's look for customers who may be one."""
        slot = latest_slot(self._desk, pairs.AT, now)
        return int(pairs.ask(session, slot=slot.key, due_at=slot.at, now=now))

    def analyse(self, session: Session, now: datetime) -> int:
        """Ask for the latest night's analyses."""
        slot = latest_slot(self._desk, analysing.AT, now)
        return int(analysing.ask(session, slot=slot.key, due_at=slot.at, desk=self._desk, now=now))

    def conclude_habits(self, session: Session, now: datetime) -> int:
        """Ask for the latest night's conclusions on how customers are best reached."""
        slot = latest_slot(self._desk, habits.AT, now)
        return int(habits.ask(session, slot=slot.key, due_at=slot.at, now=now))

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

    def _read_alerts(self, now: datetime) -> AlertsRead:
        if self._reader is None:
            return NOTHING_READ
        try:
            with transaction(self._reader) as session:
                return self._work.read_alerts(session, now=now)
        except Exception:
            log.exception("a job of the clock failed", action="job_failed", job="read_alerts")
            return NOTHING_READ

    def _pause(self, now: datetime) -> float:
        """Seconds until the next tick: never past a report's moment."""
        if self._due.next_at is None:
            return TICK_SECONDS
        left = (self._due.next_at - now).total_seconds()
        return min(TICK_SECONDS, max(left, BUSY_SECONDS))

    async def _keep_training(self) -> None:
        """Beside the ticks: a training takes seconds in a process of its own."""
        mark = await asyncio.to_thread(fingerprint)
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
