"""Which amounts do not belong with the others: a slip of the keyboard, a test order, the sale of a lifetime.

They stay in the books and in every sum and model; they are told, and a second mean leaves them out. Pure:
amounts in, answers out.

Amounts of orders are skewed, so their logarithms are compared: the modified z-score of Iglewicz and Hoaglin
(1993), 0.6745 (x − median) / MAD, is unusual beyond ±3.5. Where half of the amounts or more are alike the MAD
says nothing of the rest, so the spread is never less than the quartiles', nor than a factor that people would
shrug at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median

LEAST = 6
"""Fewer amounts than this say nothing about what is usual: of six one may be anything and is found, and of
amounts that belong together one in a hundred is taken for unusual."""

LIMIT = 3.5
"""Modified z-score beyond which an amount is unusual (Iglewicz and Hoaglin)."""

NEVER = 3.0
"""Up to so many times the middle amount, or down to that part of it, nothing is unusual."""

_MAD_OF_NORMAL = 0.6745
"""The median deviation of a normal distribution, in standard deviations."""

_IQR_OF_NORMAL = 1.349
"""From its lower to its upper quartile."""


@dataclass(frozen=True)
class Usual:
    """What is usual among some amounts: ``middle`` is their median, ``least`` to ``most`` the usual range,
    all in minor units."""

    middle: int
    least: float
    most: float

    def holds(self, amount: int) -> bool:
        """True for a usual amount. Nothing, and less than nothing, is not compared: it always is one."""
        return amount <= 0 or self.least <= amount <= self.most


def usual(amounts: Sequence[int], *, never: float = NEVER) -> Usual | None:
    """What is usual among amounts of one currency (minor units, any order). None where too few of them are
    more than nothing to say. ``never``: up to so many times the middle is usual, however alike they are."""
    logs = sorted(log(one) for one in amounts if one > 0)
    if len(logs) < LEAST:
        return None
    middle = median(logs)
    mad = median(abs(one - middle) for one in logs)
    spread = max(
        mad / _MAD_OF_NORMAL,
        (_quantile(logs, 0.75) - _quantile(logs, 0.25)) / _IQR_OF_NORMAL,
        log(never) / LIMIT,
    )
    return Usual(round(exp(middle)), exp(middle - LIMIT * spread), exp(middle + LIMIT * spread))


def which(amounts: Sequence[int]) -> list[bool] | None:
    """For each amount whether it is unusual among them all. None where there are too few to say."""
    found = usual(amounts)
    return [not found.holds(one) for one in amounts] if found is not None else None


def _quantile(ordered: Sequence[float], part: float) -> float:
    """Between the two nearest values, as most spreadsheets do."""
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
