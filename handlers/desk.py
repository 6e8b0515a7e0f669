"""The desk: whose it is, where, in which money and languages, and when it is open."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from crm_store import moments
from crm_store.marketing.rules import Rules

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(r"^(?P<days>[a-z,\- ]+?)\s+(?P<spans>\d.*)$")
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")
END_OF_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Hours:
    """Opening hours in the desk's time zone; no spans at all means always open.

    ``spans`` maps a weekday (0 Monday) to half-open times since midnight.
    """

    spans: dict[int, tuple[tuple[timedelta, timedelta], ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, lines: list[str]) -> Self:
        """Read lines such as ``Mon-Fri 09:00-12:00 13:30-18:00``. Raises ValueError naming the line."""
        spans: dict[int, tuple[tuple[timedelta, timedelta], ...]] = {}
        for line in lines:
            found = _LINE.match(line.strip().lower())
            if found is None:
                raise ValueError(f"{line!r} is not like 'Mon-Fri 09:00-18:00'")
            of_line = tuple(_span(part, line) for part in found["spans"].split())
            for day in _days(found["days"], line):
                spans[day] = tuple(sorted((*spans.get(day, ()), *of_line)))
        return cls(spans)

    def is_open(self, local: datetime) -> bool:
        if not self.spans:
            return True
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        return any(start <= since_midnight < end for start, end in self.spans.get(local.weekday(), ()))

    def next_opening(self, local: datetime) -> datetime | None:
        """When the desk opens next, in local time; None when it is open now."""
        if self.is_open(local):
            return None
        for ahead in range(8):
            day = local.date() + timedelta(days=ahead)
            for start, _ in self.spans.get(day.weekday(), ()):
                opening = datetime.combine(day, time(), tzinfo=local.tzinfo) + start
                if opening > local:
                    return opening
        return None


@dataclass(frozen=True)
class Desk:
    """``refund_approval_above``: minor units of the desk's currency; a larger refund needs a second person,
    None never does. ``settle_after``: how long after its completion an order's books are closed.
    ``margin_percent``: what the shop keeps of sales whose cost nobody knows; 0 where it does not say.
    ``campaigns``: what the shop allows its campaigns. ``public_url``: where the internet reaches us, without
    a slash at its end; empty where it does not."""

    name: str
    timezone: ZoneInfo
    currency: str = "CNY"
    languages: tuple[str, ...] = ("zh", "en")
    hours: Hours = field(default_factory=Hours)
    bot_username: str = ""
    refund_approval_above: int | None = None
    settle_after: timedelta = timedelta(days=7)
    margin_percent: int = 0
    campaigns: Rules = field(default_factory=Rules)
    public_url: str = ""

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.timezone)

    def moment(self, day: date, at: time) -> datetime:
        """When the desk's clocks show this, in UTC.

        A time the day skips (clocks go forward) is the first moment after the gap; one it has twice
        (clocks go back) is the first of the two.
        """
        return moments.moment(day, at, zone=self.timezone)

    def is_open(self, now: datetime) -> bool:
        return self.hours.is_open(self.local(now))

    def next_opening(self, now: datetime) -> datetime | None:
        return self.hours.next_opening(self.local(now))

    def openings(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """When the desk is open between two moments: spans in UTC, in order, none empty."""
        if not self.hours.spans:
            return [(start, end)] if start < end else []
        found = []
        day = self.local(start).date()
        while day <= self.local(end).date():
            for opens, closes in self.hours.spans.get(day.weekday(), ()):
                since, until = max(self._shown(day, opens), start), min(self._shown(day, closes), end)
                if since < until:
                    found.append((since, until))
            day += timedelta(days=1)
        return found

    def _shown(self, day: date, since_midnight: timedelta) -> datetime:
        """When the clocks show so long after a day's midnight; 24 hours is the next day's."""
        at = datetime.combine(day, time()) + since_midnight
        return self.moment(at.date(), at.time())

    def language_for(self, telegram_language: str | None) -> str:
        """zh-* is Chinese, everything else English; a language the desk does not speak, its first."""
        wanted = "zh" if (telegram_language or "").lower().startswith("zh") else "en"
        return wanted if wanted in self.languages else self.languages[0]


def _days(text: str, line: str) -> list[int]:
    days: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{line!r}: days are {', '.join(day.title() for day in DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days


def _span(text: str, line: str) -> tuple[timedelta, timedelta]:
    found = _SPAN.match(text)
    if found is None:
        raise ValueError(f"{line!r}: {text!r} is not like 09:00-18:00")
    a, b, c, d = (int(part) for part in found.groups())
    start, end = timedelta(hours=a, minutes=b), timedelta(hours=c, minutes=d)
    if not start < end <= END_OF_DAY or b > 59 or d > 59:
        raise ValueError(f"{line!r}: {text!r} must start before it ends, on one day")
    return start, end
