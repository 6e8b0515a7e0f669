"""Spans of time as managers type them (今天, 上周, 7, 2026-01, from..to), and the one before."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm_store.analysis.service_summary import Window
from crm_store.customers import filter_values
from crm_store.moments import midnight, moment
from handlers.desk import Desk
from handlers.words import Words

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOST_DAYS = 3660
EARLIEST = 1970
_LAST = re.compile(r"^(?:近|最近|过去|last)?-?([1-9]\d{0,3})-?(?:d|days?|天|日)?$")
_RANGE = re.compile(r"^(.+?)(?:\.\.+|~|—+|至|到|-to-)(.+)$")
_MONTH = re.compile(r"^(\d{1,2})月$")
_OF_YEAR = re.compile(r"^(0?[1-9]|1[0-2])(?:月|[-./])(0?[1-9]|[12]\d|3[01])[日号]?$")
_OF_MONTH = re.compile(r"^(0?[1-9]|[12]\d|3[01])[日号]$")
_YEAR = re.compile(r"^(?:(?P<year>\d{4})年?|(?P<last>去年|last-year)|今年|this-year|)$")
_PARTS = {"q1": (1, 3), "q2": (4, 3), "q3": (7, 3), "q4": (10, 3), "h1": (1, 6), "h2": (7, 6)}
"""The first month of a part of a year, and how many it has."""


@dataclass(frozen=True)
class Asked:
    """``name`` is how it would be typed in short; ``window`` ends now where it goes on (``so_far``), and
    ``before`` at the same time of its own. Less than a week is compared with the same weekdays of the week
    before, any other span with the one before."""

    name: str
    window: Window
    before: Window
    so_far: bool


def read(text: str, *, desk: Desk, words: Words, now: datetime) -> Asked | None:
    """What a text names; None for anything else, and for what has not begun."""
    said = "-".join(unicodedata.normalize("NFKC", text).casefold().split())
    today = desk.local(now).date()
    found = (
        _named(said, today, words)
        or _last(said, today)
        or _of_year(said, today, words)
        or _dates(said, today)
    )
    if found is None:
        return None
    name, first, until, former = found
    if first > today or not DAY <= until - first <= MOST_DAYS * DAY:
        return None
    so_far = until > today
    # What was written in the same moment as the question is no news of tomorrow's.
    end = now + timedelta.resolution if so_far else midnight(until, zone=desk.timezone)
    window = Window(midnight(first, zone=desk.timezone), end)
    former_end = former[1]
    before_end = midnight(former_end, zone=desk.timezone)
    if so_far:
        same = moment(former[0] + (today - first), desk.local(now).time(), zone=desk.timezone)
        before_end = min(same, before_end)
    return Asked(name, window, Window(midnight(former[0], zone=desk.timezone), before_end), so_far)


Found = tuple[str, date, date, tuple[date, date]]
"""A name, the first day, the day after the last, and the same two of what it is compared with."""


def _named(said: str, today: date, words: Words) -> Found | None:
    monday, first = today - today.weekday() * DAY, today.replace(day=1)
    new_year = first.replace(month=1)
    months = [_months_after(first, n) for n in (-2, -1, 0, 1)]
    years = [new_year.replace(year=new_year.year + n) for n in (-2, -1, 0, 1)]
    quarter = _months_after(new_year, (first.month - 1) // 3 * 3)
    quarters = [_months_after(quarter, n) for n in (-6, -3, 0, 3)]
    spans = {
        "today": (today, today + DAY, (today - WEEK, today - WEEK + DAY)),
        "yesterday": (today - DAY, today, (today - DAY - WEEK, today - WEEK)),
        "two_days_ago": (today - 2 * DAY, today - DAY, (today - 2 * DAY - WEEK, today - DAY - WEEK)),
        "this_week": (monday, monday + WEEK, (monday - WEEK, monday)),
        "last_week": (monday - WEEK, monday, (monday - 2 * WEEK, monday - WEEK)),
        "week_before_last": (monday - 2 * WEEK, monday - WEEK, (monday - 3 * WEEK, monday - 2 * WEEK)),
        "this_month": (first, months[3], (months[1], first)),
        "last_month": (months[1], first, (months[0], months[1])),
        "this_quarter": (quarter, quarters[3], (quarters[1], quarter)),
        "last_quarter": (quarters[1], quarter, (quarters[0], quarters[1])),
        "this_year": (new_year, years[3], (years[1], new_year)),
        "last_year": (years[1], new_year, (years[0], years[1])),
    }
    for name, (start, until, former) in spans.items():
        if said == name or said in words.listed("period_words", name):
            return name, start, until, (former[0], former[1])
    return None


def _last(said: str, today: date) -> Found | None:
    """So many days, today among them."""
    found = _LAST.match(said)
    days = int(found[1]) if found else 0
    if not 0 < days <= MOST_DAYS or (found and days >= 1900 and found[0] == found[1]):
        return None  # 2026 alone is a year
    first = today + DAY - days * DAY
    return str(days), first, today + DAY, _days_before(first, today + DAY)


def _dates(said: str, today: date) -> Found | None:
    """A day, a month, a year, or from one to another."""
    if month := _MONTH.match(said):
        said = f"{today.year if int(month[1]) <= today.month else today.year - 1}-{month[1]}"
    if (ends := _RANGE.match(said)) is not None:
        start, last = (end.strip("-") for end in ends.groups())
        one = filter_values.span(_dated(start, today), today=None)
        if one is None:
            return None
        if (day := _OF_MONTH.match(last)) is not None:
            last = f"{one.first.year}-{one.first.month}-{day[1]}"
        other = filter_values.span(_dated(last, today, since=one.first), today=None)
        if other is None:
            return None
        first, until = one.first, other.end
    else:
        span = filter_values.span(_dated(said, today), today=None)
        if span is None:
            return None
        first, until = span.first, span.end
    if first.year < EARLIEST or first >= until:
        return None
    return _shown(first, until), first, until, _former(first, until)


def _dated(said: str, today: date, *, since: date | None = None) -> str:
    """A day without its year (11月11日) is the last there was, or the first from ``since`` on."""
    found = _OF_YEAR.match(said)
    if found is None:
        return said
    month, day = int(found[1]), int(found[2])
    if since is not None:
        year = since.year + ((month, day) < (since.month, since.day))
    else:
        year = today.year - ((month, day) > (today.month, today.day))
    return f"{year}-{month}-{day}"


def _of_year(said: str, today: date, words: Words) -> Found | None:
    """A quarter or half of a year; without its year the last that has begun."""
    for part, (month, months) in _PARTS.items():
        for word in words.listed("year_parts", part):
            if not (said.startswith(word) or said.endswith(word)):
                continue
            found = _YEAR.match(said.replace(word, "", 1).strip("-"))
            if found is None:
                continue
            year = int(found["year"] or today.year - bool(found["last"]))
            if not found[0] and month > today.month:
                year -= 1
            if year < EARLIEST:
                return None
            first = date(year, month, 1)
            until = _months_after(first, months)
            return _shown(first, until), first, until, _former(first, until)
    return None


def _former(first: date, until: date) -> tuple[date, date]:
    """As many months before whole months, else as many days."""
    months = (until.year - first.year) * 12 + until.month - first.month
    if first.day == until.day == 1:
        return _months_after(first, -months), first
    return _days_before(first, until)


def _days_before(first: date, until: date) -> tuple[date, date]:
    """As many days before; less than a week has the same weekdays of the week before."""
    length = until - first
    return (first - WEEK, until - WEEK) if length < WEEK else (first - length, first)


def _shown(first: date, until: date) -> str:
    last = until - DAY
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def _months_after(first: date, months: int) -> date:
    """Of the first of a month, the first of another."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
