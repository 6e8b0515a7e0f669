"""Groups that the customers themselves make: k-means on scaled logarithms of recency, orders and net.

Unscaled, k-means finds nothing but the few who spend most. k is the largest whose groups are found again in
other samples of the same customers (mean adjusted Rand index of bootstraps), none of them tiny, and about as
far apart as the best k's (silhouette). The best group by revenue is number 1, and each run starts from the
last one's centres, so that a number goes on meaning the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from crm_store.analysis.distance import centroid, medoid
from crm_store.analysis.night import Found, Night
from crm_store.analysis.purchases import Purchases
from crm_store.analysis.rfm import MONTH_DAYS, WINDOW_DAYS
from crm_store.analysis.tables import AnalysisKind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ENOUGH = 100
"""Customers; of fewer, the rules of the tiers say more."""

MOST = 8
STABLE = 0.85
SMALLEST = 0.05
APART = 0.25
"""Silhouette below which the groups are one that was cut into pieces."""

AS_FAR_APART = 0.11
"""Below the best silhouette by no more than this: more groups are worth having while they are as distinct."""

SEED = 20_261_120
BOOTSTRAPS = 10
SAMPLE = 5_000
"""Customers that stability and silhouette are computed on, where there are more."""

MOST_COMPARED = 500
"""Members of a group among whom the typical one is looked for."""

METHOD = "k-means 1"
NEAR = 0.35
"""Standard deviations from the middle of all within which a group is neither one nor the other."""


@dataclass(frozen=True)
class Clusters:
    """``label`` is each customer's group, 1 for the one that brings most. ``centres`` are by group, scaled by
    ``mean`` and ``deviation``. ``tried``: of each k its silhouette, stability and smallest share."""

    label: Ints
    centres: Floats
    mean: Floats
    deviation: Floats
    tried: list[dict[str, Any]]

    def assign(self, values: Floats) -> Ints:
        """The groups of others, from their unscaled logarithms."""
        scaled = (values - self.mean) / self.deviation
        far = ((scaled[:, None, :] - self.centres[None, :, :]) ** 2).sum(axis=2)
        return np.asarray(far.argmin(axis=1) + 1, np.int64)


def features(recent: Purchases) -> Floats:
    """log(1 + x) of recency in days, orders and net; what was given back whole counts as nothing."""
    columns = (recent.as_of_day - recent.last_day, recent.orders, np.maximum(recent.net, 0))
    return np.log1p(np.stack(columns, axis=1).astype(np.float64))


def find(values: Floats, revenue: Ints, *, last: Floats | None = None) -> Clusters | None:
    """Groups among ``values`` (rows of ``features``). ``last``: centres of the run before, unscaled. None
    where there are too few customers, or no groups among them."""
    if len(values) < ENOUGH:
        return None
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    scaled = (values - mean) / deviation
    sample = scaled
    if len(scaled) > SAMPLE:
        sample = scaled[np.random.default_rng(SEED).choice(len(scaled), SAMPLE, replace=False)]
    different = len(np.unique(sample, axis=0))
    with threadpool_limits(1):  # so many small fits: threads would only wait for each other
        tried = [_tried(sample, k) for k in range(2, min(MOST, different - 1) + 1)]
        k = _chosen(tried)
        if k is None:
            return None
        start = (last - mean) / deviation if last is not None and len(last) == k else None
        if start is None:
            start = _fitted(sample, k).cluster_centers_
        model = KMeans(k, init=start, n_init=1, random_state=SEED).fit(scaled)
    brought = [int(revenue[model.labels_ == one].sum()) for one in range(model.n_clusters)]
    order = sorted(range(model.n_clusters), key=lambda one: -brought[one])
    rank = np.empty(model.n_clusters, np.int64)
    rank[order] = np.arange(1, model.n_clusters + 1)
    return Clusters(rank[model.labels_], model.cluster_centers_[order], mean, deviation, tried)


def _chosen(tried: Sequence[Mapping[str, Any]]) -> int | None:
    held = [one for one in tried if one["stability"] >= STABLE and one["smallest"] >= SMALLEST]
    best = max((one["silhouette"] for one in held), default=0.0)
    if best < APART:
        return None
    return max(int(one["k"]) for one in held if one["silhouette"] >= best - AS_FAR_APART)


def _tried(sample: Floats, k: int) -> dict[str, Any]:
    """One k on a sample: how far apart its groups are, and whether other samples have the same."""
    model = _fitted(sample, k)
    chance = np.random.default_rng(SEED + k)
    alike = []
    for _ in range(BOOTSTRAPS):
        drawn = sample[chance.integers(0, len(sample), len(sample))]
        again = KMeans(k, n_init=2, random_state=SEED).fit(drawn)
        alike.append(adjusted_rand_score(model.labels_, again.predict(sample)))
    return {
        "k": k,
        "silhouette": round(float(silhouette_score(sample, model.labels_)), 4),
        "stability": round(float(np.mean(alike)), 4),
        "smallest": round(float(np.bincount(model.labels_, minlength=k).min() / len(sample)), 4),
    }


def _fitted(sample: Floats, k: int) -> Any:
    return KMeans(k, n_init=10, random_state=SEED).fit(sample)


def nightly(night: Night) -> Found:
    """Groups of tonight, and which each customer would have been in a month ago."""
    recent = night.ledger.purchases(days=WINDOW_DAYS)
    values = features(recent)
    kept = night.last.get(AnalysisKind.CLUSTERS, {}).get("centres")
    found = find(values, recent.net, last=np.array(kept) if kept else None)
    facts: dict[str, Any] = {"window_days": WINDOW_DAYS, "buyers": len(recent), "needed": ENOUGH}
    if found is None:
        return Found(n=len(recent), method=METHOD, result=facts, window_start=recent.since)
    then = night.ledger.purchases(days=WINDOW_DAYS, ago=MONTH_DAYS)
    before = found.assign(features(then)) if len(then) else np.zeros(0, np.int64)
    night.score(recent, cluster=found.label)
    night.score(then, cluster_before=before)
    known = np.isin(recent.customer_id, then.customer_id)
    was = before[np.isin(then.customer_id, recent.customer_id)]
    result = facts | {
        "clusters": described(found, values, recent),
        "centres": (found.centres * found.deviation + found.mean).round(6).tolist(),
        "tried": found.tried,
        "quality": next(one for one in found.tried if one["k"] == len(found.centres)),
        "moved": {"customers": int((was != found.label[known]).sum()), "of": int(known.sum())},
    }
    return Found(n=len(recent), method=METHOD, result=result, window_start=recent.since)


def described(found: Clusters, values: Floats, recent: Purchases) -> list[dict[str, Any]]:
    """Each group's size, revenue and medians, its ``typical`` customer (nearest to all others together), and
    its name in words: keys of ``[cluster_words]``."""
    away = recent.as_of_day - recent.last_day
    scaled = (values - found.mean) / found.deviation
    groups = []
    for one in range(1, len(found.centres) + 1):
        members = found.label == one
        groups.append(
            {
                "cluster": one,
                "customers": int(members.sum()),
                "net": int(recent.net[members].sum()),
                "recency_days": float(np.median(away[members])),
                "orders": float(np.median(recent.orders[members])),
                "spent": float(np.median(recent.net[members])),
                "typical": int(recent.customer_id[_typical(scaled, np.flatnonzero(members))]),
                "words": _words(found.centres[one - 1]),
            }
        )
    return groups


def _typical(scaled: Floats, members: Ints) -> int:
    """The row of the one; of a large group one of those nearest to its centre."""
    far = ((scaled[members] - centroid(scaled[members])) ** 2).sum(axis=1)
    near = members[np.argsort(far, kind="stable")[:MOST_COMPARED]]
    return int(near[medoid(scaled[near])])


def _words(centre: Sequence[float] | Floats) -> list[str]:
    """What sets a group apart from the middle of all, if anything does."""
    recency, orders, spent = (float(one) for one in centre)
    words = []
    for value, low, high in (
        (recency, "lately", "long_ago"),
        (orders, "seldom", "often"),
        (spent, "little", "much"),
    ):
        if abs(value) >= NEAR:
            words.append(high if value > 0 else low)
    return words or ["middling"]
