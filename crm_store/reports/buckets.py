"""The bars and points of a picture: days, or weeks where there would be too many days."""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from crm_store.analysis.calendar import begins, day_of
from crm_store.analysis.service_summary import Window

LEAST_DAYS = 14
"""So many days are shown also of a report about one: a number says more beside its like."""

MOST_DAYS = 62
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Bucket:
    """``day`` is its first; ``is_of``: it lies in the window, at least half of it; ``is_part``: the window
    ends before it does."""

    day: date
    window: Window
    is_of: bool
    is_part: bool


def buckets(window: Window, *, zone: tzinfo) -> tuple[list[Bucket], bool]:
    """Days up to the window's end, or weeks from Monday (then True)."""
    last = day_of(window.end - timedelta.resolution, zone)
    first = min(day_of(window.start, zone), last - timedelta(days=LEAST_DAYS - 1))
    by_week = (last - first).days >= MOST_DAYS
    step = WEEK if by_week else timedelta(days=1)
    day = first - timedelta(days=first.weekday()) if by_week else first
    found = []
    while day <= last:
        end = begins(day + step, zone)
        span = Window(begins(day, zone), min(end, window.end))
        if span.start < span.end:  # not a day that the zone skipped
            is_of = span.start + (end - span.start) / 2 > window.start
            found.append(Bucket(day, span, is_of, end > window.end))
        day += step
    return found, by_week
