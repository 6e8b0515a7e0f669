"""When something happened, as people put it before what happened: 昨天15:00, 昨天下午3点半, 11-19 9:30,
yesterday 3pm, 15:00. Only what is past is read: 3点回电 is what to do, not when it was done."""

import re
from datetime import date, datetime, time, timedelta

from handlers.desk import Desk

_MOMENT = re.compile(
    r"^(?:(?:(?P<today>今天|today)|(?P<yesterday>昨天|yesterday)|(?P<before>前天)"
    r"|(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/月](?P<date>\d{1,2})[日号]?)[\s,，]*)?(?:at\s+)?"
    r"(?:(?P<am>凌晨|早上|上午)|(?P<noon>中午)|(?P<pm>下午|傍晚|晚上|晚))?\s*"
    r"(?P<hour>\d{1,2})(?:[:：](?P<minute>\d{2})|(?P<spoken>点)钟?(?:(?P<half>半)|(?P<minutes>\d{1,2})分?)?)?"
    r"\s*(?P<meridiem>[ap]m)?(?![A-Za-z0-9:：])[\s,，:：]*",
    re.IGNORECASE,
)
AFTERNOON = 7
"""Three o'clock without a word more is the afternoon's; seven may be either, and is taken as it stands."""


def past(text: str, *, desk: Desk, now: datetime) -> tuple[datetime, str] | None:
    """The moment (UTC) that ``text`` begins with, and the rest; None where that is none, or still to come."""
    found = _MOMENT.match(text)
    if found is None:
        return None
    exact = found["minute"] or found["meridiem"]
    part = found["am"] or found["noon"] or found["pm"]
    named = found["today"] or found["yesterday"] or found["before"] or found["month"]
    if not exact and not (found["spoken"] and (named or part)):
        return None
    try:
        day = _day(found, desk.local(now).date())
        at = desk.moment(day, time(_hour(found), int(found["minute"] or found["minutes"] or _half(found))))
    except ValueError:
        return None
    return (at, text[found.end() :]) if at <= now else None


def _day(found: re.Match[str], today: date) -> date:
    """A day without its year is the last such day."""
    if found["month"] is None:
        return today - timedelta(days=2 if found["before"] else 1 if found["yesterday"] else 0)
    year = int(found["year"] or today.year)
    day = date(year, int(found["month"]), int(found["date"]))
    return day.replace(year=year - 1) if found["year"] is None and day > today else day


def _hour(found: re.Match[str]) -> int:
    hour, meridiem = int(found["hour"]), (found["meridiem"] or "").lower()
    if meridiem or found["am"]:
        afternoon = meridiem == "pm" or (not meridiem and bool(found["pm"]))
        return hour % 12 + (12 if afternoon else 0) if hour <= 12 else hour
    if found["pm"]:
        return hour + 12 if hour < 12 else hour
    guessed = found["noon"] or (found["spoken"] and hour < AFTERNOON)
    return hour + 12 if guessed and 0 < hour < AFTERNOON else hour


def _half(found: re.Match[str]) -> int:
    return 30 if found["half"] else 0
