"""Differences between two groups, with the range in which they lie; and whether a draw was fair.

References: Welch 1947, Efron 1979, Holm 1979. Shares are compared in ``shares``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, stdtr, stdtrit  # scipy.stats takes longer to load than all else

from crm_store.analysis.shares import LEVEL, Estimate

DRAWS = 10_000
FEWEST_DRAWS = 1_000
_AT_ONCE = 2_000_000
_MOST = 30_000_000
"""Numbers drawn at once, and in all: of very many spenders fewer draws say the same."""

CAP = 0.99
FAIR = 0.001
"""Below this a split is not the one that was planned: something went wrong, and no result is shown."""

Amounts = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """What ``n`` people came to: ``amounts`` of those who came to anything, all others to 0."""

    n: int
    amounts: Amounts

    @property
    def mean(self) -> float:
        return float(self.amounts.sum(dtype=np.float64) / self.n) if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of a person, from the sample (n − 1)."""
        if self.n < 2:
            return 0.0
        mean = self.mean
        spread = float(((self.amounts - mean) ** 2).sum()) + (self.n - len(self.amounts)) * mean**2
        return spread / (self.n - 1)


def welch(
    mean: float, variance: float, n: int, other_mean: float, other_variance: float, other_n: int
) -> Estimate:
    """How much higher the first mean is, the variances being what they are; both ``n`` are at least 2."""
    difference = mean - other_mean
    parts = variance / n, other_variance / other_n
    error = sqrt(sum(parts))
    if not error:
        return Estimate(difference, difference, difference, 1.0 if not difference else 0.0)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (other_n - 1))
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    p = float(2 * stdtr(freedom, -abs(difference) / error))
    return Estimate(difference, difference - half, difference + half, p)


def means(one: Sample, other: Sample) -> Estimate:
    """``welch`` of two samples."""
    return welch(one.mean, one.variance, one.n, other.mean, other.variance, other.n)


def bootstrap(one: Sample, other: Sample, *, seed: int, draws: int = DRAWS) -> Estimate:
    """The difference of the means by drawing anew, percentiles of the draws. The same seed gives the same."""
    chance = np.random.default_rng(seed)
    drawn = max(FEWEST_DRAWS, min(draws, _MOST // max(len(one.amounts), len(other.amounts), 1)))
    differences = _redrawn(one, chance, drawn) - _redrawn(other, chance, drawn)
    low, high = np.quantile(differences, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(one.mean - other.mean, float(low), float(high))


def _redrawn(sample: Sample, chance: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Means of samples drawn from the sample: first how many of them spent, then what."""
    spenders = len(sample.amounts)
    if not spenders:
        return np.zeros(draws)
    counts = chance.binomial(sample.n, spenders / sample.n, size=draws)
    sums = np.zeros(draws)
    step = max(1, _AT_ONCE // spenders)
    for start in range(0, draws, step):
        these = counts[start : start + step]
        picked = sample.amounts[chance.integers(0, spenders, size=int(these.sum()))]
        edges = np.concatenate([[0], np.cumsum(picked, dtype=np.float64)])
        ends = np.cumsum(these)
        sums[start : start + step] = edges[ends] - edges[ends - these]
    return sums / sample.n


def winsorised(one: Sample, other: Sample) -> tuple[Sample, Sample]:
    """Both with no amount above the 99th percentile of what the spenders of both came to: one who bought for
    the whole village does not decide."""
    both = np.concatenate([one.amounts, other.amounts])
    if not len(both):
        return one, other
    most = int(np.quantile(both, CAP, method="lower"))
    return Sample(one.n, np.minimum(one.amounts, most)), Sample(other.n, np.minimum(other.amounts, most))


def fair(counts: Sequence[int], weights: Sequence[float]) -> float:
    """How often chance alone splits people as unlike the planned ``weights`` as this (chi-square)."""
    total, whole = sum(counts), sum(weights)
    if total == 0 or len(counts) < 2:
        return 1.0
    expected = [total * one / whole for one in weights]
    distance = sum((count - one) ** 2 / one for count, one in zip(counts, expected, strict=True))
    return float(chdtrc(len(counts) - 1, distance))


def holm(p: Sequence[float]) -> list[float]:
    """The same p, made so much larger that all of them together err only as often as one alone."""
    order = sorted(range(len(p)), key=lambda at: p[at])
    adjusted, least = [0.0] * len(p), 0.0
    for rank, at in enumerate(order):
        least = max(least, min(1.0, p[at] * (len(p) - rank)))
        adjusted[at] = least
    return adjusted
