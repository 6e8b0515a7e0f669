"""Days of the desk's calendar as spans of moments: half-open, in UTC, whatever the clocks do at midnight."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from crm_store.analysis.service_summary import Window
from crm_store.moments import midnight

ONE_DAY = timedelta(days=1)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Which day it was at the desk."""
    return moment.astimezone(zone).date()


def begins(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC; a day that a zone skipped begins where the next one does."""
    return midnight(day, zone=zone)


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
