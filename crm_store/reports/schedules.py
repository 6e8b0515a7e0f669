"""Reports that come by themselves: which, when, in which language, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.reports.refusals import NoSuchSchedule, TooManySchedules
from crm_store.reports.slots import Rhythm, Slot
from crm_store.reports.tables import Period, ReportSchedule, Section
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

MOST = 10
"""Of one manager."""

ENTITY = "report_schedule"


@dataclass(frozen=True)
class Wanted:
    """What a schedule says. ``language`` None: the manager's own."""

    rhythm: Rhythm
    sections: tuple[Section, ...]
    language: str | None = None
    skip_empty: bool = False

    @property
    def period(self) -> Period:
        """One weekday a week is about the week, one day a month about the month, all else about the days
        since the last one."""
        if self.rhythm.day is not None:
            return Period.MONTH
        return Period.WEEK if len(self.rhythm.weekdays) == 1 else Period.DAY


def of_staff(session: Session, *, staff: Staff) -> list[ReportSchedule]:
    """Those of one manager, in the order they were made."""
    statement = select(ReportSchedule).where(
        col(ReportSchedule.staff_id) == staff.id, col(ReportSchedule.ended_at).is_(None)
    )
    return list(session.scalars(statement.order_by(col(ReportSchedule.id))))


def get(session: Session, *, schedule_id: int, by: Staff) -> ReportSchedule:
    """One of one's own. Raises NoSuchSchedule."""
    found = session.get(ReportSchedule, schedule_id) if 0 < schedule_id <= LARGEST_ID else None
    if found is None or found.staff_id != by.id or found.ended_at is not None:
        raise NoSuchSchedule(number=f"R{schedule_id}", schedules=of_staff(session, staff=by))
    return found


def start(session: Session, *, staff: Staff, wanted: Wanted, zone: ZoneInfo, now: datetime) -> ReportSchedule:
    """A new one; asked for twice, the one there is. A daily one takes the place of the one that the settings
    give. Raises TooManySchedules."""
    mine = of_staff(session, staff=staff)
    for one in mine:
        if (wanted_of(one), one.zone, one.from_settings) == (wanted, zone.key, False):
            resume(session, schedule=one, by=staff, now=now)
            return one
    if len(mine) >= MOST:
        raise TooManySchedules(most=MOST)
    if wanted.period == Period.DAY:
        for one in mine:
            if one.from_settings and one.paused_at is None:
                pause(session, schedule=one, by=staff, now=now)
    return _make(session, staff=staff, wanted=wanted, zone=zone, since=now, by=staff, now=now)


def change(
    session: Session, *, schedule: ReportSchedule, wanted: Wanted, zone: ZoneInfo, by: Staff, now: datetime
) -> None:
    """Another time, other contents, another language. The next report covers what none has covered yet."""
    new = {
        "period": wanted.period,
        "sections": [str(one) for one in wanted.sections],
        "cron": wanted.rhythm.cron,
        "zone": zone.key,
        "language": wanted.language,
        "skip_empty": wanted.skip_empty,
    }
    before = {key: getattr(schedule, key) for key in new}
    changed = [key for key in new if new[key] != before[key]]
    if not changed:
        return
    for key in changed:
        setattr(schedule, key, new[key])
    if {"cron", "zone"} & set(changed):
        schedule.from_settings, schedule.changed_at = False, now
    _note(
        session, schedule, "changed", by, now, {k: before[k] for k in changed}, {k: new[k] for k in changed}
    )


def pause(session: Session, *, schedule: ReportSchedule, by: Actor, now: datetime) -> bool:
    """No more until it is resumed. False when it was paused."""
    if schedule.paused_at is not None:
        return False
    schedule.paused_at = now
    _note(session, schedule, "paused", by, now)
    return True


def resume(session: Session, *, schedule: ReportSchedule, by: Actor, now: datetime) -> bool:
    """Nothing is made up for. False when it was not paused."""
    if schedule.paused_at is None:
        return False
    schedule.paused_at, schedule.changed_at = None, now
    _note(session, schedule, "resumed", by, now)
    return True


def end(session: Session, *, schedule: ReportSchedule, by: Actor, now: datetime) -> None:
    """For good. That of the settings is only paused: else it would begin anew."""
    if schedule.from_settings and not isinstance(by, str):
        pause(session, schedule=schedule, by=by, now=now)
        return
    schedule.ended_at = now
    _note(session, schedule, "ended", by, now)


def take_over(
    session: Session, *, schedule_id: int, by: Staff, zone: ZoneInfo, now: datetime
) -> ReportSchedule:
    """A schedule that ended with its owner's leaving, from now on for ``by``; tapped twice, the one there is.
    Raises NoSuchSchedule and TooManySchedules."""
    schedule = session.get(ReportSchedule, schedule_id) if 0 < schedule_id <= LARGEST_ID else None
    if schedule is None or schedule.ended_at is None:
        raise NoSuchSchedule(number=f"R{schedule_id}", schedules=of_staff(session, staff=by))
    return start(session, staff=by, wanted=wanted_of(schedule), zone=zone, now=now)


def wanted_of(schedule: ReportSchedule) -> Wanted:
    """What a schedule says, as a value."""
    return Wanted(
        rhythm=Rhythm.read(schedule.cron),
        sections=tuple(Section(one) for one in schedule.sections),
        language=schedule.language,
        skip_empty=schedule.skip_empty,
    )


def next_slot(schedule: ReportSchedule, *, now: datetime) -> Slot:
    """When it comes next, if it is not paused."""
    return Rhythm.read(schedule.cron).next(now, zone=ZoneInfo(schedule.zone))


def active(session: Session) -> list[ReportSchedule]:
    """Everybody's that is neither paused nor ended."""
    statement = select(ReportSchedule).where(
        col(ReportSchedule.ended_at).is_(None), col(ReportSchedule.paused_at).is_(None)
    )
    return list(session.scalars(statement.order_by(col(ReportSchedule.id))))


def may_read(staff: Staff | None) -> bool:
    """Whether somebody may have reports: managers and owners, while they are staff."""
    return staff is not None and staff.revoked_at is None and staff.role.includes(Role.MANAGER)


def orphans(session: Session) -> list[tuple[Staff, list[ReportSchedule]]]:
    """Schedules of people who may not have reports any more, by person; paused ones too."""
    statement = (
        select(ReportSchedule, Staff)
        .join(Staff, col(Staff.id) == col(ReportSchedule.staff_id))
        .where(col(ReportSchedule.ended_at).is_(None))
        .order_by(col(ReportSchedule.id))
    )
    found: dict[int, tuple[Staff, list[ReportSchedule]]] = {}
    for schedule, staff in session.execute(statement):
        if not may_read(staff):
            found.setdefault(staff.id, (staff, []))[1].append(schedule)
    return list(found.values())


def keep_default(
    session: Session,
    *,
    staff: Sequence[Staff],
    wanted: Wanted | None,
    zone: ZoneInfo,
    since: datetime,
    now: datetime,
) -> None:
    """Those of the settings say what the settings say now. Who never had a daily one gets one, due from
    ``since`` or from when they joined; with ``wanted`` None they end."""
    statement = select(ReportSchedule).order_by(col(ReportSchedule.id))
    theirs: dict[int, list[ReportSchedule]] = {}
    for one in session.scalars(statement):
        theirs.setdefault(one.staff_id, []).append(one)
    for person in staff:
        mine = theirs.get(person.id, [])
        given = next((one for one in mine if one.from_settings and one.ended_at is None), None)
        if wanted is None:
            if given is not None:
                end(session, schedule=given, by="settings", now=now)
        elif given is not None:
            _follow(given, wanted, zone, now)
        elif not any(one.period == Period.DAY and one.ended_at is None for one in mine):
            former = next((one for one in reversed(mine) if one.from_settings), None)
            made = _make(
                session,
                staff=person,
                wanted=wanted,
                zone=zone,
                since=max(since, person.joined_at),
                by="settings",
                now=now,
                from_settings=True,
            )
            if former is not None:
                made.paused_at = former.paused_at


def _follow(schedule: ReportSchedule, wanted: Wanted, zone: ZoneInfo, now: datetime) -> None:
    """The time and the zone are the settings'; what it holds is the manager's own choice."""
    if (schedule.cron, schedule.zone) != (wanted.rhythm.cron, zone.key):
        schedule.cron, schedule.zone, schedule.changed_at = wanted.rhythm.cron, zone.key, now
        schedule.version += 1


def _make(
    session: Session,
    *,
    staff: Staff,
    wanted: Wanted,
    zone: ZoneInfo,
    since: datetime,
    by: Actor,
    now: datetime,
    from_settings: bool = False,
) -> ReportSchedule:
    made = ReportSchedule(
        staff_id=staff.id,
        period=wanted.period,
        sections=[str(one) for one in wanted.sections],
        cron=wanted.rhythm.cron,
        zone=zone.key,
        language=wanted.language,
        skip_empty=wanted.skip_empty,
        from_settings=from_settings,
        created_at=since,
        changed_at=since,
    )
    session.add(made)
    session.flush()
    after = {"cron": made.cron, "zone": made.zone, "sections": made.sections}
    audit.record(session, actor=by, action="started", entity=ENTITY, entity_id=made.id, now=now, after=after)
    return made


def _note(
    session: Session,
    schedule: ReportSchedule,
    action: str,
    by: Actor,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    schedule.version += 1
    session.add(schedule)
    audit.record(
        session,
        actor=by,
        action=action,
        entity=ENTITY,
        entity_id=schedule.id,
        now=now,
        before=before,
        after=after,
    )
