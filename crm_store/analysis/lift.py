"""What a message changed: those who were to get it against those who were held back, everybody counted as
they were assigned (intention to treat), whatever became of them.

One measure decides: the share who bought. Money stands beside it, with its own range.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import asin, ceil, sqrt
from statistics import NormalDist

import numpy as np

from crm_store.analysis import shares, stats
from crm_store.analysis.power import ALPHA, POWER
from crm_store.analysis.shares import Estimate
from crm_store.analysis.stats import Amounts, Sample

ENOUGH = 10
"""People: of a smaller group nothing but its counts is said."""

MOST_NEEDED = 1_000_000
"""More people than this nobody has: then no number is named."""


class Verdict(StrEnum):
    RAISED = "raised"
    UNPROVEN = "unproven"
    LOWERED = "lowered"


class Unshown(StrEnum):
    """Why there is no result. ``srm``: the groups are not of the planned sizes. ``too_early``: the window
    goes on, and who looks every day finds something sooner or later."""

    NO_HOLDOUT = "no_holdout"
    FEW = "few"
    SRM = "srm"
    TOO_EARLY = "too_early"


@dataclass(frozen=True)
class Group:
    """``n`` people who were assigned alike, ``weight`` being their planned part; ``converted`` of them
    bought; ``amounts`` are what those came to (minor units, net) who came to anything."""

    name: str
    n: int
    converted: int
    weight: float
    amounts: Amounts = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def sample(self) -> Sample:
        return Sample(self.n, self.amounts)


@dataclass(frozen=True)
class Money:
    """Minor units a person: ``mean`` by Welch, ``drawn`` by bootstrap, ``capped`` with the largest capped."""

    mean: Estimate
    drawn: Estimate
    capped: Estimate
    verdict: Verdict


@dataclass(frozen=True)
class Compared:
    """``first`` against ``second``; ``rate`` is a difference of shares. ``p`` is corrected for how many were
    compared, and decides the verdict where there are several."""

    first: str
    second: str
    rate: Estimate
    p: float
    verdict: Verdict


@dataclass(frozen=True)
class Lift:
    """``rate``: by how much the share who bought rose. ``more``: how many more people each group would need
    to see a difference as large as this one, where nothing is proven; None where more than anybody has."""

    treated: Group
    compared: Group
    rate: Estimate
    verdict: Verdict
    more: int | None
    money: Money


def unshown(arms: Sequence[Group], held_out: Group) -> Unshown | None:
    """Why the arms cannot be compared with the hold-out, if they cannot."""
    if not held_out.n:
        return Unshown.NO_HOLDOUT
    if held_out.n < ENOUGH or sum(one.n for one in arms) < ENOUGH:
        return Unshown.FEW
    return None if is_fair([*arms, held_out]) else Unshown.SRM


def is_fair(groups: Sequence[Group]) -> bool:
    """The groups are as large as they were planned, but for chance."""
    planned = [one for one in groups if one.weight > 0]
    return stats.fair([one.n for one in planned], [one.weight for one in planned]) >= stats.FAIR


def measure(arms: Sequence[Group], held_out: Group, *, seed: int, draws: int = stats.DRAWS) -> Lift:
    """All arms together against the hold-out, both with ``ENOUGH`` people."""
    treated = together(arms)
    rate = shares.newcombe(treated.converted, treated.n, held_out.converted, held_out.n)
    verdict = _verdict(rate)
    more = _more(treated, held_out) if verdict == Verdict.UNPROVEN else None
    return Lift(treated, held_out, rate, verdict, more, _money(treated, held_out, seed, draws))


def together(groups: Sequence[Group]) -> Group:
    """As one group."""
    amounts = [one.amounts for one in groups] or [np.zeros(0, np.int64)]
    return Group(
        name="",
        n=sum(one.n for one in groups),
        converted=sum(one.converted for one in groups),
        weight=sum(one.weight for one in groups),
        amounts=np.concatenate(amounts),
    )


def several(pairs: Sequence[tuple[Group, Group]]) -> list[Compared]:
    """Each first against its second, where both have ``ENOUGH`` people; a difference counts only where it
    outlives Holm's correction."""
    pairs = [(one, other) for one, other in pairs if min(one.n, other.n) >= ENOUGH]
    found = [shares.newcombe(one.converted, one.n, other.converted, other.n) for one, other in pairs]
    corrected = stats.holm([one.p if one.p is not None else 1.0 for one in found])
    return [
        Compared(one.name, other.name, rate, p, _verdict(rate) if p < ALPHA else Verdict.UNPROVEN)
        for (one, other), rate, p in zip(pairs, found, corrected, strict=True)
    ]


def _money(treated: Group, held_out: Group, seed: int, draws: int) -> Money:
    one, other = treated.sample, held_out.sample
    mean = stats.means(one, other)
    drawn = stats.bootstrap(one, other, seed=seed, draws=draws)
    # Of few and very unlike amounts Welch's range is too short: both must say so.
    verdict = _verdict(mean) if _verdict(mean) == _verdict(drawn) else Verdict.UNPROVEN
    return Money(mean, drawn, stats.means(*stats.winsorised(one, other)), verdict)


def _verdict(found: Estimate) -> Verdict:
    if found.low > 0:
        return Verdict.RAISED
    return Verdict.LOWERED if found.high < 0 else Verdict.UNPROVEN


def _more(treated: Group, held_out: Group) -> int | None:
    """People a group beyond the smaller one, for the difference seen to show four times in five: Cohen's h,
    n = 2 (z(1 − α/2) + z(power))² / h² in each of two equal groups."""
    rates = treated.converted / treated.n, held_out.converted / held_out.n
    angle = abs(2 * asin(sqrt(rates[0])) - 2 * asin(sqrt(rates[1])))
    if not angle:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1 - ALPHA / 2) + normal.inv_cdf(POWER)
    needed = ceil(2 * (z / angle) ** 2) - min(treated.n, held_out.n)
    return max(needed, 1) if needed <= MOST_NEEDED else None
