"""Keeping the figures of days that are over: which are to be counted, and writing down what was counted."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session, SQLModel, col

from crm_store import bulk
from crm_store.analysis import day_counts, day_marks
from crm_store.analysis.calendar import day_of, days_between, span
from crm_store.analysis.day_counts import Counted
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import within
from crm_store.analysis.tables import DayCounted, DayFigure
from crm_store.customers.tables import Customer
from crm_store.sales.tables import Order, Payment

LONGEST = timedelta(days=1100)
"""Three years; what is older is counted when somebody asks."""

AGAIN = timedelta(minutes=10)
"""A day that goes on changing is counted anew no more often."""

SMALL = 300
"""Orders, or payments, of a day that a unit of work may count: about 20 ms."""

_MOMENTS = (col(Order.placed_at), col(Payment.at), col(Customer.created_at))
_COLUMNS = ("measure", "by", "day", "key", "currency", "count", "value")


@dataclass(frozen=True)
class DayCount:
    """One day as it was at a moment: ``changes`` is what the day's mark said then."""

    day: date
    zone: str
    changes: int
    parts: dict[tuple[Measure, By], list[Counted]]

    def told(self) -> dict[str, Any]:
        """As JSON."""
        parts = [
            [measure, by, [astuple(one) for one in counted]] for (measure, by), counted in self.parts.items()
        ]
        return {"day": self.day.isoformat(), "zone": self.zone, "changes": self.changes, "parts": parts}

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> "DayCount":
        """What ``told`` said."""
        parts = {
            (Measure(measure), By(by)): [Counted(*one) for one in counted]
            for measure, by, counted in told["parts"]
        }
        return cls(date.fromisoformat(told["day"]), told["zone"], told["changes"], parts)


def due(session: Session, *, zone: tzinfo, now: datetime) -> list[date]:
    """The days to be counted, the latest first: over for ten minutes, and not counted or stale."""
    first, until = _first_day(session, zone=zone, now=now), day_of(now - day_marks.SETTLED, zone)
    if first is None:
        return []
    statement = select(col(DayCounted.day), col(DayCounted.counted_at), col(DayCounted.stale_since)).where(
        col(DayCounted.day) >= first, col(DayCounted.day) < until
    )
    done = {
        day
        for day, counted_at, stale_since in session.execute(statement)
        if counted_at is not None and (stale_since is None or counted_at > now - AGAIN)
    }
    return [day for day in reversed(list(days_between(first, until))) if day not in done]


def is_small(session: Session, *, day: date, zone: tzinfo) -> bool:
    """True when a unit of work may count it."""
    window = span(day, zone)
    for moment in _MOMENTS:
        some = select(moment).where(*within(moment, window)).limit(SMALL + 1).subquery()
        if (session.scalar(select(func.count()).select_from(some)) or 0) > SMALL:
            return False
    return True


def count(session: Session, *, day: date, zone: tzinfo) -> DayCount:
    """Read-only; all of it within one transaction."""
    mark = session.get(DayCounted, day)
    changes = mark.changes if mark is not None else 0  # before the counting: what changes meanwhile is seen
    return DayCount(day, str(zone), changes, day_counts.everything(session, window=span(day, zone)))


def keep(session: Session, *, counted: DayCount, zone: tzinfo, now: datetime) -> bool:
    """Write a day's figures in place of what was kept. False, and nothing is written, when the day changed
    since it was counted or the desk has another zone by now."""
    if counted.zone != str(zone):
        return False
    mark = session.get(DayCounted, counted.day, with_for_update=True)
    if (mark.changes if mark is not None else 0) != counted.changes:
        return False
    for measure, by in counted.parts:
        session.execute(
            delete(DayFigure).where(
                col(DayFigure.measure) == measure, col(DayFigure.by) == by, col(DayFigure.day) == counted.day
            )
        )
    table = SQLModel.metadata.tables["day_figure"]
    bulk.insert(session, table, _COLUMNS, _rows(counted))
    if mark is None:
        mark = DayCounted(day=counted.day)
    mark.counted_at, mark.stale_since = now, None
    session.add(mark)
    session.flush()
    return True


def _rows(counted: DayCount) -> Iterable[tuple[object, ...]]:
    for (measure, by), parts in counted.parts.items():
        for one in parts:
            yield measure.value, by.value, counted.day, one.key, one.currency, one.count, one.value


def _first_day(session: Session, *, zone: tzinfo, now: datetime) -> date | None:
    """The day of the first thing that is counted, three years ago at most; None in an empty store."""
    found = [at for column in _MOMENTS if (at := session.scalar(select(func.min(column)))) is not None]
    return max(day_of(min(found), zone), day_of(now - LONGEST, zone)) if found else None
