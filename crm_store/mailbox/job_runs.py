"""Scheduled jobs: each slot is claimed exactly once, ever; the primary key decides."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.mailbox.tables import JobRun


def claim(session: Session, *, job: str, slot: str, now: datetime, due_at: datetime | None = None) -> bool:
    """True for exactly one caller per job and slot; what the job queues goes into the same commit.

    ``due_at`` is the moment the slot stands for.
    """
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(JobRun)
        .values(job=job, slot=slot, claimed_at=now, due_at=due_at)
        .on_conflict_do_nothing(index_elements=["job", "slot"])
        .returning(JobRun.job)
    )
    return session.execute(statement).first() is not None


def due_at(session: Session, *, job: str, slot: str) -> datetime | None:
    """The moment a claimed slot stood for; None for one that nobody claimed."""
    run = session.get(JobRun, (job, slot))
    return run.due_at if run else None


def latest_due(session: Session, *, job: str, now: datetime) -> datetime | None:
    """The latest moment the job was claimed for. A slot claimed while the machine's clock ran ahead is no
    reason to do nothing until then."""
    return session.scalar(
        select(func.max(col(JobRun.due_at))).where(col(JobRun.job) == job, col(JobRun.due_at) <= now)
    )


def forget(session: Session, *, job: str, slot: str) -> None:
    session.execute(delete(JobRun).where(col(JobRun.job) == job, col(JobRun.slot) == slot))
