"""What the next weeks may bring: the simplest rule that past weeks bear out, with the range of its errors.

Weekly sums of sales in the desk's zone, whole weeks only. The mean of the last four weeks is the bar; another
rule is used only where, over all past origins, its four weeks together were off by less, by more than one
standard error. From two years on, the same weeks of last year compete too.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from crm_store.analysis import days
from crm_store.analysis.measures import Measure
from crm_store.analysis.night import Found, Night

Floats = NDArray[np.float64]
Rule = Callable[[Floats, int], Floats]
"""Past weeks and how many to come: a figure for each week to come."""

HORIZON = 4
LEARN = 13
"""Weeks before the first origin."""

LEAST_ORIGINS = 20
MOST_WEEKS = 156
A_YEAR = 52
SEASONAL_FROM = 2 * A_YEAR
LEVEL = 0.8
BAR = "mean_4"
WEEK = timedelta(weeks=1)
FESTIVE = "CNY"
"""The currency of shops whose weeks about the Spring Festival are like no others."""


def mean_of(weeks: int) -> Rule:
    return lambda past, horizon: np.full(horizon, past[-weeks:].mean())


def last(past: Floats, horizon: int) -> Floats:
    return np.full(horizon, past[-1])


def smoothed(past: Floats, horizon: int) -> Floats:
    """Simple exponential smoothing, its weight the one that would have erred least."""
    alpha = _best(lambda weight: _smoothing_errors(past, weight)[0])
    return np.full(horizon, _smoothing_errors(past, alpha)[1])


def damped(past: Floats, horizon: int, *, phi: float = 0.9) -> Floats:
    """Holt's level and trend, which fades by ``phi`` a week (Gardner & McKenzie 1985)."""

    def run(weights: Sequence[float]) -> tuple[float, float, float]:
        alpha, beta = weights
        level, trend, wrong = past[0], past[1] - past[0], 0.0
        for value in past[1:]:
            told = level + phi * trend
            wrong += (value - told) ** 2
            level, before = told + alpha * (value - told), level
            trend = beta * (level - before) + (1 - beta) * phi * trend
        return wrong, level, trend

    grid = [(alpha, beta) for alpha in (0.1, 0.2, 0.3, 0.5, 0.8) for beta in (0.01, 0.05, 0.1, 0.3)]
    _, level, trend = run(min(grid, key=lambda one: run(one)[0]))
    return np.asarray(level + trend * np.cumsum(phi ** np.arange(1, horizon + 1)))


def theta(past: Floats, horizon: int) -> Floats:
    """Half the straight line, half smoothed (Assimakopoulos & Nikolopoulos 2000, as Hyndman & Billah 2003
    write it)."""
    n = len(past)
    slope = np.polyfit(np.arange(n), past, 1)[0]
    alpha = _best(lambda weight: _smoothing_errors(past, weight)[0])
    level = _smoothing_errors(past, alpha)[1]
    drift = slope / 2 * (np.arange(horizon) + (1 - (1 - alpha) ** n) / alpha)
    return np.asarray(level + drift)


def average(past: Floats, horizon: int) -> Floats:
    """Of the three that smooth: together they err less than most of them alone (Makridakis et al. 2020)."""
    return np.asarray(np.mean([rule(past, horizon) for rule in (smoothed, damped, theta)], axis=0))


def last_year(past: Floats, horizon: int) -> Floats:
    return past[-A_YEAR : -A_YEAR + horizon] if horizon < A_YEAR else past[-A_YEAR:]


def _best(wrong: Callable[[float], float]) -> float:
    return float(optimize.minimize_scalar(wrong, bounds=(0.02, 0.98), method="bounded").x)


def _smoothing_errors(past: Floats, alpha: float) -> tuple[float, float]:
    level, wrong = float(past[0]), 0.0
    for value in past[1:].tolist():
        wrong += (value - level) ** 2
        level += alpha * (value - level)
    return wrong, level


RULES: dict[str, Rule] = {
    BAR: mean_of(4),
    "last": last,
    "mean_13": mean_of(13),
    "smoothed": smoothed,
    "damped": damped,
    "theta": theta,
    "average": average,
}
"""The bar first, then the simplest."""


@dataclass(frozen=True)
class BackTest:
    """How a rule did from each past origin: ``errors`` is (origins, horizon), what came less what was said;
    ``totals`` what came in all weeks of a horizon together. ``scale`` is the mean change from one week to the
    next before each origin."""

    errors: Floats
    totals: Floats
    levels: Floats
    scale: Floats

    @property
    def total_errors(self) -> Floats:
        return np.asarray(self.errors.sum(axis=1))

    @property
    def mase(self) -> float:
        return float((np.abs(self.errors).mean(axis=1) / self.scale).mean())

    @property
    def wape(self) -> float:
        """Of the weeks."""
        return float(np.abs(self.errors).sum() / self.totals.sum()) if self.totals.sum() else 0.0

    @property
    def total_wape(self) -> float:
        """Of the whole horizon: by what share the total was off."""
        return float(np.abs(self.total_errors).sum() / self.totals.sum()) if self.totals.sum() else 0.0


def back_test(past: Floats, rule: Rule, *, learn: int = LEARN, horizon: int = HORIZON) -> BackTest:
    """Forecast from every origin that leaves ``learn`` weeks before it and ``horizon`` after, from what was
    known there."""
    origins = range(learn, len(past) - horizon + 1)
    came = np.array([past[at : at + horizon] for at in origins])
    said = np.array([rule(past[:at], horizon) for at in origins])
    change = np.array([np.abs(np.diff(past[:at])).mean() for at in origins])
    level = np.array([past[max(0, at - HORIZON) : at].mean() for at in origins])
    usual = float(change[change > 0].min()) if (change > 0).any() else 1.0
    return BackTest(came - said, came.sum(axis=1), np.where(level > 0, level, 1.0), np.maximum(change, usual))


def choose(tests: dict[str, BackTest]) -> str:
    """The bar, unless a rule's totals were off by less, by more than one standard error of the difference."""
    bar = np.abs(tests[BAR].total_errors)
    best, gained = BAR, 0.0
    for name, test in tests.items():
        gain = bar - np.abs(test.total_errors)
        # Origins overlap: so many of them are one
        error = float(gain.std(ddof=1)) * (HORIZON / len(gain)) ** 0.5
        if name != BAR and gain.mean() > error and gain.mean() > gained:
            best, gained = name, float(gain.mean())
    return best


def span(errors: Floats, levels: Floats, *, level: float) -> tuple[float, float]:
    """What to add to a forecast made at ``level``, for the range that past errors fill to 80 %; the forecast
    itself lies in it, also where it always erred to one side."""
    lowest, highest = np.quantile(errors / levels, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return min(0.0, float(lowest * level)), max(0.0, float(highest * level))


def coverage(test: BackTest) -> tuple[int, int]:
    """How often the range that was known at an origin held the total that came, and of how many origins."""
    held = n = 0
    for at in range(LEAST_ORIGINS + HORIZON - 1, len(test.totals)):
        before = slice(0, at - HORIZON + 1)  # whose weeks were over by then
        low, high = span(test.total_errors[before], test.levels[before], level=float(test.levels[at]))
        held += int(low <= test.total_errors[at] <= high)
        n += 1
    return held, n


def ahead(past: Floats) -> dict[str, Any]:
    """JSON: the next four weeks by the rule that past weeks bear out, each with its range, and their total;
    every rule's errors beside it. ``too_little`` where there are fewer than 20 origins to learn from."""
    origins = len(past) - LEARN - HORIZON + 1
    if origins < LEAST_ORIGINS or not past.any():
        return {"too_little": True, "weeks_needed": LEARN + HORIZON + LEAST_ORIGINS - 1}
    rules = RULES | ({"last_year": last_year} if len(past) >= SEASONAL_FROM else {})
    learn = {name: A_YEAR if name == "last_year" else LEARN for name in rules}
    first = max(learn.values())
    tests = {name: back_test(past, rule, learn=first) for name, rule in rules.items()}
    name = choose(tests)
    whole = back_test(past, rules[name], learn=learn[name])
    said = np.maximum(rules[name](past, HORIZON), 0.0)
    level = float(past[-HORIZON:].mean()) or 1.0
    ranges = [span(whole.errors[:, at], whole.levels, level=level) for at in range(HORIZON)]
    low, high = span(whole.total_errors, whole.levels, level=level)
    total = float(said.sum())
    held, of = coverage(whole)
    return {
        "too_little": False,
        "rule": name,
        "weeks": [
            [round(one), max(0, round(one + under)), round(one + over)]
            for one, (under, over) in zip(said.tolist(), ranges, strict=True)
        ],
        "total": [round(total), max(0, round(total + low)), round(total + high)],
        "origins": len(whole.totals),
        "covered": [held, of],
        "errors": [
            [one, round(test.mase, 3), round(test.wape, 3), round(test.total_wape, 3)]
            for one, test in tests.items()
        ],
    }


def nightly(night: Night) -> Found:
    """Weekly sales before the night; refunds of the last weeks as a line of their own."""
    today = night.as_of.astimezone(night.zone).date()
    until = today - timedelta(days=today.weekday())
    about: dict[str, Any] = {"zone": night.zone, "currency": night.currency, "until": until}
    first = until - MOST_WEEKS * WEEK
    by_day = days.daily(night.session, measure=Measure.SALES, first=first, **about)
    refunded = days.daily(night.session, measure=Measure.REFUNDED, first=until - HORIZON * WEEK, **about)
    night.session.rollback()
    weeks = weekly({day: one.value for day, one in by_day.items()}, first=first)
    past = np.array([value for _, value in weeks], np.float64)
    result = ahead(past) | {
        "from": until.isoformat(),
        "festival": festival(until) if night.currency == FESTIVE else None,
        "past": [[day.isoformat(), value] for day, value in weeks],
        "refunded": sum(one.value for one in refunded.values()),
    }
    return Found(n=len(weeks), method="rolling origins 1", result=result)


def festival(monday: date) -> str | None:
    """The New Year's Day by the moon whose days off touch the four weeks from ``monday`` on: the week before
    it, when people go home and parcels stop, and the week after."""
    end = monday + HORIZON * WEEK
    return next((day.isoformat() for day in _new_years() if day - WEEK < end and monday < day + WEEK), None)


@cache
def _new_years() -> list[date]:
    written = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [date.fromisoformat(str(day)) for day in written["spring_festival"]]


def weekly(by_day: dict[date, int], *, first: date) -> list[tuple[date, int]]:
    """Sums of whole weeks from ``first``, a Monday, on; weeks before anything was sold, and the one in which
    it began, are left out."""
    sums: dict[date, int] = {}
    for day, value in by_day.items():
        monday = day - timedelta(days=day.weekday())
        sums[monday] = sums.get(monday, 0) + value
    begun = min((day for day, value in sums.items() if value), default=None)
    return [(day, sums[day]) for day in sorted(sums) if begun is not None and day > begun and day >= first]
