"""Figures by day, kept up: a small day is counted by the clock, large or many by a process of their own."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.analysis import day_keeping, day_marks
from crm_store.analysis.day_keeping import DayCount
from crm_store.mailbox import jobs

KIND = "days"
FEW = 10
"""Days that the clock counts itself, one a tick."""

AT_ONCE = 1200
"""Days in one job: more than are kept."""


def keep_up(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """One step: go through what changed, and when all is seen count one day, or ask for a job. Returns a
    page's worth when more changes are to be gone through at once; days have time."""
    seen = day_marks.go_through(session, zone=zone, now=now)
    if seen >= day_marks.PAGE:
        return seen
    due = day_keeping.due(session, zone=zone, now=now)
    if not due:
        return 0
    if len(due) > FEW or not day_keeping.is_small(session, day=due[0], zone=zone):
        if not jobs.is_under_way(session, kind=KIND):
            jobs.ask(session, kind=KIND, arguments={}, asked_by=None, chat_id=None, now=now)
        return 0
    counted = day_keeping.count(session, day=due[0], zone=zone)
    day_keeping.keep(session, counted=counted, zone=zone, now=now)
    return 0


async def count(work: Work) -> None:
    """The job. Taken up again after a kill it goes on with the days that are left."""
    store, zone = work.settings.store, ZoneInfo(work.settings.desk.timezone)
    due = await work.writer.run(_due, zone=zone, now=work.now())
    order = {"url": store.whole_url, "key": store.key, "zone": str(zone), "days": due}
    async with child.talk("bot.day_counter", order) as talk:
        for done in range(len(due)):
            counted = DayCount.heard(await talk.hear())
            await work.writer.run(day_keeping.keep, counted=counted, zone=zone, now=work.now())
            await work.progress(done + 1, len(due))


def _due(session: Session, *, zone: ZoneInfo, now: datetime) -> Sequence[str]:
    due: list[date] = day_keeping.due(session, zone=zone, now=now)
    return [day.isoformat() for day in due[:AT_ONCE]]
