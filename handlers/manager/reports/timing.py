"""When a report should come, as people type it: 每天9点, 周一8:30, 每月1号, daily 9:00, Mon 8:30, monthly"""

import re
import tomllib
import unicodedata
from datetime import time
from pathlib import Path

from crm_store.reports.slots import WORKDAYS, Rhythm

DEFAULT = time(9)
WEEKEND = (5, 6)
LATEST_DAY = 28
"""Of a month: each has it. Later ones are its last day."""

_DATA = tomllib.loads((Path(__file__).parent / "timing.toml").read_text(encoding="utf-8"))
_DIGITS: dict[str, int] = _DATA["digits"]
_DAYS: dict[str, int] = _DATA["weekdays"]
_PARTS: dict[str, str] = _DATA["parts"]
_TEN: str = _DATA["ten"]
_TO: str = _DATA["to"]
_SIMPLIFIED = str.maketrans(_DATA["simplified"])
_NOON: dict[str, int] = _DATA["noon"]
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"

_EVERY_DAY = re.compile(r"^(?:每天|每日|天天|每一天|(?:every ?day|each day|daily)\b)")
_WORKDAY = re.compile(r"^(?:每个)?(?:工作日)|^(?:(?:every |on )?(?:weekdays?|workdays?))\b")
_WEEKEND = re.compile(r"^每?(?:个)?周末|^(?:(?:every |on )?weekends?)\b")
_WEEKDAYS = re.compile(
    r"^每?个?(?:周|星期|礼拜)("
    r"[一二三四五六日天](?:[、,和]?(?:周|星期)?[一二三四五六日天](?![点时:])|[至到-](?:周|星期)?[一二三四五六日天](?![点时:]))*"
    r"|[1-7](?:(?:[、,]|[至到-])[1-7])*(?![\d:点时]))"
)
_ENGLISH = re.compile(
    rf"^(?:every |each |on |weekly(?: on)? )?({_NAME}(?:(?:\s*(?:,\s*and|,|and|&|-|to)\s*|\s+){_NAME})*)\b"
)
_WEEKLY = re.compile(r"^(?:每周|每星期|每个星期|weekly\b|every week\b)")
_LAST = re.compile(
    r"^(?:每个?月)?(?:的)?(?:最后一天|月底|月末|底|末)|^(?:monthly|every month)?\s*(?:on )?(?:the )?"
    r"(?:last(?: day)?(?: of (?:the|each|every) month)?|end of (?:the |each |every )?month|month ?end)\b"
)
_MONTHLY = re.compile(
    r"^每个?月(?:的)?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:日|号)?|^每?个?月(?:的)?初"
    r"|^(?:monthly|every month|each month)(?:\s+(?:on\s+)?(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?(?![\d:]))?"
    r"|^(?:on )?(?:the )?(\d{1,2})(?:st|nd|rd|th)\b(?: day)?(?: of (?:the|each|every) month)?"
)
_CLOCK = re.compile(
    r"^(?:at\s+|的)?(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|早|晚)?\s*"
    r"(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})"
    r"(?:\s*[:点时時點]\s*(?:整|(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>\d{1,2}|[零一二三四五六七八九十]{1,3})分?)?)?"
    r"\s*(?P<half_day>am|pm|a\.m\.|p\.m\.)?(?![\d号日])"
)
_NAMED = re.compile(rf"^(?:at\s+)?({'|'.join(_NOON)})(?![a-z])(?!\s*[\d{''.join(_DIGITS)}])")
_BETWEEN = " \t\n\u3000,:，、"


def read(text: str) -> tuple[Rhythm, str] | None:
    """The rhythm that a text begins with, and the rest of it; None where it begins with none. Without a time
    of day it is nine."""
    typed = _plain(text)
    days = _days(typed)
    if days is None:
        return None
    weekdays, day, rest = days
    clock = _clock(rest.lstrip(_BETWEEN))
    if clock is None:
        return Rhythm(DEFAULT, weekdays, day), rest.strip(_BETWEEN)
    at, rest = clock
    return Rhythm(at, weekdays, day), rest.strip(_BETWEEN)


def names_a_rare_day(text: str) -> bool:
    """Whether it is about a day that not every month has."""
    found = _MONTHLY.match(_plain(text))
    return found is not None and (_number(next(filter(None, found.groups()), "1")) or 0) > LATEST_DAY


def read_time(text: str) -> tuple[time, str] | None:
    """A time of day alone that a text begins with (下午3点半), and the rest of it."""
    clock = _clock(_plain(text))
    return (clock[0], clock[1].strip(_BETWEEN)) if clock is not None else None


def _plain(text: str) -> str:
    """One kind of digits, letters and characters."""
    return unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED).strip().lower()


def _days(typed: str) -> tuple[tuple[int, ...], int | None, str] | None:
    """Weekdays, the day of the month, and the rest."""
    if found := _EVERY_DAY.match(typed):
        return (), None, typed[found.end() :]
    if found := _WORKDAY.match(typed):
        return WORKDAYS, None, typed[found.end() :]
    if found := _WEEKEND.match(typed):
        return WEEKEND, None, typed[found.end() :]
    if (found := _WEEKDAYS.match(typed)) and (weekdays := _chinese(found[1])):
        return weekdays, None, typed[found.end() :]
    if found := _ENGLISH.match(typed):
        return _english(found[1]), None, typed[found.end() :]
    if found := _LAST.match(typed):
        return (), 0, typed[found.end() :]
    if found := _MONTHLY.match(typed):
        day = _number(next(filter(None, found.groups()), "1"))
        if day is None or not 1 <= day <= 31:
            return None
        return (), day if day <= LATEST_DAY else 0, typed[found.end() :]
    if found := _WEEKLY.match(typed):
        return (0,), None, typed[found.end() :]
    return None


def _chinese(text: str) -> tuple[int, ...]:
    """一三五, 一至五, 1-5."""
    days: list[int] = []
    ranged = False
    for one in text:
        if one in _TO:
            ranged = True
            continue
        day = _DAYS.get(one, int(one) - 1 if one.isdigit() else None)
        if day is None:
            continue
        days += range(days[-1] + 1, day + 1) if ranged and days else [day]
        ranged = False
    return tuple(sorted(set(days)))


def _english(text: str) -> tuple[int, ...]:
    parts = re.findall(rf"{_NAME}|-|\bto\b", text)
    days: list[int] = []
    ranged = False
    for part in parts:
        if part in ("-", "to"):
            ranged = True
            continue
        day = _NAMES.index(part[:3])
        days += range(days[-1] + 1, day + 1) if ranged and days else [day]
        ranged = False
    return tuple(sorted(set(days)))


def _clock(text: str) -> tuple[time, str] | None:
    """A time of day, and the rest."""
    named = _NAMED.match(text)
    if named is not None:
        return time(_NOON[named[1]]), text[named.end() :]
    found = _CLOCK.match(text)
    if found is None:
        return None
    hour, minute = _number(found["hour"]), 0
    if found["half"]:
        minute = 30
    elif found["quarter"]:
        minute = 15 * (_number(found["quarter"]) or 0)
    elif found["minute"]:
        minute = _number(found["minute"]) or 0
    if hour is None:
        return None
    hour = _of_half(hour, found["part"], found["half_day"])
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute), text[found.end() :]


def _of_half(hour: int, part: str | None, half_day: str | None) -> int:
    """8 in the evening is 20, 12 at night 0."""
    if half_day is not None:
        return hour % 12 + (12 if half_day.startswith("p") else 0)
    match _PARTS.get(part or ""):
        case "night" | "evening" if hour == 12:
            return 0
        case "noon" if hour < 10:
            return hour + 12
        case "afternoon" | "evening" if hour < 12:
            return hour + 12
        case _:
            return hour


def _number(text: str) -> int | None:
    """Digits, or 九, 十二, 二十三."""
    if text.isdigit() and text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition(_TEN)
    if not ten:
        return _DIGITS.get(text)
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
