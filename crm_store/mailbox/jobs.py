"""Jobs: long work that somebody asked for, as rows. One process does them, one of each lane at a time, oldest
first: a report, for which somebody waits, does not wait for an import.

Who takes a job up holds a lease on it and renews it; when that process dies the lease runs out, and the job
is taken up again from where its own rows say it stood.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, literal_column, or_, select, update
from sqlmodel import Session, col

from crm_store.mailbox import job_runs
from crm_store.mailbox.tables import Job, JobState
from crm_store.staff.tables import Staff

LEASE = timedelta(seconds=30)
A_MOMENT = timedelta(seconds=30)
LOOKED_BACK = 20
MAX_ATTEMPTS = 5
"""Without any progress in between: a job that ends its process each time must not do so for ever."""


class Lane(StrEnum):
    QUICK = "quick"
    LONG = "long"


QUICK_KINDS = frozenset(
    {
        "report",
        "report_file",
        "freeze",
        "camp_check",
        "camp_report",
        "camp_file",
        "camp_together",
        "sales",
        "find",
        "forecast_picture",
        "target_picture",
        "segment",
        "talks",
    }
)
"""Seconds each, and somebody looks at the chat meanwhile. All others are long."""


def ask(
    session: Session,
    *,
    kind: str,
    arguments: dict[str, Any],
    asked_by: Staff | None,
    chat_id: int | None,
    now: datetime,
    progress_key: str | None = None,
) -> Job:
    """Queue a job. ``progress_key`` is the outbox key of the message that will show how far it is; without
    ``asked_by`` and ``chat_id`` nobody is told."""
    job = Job(
        kind=kind,
        arguments=arguments,
        asked_by=asked_by.id if asked_by is not None else None,
        chat_id=chat_id,
        progress_key=progress_key,
        created_at=now,
    )
    session.add(job)
    session.flush()
    return job


def ask_once(
    session: Session,
    *,
    kind: str,
    slot: str,
    now: datetime,
    arguments: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Queue what the clock wants done, once for a slot; nobody is told. False when it was asked before."""
    if not job_runs.claim(session, job=kind, slot=slot, due_at=due_at, now=now):
        return False
    ask(session, kind=kind, arguments=arguments or {}, asked_by=None, chat_id=None, now=now)
    return True


def get(session: Session, *, job_id: int) -> Job | None:
    return session.get(Job, job_id)


def is_under_way(session: Session, *, kind: str) -> bool:
    """True while a job of this kind waits or is done."""
    return session.scalar(select(col(Job.id)).where(_is_open(), col(Job.kind) == kind).limit(1)) is not None


def was_just_asked(
    session: Session, *, kind: str, by: Staff, holding: Mapping[str, Any], now: datetime
) -> bool:
    """True where ``by`` asked for the same a moment ago, or it still waits: a second tap on one button is no
    second wish. ``holding``: the arguments that make it the same."""
    last = select(Job).order_by(col(Job.id).desc()).limit(LOOKED_BACK)
    return any(
        (job.kind, job.asked_by) == (kind, by.id)
        and holding.items() <= job.arguments.items()
        and job.state != JobState.FAILED
        and (job.finished_at is None or now - job.created_at < A_MOMENT)
        for job in session.scalars(last)
    )


def claim(session: Session, *, now: datetime, lane: Lane = Lane.LONG) -> Job | None:
    """The oldest job of a lane that nobody holds, held from now on; ``lease_until`` is what proves it to the
    verbs below. Its ``attempts`` count this one."""
    quick = col(Job.kind).in_(QUICK_KINDS)
    statement = (
        select(Job)
        .where(_is_open(), quick if lane == Lane.QUICK else ~quick)
        .where(or_(col(Job.lease_until).is_(None), col(Job.lease_until) <= now))
        .order_by(col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.scalars(statement).first()
    if job is None:
        return None
    job.state, job.lease_until, job.attempts = JobState.RUNNING, now + LEASE, job.attempts + 1
    session.flush()
    return job


def renew(
    session: Session, *, job_id: int, lease: datetime, now: datetime, advanced: bool
) -> datetime | None:
    """Hold on to a job; the new lease, or None when another process holds it by now. ``advanced`` says that
    something was done since: it is no hopeless attempt."""
    values: dict[str, Any] = {"lease_until": now + LEASE} | ({"attempts": 1} if advanced else {})
    return now + LEASE if _change(session, job_id, lease, values) else None


def release(session: Session, *, job_id: int, lease: datetime) -> None:
    """Put down unfinished, because this process stops; the next one goes on at once."""
    _change(session, job_id, lease, {"state": JobState.READY, "lease_until": None, "attempts": 0})


def postpone(session: Session, *, job_id: int, lease: datetime, until: datetime, error: str) -> None:
    """It went wrong and may go better later."""
    _change(session, job_id, lease, {"state": JobState.READY, "lease_until": until, "error": error})


def finish(session: Session, *, job_id: int, lease: datetime, now: datetime) -> bool:
    """Done, in the commit of its last result: it is told once. False when another process holds it."""
    values = {"state": JobState.DONE, "lease_until": None, "error": None, "finished_at": now}
    return _change(session, job_id, lease, values)


def fail(session: Session, *, job_id: int, lease: datetime, error: str, now: datetime) -> bool:
    """Given up; ``error`` is for the operator and holds no customer's data. False as with ``finish``."""
    values = {"state": JobState.FAILED, "lease_until": None, "error": error, "finished_at": now}
    return _change(session, job_id, lease, values)


def take_over(session: Session) -> None:
    """The only process there can be has started: what runs by the rows was another's, which is gone."""
    running = col(Job.state) == literal_column("'running'")
    session.execute(update(Job).where(running).values(lease_until=None))


def _change(session: Session, job_id: int, lease: datetime, values: dict[str, Any]) -> bool:
    held = (col(Job.id) == job_id, col(Job.lease_until) == lease, col(Job.state) == JobState.RUNNING)
    result = session.execute(update(Job).where(*held).values(**values))
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _is_open() -> ColumnElement[bool]:
    """Written out, not bound: only so is the index over open jobs used."""
    return col(Job.state).in_([literal_column("'ready'"), literal_column("'running'")])
