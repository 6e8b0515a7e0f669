"""A share of a few people, with the range in which it lies (Wilson 1927)."""

from dataclasses import dataclass
from math import sqrt
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
