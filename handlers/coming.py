"""When something is to happen, as people put it: 现在, 明天上午10点, 周五 9:30, tomorrow 10:00."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from handlers.desk import DAYS, Desk

_NOW = re.compile(r"^(?:现在|马上|立即|立刻|now|right away|at once)$")
_MOMENT = re.compile(
    r"^(?:(?P<today>今天|today)|(?P<tonight>今晚|tonight)|(?P<tomorrow>明天|明(?=[早晚])|tomorrow)|(?P<after>后天)"
    r"|(?:(?P<next>下个?(?=周|星期|礼拜)|next (?=[a-z]))?"
    r"(?:(?:周|星期|礼拜)(?P<day>[一二三四五六日天])|(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*))"
    r"|(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/月](?P<date>\d{1,2})[日号]?)?[ ,]*(?:at )?"
    r"(?:(?P<am>凌晨|早上|早|上午)|(?P<noon>中午)|(?P<pm>下午|傍晚|晚上|晚))? ?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|(?P<spoken>点)(?:钟|(?P<half>半)|(?P<minutes>\d{1,2})分?)?)?"
    r" ?(?P<meridiem>[ap]m)?$"
)
_HAN_DAYS = "^一二三四五六日天"
_DAYS_NAMED = ("today", "tonight", "tomorrow", "after", "day", "weekday", "month")
SUNDAY = 6
AFTERNOON = 7
"""Three o'clock without a word more is the afternoon's."""


def is_now(text: str) -> bool:
    return _NOW.match(_plain(text)) is not None


def moment(text: str, *, desk: Desk, now: datetime) -> datetime | None:
    """The moment (UTC) that the text names; None for anything else, and for what is over. A time without a
    day is the next such time; a day without its year is the next such day."""
    found = _MOMENT.match(_plain(text))
    if found is None or not (found["minute"] or found["meridiem"] or found["spoken"]):
        return None
    today = desk.local(now).date()
    try:
        at = time(_hour(found), int(found["minute"] or found["minutes"] or (30 if found["half"] else 0)))
        day = _day(found, today)
        days = [day] if day is not None else [today, today + timedelta(days=1)]
        return next((one for one in (desk.moment(each, at) for each in days) if one > now), None)
    except (ValueError, OverflowError):
        return None


def hours(text: str) -> time | None:
    """A time of day alone: 21:00, 21, 晚上9点, 9 pm; None for anything else. A bare figure is of 24 hours."""
    found = _MOMENT.match(_plain(text))
    if found is None or any(found[one] for one in _DAYS_NAMED):
        return None
    try:
        hour = int(found["hour"]) if _is_bare(found) else _hour(found)
        return time(hour, int(found["minute"] or found["minutes"] or (30 if found["half"] else 0)))
    except ValueError:
        return None


def _is_bare(found: re.Match[str]) -> bool:
    return not any(found[one] for one in ("am", "noon", "pm", "meridiem"))


def _day(found: re.Match[str], today: date) -> date | None:
    if found["today"] or found["tonight"]:
        return today
    if found["tomorrow"] or found["after"]:
        return today + timedelta(days=1 if found["tomorrow"] else 2)
    if found["day"] or found["weekday"]:
        han = found["day"]
        wanted = min(_HAN_DAYS.index(han) - 1, SUNDAY) if han else DAYS.index(found["weekday"])
        if found["next"]:
            return today + timedelta(days=7 - today.weekday() + wanted)
        return today + timedelta(days=(wanted - today.weekday()) % 7)
    if found["month"] is None:
        return None
    day = date(int(found["year"] or today.year), int(found["month"]), int(found["date"]))
    return day.replace(year=day.year + 1) if found["year"] is None and day < today else day


def _hour(found: re.Match[str]) -> int:
    """Raises ValueError where the words and the figure do not go together."""
    hour, meridiem = int(found["hour"]), found["meridiem"]
    if meridiem:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        return hour % 12 + (12 if meridiem == "pm" else 0)
    if found["am"]:
        return hour
    if found["pm"] or found["tonight"] or (found["noon"] and hour < AFTERNOON):
        return hour + 12 if hour < 12 else hour
    return hour + 12 if found["spoken"] and 0 < hour < AFTERNOON and not found["noon"] else hour


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().strip(" .。!！").split())
