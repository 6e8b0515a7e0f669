"""Which span of time a report is about, and the one it is compared with."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_store.analysis.service_summary import ALIKE, Window
from crm_store.moments import midnight, moment
from crm_store.reports.tables import Period

WEEK = timedelta(days=7)
A_DAY = timedelta(hours=26)
"""Also where the clocks change."""

NOON = time(12)
"""A daily report that comes before it is about the day before."""


def of(period: Period, *, day: date, zone: ZoneInfo) -> Window:
    """The whole day, week (from Monday) or month that a day lies in."""
    match period:
        case Period.DAY:
            first, end = day, day + timedelta(days=1)
        case Period.WEEK:
            first = day - timedelta(days=day.weekday())
            end = first + WEEK
        case Period.MONTH:
            first = day.replace(day=1)
            end = (first + timedelta(days=31)).replace(day=1)
    return Window(midnight(first, zone=zone), midnight(end, zone=zone))


def last_whole(period: Period, *, now: datetime, zone: ZoneInfo) -> Window:
    """The last day, week or month that is over."""
    current = of(period, day=now.astimezone(zone).date(), zone=zone)
    return previous(current, zone=zone)


def so_far(period: Period, *, now: datetime, zone: ZoneInfo) -> tuple[Window, Window]:
    """The day, week or month until now, and what it is compared with until the same time."""
    local = now.astimezone(zone)
    window = of(period, day=local.date(), zone=zone)
    before = comparable(window, zone=zone)
    days = (local.date() - _day(window.start, zone)).days
    same = moment(_day(before.start, zone) + timedelta(days=days), local.time(), zone=zone)
    # What was written in the same moment as the question is no news of tomorrow's.
    return Window(window.start, now + timedelta.resolution), Window(before.start, min(same, before.end))


def previous(window: Window, *, zone: ZoneInfo) -> Window:
    """The span before: as many months before whole months, else as many days as it has, ending where it
    begins."""
    first, end = _day(window.start, zone), _day(window.end, zone)
    months = (end.year - first.year) * 12 + end.month - first.month
    if first.day == end.day == 1 and is_of_days(window, zone=zone):
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        return Window(midnight(date(year, month + 1, 1), zone=zone), window.start)
    shown = window.start.astimezone(zone)
    days = timedelta(days=max((end - first).days, 1))
    start = moment(shown.date() - days, shown.time(), zone=zone)
    if start >= window.start:  # a date that the zone skipped altogether
        start = moment(shown.date() - days - timedelta(days=1), shown.time(), zone=zone)
    return Window(start, window.start)


def comparable(window: Window, *, zone: ZoneInfo) -> Window:
    """What a window is compared with: less than a week with the same weekdays of the week before, by the same
    clocks; any other span with the one before."""
    start, end = (one.astimezone(zone) for one in (window.start, window.end))
    if end.date() - start.date() >= WEEK:
        return previous(window, zone=zone)
    return Window(*(moment(one.date() - WEEK, one.time(), zone=zone) for one in (start, end)))


def beside(window: Window, before: Window) -> str:
    """What ``before`` is to a window, as a key of ``[report_beside]``: ``before`` (it ends where the window
    begins), ``week_ago`` (the same weekday), ``week_before`` (the same weekdays), ``so_far`` (the same part
    of the span before)."""
    if before.end >= window.start:
        return "before"
    if abs(window.start - before.start - WEEK) > ALIKE:
        return "so_far"
    return "week_ago" if window.length <= A_DAY else "week_before"


def is_of_days(window: Window, *, zone: ZoneInfo) -> bool:
    """Whether it is made of whole days."""
    return all(one == midnight(_day(one, zone), zone=zone) for one in (window.start, window.end))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
