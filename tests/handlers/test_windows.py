"""Spans of time as they are typed, and what each is compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_store.analysis.service_summary import Window
from handlers import windows
from handlers.desk import Desk
from tests.talk import DESK, WORDS

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
"""A Friday, 10:00 in Shanghai."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("前天", "2026-11-18", "2026-11-18"),
        ("the day before yesterday", "2026-11-18", "2026-11-18"),
        ("11月11日", "2026-11-11", "2026-11-11"),
        ("11.11", "2026-11-11", "2026-11-11"),
        ("12-12", "2025-12-12", "2025-12-12"),
        ("10月1日到10月7日", "2026-10-01", "2026-10-07"),
        ("10月1号至7号", "2026-10-01", "2026-10-07"),
        ("12月25日到1月5日", "2025-12-25", "2026-01-05"),
    ],
)
def test_a_day_needs_no_year(said: str, first: str, last: str) -> None:
    asked = windows.read(said, desk=DESK, words=WORDS, now=NOW)

    assert asked is not None
    assert asked.window == Window(at(first), at(last) + timedelta(days=1))


@pytest.mark.parametrize(
    ("said", "first", "last", "before"),
    [
        ("第三季度", "2026-07-01", "2026-09-30", "2026-04-01"),
        ("2026年1季度", "2026-01-01", "2026-03-31", "2025-10-01"),
        ("q4 2025", "2025-10-01", "2025-12-31", "2025-07-01"),
        ("2025Q4", "2025-10-01", "2025-12-31", "2025-07-01"),
        ("去年第四季度", "2025-10-01", "2025-12-31", "2025-07-01"),
        ("上季度", "2026-07-01", "2026-09-30", "2026-04-01"),
        ("last quarter", "2026-07-01", "2026-09-30", "2026-04-01"),
        ("上半年", "2026-01-01", "2026-06-30", "2025-07-01"),
        ("去年下半年", "2025-07-01", "2025-12-31", "2025-01-01"),
        ("2024", "2024-01-01", "2024-12-31", "2023-01-01"),
        ("2026-01-01..2026-03-31", "2026-01-01", "2026-03-31", "2025-10-01"),
        ("2024-02", "2024-02-01", "2024-02-29", "2024-01-01"),
        ("2024-02-29", "2024-02-29", "2024-02-29", "2024-02-22"),
    ],
)
def test_whole_months_are_compared_with_as_many_months_before(
    said: str, first: str, last: str, before: str
) -> None:
    asked = windows.read(said, desk=DESK, words=WORDS, now=NOW)

    assert asked is not None
    assert asked.window == Window(at(first), at(last) + timedelta(days=1))
    assert asked.before.start == at(before)


@pytest.mark.parametrize("said", ["第五季度", "2027q1", "去年q", "q0", "2025年2029q1"])
def test_a_part_that_no_year_has_is_none(said: str) -> None:
    assert windows.read(said, desk=DESK, words=WORDS, now=NOW) is None


@pytest.mark.parametrize("said", ["2月30日", "13.1", "10月7日到10月1日月", "0-0", "11月31号"])
def test_a_day_that_no_year_has_is_none(said: str) -> None:
    assert windows.read(said, desk=DESK, words=WORDS, now=NOW) is None


@pytest.mark.parametrize(
    ("said", "start", "before", "before_end"),
    [
        ("today", "2026-11-20", "2026-11-13", "2026-11-13T10:00"),
        ("今天", "2026-11-20", "2026-11-13", "2026-11-13T10:00"),
        ("this week", "2026-11-16", "2026-11-09", "2026-11-13T10:00"),
        ("本周", "2026-11-16", "2026-11-09", "2026-11-13T10:00"),
        ("本月", "2026-11-01", "2026-10-01", "2026-10-20T10:00"),
        ("今年", "2026-01-01", "2025-01-01", "2025-11-20T10:00"),
        ("7", "2026-11-14", "2026-11-07", "2026-11-13T10:00"),
        ("近7天", "2026-11-14", "2026-11-07", "2026-11-13T10:00"),
        ("last 30 days", "2026-10-22", "2026-09-22", "2026-10-21T10:00"),
        ("2026-11", "2026-11-01", "2026-10-01", "2026-10-20T10:00"),
    ],
)
def test_what_goes_on_ends_now_and_so_does_what_it_is_compared_with(
    said: str, start: str, before: str, before_end: str
) -> None:
    asked = windows.read(said, desk=DESK, words=WORDS, now=NOW)

    assert asked is not None
    assert (asked.window.start, asked.window.end, asked.so_far) == (
        at(start),
        NOW + timedelta.resolution,
        True,
    )
    assert (asked.before.start, asked.before.end) == (at(before), at(before_end))


@pytest.mark.parametrize(
    ("said", "days", "before"),
    [
        ("昨天", ("2026-11-19", "2026-11-20"), ("2026-11-12", "2026-11-13")),
        ("上周", ("2026-11-09", "2026-11-16"), ("2026-11-02", "2026-11-09")),
        ("last month", ("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        ("去年", ("2025-01-01", "2026-01-01"), ("2024-01-01", "2025-01-01")),
        ("2026-01", ("2026-01-01", "2026-02-01"), ("2025-12-01", "2026-01-01")),
        ("2026年1月", ("2026-01-01", "2026-02-01"), ("2025-12-01", "2026-01-01")),
        ("12月", ("2025-12-01", "2026-01-01"), ("2025-11-01", "2025-12-01")),
        ("2025", ("2025-01-01", "2026-01-01"), ("2024-01-01", "2025-01-01")),
        ("2026-01-05", ("2026-01-05", "2026-01-06"), ("2025-12-29", "2025-12-30")),
        ("2026-01-05..2026-01-14", ("2026-01-05", "2026-01-15"), ("2025-12-26", "2026-01-05")),
        ("2026-01-05 至 2026-01-14", ("2026-01-05", "2026-01-15"), ("2025-12-26", "2026-01-05")),
        ("２０２６－０１－０５", ("2026-01-05", "2026-01-06"), ("2025-12-29", "2025-12-30")),
    ],
)
def test_what_is_over_is_whole_days(said: str, days: tuple[str, str], before: tuple[str, str]) -> None:
    asked = windows.read(said, desk=DESK, words=WORDS, now=NOW)

    assert asked is not None
    assert (asked.window.start, asked.window.end, asked.so_far) == (at(days[0]), at(days[1]), False)
    assert (asked.before.start, asked.before.end) == (at(before[0]), at(before[1]))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "0",
        "99999",
        "2027",
        "2026-13",
        "2026-01-05..",
        "2026-02-01..2026-01-01",
        "..",
        "0001",
        "0001-01-01",
        "9999",
    ],
)
def test_what_is_no_span_or_has_not_begun_is_none(said: str) -> None:
    assert windows.read(said, desk=DESK, words=WORDS, now=NOW) is None


def test_a_name_reads_as_the_same_span_again() -> None:
    for said in ("今天", "近 7 天", "2026年1月", "2025", "2026-01-05 至 2026-01-14"):
        asked = windows.read(said, desk=DESK, words=WORDS, now=NOW)
        assert asked is not None
        assert windows.read(asked.name, desk=DESK, words=WORDS, now=NOW) == asked
        assert len(asked.name) <= 24


def test_days_are_the_desks_also_where_the_clocks_change() -> None:
    desk = Desk(name="x", timezone=ZoneInfo("America/New_York"))

    asked = windows.read("2026-11-01", desk=desk, words=WORDS, now=datetime(2026, 11, 20, tzinfo=UTC))

    assert asked is not None
    assert asked.window.length == timedelta(hours=25)
    assert asked.window.start.astimezone(desk.timezone).date() == date(2026, 11, 1)
