"""Targets of a month against what came of them: how far, how far one should be, and where it will end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.analysis import days
from crm_store.analysis.calendar import ONE_DAY, begins, day_of
from crm_store.analysis.measures import Measure
from crm_store.analysis.service_summary import Window
from crm_store.reports import pace
from crm_store.reports.readings import Unit
from crm_store.reports.tables import Target, TargetMeasure
from crm_store.sales import margins
from crm_store.staff import audit
from crm_store.staff.tables import Staff

EARLY = 7
"""Days of a month that must be over before it says where it will end: each weekday once."""

NEAR = 0.95
"""Of what should be there by now: near enough to be on course."""

MONTHS = 6
"""So many months back are looked at."""

UNITS = {
    TargetMeasure.SALES: Unit.MONEY,
    TargetMeasure.MARGIN: Unit.MONEY,
    TargetMeasure.NEW_CUSTOMERS: Unit.COUNT,
}
_BY_DAY = {
    TargetMeasure.SALES: (Measure.PAID, "value"),
    TargetMeasure.MARGIN: (Measure.SALES, "value"),
    TargetMeasure.NEW_CUSTOMERS: (Measure.FIRST, "n"),
}
"""What says how a measure falls on the weekdays."""


class Verdict(StrEnum):
    """How a target stands: ``missed`` is said when its month is over, ``reached`` as soon as it is;
    ``early``: too few days have passed to say; ``ahead``: its month has not begun."""

    REACHED = "reached"
    MISSED = "missed"
    ON_COURSE = "on_course"
    BEHIND = "behind"
    EARLY = "early"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Books:
    """Whose figures: ``until`` is how far they go (not included), ``percent`` what is taken as margin of what
    nobody knows the cost of (``[orders] margin_percent``)."""

    zone: ZoneInfo
    currency: str
    percent: int
    until: datetime


@dataclass(frozen=True)
class Standing:
    """One target and what came of it, as the measure is (minor units, or customers). ``passed`` is the share
    of the month that is over, by what its weekdays usually bring where ``by_weekday``, else by days;
    ``days_passed`` whole days, ``days_left`` with the one that runs. ``known``: of a margin, the share of
    revenue whose cost is known."""

    measure: TargetMeasure
    month: date
    amount: int
    actual: int
    passed: float
    by_weekday: bool
    days_passed: int
    days_left: int
    known: float | None = None
    has_begun: bool = True

    @property
    def reached(self) -> float:
        """As a share of the target."""
        return self.actual / self.amount

    @property
    def expected(self) -> int | None:
        """Where the month will end at this pace; None where that is not to be said (any more)."""
        if self.days_passed < EARLY or not self.days_left or not self.passed:
            return None
        return round(self.actual / self.passed)

    @property
    def a_day(self) -> int | None:
        """What is needed on each day that is left; None where nothing is, or no day."""
        missing = self.amount - self.actual
        return -(-missing // self.days_left) if self.days_left and missing > 0 else None

    @property
    def verdict(self) -> Verdict:
        if self.actual >= self.amount:
            return Verdict.REACHED
        if not self.days_left:
            return Verdict.MISSED
        if not self.has_begun:
            return Verdict.AHEAD
        if self.days_passed < EARLY:
            return Verdict.EARLY
        return Verdict.ON_COURSE if self.reached >= NEAR * self.passed else Verdict.BEHIND

    def plain(self) -> dict[str, Any]:
        """As JSON, with what follows from it."""
        return {
            "measure": self.measure.value,
            "unit": UNITS[self.measure].value,
            "month": self.month.isoformat(),
            "amount": self.amount,
            "actual": self.actual,
            "reached": self.reached,
            "passed": self.passed,
            "by_weekday": self.by_weekday,
            "days_passed": self.days_passed,
            "days_left": self.days_left,
            "expected": self.expected,
            "a_day": self.a_day,
            "verdict": self.verdict.value,
            "known": self.known,
            "has_begun": self.has_begun,
        }


def set(
    session: Session, *, measure: TargetMeasure, month: date, amount: int, by: Staff, now: datetime
) -> int | None:
    """What the shop wants to reach in the month that begins on ``month``; ``amount`` (above 0) in minor units
    of the desk's currency, or customers. Returns what it was before, None where there was none."""
    target = get(session, measure=measure, month=month)
    before = target.amount if target is not None else None
    if before == amount:
        return before
    if target is None:
        target = Target(measure=measure, month=month, amount=amount, set_by=by.id, set_at=now)
    target.amount, target.set_by, target.set_at = amount, by.id, now
    session.add(target)
    session.flush()
    _record(session, target, by, "set", now, before=before, after=amount)
    return before


def drop(session: Session, *, measure: TargetMeasure, month: date, by: Staff, now: datetime) -> int | None:
    """There is no such target any more. Returns what it was; None where there was none."""
    target = get(session, measure=measure, month=month)
    if target is None:
        return None
    before = target.amount
    _record(session, target, by, "dropped", now, before=before, after=None)
    session.delete(target)
    session.flush()
    return before


def get(session: Session, *, measure: TargetMeasure, month: date) -> Target | None:
    statement = select(Target).where(col(Target.measure) == measure, col(Target.month) == month)
    return session.scalars(statement).first()


def standing(session: Session, *, month: date, books: Books) -> list[Standing]:
    """A month's targets, in the order of their measures, against what the books say until then."""
    found = _of(session, first=month, until=month_after(month))
    order = list(TargetMeasure)
    return [_standing(session, one, books) for one in sorted(found, key=lambda one: order.index(one.measure))]


def past(session: Session, *, month: date, books: Books) -> list[Standing]:
    """What came of the targets of the months before one, the latest first."""
    found = _of(session, first=earliest(month), until=month)
    order = list(TargetMeasure)
    found.sort(key=lambda one: (order.index(one.measure), -one.month.toordinal()))
    return [_standing(session, one, books) for one in found]


def earliest(month: date) -> date:
    """The first of the months that ``past`` looks at."""
    at = month.year * 12 + month.month - 1 - MONTHS
    return date(at // 12, at % 12 + 1, 1)


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def month_before(month: date) -> date:
    return (month - ONE_DAY).replace(day=1)


def _of(session: Session, *, first: date, until: date) -> list[Target]:
    return list(session.scalars(select(Target).where(col(Target.month) >= first, col(Target.month) < until)))


def _standing(session: Session, target: Target, books: Books) -> Standing:
    month, end = target.month, month_after(target.month)
    window = Window(begins(month, books.zone), begins(end, books.zone))
    until = min(max(books.until, window.start), window.end)
    today = day_of(until, books.zone)
    weights = _weights(session, target.measure, today, books) if month <= today < end else {}
    actual, known = _actual(session, target.measure, Window(window.start, until), books)
    return Standing(
        measure=target.measure,
        month=month,
        amount=target.amount,
        actual=actual,
        passed=pace.passed(weights, month=month, end=end, until=until, zone=books.zone),
        by_weekday=bool(weights),
        days_passed=(min(max(today, month), end) - month).days,
        days_left=max((end - max(today, month)).days, 0),
        known=known,
        has_begun=until > window.start,
    )


def _weights(session: Session, measure: TargetMeasure, today: date, books: Books) -> dict[int, int]:
    of, part = _BY_DAY[measure]
    return pace.of_weekdays(
        session, measure=of, part=part, today=today, zone=books.zone, currency=books.currency
    )


def _actual(
    session: Session, measure: TargetMeasure, window: Window, books: Books
) -> tuple[int, float | None]:
    """What a window came to, as /sales says it; of a margin also how much of it is known."""
    if window.start >= window.end:
        return 0, None
    about: dict[str, Any] = {"window": window, "zone": books.zone, "currency": books.currency}
    match measure:
        case TargetMeasure.SALES:
            paid, refunded = (
                days.total(session, measure=one, **about) for one in (Measure.PAID, Measure.REFUNDED)
            )
            return paid.value - refunded.value, None
        case TargetMeasure.MARGIN:
            found = margins.of_window(session, percent=books.percent, **about)
            return found.margin, found.known if found.revenue else None
        case TargetMeasure.NEW_CUSTOMERS:
            return days.total(session, measure=Measure.FIRST, **about).n, None


def _record(
    session: Session,
    target: Target,
    by: Staff,
    action: str,
    now: datetime,
    *,
    before: int | None,
    after: int | None,
) -> None:
    what = {"measure": target.measure.value, "month": target.month.isoformat()}
    audit.record(
        session,
        actor=by,
        action=action,
        entity="target",
        entity_id=target.id,
        now=now,
        before=what | {"amount": before} if before is not None else None,
        after=what | {"amount": after} if after is not None else None,
    )
