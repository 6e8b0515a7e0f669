"""Which span of time somebody asks a report for: 上周, 2026-03, 2026-03-01..2026-03-15, 30"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from crm_store.analysis.service_summary import Window
from crm_store.customers import filter_values
from crm_store.moments import midnight
from crm_store.reports import windows
from crm_store.reports.tables import Period
from handlers.chat import Chat

MOST_DAYS = 366
_DAYS = re.compile(r"^(\d{1,3})-?(?:d|days?|天)?$")


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; ``so_far``: its window has not ended."""

    period: Period
    window: Window
    before: Window
    so_far: bool


def plain(chat: Chat, period: Period) -> Asked:
    """Today so far; of weeks and months the last that is over."""
    zone = chat.desk.timezone
    if period == Period.DAY:
        return current(chat, period)
    return whole(windows.last_whole(period, now=chat.now, zone=zone), period, zone)


def current(chat: Chat, period: Period) -> Asked:
    window, before = windows.so_far(period, now=chat.now, zone=chat.desk.timezone)
    return Asked(period, window, before, so_far=True)


def whole(window: Window, period: Period, zone: ZoneInfo) -> Asked:
    return Asked(period, window, windows.previous(window, zone=zone), so_far=False)


def read(chat: Chat, text: str, period: Period | None) -> tuple[Asked | None, str]:
    """The span that a text holds somewhere, and the text without it. With a period, a day stands for the one
    it lies in. None where there is none, and for what has not begun."""
    parts = text.split()
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            days = _days(chat, "-".join(parts[start : start + length]))
            if days is not None:
                rest = " ".join([*parts[:start], *parts[start + length :]])
                return _asked(chat, *days, period), rest
    return None, text


def _days(chat: Chat, typed: str) -> tuple[date, date] | None:
    """The first day, and the one after the last."""
    text, today = typed.casefold(), chat.desk.local(chat.now).date()
    if found := _DAYS.match(text):
        days = int(found[1])
        end = today + timedelta(days=1)
        return (end - timedelta(days=days), end) if 0 < days <= MOST_DAYS else None
    if any(text in {period, *chat.words.listed("report_words", period)} for period in Period):
        return None  # which report, not when
    for name in ("this_week", "last_week", "this_month", "last_month"):
        if text in chat.words.listed("period_words", name):
            return _named(name, today)
    first, _, last = text.partition("..")
    spans = [filter_values.span(one, today=today) for one in ((first, last) if last else (first,))]
    known = [one for one in spans if one is not None]
    if len(known) < len(spans) or known[0].first >= known[-1].end:
        return None
    return known[0].first, known[-1].end


def _named(name: str, today: date) -> tuple[date, date]:
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    return {
        "this_week": (monday, monday + timedelta(days=7)),
        "last_week": (monday - timedelta(days=7), monday),
        "this_month": (first, (first + timedelta(days=31)).replace(day=1)),
        "last_month": ((first - timedelta(days=1)).replace(day=1), first),
    }[name]


def _asked(chat: Chat, first: date, end: date, period: Period | None) -> Asked | None:
    zone = chat.desk.timezone
    if period is not None and end - first == timedelta(days=1):
        window = windows.of(period, day=first, zone=zone)
    else:
        window = Window(midnight(first, zone=zone), midnight(end, zone=zone))
        period = period_of(window, zone)
    if window.start > chat.now:
        return None
    if window.end <= chat.now:
        return whole(window, period, zone)
    if window == windows.of(period, day=chat.desk.local(chat.now).date(), zone=zone):
        return current(chat, period)
    until = Window(window.start, chat.now + timedelta.resolution)
    return Asked(period, until, windows.previous(window, zone=zone), so_far=True)


def period_of(window: Window, zone: ZoneInfo) -> Period:
    """The period a window is; else the shortest that is not shorter."""
    first = window.start.astimezone(zone).date()
    for period in Period:
        if window == windows.of(period, day=first, zone=zone):
            return period
    days = window.length / timedelta(days=1)
    return Period.DAY if days <= 1 else Period.WEEK if days <= 7 else Period.MONTH
