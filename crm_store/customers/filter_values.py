"""What is written after a filter's sign, read: days, amounts, tiers, colleagues, yes and no."""

import re
import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from crm_store.customers.tables import Tier

_DAY = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月?)|年?)$")
_AGO = re.compile(r"^(\d{1,4})(?:d|天|日)$", re.IGNORECASE)
_SHARE = re.compile(r"^(\d{0,3}(?:\.\d{1,6})?(?<=\d))\s*([%％]?)$")
_WHOLE = re.compile(r"^\d{1,12}$")


@dataclass(frozen=True)
class Span:
    """Days from ``first`` until before ``end``."""

    first: date
    end: date

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """When it begins and when it is over, for a desk in this zone."""
        return _midnight(self.first, zone), _midnight(self.end, zone)


@cache
def tables() -> dict[str, dict[str, list[str]]]:
    """The words of filters.toml."""
    path = Path(__file__).with_name("filters.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def means(word: str, text: str) -> bool:
    """True when ``text`` stands for ``word`` of ``[values]``: 我 for me."""
    return text.casefold() in tables()["values"][word]


def span(text: str, *, today: date | None) -> Span | None:
    """A year, a month or a day as people write them (2026, 2026-01, 2026年1月5日); with ``today`` also today,
    yesterday, and 30d: the day that many days ago."""
    if today is not None:
        if means("today", text):
            return _of_day(today)
        if means("yesterday", text):
            return _of_day(today - timedelta(days=1))
        if ago := _AGO.match(text):
            return _of_day(today - timedelta(days=int(ago[1])))
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            return _of_day(date(year, month, day))
        first = date(year, month or 1, 1)
        last = date(year, month or 12, monthrange(year, month or 12)[1])
        return Span(first, last + timedelta(days=1))
    except (ValueError, OverflowError):
        return None


def whole(text: str) -> int | None:
    return int(text) if _WHOLE.match(text) else None


def yes_or_no(text: str) -> bool | None:
    return True if means("yes", text) else False if means("no", text) else None


def tier(text: str) -> Tier | None:
    return next((one for one in Tier if one.value == text.upper()), None)


def rfm(text: str) -> str | None:
    """The key of a tier of value."""
    return next((key for key, names in tables()["rfm"].items() if text.casefold() in names), None)


def share(text: str) -> float | None:
    """0.6, .6 or 60% as a fraction of one."""
    found = _SHARE.match(text)
    if found is None:
        return None
    value = float(found[1]) / (100 if found[2] else 1)
    return value if 0 <= value <= 1 else None


def like(text: str) -> str:
    """A pattern of LIKE (escape ``\\``) that contains ``text`` as it is, signs and all."""
    escaped: Any = text.casefold()
    for sign in ("\\", "%", "_"):
        escaped = escaped.replace(sign, f"\\{sign}")
    return f"%{escaped}%"


def _of_day(day: date) -> Span:
    return Span(day, day + timedelta(days=1))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
