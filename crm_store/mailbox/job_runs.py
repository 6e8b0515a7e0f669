"""Scheduled jobs: each slot is claimed exactly once, ever; the primary key decides."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.mailbox.tables import JobRun


def claim(session: Session, *, job: str, slot: str, now: datetime) -> bool:
    """True for exactly one caller per job and slot; what the job queues goes into the same commit."""
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(JobRun)
        .values(job=job, slot=slot, claimed_at=now)
        .on_conflict_do_nothing(index_elements=["job", "slot"])
        .returning(JobRun.job)
    )
    return session.execute(statement).first() is not None


def latest_slot(session: Session, *, job: str) -> str | None:
    """The newest slot that was ever claimed; slots sort as text."""
    return session.scalar(select(func.max(col(JobRun.slot))).where(col(JobRun.job) == job))
