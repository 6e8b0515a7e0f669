"""How much of a month is over: by what its weekdays usually bring, else by its days."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from crm_store.analysis import days
from crm_store.analysis.calendar import ONE_DAY, begins, day_of, days_between
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import Measure

WEEKS = 8
"""So many weeks say what part of a week falls on which weekday."""

LEAST_WEEKS, LEAST = 6, 70
"""Something in so many of them, and so many payments (orders, buyers) in all: fewer are chance."""

_ALIKE = dict.fromkeys(range(7), 1)


def of_weekdays(
    session: Session, *, measure: Measure, part: str, today: date, zone: ZoneInfo, currency: str
) -> dict[int, int]:
    """By weekday (0 is Monday), what the last weeks brought; nothing where they say too little. ``part`` of a
    figure is what counts, ``value`` or ``n``."""
    first = today - timedelta(weeks=WEEKS)
    found = days.daily(session, measure=measure, first=first, until=today, zone=zone, currency=currency)
    return weights(found, part=part)


def weights(found: Mapping[date, Figure], *, part: str) -> dict[int, int]:
    """Pure: ``found`` is ``WEEKS`` weeks by day."""
    first = min(found)
    weeks = {(day - first).days // 7 for day, one in found.items() if one.n}
    by_weekday: dict[int, int] = defaultdict(int)
    for day, one in found.items():
        by_weekday[day.weekday()] += getattr(one, part)
    enough = len(weeks) >= LEAST_WEEKS and sum(one.n for one in found.values()) >= LEAST
    return dict(by_weekday) if enough and sum(by_weekday.values()) > 0 else {}


def passed(weights: Mapping[int, int], *, month: date, end: date, until: datetime, zone: ZoneInfo) -> float:
    """The share of a month (up to and without ``end``) that is over at a moment, the running day by its
    hours. Without ``weights`` all days count alike."""
    weights, today = weights or _ALIKE, day_of(until, zone)
    whole = sum(weights[day.weekday()] for day in days_between(month, end))
    done = float(sum(weights[day.weekday()] for day in days_between(month, min(today, end))))
    if month <= today < end:
        start, after = begins(today, zone), begins(today + ONE_DAY, zone)
        if start < after:  # not a day that the zone skipped
            done += weights[today.weekday()] * ((until - start) / (after - start))
    return done / whole
