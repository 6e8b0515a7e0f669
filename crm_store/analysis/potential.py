"""Where more could be sold: regions, by how many of the people known there buy; customers, by what others
like them spend on a category and they do not.

A region with few customers is marked, and never ranked before one that is known better. Peers are the nearest
customers by standardised orders, spending and recency.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import norm
from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.analysis.distance import standardised
from crm_store.analysis.goods import Goods
from crm_store.analysis.night import Found, Night
from crm_store.customers.tables import Customer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOW_DAYS = 365
SMALL = 10
"""Customers: of fewer a region's share says nothing."""

LEAST = 100
"""Customers, before anybody has peers."""

MOST_REGIONS = 20
PEERS = 30
PEERS_BUY = 1 / 3
"""So many of the peers at least must buy of a category."""

MOST_CUSTOMERS = 30_000
MOST_CATEGORIES = 20
LISTED = 50
_STRETCH = 2_000
SEED = 20_120_903


def nightly(night: Night) -> Found:
    since = night.as_of - timedelta(days=WINDOW_DAYS)
    areas = regions(night.session, since=since)
    bought = night.goods
    night.session.rollback()
    result = {"regions": areas, "days": WINDOW_DAYS, "one_in": bought.one_in, **whitespace(bought)}
    return Found(n=result["n"], method="nearest peers 1", result=result, window_start=since)


def regions(session: Session, *, since: datetime) -> list[dict[str, Any]]:
    """JSON: by province, or city where no province is known: the ``known`` customers, the ``active`` ones who
    bought since then, and ``least``, the share of active ones that this proves; the best proven first, those
    of fewer than ten customers (``few``) last."""
    place = func.coalesce(col(Customer.province), col(Customer.city)).label("region")
    active = func.sum(case((col(Customer.last_order_at) >= since, 1), else_=0))
    statement = (
        select(place, func.count(), active)
        .where(col(Customer.merged_into_id).is_(None), place.is_not(None))
        .group_by("region")
    )
    found = [
        {
            "name": name,
            "known": int(known),
            "active": int(bought),
            "least": round(proven(int(bought), int(known)), 4),
            "few": int(known) < SMALL,
        }
        for name, known, bought in session.execute(statement)
    ]
    found.sort(key=lambda one: (one["few"], -one["least"], one["name"]))
    return found[:MOST_REGIONS]


def proven(active: int, known: int) -> float:
    """The lower end of a share's 95 % range (Wilson 1927): little is known of few."""
    if not known:
        return 0.0
    z, share = float(norm.ppf(0.975)), active / known
    middle, reach = (
        share + z * z / (2 * known),
        z * (share * (1 - share) / known + (z / (2 * known)) ** 2) ** 0.5,
    )
    return max(0.0, float(middle - reach) / (1 + z * z / known))


def whitespace(bought: Goods) -> dict[str, Any]:
    """JSON over the last year: ``n`` customers; for each category what peers spend on average less what a
    customer does, added up over those who spend less (minor units, of all customers also where a sample was
    read), with how many they are; and the customers who miss most, in a category that they buy nothing of."""
    recent = bought.where(bought.day >= bought.as_of_day - WINDOW_DAYS)
    who = np.unique(recent.customer)
    found: dict[str, Any] = {"n": len(who), "categories": [], "customers": []}
    if len(who) < LEAST:
        return found
    if len(who) > MOST_CUSTOMERS:
        who = np.sort(np.random.default_rng(SEED).permutation(who)[:MOST_CUSTOMERS])
        recent = recent.where(np.isin(recent.customer, who))
    row = np.searchsorted(who, recent.customer)
    spent, categories = _spent(recent, row, len(who))
    missing, share = _beside_peers(_features(recent, row, len(who), bought.as_of_day), spent)
    scale = found["n"] / len(who) * bought.one_in
    order = np.argsort(-missing.sum(axis=0), kind="stable").tolist()
    found["categories"] = [
        [
            bought.categories[categories[at]],
            round(int((missing[:, at] > 0).sum()) * scale),
            _whole(missing, at, scale),
        ]
        for at in order
        if missing[:, at].any()
    ]
    nothing = np.where(spent > 0, 0.0, missing)
    most = np.argsort(-nothing, axis=None, kind="stable")[:LISTED]
    found["customers"] = [
        [
            int(who[at // nothing.shape[1]]),
            bought.categories[categories[at % nothing.shape[1]]],
            round(amount),
            round(part, 3),
        ]
        for at, amount, part in zip(
            most.tolist(), nothing.flat[most].tolist(), share.flat[most].tolist(), strict=True
        )
        if amount > 0
    ]
    return found


def _whole(missing: Floats, at: int, scale: float) -> int:
    return round(float(missing[:, at].sum()) * scale)


def _spent(recent: Goods, row: Ints, size: int) -> tuple[Floats, list[int]]:
    """What each customer spent on each of the categories that bring most; none of them is unknown."""
    whole = np.bincount(recent.category, weights=recent.total, minlength=len(recent.categories))
    best = np.argsort(-whole, kind="stable").tolist()
    categories = [one for one in best if whole[one] > 0 and recent.categories[one]][:MOST_CATEGORIES]
    spent = np.zeros((size, len(categories)))
    for at, category in enumerate(categories):
        kept = recent.category == category
        spent[:, at] = np.bincount(row[kept], weights=recent.total[kept], minlength=size)
    return spent, categories


def _features(recent: Goods, row: Ints, size: int, end: int) -> Floats:
    _, first = np.unique(recent.order, return_index=True)
    orders = np.bincount(row[first], minlength=size)
    whole = np.bincount(row, weights=recent.total, minlength=size)
    last = np.zeros(size, np.int64)
    np.maximum.at(last, row, recent.day)
    return standardised(
        np.column_stack([np.log1p(orders), np.log1p(np.maximum(whole, 0)), np.log1p(end - last)])
    )


def _beside_peers(features: Floats, spent: Floats) -> tuple[Floats, Floats]:
    """By customer and category: what peers spend beyond the customer, where enough of them buy; and their
    share."""
    missing, share = np.zeros_like(spent), np.zeros_like(spent)
    tree = cKDTree(features)
    for start in range(0, len(spent), _STRETCH):
        rows = slice(start, start + _STRETCH)
        near = _others(tree.query(features[rows], k=PEERS + 1)[1], start)
        theirs, own = spent[near], spent[rows]
        mean = theirs.mean(axis=1)
        share[rows] = (theirs > 0).mean(axis=1)
        missing[rows] = np.where(share[rows] >= PEERS_BUY, np.maximum(mean - own, 0.0), 0.0)
    return missing, share


def _others(near: Ints, start: int) -> Ints:
    """The nearest without the customer, who is among them, or not where many are just alike: then without
    the last. Rows are of the customers from ``start`` on."""
    is_self = near == np.arange(start, start + len(near))[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return np.asarray(near[~is_self].reshape(len(near), PEERS), np.int64)
