"""Doing jobs: one of each lane at a time, by the process that leads, beside the conversation.

A job that fails is tried again a little later, a few times; then who asked is told, in their language. When
the process stops, the job is put down and goes on after the start; when it is killed, its lease runs out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import Session
from telegram import Bot

from bot import (
    analysing,
    checking,
    day_counting,
    finding,
    foretelling,
    freezing,
    habits,
    measuring,
    pairs,
    reporting,
    segmenting,
    selling,
    talking,
    targeting,
)
from bot.child import Warm
from bot.exporting import export
from bot.importing import do_import, give_up
from bot.settings import Settings
from bot.work import LeaseLost, Trouble, Work
from bot.writer import Writer
from crm_store.mailbox import jobs
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job
from crm_store.marketing import campaigns
from crm_store.refusals import Refusal
from handlers.agent.records import filtered_page
from handlers.manager import sales, talks
from handlers.manager.campaigns import checking as camp_checking
from handlers.manager.campaigns import report as campaign_report
from handlers.manager.campaigns import together as campaign_together
from handlers.manager.segments import listed
from handlers.voice import Voice

LOOK_SECONDS = 1.0
RENEW_SECONDS = 10.0
REST = timedelta(seconds=5)
"""After a failure, times the attempts made."""

log = structlog.get_logger()

JobFunction = Callable[[Work], Awaitable[None]]
JOBS: dict[str, JobFunction] = {
    "import": do_import,
    "export": export,
    pairs.KIND: pairs.look,
    habits.KIND: habits.conclude,
    talks.JOB: talking.count,
    reporting.KIND: reporting.report,
    reporting.FILE_KIND: reporting.file,
    campaigns.FREEZE: freezing.freeze,
    camp_checking.JOB: checking.check,
    day_counting.KIND: day_counting.count,
    sales.JOB: selling.count,
    analysing.KIND: analysing.analyse,
    listed.JOB: segmenting.count,
    filtered_page.JOB: finding.find,
    campaign_report.JOB: measuring.tell,
    campaign_report.FILE_JOB: measuring.file,
    campaign_report.KEEP_JOB: measuring.keep,
    campaign_together.JOB: measuring.together,
    foretelling.KIND: foretelling.draw,
    targeting.KIND: targeting.draw,
}
"""What can be asked for, by kind. Each ends with ``work.finish``, or by returning when there is nothing to
tell; a Refusal it raises is told to who asked."""


GivenUp = Callable[[Session, Work], Trouble | None]
GIVEN_UP: dict[str, GivenUp] = {
    "import": give_up,
    campaigns.FREEZE: freezing.give_up,
    reporting.KIND: reporting.give_up,
}
"""What is put in order, by kind, when a job will not be tried again; and what is said, where it is more than
that it failed."""


class Jobs:
    """The loop. ``queued`` is called after commits that may have brought messages to send."""

    def __init__(
        self,
        writer: Writer,
        *,
        bot: Bot,
        settings: Settings,
        voice: Voice,
        queued: Callable[[], None],
        kinds: Mapping[str, JobFunction] = JOBS,
        given_up: Mapping[str, GivenUp] = GIVEN_UP,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._writer = writer
        self._bot = bot
        self._settings = settings
        self._voice = voice
        self._queued = queued
        self._kinds = kinds
        self._given_up = given_up
        self._now = now

    async def run(self) -> None:
        """Do jobs until cancelled; those in hand are put down then."""
        if self._settings.store.is_sqlite:
            await self._writer.run(jobs.take_over)
        async with asyncio.TaskGroup() as lanes:
            for lane in Lane:
                lanes.create_task(self._walk(lane))

    async def _walk(self, lane: Lane) -> None:
        warm = Warm()
        try:
            while True:
                if not await self.step(lane, warm=warm):
                    await warm.rest()
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            await warm.close()

    async def step(self, lane: Lane = Lane.LONG, *, warm: Warm | None = None) -> bool:
        """Do the next job of a lane, if there is one; ``warm`` is a process that stays for the one after."""
        job = await self._writer.run(jobs.claim, now=self._now(), lane=lane)
        if job is None:
            return False
        work = Work(self._writer, self._bot, self._settings, self._voice, job, self._queued, warm, self._now)
        log.info("job", action="job_started", job=job.id, kind=job.kind, attempt=job.attempts)
        try:
            await self._do(work)
        except LeaseLost:
            log.warning("another process has this job", action="job_lost", job=job.id)
        except Refusal as refusal:
            await self._give_up(work, type(refusal).__name__, refusal)
        except asyncio.CancelledError:
            await self._put_down(work)
            raise
        except Exception as error:
            log.exception("a job failed", action="job_failed", job=job.id, kind=job.kind)
            await self._fail(work, f"{type(error).__name__}: {error}"[:200])
        else:
            log.info("job", action="job_done", job=job.id, kind=job.kind)
        return True

    async def _do(self, work: Work) -> None:
        """The job's function, while its lease is kept."""
        if work.job.attempts > jobs.MAX_ATTEMPTS:
            await self._give_up(work, work.job.error or "it ended its process each time")
            return
        doing = asyncio.ensure_future(self._kinds[work.job.kind](work))
        keeping = asyncio.create_task(self._keep(work))
        try:
            await asyncio.wait({doing, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
            await doing
            if not work.finished:
                await work.finish(lambda _session: None)
        finally:
            for one in (doing, keeping):
                one.cancel()
            await asyncio.gather(doing, keeping, return_exceptions=True)

    async def _keep(self, work: Work) -> None:
        """Renew the lease until cancelled. Raises LeaseLost."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self._writer.run(_renew, work=work)

    async def _put_down(self, work: Work) -> None:
        if work.finished or work.job.lease_until is None:
            return
        with suppress(Exception):  # the lease runs out by itself
            await self._writer.run(jobs.release, job_id=work.job.id, lease=work.job.lease_until)
        log.info("job", action="job_put_down", job=work.job.id, kind=work.job.kind)

    async def _fail(self, work: Work, error: str) -> None:
        attempts, lease = work.job.attempts, work.job.lease_until
        if work.finished or lease is None:
            return
        if attempts >= jobs.MAX_ATTEMPTS:
            await self._give_up(work, error)
            return
        until = self._now() + REST * attempts
        await self._writer.run(jobs.postpone, job_id=work.job.id, lease=lease, until=until, error=error)

    async def _give_up(self, work: Work, error: str, refusal: Refusal | None = None) -> None:
        with suppress(LeaseLost):
            await self._writer.run(self._fail_for_good, work=work, error=error, refusal=refusal)
        self._queued()

    def _fail_for_good(self, session: Session, *, work: Work, error: str, refusal: Refusal | None) -> None:
        """The job is given up, and who asked is told in the same commit. Raises LeaseLost."""
        job: Job = work.job
        if job.lease_until is None:
            return
        if not jobs.fail(session, job_id=job.id, lease=job.lease_until, error=error, now=self._now()):
            raise LeaseLost
        tidy = self._given_up.get(job.kind)
        trouble = tidy(session, work) if tidy is not None else None
        if refusal is not None:
            work.show(session, f"refused/{refusal.template}.html.j2", **refusal.facts)
        elif trouble is not None:
            work.show(session, trouble.template, buttons=trouble.buttons, **trouble.values)
        else:
            work.show(session, "agent/job/failed.html.j2", kind=job.kind)


def _renew(session: Session, *, work: Work) -> None:
    job = work.job
    assert job.lease_until is not None
    lease = jobs.renew(session, job_id=job.id, lease=job.lease_until, now=work.now(), advanced=work.advanced)
    if lease is None:
        raise LeaseLost
    job.lease_until, job.attempts = lease, 1 if work.advanced else job.attempts
    work.advanced = False
