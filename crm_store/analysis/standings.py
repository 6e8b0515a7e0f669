"""Tiers and groups of customers as people read them: of each its part of the customers and of the revenue.

Apart from where they are computed, which needs scipy: who only looks does not load it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm_store.analysis.service_summary import ENOUGH


class RfmTier(StrEnum):
    """What a customer is to the shop by what they do, best first. LOST: bought once, not in the window."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    PROMISING = "promising"
    NEW = "new"
    NEEDS_ATTENTION = "needs_attention"
    CANT_LOSE = "cant_lose"
    AT_RISK = "at_risk"
    HIBERNATING = "hibernating"
    LOST = "lost"


BEST = (RfmTier.CHAMPIONS, RfmTier.LOYAL)
QUIET = (RfmTier.CANT_LOSE, RfmTier.AT_RISK, RfmTier.HIBERNATING, RfmTier.LOST)
"""Where the best should not be found a month later."""


@dataclass(frozen=True)
class Standing:
    """One tier or group. ``part`` of the customers and ``share`` of the revenue are fractions of one, None
    where there are too few to say. ``facts`` is the row of the snapshot."""

    customers: int
    net: int
    part: float | None
    share: float | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Standings:
    rows: tuple[Standing, ...]
    customers: int
    net: int

    @property
    def top(self) -> Standing | None:
        """Whoever brings the largest part of the revenue."""
        known = [one for one in self.rows if one.share is not None]
        return max(known, key=lambda one: one.share or 0.0, default=None)


def of(rows: Iterable[Mapping[str, Any]]) -> Standings:
    """``rows`` of a snapshot: each with ``customers`` and ``net`` (minor units)."""
    found = list(rows)
    customers, net = sum(one["customers"] for one in found), sum(one["net"] for one in found)
    enough = customers >= ENOUGH
    return Standings(
        tuple(
            Standing(
                one["customers"],
                one["net"],
                one["customers"] / customers if enough else None,
                one["net"] / net if enough and net > 0 else None,
                one,
            )
            for one in found
        ),
        customers,
        net,
    )


def gone_quiet(moved: Mapping[str, Mapping[str, int]]) -> tuple[int, int]:
    """Of the best of a month ago: how many are quiet now, of how many."""
    quiet = sum(moved.get(was, {}).get(now, 0) for was in BEST for now in QUIET)
    return quiet, sum(sum(moved.get(was, {}).values()) for was in BEST)
