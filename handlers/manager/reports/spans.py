"""Which span of time somebody asks a report for: 周报, 上周, 2026-03, 2026-03-01..2026-03-15, 30"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from crm_store.analysis.service_summary import Window
from crm_store.reports import windows as periods
from crm_store.reports.tables import Period
from handlers import windows
from handlers.chat import Chat

ONE_DAY = timedelta(days=1)
_CURRENT = {"today": Period.DAY, "this_week": Period.WEEK, "this_month": Period.MONTH}


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
    return whole(periods.last_whole(period, now=chat.now, zone=zone), period, zone)


def current(chat: Chat, period: Period) -> Asked:
    window, before = periods.so_far(period, now=chat.now, zone=chat.desk.timezone)
    return Asked(period, window, before, so_far=True)


def whole(window: Window, period: Period, zone: ZoneInfo) -> Asked:
    return Asked(period, window, periods.comparable(window, zone=zone), so_far=False)


def read(chat: Chat, text: str, period: Period | None) -> tuple[Asked | None, str]:
    """The span that a text holds somewhere, and the text without it. With a period, a day stands for the one
    it lies in. None where there is none, and for what has not begun."""
    parts = text.split()
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            asked = _read(chat, " ".join(parts[start : start + length]), period)
            if asked is not None:
                return asked, " ".join([*parts[:start], *parts[start + length :]])
    return None, text


def _read(chat: Chat, text: str, period: Period | None) -> Asked | None:
    if any(text.casefold() in {one, *chat.words.listed("report_words", one)} for one in Period):
        return None  # which report, not when
    found = windows.read(text, desk=chat.desk, words=chat.words, now=chat.now)
    if found is None:
        return None
    zone = chat.desk.timezone
    first, days = _day(chat, found.window), (found.window.end - found.window.start) / ONE_DAY
    if period not in (None, Period.DAY) and days <= 1:
        assert period is not None
        window = periods.of(period, day=first, zone=zone)
        return current(chat, period) if window.end > chat.now else whole(window, period, zone)
    period = _CURRENT.get(found.name) or period_of(found.window, zone)
    return Asked(period, found.window, found.before, found.so_far)


def _day(chat: Chat, window: Window) -> date:
    return chat.desk.local(window.start).date()


def period_of(window: Window, zone: ZoneInfo) -> Period:
    """The period a window is; else the shortest that is not shorter."""
    first = window.start.astimezone(zone).date()
    for period in Period:
        if window == periods.of(period, day=first, zone=zone):
            return period
    days = window.length / ONE_DAY
    return Period.DAY if days <= 1 else Period.WEEK if days <= periods.WEEK / ONE_DAY else Period.MONTH
