"""Shares of a few people, and differences of two, with the range in which they lie.

References: Wilson 1927; Newcombe 1998 (method 10: two Wilson intervals).
"""

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """``value`` lies from ``low`` to ``high`` in 95 of 100 cases. ``p``: how often chance alone gives as
    much."""

    value: float
    low: float
    high: float
    p: float | None = None


def wilson(hits: int, n: int, *, level: float = LEVEL) -> Estimate:
    """A share of ``n`` (at least one) people; it never leaves 0 to 1."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def newcombe(hits: int, n: int, other_hits: int, other_n: int, *, level: float = LEVEL) -> Estimate:
    """How much higher the first share is; both groups have somebody. ``p`` by the pooled z test."""
    one, other = wilson(hits, n, level=level), wilson(other_hits, other_n, level=level)
    difference = one.value - other.value
    low = difference - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = difference + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(difference, low, high, _pooled(hits, n, other_hits, other_n))


def _pooled(hits: int, n: int, other_hits: int, other_n: int) -> float:
    pooled = (hits + other_hits) / (n + other_n)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    if not error:
        return 1.0
    return erfc(abs(hits / n - other_hits / other_n) / error / sqrt(2))
