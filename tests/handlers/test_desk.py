"""Opening hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.desk import Desk, Hours

ZONE = ZoneInfo("Asia/Shanghai")
WITH_LUNCH = Hours.parse(["Mon-Fri 09:00-12:00 13:30-18:00", "Sat 10:00-16:00"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-20 09:00", True, None),  # Friday, on the dot
        ("2026-11-20 11:59:59", True, None),
        ("2026-11-20 12:00", False, "2026-11-20 13:30"),  # lunch
        ("2026-11-20 18:00", False, "2026-11-21 10:00"),  # Friday evening
        ("2026-11-21 16:30", False, "2026-11-23 09:00"),  # Saturday, over Sunday
        ("2026-11-22 03:00", False, "2026-11-23 09:00"),
    ],
)
def test_the_desk_knows_when_it_is_open_and_when_it_opens(
    moment: str, is_open: bool, opens: str | None
) -> None:
    expected = at(opens) if opens else None

    assert (WITH_LUNCH.is_open(at(moment)), WITH_LUNCH.next_opening(at(moment))) == (is_open, expected)


def test_a_desk_without_hours_is_always_open() -> None:
    assert Hours().is_open(at("2026-11-22 03:00"))
    assert Hours().next_opening(at("2026-11-22 03:00")) is None


def test_days_may_wrap_around_the_week() -> None:
    weekend = Hours.parse(["Sat-Mon 10:00-12:00"])

    assert sorted(weekend.spans) == [0, 5, 6]


@pytest.mark.parametrize("line", ["", "Mon 18:00-09:00", "Fun 09:00-10:00", "Mon 9-10", "Mon 10:75-11:00"])
def test_an_unreadable_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match=r"is not like|days are|must start"):
        Hours.parse([line])


def open_spans(desk: Desk, start: str, end: str) -> list[tuple[str, str]]:
    """When the desk is open between two moments of its clocks, on those clocks."""
    moments = (
        datetime.fromisoformat(one).replace(tzinfo=desk.timezone).astimezone(UTC) for one in (start, end)
    )
    return [(f"{desk.local(a):%d %H:%M}", f"{desk.local(b):%d %H:%M}") for a, b in desk.openings(*moments)]


def test_opening_hours_between_two_moments_are_cut_at_both() -> None:
    desk = Desk(name="Tea", timezone=ZONE, hours=WITH_LUNCH)

    assert open_spans(desk, "2026-11-20 11:00", "2026-11-23 09:30") == [
        ("20 11:00", "20 12:00"),
        ("20 13:30", "20 18:00"),
        ("21 10:00", "21 16:00"),
        ("23 09:00", "23 09:30"),
    ]
    assert open_spans(desk, "2026-11-20 18:00", "2026-11-21 10:00") == []
    assert open_spans(desk, "2026-11-20 11:00", "2026-11-20 11:00") == []


def test_a_desk_without_hours_is_open_all_the_time_between() -> None:
    desk = Desk(name="Tea", timezone=ZONE)

    assert open_spans(desk, "2026-11-20 11:00", "2026-11-22 03:00") == [("20 11:00", "22 03:00")]


def test_a_day_that_ends_at_midnight_goes_on_into_the_next() -> None:
    desk = Desk(name="Tea", timezone=ZONE, hours=Hours.parse(["Fri-Sat 22:00-24:00"]))

    assert open_spans(desk, "2026-11-20 23:00", "2026-11-22 12:00") == [
        ("20 23:00", "21 00:00"),
        ("21 22:00", "22 00:00"),
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 5), ("2026-10-25", 7)],  # the clocks go forward at 2:00, and back at 3:00
)
def test_a_night_with_a_clock_change_is_as_long_as_it_was(day: str, hours: int) -> None:
    desk = Desk(name="Tea", timezone=ZoneInfo("Europe/Berlin"), hours=Hours.parse(["Mon-Sun 00:00-06:00"]))
    start = datetime.fromisoformat(day).replace(tzinfo=desk.timezone).astimezone(UTC)

    [(opens, closes)] = desk.openings(start, start + timedelta(hours=12))

    assert closes - opens == timedelta(hours=hours)
