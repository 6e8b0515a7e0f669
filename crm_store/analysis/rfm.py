"""Recency, frequency, money: each customer's place among all, and the tier that the three make.

Scores are fifths by average rank: equals get the same score, so that the fifths need not be of one size. The
window is fixed, or F would grow with a customer's age.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from crm_store.analysis.night import Found, Night
from crm_store.analysis.purchases import Purchases
from crm_store.analysis.standings import RfmTier

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WINDOW_DAYS = 365
MONTH_DAYS = 30
"""What a customer was before is what they were so many days ago."""

ENOUGH = 30
"""Of fewer buyers in the window, fifths say nothing."""

METHOD = "rfm 1"


_ORDER = {tier: place for place, tier in enumerate(RfmTier)}


@dataclass(frozen=True)
class Scores:
    """One row a customer who ever bought, ascending by ``customer_id``. ``recency_days`` is since their last
    purchase; ``orders`` and ``net`` are of the window. ``r``, ``f``, ``m`` are 1 to 5, 0 without any purchase
    in the window; ``tier`` is a place in ``RfmTier``."""

    customer_id: Ints
    recency_days: Ints
    orders: Ints
    net: Ints
    r: Ints
    f: Ints
    m: Ints
    tier: Ints

    def tiers(self) -> list[RfmTier]:
        names = list(RfmTier)
        return [names[one] for one in self.tier]


def fifths(values: NDArray[Any]) -> Ints:
    """1 (least) to 5 by average rank; equals are equal."""
    if not len(values):
        return np.zeros(0, np.int64)
    rank: Floats = rankdata(values, method="average")
    return np.ceil(5 * rank / len(values)).astype(np.int64)


def score(recent: Purchases, *, ever: Purchases) -> Scores | None:
    """Who ever bought, by what they did lately. ``recent`` are the purchases of the window, ``ever`` those
    since the beginning up to the same moment. None where too few bought in the window."""
    if len(recent) < ENOUGH:
        return None
    at = np.searchsorted(ever.customer_id, recent.customer_id)

    def spread(values: Ints) -> Ints:
        whole = np.zeros(len(ever), np.int64)
        whole[at] = values
        return whole

    r = spread(fifths(-(recent.as_of_day - recent.last_day)))
    f, m = spread(fifths(recent.orders)), spread(fifths(recent.net))
    return Scores(
        customer_id=ever.customer_id,
        recency_days=ever.as_of_day - ever.last_day,
        orders=spread(recent.orders),
        net=spread(recent.net),
        r=r,
        f=f,
        m=m,
        tier=_tier(r, (f + m + 1) // 2, came_back=ever.days > 1),
    )


def _tier(r: Ints, worth: Ints, *, came_back: NDArray[np.bool_]) -> Ints:
    """``worth`` is the middle of F and M, halves up. Nobody is loyal who bought on one day only."""
    cases: dict[RfmTier, NDArray[np.bool_]] = {
        RfmTier.LOST: r == 0,
        RfmTier.NEW: (r >= 4) & ~came_back,
        RfmTier.CHAMPIONS: (r >= 4) & (worth >= 4),
        RfmTier.LOYAL: ((r >= 4) & (worth == 3)) | ((r == 3) & (worth >= 4) & came_back),
        RfmTier.PROMISING: r >= 4,
        RfmTier.NEEDS_ATTENTION: r == 3,
        RfmTier.CANT_LOSE: worth == 5,
        RfmTier.AT_RISK: worth >= 3,
    }
    places = [np.int64(_ORDER[tier]) for tier in cases]
    return np.select(list(cases.values()), places, default=np.int64(_ORDER[RfmTier.HIBERNATING]))


def nightly(night: Night) -> Found:
    """Scores of tonight and of a month ago, and the table of tiers; of too few, only how many there are."""
    ever, recent = night.purchases, night.ledger.purchases(days=WINDOW_DAYS)
    facts = {
        "window_days": WINDOW_DAYS,
        "month_days": MONTH_DAYS,
        "buyers": len(recent),
        "needed": ENOUGH,
        "left_out": dict(night.ledger.left_out),
    }
    night.score(ever, recency_days=ever.as_of_day - ever.last_day, orders=ever.orders, net=ever.net)
    found = score(recent, ever=ever)
    if found is None:
        return Found(n=len(ever), method=METHOD, result=facts, window_start=recent.since)
    then_ever = night.ledger.purchases(ago=MONTH_DAYS)
    then = score(night.ledger.purchases(days=WINDOW_DAYS, ago=MONTH_DAYS), ever=then_ever)
    before = np.full(len(found.tier), -1, np.int64)
    if then is not None:
        before[np.searchsorted(found.customer_id, then.customer_id)] = then.tier
    names = np.array([*RfmTier, None], dtype=object)
    night.score(
        ever,
        orders=found.orders,
        net=found.net,
        r=_or_none(found.r),
        f=_or_none(found.f),
        m=_or_none(found.m),
        rfm=names[found.tier],
        rfm_before=names[before],
    )
    return Found(n=len(ever), method=METHOD, result=facts | summary(found, before), window_start=recent.since)


def summary(found: Scores, before: Ints) -> dict[str, Any]:
    """Of each tier how many customers and how much of the window's net (minor units), and how many of each
    tier a month ago (``before``, -1 for none) are in which now."""
    places = range(len(RfmTier))
    customers = np.bincount(found.tier, minlength=len(RfmTier))
    net = [int(found.net[found.tier == one].sum()) for one in places]
    names = list(RfmTier)
    moved: dict[str, dict[str, int]] = {}
    for was in places:
        now = np.bincount(found.tier[before == was], minlength=len(RfmTier))
        if now.sum():
            moved[names[was]] = {names[place]: int(many) for place, many in enumerate(now) if many}
    return {
        "tiers": [
            {"tier": names[one], "customers": int(customers[one]), "net": net[one]}
            for one in places
            if customers[one]
        ],
        "moved": moved,
    }


def _or_none(values: Ints) -> Floats:
    return np.where(values > 0, values, np.nan)
