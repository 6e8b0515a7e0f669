"""Reports and alerts that managers asked for, and each time one was due."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.types import BigKey, Json, Utc, enum_of


class Period(StrEnum):
    """What span of time a report covers."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Section(StrEnum):
    """What a report may hold."""

    SERVICE = "service"
    SALES = "sales"
    SEGMENTS = "segments"
    CAMPAIGNS = "campaigns"
    TEAM = "team"


class RunState(StrEnum):
    DUE = "due"
    SENT = "sent"
    LATE = "late"
    EMPTY = "empty"
    FAILED = "failed"
    SKIPPED = "skipped"


class ReportSchedule(Row, table=True):
    """A report that one manager gets by itself. ``cron`` is read in ``zone``; ``language`` None: theirs.
    ``skip_empty``: nothing is sent where nothing happened. ``changed_at``: since when it comes as it does;
    what was due before is not made up for."""

    __tablename__ = "report_schedule"
    __table_args__ = (
        Index(
            "uq_report_schedule_settings",
            "staff_id",
            unique=True,
            sqlite_where=text("from_settings AND ended_at IS NULL"),
            postgresql_where=text("from_settings AND ended_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    period: Period = Field(sa_type=enum_of(Period))
    sections: list[str] = Field(sa_type=Json)
    cron: str
    zone: str
    language: str | None = None
    skip_empty: bool = False
    from_settings: bool = False
    paused_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)
    version: int = 1

    @property
    def number(self) -> str:
        return f"R{self.id}"


class ReportRun(Row, table=True):
    """One time a report was due, or was asked for (``schedule_id`` None): ``(schedule_id, slot)`` is unique,
    which makes it exactly once. ``figures`` are what it said, and stay what they were."""

    __tablename__ = "report_run"
    __table_args__ = (
        UniqueConstraint("schedule_id", "slot"),
        Index("ix_report_run_staff", "staff_id", "id"),
    )

    id: int = Field(default=None, primary_key=True)
    schedule_id: int | None = Field(default=None, foreign_key="report_schedule.id")
    slot: str
    staff_id: int = Field(foreign_key="staff.id")
    period: Period = Field(sa_type=enum_of(Period))
    sections: list[str] = Field(sa_type=Json)
    window_start: datetime = Field(sa_type=Utc)
    window_end: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    state: RunState = Field(default=RunState.DUE, sa_type=enum_of(RunState))
    job_id: int | None = Field(default=None, foreign_key="job.id")
    figures: dict[str, Any] | None = Field(default=None, sa_type=Json)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = None


class TargetMeasure(StrEnum):
    """What a target may be set for: net sales and margin in minor units, customers who bought for the first
    time as a count."""

    SALES = "sales"
    MARGIN = "margin"
    NEW_CUSTOMERS = "new_customers"


class Target(Row, table=True):
    """What the shop wants to reach in a month, which is named by its first day."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("measure", "month"),)

    id: int = Field(default=None, primary_key=True)
    measure: TargetMeasure = Field(sa_type=enum_of(TargetMeasure))
    month: date
    amount: int = Field(sa_type=BigKey)
    set_by: int | None = Field(default=None, foreign_key="staff.id")
    set_at: datetime = Field(sa_type=Utc)


class AlertKind(StrEnum):
    """``threshold``: beyond a level. ``change``: by so many per cent against the comparable time before.
    ``anomaly``: far from what is usual for the weekday."""

    THRESHOLD = "threshold"
    CHANGE = "change"
    ANOMALY = "anomaly"


class Alert(Row, table=True):
    """What one manager wants to be told of at once. ``level`` is a count, minor units, a fraction of one or
    seconds, as the metric is."""

    __tablename__ = "alert"

    id: int = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    metric: str
    kind: AlertKind = Field(sa_type=enum_of(AlertKind))
    sign: str
    level: float
    cool_down_minutes: int
    checked_at: datetime | None = Field(default=None, sa_type=Utc)
    raised_at: datetime | None = Field(default=None, sa_type=Utc)
    raised_for: date | None = Field(
        default=None, description="the day it was raised for, where one is judged"
    )
    is_over: bool = Field(default=True, description="it was below its level since it was raised last")
    paused_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 1

    @property
    def number(self) -> str:
        return f"A{self.id}"


class AlertEvent(Row, table=True):
    """One time an alert was raised."""

    __tablename__ = "alert_event"

    id: int = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    value: float
    usual: float | None = None
    at: datetime = Field(sa_type=Utc)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Utc)
    acknowledged_by: int | None = Field(default=None, foreign_key="staff.id")
