"""Each time a report was due or asked for: claimed once, over a window that is fixed then, told once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window
from crm_store.engine import is_sqlite
from crm_store.moments import midnight
from crm_store.reports import windows
from crm_store.reports.slots import Rhythm, Slot
from crm_store.reports.tables import Period, ReportRun, ReportSchedule, RunState, Section
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

MIDWEEK, MID_MONTH = 3, 15
"""Thursday, and the fifteenth."""

TOLD = (RunState.SENT, RunState.LATE)


def claim(session: Session, *, schedule: ReportSchedule, now: datetime) -> ReportRun | None:
    """The run of a schedule's latest slot, for exactly one caller ever. After an outage only the latest slot
    is made up for; nothing from before the schedule began, or was changed or resumed, is."""
    zone, rhythm = ZoneInfo(schedule.zone), Rhythm.read(schedule.cron)
    slot = rhythm.latest(now, zone=zone)
    last = _latest_due(session, schedule, now)
    if slot.at <= schedule.changed_at or (last is not None and slot.at <= last):
        return None
    window = _window(session, schedule, rhythm, slot, zone)
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(ReportRun)
        .values(
            schedule_id=schedule.id,
            slot=slot.key,
            staff_id=schedule.staff_id,
            period=schedule.period,
            sections=schedule.sections,
            window_start=window.start,
            window_end=window.end,
            due_at=slot.at,
            state=RunState.DUE,
        )
        .on_conflict_do_nothing(index_elements=["schedule_id", "slot"])
        .returning(ReportRun.id)
    )
    made = session.execute(statement).first()
    return session.get(ReportRun, made[0]) if made is not None else None


def ask(
    session: Session,
    *,
    staff: Staff,
    period: Period,
    sections: tuple[Section, ...],
    window: Window,
    key: str,
    now: datetime,
) -> ReportRun:
    """One that somebody asked for; ``key`` is unique to the asking."""
    run = ReportRun(
        slot=key,
        staff_id=staff.id,
        period=period,
        sections=[str(one) for one in sections],
        window_start=window.start,
        window_end=window.end,
        due_at=now,
    )
    session.add(run)
    session.flush()
    return run


def get(session: Session, *, run_id: int, by: Staff) -> ReportRun | None:
    """A report that ``by`` got; None for another's."""
    run = session.get(ReportRun, run_id) if 0 < run_id <= LARGEST_ID else None
    return run if run is not None and run.staff_id == by.id else None


def is_under_way(session: Session, *, staff: Staff, window: Window, sections: tuple[Section, ...]) -> bool:
    """Whether somebody waits for just this one already."""
    waiting = select(ReportRun).where(
        col(ReportRun.staff_id) == staff.id,
        col(ReportRun.state) == RunState.DUE,
        col(ReportRun.window_start) == window.start,
        col(ReportRun.window_end) == window.end,
    )
    wanted = {str(one) for one in sections}
    return any(wanted == set(run.sections) for run in session.scalars(waiting))


def reopen(session: Session, *, run: ReportRun) -> bool:
    """One that failed is due again; False for any other."""
    failed = (col(ReportRun.id) == run.id, col(ReportRun.state) == RunState.FAILED)
    taken = update(ReportRun).where(*failed).values(state=RunState.DUE, error=None)
    changed = session.execute(taken.returning(col(ReportRun.id))).first() is not None
    session.refresh(run)
    return changed


def is_stopped(session: Session, *, run: ReportRun) -> bool:
    """Whether its schedule was paused or ended after it was due: then it is not wanted any more."""
    schedule = session.get(ReportSchedule, run.schedule_id) if run.schedule_id is not None else None
    return schedule is not None and (schedule.paused_at or schedule.ended_at) is not None


def window_of(run: ReportRun) -> Window:
    return Window(run.window_start, run.window_end)


def covers(schedule: ReportSchedule) -> str:
    """What a report of a schedule is about: ``last_week``, ``last_month``, ``days_before`` (whole days since
    the one before), ``since_last`` (from moment to moment)."""
    if not _is_of_whole(schedule):
        return "since_last"
    return {Period.DAY: "days_before", Period.WEEK: "last_week", Period.MONTH: "last_month"}[schedule.period]


def span(told: Sequence[str]) -> Window:
    """A window out of JSON: two ISO moments."""
    start, end = (datetime.fromisoformat(one) for one in told)
    return Window(start, end)


def close(
    session: Session,
    *,
    run: ReportRun,
    state: RunState,
    now: datetime,
    figures: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """What came of it; ``figures`` are kept as they were told."""
    run.state, run.error = state, error
    if figures is not None:
        run.figures = dict(figures)
    if state in TOLD:
        run.sent_at = now
    session.add(run)


def told_before(session: Session, *, run: ReportRun) -> list[ReportRun]:
    """Earlier reports of the same window that hold figures, newest first."""
    statement = (
        select(ReportRun)
        .where(
            col(ReportRun.window_start) == run.window_start,
            col(ReportRun.window_end) == run.window_end,
            col(ReportRun.id) < run.id,
            col(ReportRun.figures).is_not(None),
        )
        .order_by(col(ReportRun.id).desc())
        .limit(10)
    )
    return list(session.scalars(statement))


def skip_waiting(session: Session, *, schedule: ReportSchedule) -> None:
    """What was due and not told yet never will be."""
    waiting = (col(ReportRun.schedule_id) == schedule.id, col(ReportRun.state) == RunState.DUE)
    session.execute(update(ReportRun).where(*waiting).values(state=RunState.SKIPPED))


def _window(session: Session, schedule: ReportSchedule, rhythm: Rhythm, slot: Slot, zone: ZoneInfo) -> Window:
    before = rhythm.before(slot, zone=zone)
    if _is_of_whole(schedule):
        if schedule.period != Period.DAY:
            return windows.last_whole(schedule.period, now=slot.at, zone=zone)
        return Window(midnight(before.day, zone=zone), midnight(slot.day, zone=zone))
    statement = select(ReportRun).where(
        col(ReportRun.schedule_id) == schedule.id, col(ReportRun.slot) == before.key
    )
    last = session.scalars(statement).first()
    if last is None and before.at <= schedule.changed_at:
        return Window(_told_until(session, schedule, rhythm.before(before, zone=zone), before), slot.at)
    # Where the one before ended, whatever the time was then; else where it would have.
    return Window(last.window_end if last and last.window_end < slot.at else before.at, slot.at)


def _told_until(session: Session, schedule: ReportSchedule, earlier: Slot, before: Slot) -> datetime:
    """Where the last one ended that came at another time than ``before``: what it had left is told now."""
    statement = select(func.max(col(ReportRun.window_end))).where(
        col(ReportRun.schedule_id) == schedule.id,
        col(ReportRun.due_at) >= earlier.at,
        col(ReportRun.window_end) < before.at,
    )
    return session.scalar(statement) or before.at


def _is_of_whole(schedule: ReportSchedule) -> bool:
    """Who reads it in the morning, early in the week or in the month, wants to know of the one before; who
    reads it towards its end, of what was since the last."""
    rhythm = Rhythm.read(schedule.cron)
    match schedule.period:
        case Period.WEEK:
            return rhythm.weekdays[0] < MIDWEEK
        case Period.MONTH:
            return 0 < (rhythm.day or 0) < MID_MONTH
        case Period.DAY:
            return rhythm.at < windows.NOON and not schedule.from_settings


def _latest_due(session: Session, schedule: ReportSchedule, now: datetime) -> datetime | None:
    """A slot claimed while the machine's clock ran ahead is no reason to do nothing until then."""
    statement = select(func.max(col(ReportRun.due_at))).where(
        col(ReportRun.schedule_id) == schedule.id, col(ReportRun.due_at) <= now
    )
    return session.scalar(statement)
