"""When a report is due: a cron line read by the clocks of a zone, at most once a date.

A slot is that date. So a time changed on a day that had its report gives no second one, and an hour that the
clocks skip or show twice is still one moment (``crm_store.moments``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import dropwhile
from typing import Self
from zoneinfo import ZoneInfo

from cronsim import CronSim

from crm_store.moments import moment

EVERY = "*"
LAST = "L"
WORKDAYS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Slot:
    """``day`` is what makes it unique, ``at`` when it is due."""

    day: date
    at: datetime

    @property
    def key(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True)
class Rhythm:
    """At a time of day: on all days, on some weekdays (0 is Monday), or on one day of each month (its last:
    0)."""

    at: time
    weekdays: tuple[int, ...] = ()
    day: int | None = None

    @property
    def cron(self) -> str:
        weekdays = ",".join(str(one + 1) for one in self.weekdays) or EVERY
        day = EVERY if self.day is None else str(self.day or LAST)
        return f"{self.at.minute} {self.at.hour} {day} * {weekdays}"

    @classmethod
    def read(cls, cron: str) -> Self:
        """Of what ``cron`` wrote."""
        minute, hour, day, _, weekdays = cron.split()
        return cls(
            at=time(int(hour), int(minute)),
            weekdays=() if weekdays == EVERY else tuple(int(one) - 1 for one in weekdays.split(",")),
            day=None if day == EVERY else 0 if day == LAST else int(day),
        )

    def latest(self, now: datetime, *, zone: ZoneInfo) -> Slot:
        """The last slot that is due by ``now``."""
        ahead = now.astimezone(zone).date() + timedelta(days=2)
        return next(dropwhile(lambda slot: slot.at > now, self._slots(ahead, zone, back=True)))

    def next(self, now: datetime, *, zone: ZoneInfo) -> Slot:
        """The first slot that is due after ``now``."""
        behind = now.astimezone(zone).date() - timedelta(days=1)
        return next(dropwhile(lambda slot: slot.at <= now, self._slots(behind, zone, back=False)))

    def before(self, slot: Slot, *, zone: ZoneInfo) -> Slot:
        """The slot before one; not one that falls on the same moment (Samoa had no 30 December 2011)."""
        return self.latest(slot.at - timedelta.resolution, zone=zone)

    def _slots(self, day: date, zone: ZoneInfo, *, back: bool) -> Iterator[Slot]:
        """From a day on, or back from it."""
        for shown in CronSim(self.cron, datetime.combine(day, time()), reverse=back):
            yield Slot(shown.date(), moment(shown.date(), self.at, zone=zone))
