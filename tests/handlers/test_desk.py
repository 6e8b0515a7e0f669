"""Opening hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.desk import Hours

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
