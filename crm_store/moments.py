"""When the clocks of a zone show something: the one place that knows skipped and doubled hours. And how far
moments are apart, in time and by the calendar, which are two different questions."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def moment(day: date, at: time, *, zone: tzinfo) -> datetime:
    """When the clocks show this, in UTC.

    A time the day skips (clocks go forward) is the first moment after the gap; one it has twice
    (clocks go back) is the first of the two.
    """
    shown = datetime.combine(day, at, tzinfo=zone)
    earlier, later = shown.astimezone(UTC), shown.replace(fold=1).astimezone(UTC)
    return earlier if earlier <= later else _end_of_gap(later, earlier, zone)


def midnight(day: date, *, zone: tzinfo) -> datetime:
    """When a day begins, in UTC."""
    return moment(day, time(), zone=zone)


def elapsed(start: datetime, end: datetime) -> float:
    """Days as time passed: 23:59 to 00:01 is two minutes, 1/720 of a day."""
    return (end - start).total_seconds() / 86_400


def calendar_days(start: datetime, end: datetime, *, zone: tzinfo) -> int:
    """Days as people count them, in ``zone``: 23:59 to 00:01 is one."""
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days


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
