"""Reports that are due: each slot of each schedule asked for once, whoever looks, and however late.

``[reports] daily`` is the schedule of every manager who has no daily one of their own. Who stops being staff,
or a manager, gets none any more; a colleague is told, and may take theirs over.
"""

from dataclasses import dataclass
from datetime import datetime, time

from sqlmodel import Session

from crm_store.mailbox import job_runs, jobs
from crm_store.reports import runs, schedules
from crm_store.reports.schedules import Wanted
from crm_store.reports.sections import DELIVERED
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import ReportSchedule
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.manager.reports.buttons import TakeOverSchedule
from handlers.taps import button
from handlers.voice import Voice

JOB = "report"
DAILY, START = "report:daily", "start"
"""The slot that stands for the moment the daily reports began: nothing before it is made up for."""


@dataclass
class Due:
    """``next_at`` is when the next one is due, as far as it is known."""

    voice: Voice
    daily: time | None
    next_at: datetime | None = None

    def ask(self, session: Session, now: datetime) -> int:
        """Ask for every report that is due and was not asked for yet; says how many."""
        self._keep_default(session, now)
        self._let_go(session, now)
        active = schedules.active(session)
        asked = sum(self._ask_for(session, one, now) for one in active)
        self.next_at = min((schedules.next_slot(one, now=now).at for one in active), default=None)
        return asked

    def _ask_for(self, session: Session, schedule: ReportSchedule, now: datetime) -> int:
        run = runs.claim(session, schedule=schedule, now=now)
        if run is None:
            return 0
        staff = session.get_one(Staff, schedule.staff_id)
        job = jobs.ask(
            session, kind=JOB, arguments={"run": run.id}, asked_by=staff, chat_id=staff.chat_id, now=now
        )
        run.job_id = job.id
        return 1

    def _keep_default(self, session: Session, now: datetime) -> None:
        readers = staff_verbs.of_role(session, role=Role.MANAGER)
        zone = self.voice.desk.timezone
        if self.daily is None:
            job_runs.forget(session, job=DAILY, slot=START)
            schedules.keep_default(session, staff=readers, wanted=None, zone=zone, since=now, now=now)
            return
        job_runs.claim(session, job=DAILY, slot=START, due_at=now, now=now)
        since = job_runs.latest_due(session, job=DAILY, now=now) or now
        wanted = Wanted(Rhythm(self.daily), DELIVERED)
        schedules.keep_default(session, staff=readers, wanted=wanted, zone=zone, since=since, now=now)

    def _let_go(self, session: Session, now: datetime) -> None:
        """The first owner, else the first manager, hears of what stopped; that of the settings goes silently:
        everybody has it."""
        for gone, theirs in schedules.orphans(session):
            for one in theirs:
                schedules.end(session, schedule=one, by="clock", now=now)
                runs.skip_waiting(session, schedule=one)
            own = [one for one in theirs if not one.from_settings]
            heir = next(iter(staff_verbs.of_role(session, role=Role.MANAGER)), None)
            if own and heir is not None:
                self._tell_of(session, gone, own, heir, now)

    def _tell_of(
        self, session: Session, gone: Staff, stopped: list[ReportSchedule], heir: Staff, now: datetime
    ) -> None:
        self.voice.say(
            session,
            "manager/sched/orphaned.html.j2",
            to=heir,
            key=f"report:orphaned:{stopped[0].id}",
            now=now,
            buttons=[[button("sched_take", TakeOverSchedule(one.id), number=one.number)] for one in stopped],
            who=gone,
            schedules=stopped,
        )
