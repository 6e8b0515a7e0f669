"""Turning scores into chances that come true: of those said to have 7 in 10, 7 in 10 do it.

Pure. Scores may be on any scale, as long as more means likelier.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUPS = 10
LEAST_IN_GROUP = 20
"""A share of fewer customers than this is not told."""


@dataclass(frozen=True)
class Scale:
    """A straight line from scores to log-odds (Platt 1999)."""

    slope: float
    start: float

    def chances(self, scores: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-np.clip(self.start + self.slope * scores, -30, 30))))


@dataclass(frozen=True)
class Group:
    """Of ``n`` customers whose chance was said to be about ``said`` (from ``least`` on), ``came`` did it."""

    least: float
    said: float
    came: float
    n: int


def scale(scores: Floats, truth: Ints) -> Scale:
    """The line that fits what happened best. One that would turn the scores round says the same of all."""
    middle, width = float(scores.mean()), float(scores.std()) or 1.0
    line = LogisticRegression(C=1e6, max_iter=500).fit(((scores - middle) / width).reshape(-1, 1), truth)
    slope = float(line.coef_[0, 0]) / width
    if slope <= 0:
        share = (float(truth.sum()) + 1) / (len(truth) + 2)
        return Scale(0.0, float(np.log(share / (1 - share))))
    return Scale(slope, float(line.intercept_[0]) - slope * middle)


def groups(chances: Floats, truth: Ints) -> list[Group]:
    """Customers in up to ten groups of one size by what was said of them, lowest first."""
    many = max(1, min(GROUPS, len(truth) // LEAST_IN_GROUP))
    order = np.argsort(chances, kind="stable")
    return [
        Group(float(chances[rows[0]]), float(chances[rows].mean()), float(truth[rows].mean()), len(rows))
        for rows in np.array_split(order, many)
        if len(rows)
    ]


def error(found: list[Group]) -> float:
    """By how much, on average over customers, what was said differs from what came in each group."""
    whole = sum(one.n for one in found)
    return sum(one.n * abs(one.said - one.came) for one in found) / whole if whole else 0.0
