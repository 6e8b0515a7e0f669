"""Days of the desk's calendar as spans of moments: half-open, in UTC, whatever the clocks do at midnight."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from crm_store.analysis.service_summary import Window

ONE_DAY = timedelta(days=1)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Which day it was at the desk."""
    return moment.astimezone(zone).date()


def begins(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC. Where the clocks skip midnight it is the first after the gap; a day
    that a zone skipped altogether begins where the next one does."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    earlier, later = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    return earlier if earlier <= later else _end_of_gap(later, earlier, zone)


def span(day: date, zone: tzinfo) -> Window:
    """A whole day; empty for one that the zone skipped."""
    return Window(begins(day, zone), begins(day + ONE_DAY, zone))


def days_between(first: date, until: date) -> Iterator[date]:
    """From ``first`` up to, and without, ``until``."""
    while first < until:
        yield first
        first += ONE_DAY


def whole_days(window: Window, zone: tzinfo) -> tuple[date, date]:
    """The days that lie wholly within a window: the first, and the one after the last (not before it)."""
    first = day_of(window.start, zone)
    if begins(first, zone) < window.start:
        first += ONE_DAY
    return first, max(first, day_of(window.end, zone))


def _end_of_gap(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The clocks go forward after ``low`` and not after ``high``; found to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
