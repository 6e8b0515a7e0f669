"""Turning scores into chances that come true: of those said to have 7 in 10, 7 in 10 do it.

Pure. Scores may be on any scale, as long as more means likelier.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUPS = 10
LEAST_IN_GROUP = 20
"""A share of fewer customers than this is not told."""

STEP = 100
"""Rows a group has when there are many: the best hundred of ten thousand are not like the best thousand."""


@dataclass(frozen=True)
class Scale:
    """A broken line from scores to chances that never falls: ``shares`` at ``scores``, both ascending."""

    scores: Floats
    shares: Floats

    def chances(self, scores: Floats) -> Floats:
        return np.asarray(np.interp(scores, self.scores, self.shares), np.float64)


@dataclass(frozen=True)
class Group:
    """Of ``n`` customers whose chance was said to be about ``said`` (from ``least`` on), ``came`` did it."""

    least: float
    said: float
    came: float
    n: int


def scale(scores: Floats, truth: Ints) -> Scale:
    """What share of each group of about one score did it, made never to fall (isotonic regression of Ayer et
    al. 1955, over groups: single customers would make steps of it)."""
    parts = [rows for rows in _parts(scores, most=max(GROUPS, len(scores) // STEP)) if len(rows)]
    middle, place = np.unique([scores[rows].mean() for rows in parts], return_inverse=True)
    many = np.bincount(place, weights=[len(rows) for rows in parts])
    did = np.bincount(place, weights=[truth[rows].sum() for rows in parts])
    share = (did + 0.5) / (many + 1)  # of few, none and all are not certain
    rising = IsotonicRegression(y_min=0, y_max=1).fit_transform(middle, share, sample_weight=many)
    return Scale(middle, np.asarray(rising, np.float64))


def _parts(scores: Floats, *, most: int = GROUPS) -> list[Ints]:
    """The rows in up to ``most`` groups of one size, by their scores."""
    order = np.argsort(scores, kind="stable")
    return [*np.array_split(order, max(1, min(most, len(scores) // LEAST_IN_GROUP)))]


def groups(chances: Floats, truth: Ints) -> list[Group]:
    """Customers in up to ten groups of one size by what was said of them, lowest first."""
    return [
        Group(float(chances[rows].min()), float(chances[rows].mean()), float(truth[rows].mean()), len(rows))
        for rows in _parts(chances)
        if len(rows)
    ]


def error(found: list[Group]) -> float:
    """By how much, on average over customers, what was said differs from what came in each group."""
    whole = sum(one.n for one in found)
    return sum(one.n * abs(one.said - one.came) for one in found) / whole if whole else 0.0
