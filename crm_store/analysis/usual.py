"""Whether a day is like the same weekday of the weeks before: robust, so that one odd week hides no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from math import exp, sqrt
from statistics import median

from sqlmodel import Session

from crm_store.analysis import days, unusual
from crm_store.analysis.calendar import span, whole_days
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import Measure
from crm_store.analysis.service_summary import Window
from crm_store.moments import moment

WEEKS = 8
"""So many weeks back; six of them must have had something (``unusual.LEAST``)."""

ENOUGH = 10
"""Of fewer on a usual day, none at all is no news."""

STEADY = 0.05
"""Standard deviation, as a share, that the steadiest business has from one week to the next."""

OF_AMOUNTS = 1.5
"""How much more a sum of amounts varies than their count does, which varies by its square root."""


@dataclass(frozen=True)
class Told:
    """A window's figure beside its like. ``usual`` is a middle day's, ``least`` to ``most`` the usual range,
    all as the figure is; ``n`` of how many weeks."""

    value: int
    usual: int
    least: float
    most: float
    n: int

    @property
    def is_unusual(self) -> bool:
        return not self.least <= self.value <= self.most


def told(
    session: Session, *, measure: Measure, window: Window, zone: tzinfo, currency: str, of: str = "value"
) -> Told | None:
    """A window (of a day at most) beside the same hours a week before, two weeks before … ; ``of`` is
    ``value`` or ``n``. None where too little is known."""
    about = {"measure": measure, "zone": zone, "currency": currency}
    first, _ = whole_days(window, zone)
    if window == span(first, zone):
        before = [first - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        on = days.on_days(session, days=[first, *before], **about)  # type: ignore[arg-type]
        return compare(on[first], [on[day] for day in before], of=of)
    former = [days.total(session, window=one, **about) for one in _weeks_before(window, zone)]  # type: ignore[arg-type]
    found = days.total(session, window=window, **about)  # type: ignore[arg-type]
    return compare(found, former, of=of)


def compare(found: Figure, former: Sequence[Figure], *, of: str = "value") -> Told | None:
    """Pure: a figure beside its like."""
    values = [getattr(one, of) for one in former if getattr(one, of) > 0]
    if not values:
        return None
    count = median(one.n for one in former)
    noise = max(STEADY, (OF_AMOUNTS if of == "value" else 1.0) / sqrt(max(count, 1)))
    usual = unusual.usual(values, never=exp(unusual.LIMIT * noise))
    if usual is None:
        return None
    value = getattr(found, of)
    least = usual.least if count >= ENOUGH else 0.0
    return Told(value, usual.middle, least, usual.most, len(values))


def _weeks_before(window: Window, zone: tzinfo) -> list[Window]:
    """By the clocks: 20:00 stays 20:00 where they change."""
    start, end = (edge.astimezone(zone) for edge in (window.start, window.end))
    found = []
    for week in range(1, WEEKS + 1):
        back = timedelta(weeks=week)
        found.append(
            Window(
                moment(start.date() - back, start.time(), zone=zone),
                moment(end.date() - back, end.time(), zone=zone),
            )
        )
    return found
