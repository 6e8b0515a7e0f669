"""Spans of time of reports: whole days by the clocks of any zone, and what each is compared with."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_store.analysis.service_summary import Window
from crm_store.reports import windows
from crm_store.reports.tables import Period

LONDON = ZoneInfo("Europe/London")
"""Clocks went forward on 29 March 2026, and back on 25 October."""


def shown(window: Window, zone: ZoneInfo = LONDON) -> list[str]:
    return [f"{one.astimezone(zone):%Y-%m-%d %H:%M}" for one in (window.start, window.end)]


def of_days(first: str, until: str, zone: ZoneInfo = LONDON) -> Window:
    return Window(*(datetime.fromisoformat(one).replace(tzinfo=zone) for one in (first, until)))


@pytest.mark.parametrize(
    ("first", "until", "before"),
    [
        ("2026-03-01", "2026-04-01", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        ("2024-03-01", "2024-04-01", ["2024-02-01 00:00", "2024-03-01 00:00"]),
        ("2026-01-01", "2026-04-01", ["2025-10-01 00:00", "2026-01-01 00:00"]),
        ("2024-01-01", "2025-01-01", ["2023-01-01 00:00", "2024-01-01 00:00"]),
        ("2026-03-23", "2026-03-30", ["2026-03-16 00:00", "2026-03-23 00:00"]),
        ("2026-03-29", "2026-03-30", ["2026-03-28 00:00", "2026-03-29 00:00"]),
        ("2026-10-20", "2026-10-30", ["2026-10-10 00:00", "2026-10-20 00:00"]),
    ],
)
def test_before_whole_months_are_as_many_months_and_before_days_as_many_days(
    first: str, until: str, before: list[str]
) -> None:
    assert shown(windows.previous(of_days(first, until), zone=LONDON)) == before


@pytest.mark.parametrize(
    ("window", "beside"),
    [
        (("2026-11-19", "2026-11-20"), "week_ago"),
        (("2026-10-25", "2026-10-26"), "week_ago"),
        (("2026-11-19T20:00", "2026-11-20T20:00"), "week_ago"),
        (("2026-11-09", "2026-11-16"), "before"),
        (("2026-10-01", "2026-11-01"), "before"),
        (("2026-11-20", "2026-11-23"), "week_before"),
        (("2026-10-24", "2026-10-27"), "week_before"),
    ],
)
def test_what_a_span_is_compared_with_is_called_what_it_is(window: tuple[str, str], beside: str) -> None:
    one = of_days(*window)

    assert windows.beside(one, windows.comparable(one, zone=LONDON)) == beside


def test_what_goes_on_is_compared_with_the_same_part() -> None:
    now = datetime(2026, 11, 20, 10, tzinfo=LONDON)

    found = [windows.so_far(one, now=now, zone=LONDON) for one in Period]

    assert [windows.beside(*one) for one in found] == ["week_ago", "week_before", "so_far"]
    assert [shown(before) for _, before in found] == [
        ["2026-11-13 00:00", "2026-11-13 10:00"],
        ["2026-11-09 00:00", "2026-11-13 10:00"],
        ["2026-10-01 00:00", "2026-10-20 10:00"],
    ]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/London", "Pacific/Apia", "America/Santiago"])
def test_days_weeks_and_months_follow_each_other_without_gap_or_overlap(zone: str) -> None:
    """Over a leap day, and over every change of the clocks of two years."""
    clocks = ZoneInfo(zone)
    for period in Period:
        day, end = date(2011, 12, 1), windows.of(period, day=date(2011, 12, 1), zone=clocks).start
        while day < date(2013, 1, 1):
            one = windows.of(period, day=day, zone=clocks)
            if one.start < one.end:  # Samoa had no 30 December 2011
                assert (one.start, windows.is_of_days(one, zone=clocks)) == (end, True)
            end = one.end
            day = max(end.astimezone(clocks).date(), day + timedelta(days=1))
