"""The books by day: kept figures where a day is over and nothing of it has changed, counted live elsewhere.

So a year costs what its days cost to add up, and every total still is the ledger's, to the minor unit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from crm_store.analysis import day_counts, day_marks
from crm_store.analysis.calendar import ONE_DAY, begins, days_between, span, whole_days
from crm_store.analysis.day_counts import Counted
from crm_store.analysis.measures import KEPT, MONEY, By, Measure
from crm_store.analysis.service_summary import Window, within
from crm_store.analysis.tables import DayFigure
from crm_store.sales.tables import Order, Payment


class Figure(NamedTuple):
    """How many, and how much: minor units of the currency asked for, or the measure's own unit."""

    n: int = 0
    value: int = 0


NOTHING = Figure()


@dataclass(frozen=True)
class Plan:
    """Where a window's figures come from: runs of days that are kept (first, and the one after the last), and
    spans to be counted now."""

    kept: tuple[tuple[date, date], ...]
    live: tuple[Window, ...]


def plan(session: Session, *, window: Window, zone: tzinfo) -> Plan:
    """How a window is read. The same plan serves several figures of one transaction."""
    first, until = whole_days(window, zone)
    kept = day_marks.kept(session, first=first, until=until, zone=zone)
    runs = tuple(_runs(kept))
    edges = [window.start]
    for start, end in runs:
        edges += [begins(start, zone), begins(end, zone)]
    edges.append(window.end)
    live = (Window(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return Plan(runs, tuple(one for one in live if one.start < one.end))


def figures(
    session: Session,
    *,
    measure: Measure,
    window: Window,
    zone: tzinfo,
    currency: str,
    by: By = By.WHOLE,
    planned: Plan | None = None,
) -> dict[str, Figure]:
    """A measure over a window of moments, by key of its parts; without parts the one key is ``""``, which is
    always there. Amounts in other currencies are left out (``left_out`` names them).
    """
    where = planned or plan(session, window=window, zone=zone)
    where = where if measure in KEPT else Plan((), (window,))
    money = currency if measure in MONEY else ""
    found: dict[str, Figure] = {"": NOTHING} if by == By.WHOLE else {}
    for start, end in where.kept:
        _add(found, _kept(session, measure, by, money, start, end))
    for one in where.live:
        _add(found, day_counts.count(session, measure=measure, by=by, window=one), currency=money)
    return found


def total(
    session: Session,
    *,
    measure: Measure,
    window: Window,
    zone: tzinfo,
    currency: str,
    planned: Plan | None = None,
) -> Figure:
    """A measure over a whole window."""
    found = figures(session, measure=measure, window=window, zone=zone, currency=currency, planned=planned)
    return found[""]


def daily(
    session: Session, *, measure: Measure, first: date, until: date, zone: tzinfo, currency: str
) -> dict[date, Figure]:
    """A measure day by day, from ``first`` up to and without ``until``; every day is there."""
    wanted = days_between(first, until)
    return on_days(session, measure=measure, days=wanted, zone=zone, currency=currency)


def on_days(
    session: Session, *, measure: Measure, days: Iterable[date], zone: tzinfo, currency: str
) -> dict[date, Figure]:
    """A measure on each of some days."""
    found = dict.fromkeys(days, NOTHING)
    if not found:
        return found
    first, until = min(found), max(found) + ONE_DAY
    money = currency if measure in MONEY else ""
    kept = day_marks.kept(session, first=first, until=until, zone=zone) if measure in KEPT else set()
    statement = select(col(DayFigure.day), col(DayFigure.count), col(DayFigure.value)).where(
        *_part(measure, By.WHOLE, money), col(DayFigure.day) >= first, col(DayFigure.day) < until
    )
    found |= {
        day: Figure(n, value) for day, n, value in session.execute(statement) if day in kept & found.keys()
    }
    for day in found.keys() - kept:
        one: dict[str, Figure] = {"": NOTHING}
        _add(
            one,
            day_counts.count(session, measure=measure, by=By.WHOLE, window=span(day, zone)),
            currency=money,
        )
        found[day] = one[""]
    return found


def left_out(session: Session, *, window: Window, zone: tzinfo, currency: str) -> dict[str, int]:
    """How many sales of a window were in each other currency."""
    where = plan(session, window=window, zone=zone)
    found: dict[str, int] = {}
    for start, end in where.kept:
        statement = (
            select(col(DayFigure.currency), func.sum(col(DayFigure.count)))
            .where(*_part(Measure.SALES, By.WHOLE), col(DayFigure.day) >= start, col(DayFigure.day) < end)
            .group_by(col(DayFigure.currency))
        )
        for other, n in session.execute(statement):
            found[other] = found.get(other, 0) + int(n)
    for one in where.live:
        for counted in day_counts.count(session, measure=Measure.SALES, by=By.WHOLE, window=one):
            found[counted.currency] = found.get(counted.currency, 0) + counted.count
    return {other: n for other, n in sorted(found.items()) if other != currency}


def is_light(session: Session, *, windows: Iterable[Window], zone: tzinfo, most: int) -> bool:
    """True when no more than ``most`` orders and payments must be counted live: what a unit of work may do.
    Where not, the figures are work for a process of its own."""
    if not day_marks.is_calm(session, most=most):
        return False
    left = most
    for window in windows:
        for one in plan(session, window=window, zone=zone).live:
            for moment in (col(Order.placed_at), col(Payment.at)):
                some = select(moment).where(*within(moment, one)).limit(left + 1).subquery()
                left -= session.scalar(select(func.count()).select_from(some)) or 0
                if left < 0:
                    return False
    return True


def _kept(session: Session, measure: Measure, by: By, currency: str, start: date, end: date) -> list[Counted]:
    statement = (
        select(col(DayFigure.key), func.sum(col(DayFigure.count)), func.sum(col(DayFigure.value)))
        .where(*_part(measure, by, currency), col(DayFigure.day) >= start, col(DayFigure.day) < end)
        .group_by(col(DayFigure.key))
    )
    return [Counted(key, currency, int(n), int(value)) for key, n, value in session.execute(statement)]


def _part(measure: Measure, by: By, currency: str | None = None) -> list[ColumnElement[bool]]:
    found = [col(DayFigure.measure) == measure, col(DayFigure.by) == by]
    return found if currency is None else [*found, col(DayFigure.currency) == currency]


def _add(found: dict[str, Figure], counted: Iterable[Counted], *, currency: str | None = None) -> None:
    for one in counted:
        if currency is None or one.currency == currency:
            n, value = found.get(one.key, NOTHING)
            found[one.key] = Figure(n + one.count, value + one.value)


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days without a gap as one: the first, and the one after the last."""
    start = end = None
    for day in sorted(days):
        if start is not None and day != end:
            yield start, end  # type: ignore[misc]  # set together
            start = None
        start, end = start or day, day + ONE_DAY
    if start is not None and end is not None:
        yield start, end
