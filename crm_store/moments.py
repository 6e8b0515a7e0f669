"""When the clocks of a zone show something: the one place that knows skipped and doubled hours."""

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
