"""How small a difference a comparison can see, told before it is made."""

from math import asin, sin, sqrt
from statistics import NormalDist

POWER, ALPHA = 0.8, 0.05


def smallest_rise(
    base: float, *, treated: int, compared: int, power: float = POWER, alpha: float = ALPHA
) -> float | None:
    """By how much (as a fraction of one) a share of ``base`` must rise among ``treated`` people, so that the
    comparison with ``compared`` others shows it with probability ``power``, two-sided at ``alpha``. None when
    a group is empty, or when not even everybody would be enough.

    Cohen's h (the arcsine transformation): h = (z(1 - alpha/2) + z(power)) * sqrt(1/n1 + 1/n2).
    """
    if treated <= 0 or compared <= 0:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    angle = 2 * asin(sqrt(base)) + z * sqrt(1 / treated + 1 / compared)
    if angle > 2 * asin(1.0):
        return None
    return sin(angle / 2) ** 2 - base
