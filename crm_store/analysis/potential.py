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
from crm_store.analysis.shares import wilson
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

WITHIN = float(norm.ppf(0.9))
"""Standard errors, for the range of eight in ten."""

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
    bought since then, and ``least``, the share of active ones that this proves (the lower end of its 95 %
    range: little is known of few); the best proven first, those of fewer than ten (``few``) last."""
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
            "least": round(wilson(int(bought), int(known)).low, 4),
            "few": int(known) < SMALL,
        }
        for name, known, bought in session.execute(statement)
    ]
    found.sort(key=lambda one: (one["few"], -one["least"], one["name"]))
    return found[:MOST_REGIONS]


def whitespace(bought: Goods) -> dict[str, Any]:
    """JSON over the last year: ``n`` customers; for each category what peers spend on average less what a
    customer does, added up over those who spend less (minor units, of all customers also where a sample was
    read), with how many they are and the range of the sum; and the customers who miss most, in a category
    that they buy nothing of, each with the range of what their peers spend. Ranges are of eight in ten; that
    of a sum is as wide as if all its parts erred to one side, since neighbours have the same peers."""
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
    missing, reach, share = _beside_peers(_features(recent, row, len(who), bought.as_of_day), spent)
    lowest, highest = np.maximum(missing - reach, 0.0), missing + reach
    scale = found["n"] / len(who) * bought.one_in
    order = np.argsort(-missing.sum(axis=0), kind="stable").tolist()
    found["categories"] = [
        [
            bought.categories[categories[at]],
            round(int((missing[:, at] > 0).sum()) * scale),
            *(_whole(each, at, scale) for each in (missing, lowest, highest)),
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
            round(nothing.flat[at]),
            round(lowest.flat[at]),
            round(highest.flat[at]),
            round(share.flat[at], 3),
        ]
        for at in most.tolist()
        if nothing.flat[at] > 0
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


def _beside_peers(features: Floats, spent: Floats) -> tuple[Floats, Floats, Floats]:
    """By customer and category: what peers spend beyond the customer, where enough of them buy; by how much
    their mean may be off; and the share of them who buy."""
    missing, reach, share = np.zeros_like(spent), np.zeros_like(spent), np.zeros_like(spent)
    tree = cKDTree(features)
    for start in range(0, len(spent), _STRETCH):
        rows = slice(start, start + _STRETCH)
        near = _others(tree.query(features[rows], k=PEERS + 1)[1], start)
        theirs, own = spent[near], spent[rows]
        mean = theirs.mean(axis=1)
        share[rows] = (theirs > 0).mean(axis=1)
        missing[rows] = np.where(share[rows] >= PEERS_BUY, np.maximum(mean - own, 0.0), 0.0)
        off = WITHIN * theirs.std(axis=1, ddof=1) / PEERS**0.5
        reach[rows] = np.where(missing[rows] > 0, off, 0.0)
    return missing, reach, share


def _others(near: Ints, start: int) -> Ints:
    """The nearest without the customer, who is among them, or not where many are just alike: then without
    the last. Rows are of the customers from ``start`` on."""
    is_self = near == np.arange(start, start + len(near))[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return np.asarray(near[~is_self].reshape(len(near), PEERS), np.int64)
