"""What alerts watch, read at a moment: kept figures and counts by index, a few milliseconds each."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import days, service_summary, usual
from crm_store.analysis.calendar import ONE_DAY, day_of, span
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import ENOUGH, Window, may_be_chance
from crm_store.moments import midnight, moment
from crm_store.reports.tables import AlertKind
from crm_store.service import queue
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket

WEEK = timedelta(weeks=1)


class Metric(StrEnum):
    """``backlog``, ``waiting``, ``longest`` (seconds that a customer has waited for us) are of this moment;
    ``rating`` of the last seven days; the rest of a day."""

    BACKLOG = "backlog"
    WAITING = "waiting"
    LONGEST = "longest"
    TICKETS = "tickets"
    COMPLAINTS = "complaints"
    RATING = "rating"
    ORDERS = "orders"
    SALES = "sales"
    PAID = "paid"
    REFUNDS = "refunds"
    CUSTOMERS = "customers"


class Unit(StrEnum):
    COUNT = "count"
    MONEY = "money"
    SECONDS = "seconds"
    SCORE = "score"


UNITS = {
    Metric.LONGEST: Unit.SECONDS,
    Metric.RATING: Unit.SCORE,
    Metric.SALES: Unit.MONEY,
    Metric.PAID: Unit.MONEY,
    Metric.REFUNDS: Unit.MONEY,
}
"""The others are counts."""

_MEASURES = {
    Metric.TICKETS: (Measure.TICKETS, By.WHOLE, "", "n"),
    Metric.COMPLAINTS: (Measure.TICKETS, By.KIND, Kind.COMPLAINT.value, "n"),
    Metric.ORDERS: (Measure.SALES, By.WHOLE, "", "n"),
    Metric.SALES: (Measure.SALES, By.WHOLE, "", "value"),
    Metric.PAID: (Measure.PAID, By.WHOLE, "", "value"),
    Metric.REFUNDS: (Measure.REFUNDED, By.WHOLE, "", "value"),
    Metric.CUSTOMERS: (Measure.CUSTOMERS, By.WHOLE, "", "n"),
}
OF_A_DAY = tuple(_MEASURES)
"""Only these change from day to day, and have a usual weekday."""


@dataclass(frozen=True)
class Books:
    """The figures by day as they are at ``now``: what several alerts watch is counted once."""

    session: Session
    zone: ZoneInfo
    currency: str
    now: datetime
    _known: dict[tuple[Measure, By, Window], dict[str, Figure]] = field(default_factory=dict, repr=False)

    @property
    def today(self) -> Window:
        """Until now; what was written in this very moment too."""
        day = day_of(self.now, self.zone)
        return Window(midnight(day, zone=self.zone), self.now + timedelta.resolution)

    def figure(self, metric: Metric, window: Window) -> Figure:
        measure, by, key, _ = _MEASURES[metric]
        what = measure, by, window
        if what not in self._known:
            about = {"window": window, "zone": self.zone, "currency": self.currency}
            self._known[what] = days.figures(self.session, measure=measure, by=by, **about)  # type: ignore[arg-type]
        return self._known[what].get(key, days.NOTHING)

    def on_days(self, metric: Metric, some: list[date]) -> list[Figure]:
        measure, by, _, _ = _MEASURES[metric]
        if by != By.WHOLE:
            return [self.figure(metric, span(one, self.zone)) for one in some]
        about = {"measure": measure, "zone": self.zone, "currency": self.currency}
        return list(days.on_days(self.session, days=some, **about).values())  # type: ignore[arg-type]


@dataclass(frozen=True)
class Reading:
    """``value`` as the metric's unit, or the change as a fraction; ``base`` is what it is compared with: the
    same weekday until the same time, or the usual. ``day`` is the one it speaks of, None for this moment.
    ``beyond``: an anomaly's verdict."""

    value: float
    day: date | None = None
    base: float | None = None
    beyond: bool = False

    def is_past(self, today: date) -> bool:
        """Whether it speaks of a day that is over."""
        return self.day is not None and self.day < today


def unit_of(metric: Metric) -> Unit:
    return UNITS.get(metric, Unit.COUNT)


def read(books: Books, *, metric: Metric, kind: AlertKind, sign: str) -> Reading | None:
    """A metric as an alert judges it; None where there is nothing to judge (yet).

    A day's figure that is to be *below* a level is judged when the day is over, one above as soon as it is.
    A change is until now against the same weekday until the same time; of fewer than ten before, and within
    what chance does, it is none. Unusual is yesterday, or today when it is too much already.
    """
    zone, now = books.zone, books.now
    if metric not in _MEASURES:
        value = _now(books.session, metric, now)
        return Reading(value) if value is not None else None
    today = day_of(now, zone)
    until_now = books.today
    yesterday = today - ONE_DAY
    if kind == AlertKind.ANOMALY:
        return _unusual(books, metric, today, until_now)
    if kind == AlertKind.CHANGE:
        return _change(books, metric, until_now)
    if sign == "<":
        figure, day = books.figure(metric, span(yesterday, zone)), yesterday
    else:
        figure, day = books.figure(metric, until_now), today
    return Reading(_value(metric, figure), day)


def today(books: Books, *, metric: Metric) -> float | None:
    """What a metric is at this moment, or today until now; None where nothing is known."""
    found = read(books, metric=metric, kind=AlertKind.THRESHOLD, sign=">")
    return found.value if found is not None else None


def _now(session: Session, metric: Metric, now: datetime) -> float | None:
    match metric:
        case Metric.BACKLOG:
            return service_summary.backlog(session).open
        case Metric.WAITING:
            return queue.count_waiting(session)
        case Metric.LONGEST:
            waits = select(func.min(col(Ticket.waiting_since))).where(col(Ticket.state).in_(queue.OURS))
            since = session.scalar(waits)
            return max((now - since).total_seconds(), 0.0) if since is not None else 0.0
        case _:
            ratings = service_summary.ratings(session, Window(now - WEEK, now))
            return ratings.mean if ratings.n >= ENOUGH else None


def _value(metric: Metric, figure: Figure) -> int:
    value: int = getattr(figure, _MEASURES[metric][3])
    return value


def _change(books: Books, metric: Metric, window: Window) -> Reading | None:
    zone, day = books.zone, day_of(books.now, books.zone)
    end = moment(day - WEEK, books.now.astimezone(zone).time(), zone=zone)
    before = books.figure(metric, Window(midnight(day - WEEK, zone=zone), end))
    if before.n < ENOUGH or not _value(metric, before):
        return None
    found = books.figure(metric, window)
    if may_be_chance(found.n, before.n) and _MEASURES[metric][3] == "n":
        return Reading(0.0, day, _value(metric, before))
    base = _value(metric, before)
    return Reading((_value(metric, found) - base) / base, day, base)


def _unusual(books: Books, metric: Metric, today: date, until_now: Window) -> Reading | None:
    of, yesterday = _MEASURES[metric][3], today - ONE_DAY
    found = usual.compare(books.figure(metric, until_now), _like(books, metric, today), of=of)
    if found is not None and found.value > found.most:
        return Reading(found.value, today, found.usual, beyond=True)
    whole = books.figure(metric, span(yesterday, books.zone))
    found = usual.compare(whole, _like(books, metric, yesterday), of=of)
    return (
        Reading(found.value, yesterday, found.usual, beyond=found.is_unusual) if found is not None else None
    )


def _like(books: Books, metric: Metric, day: date) -> list[Figure]:
    """The same weekday of the weeks before."""
    return books.on_days(metric, [day - WEEK * n for n in range(1, usual.WEEKS + 1)])
