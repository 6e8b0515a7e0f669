"""Which products come back: what customers buy again, what is popular now, and what people buy once.

A customer's own products by how often and how lately, popularity deciding where that is alike, is hard to
beat (Li et al. 2023). How well it did last month is counted, beside popularity alone.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.distance import decayed
from crm_store.analysis.goods import Goods
from crm_store.analysis.wishes import ACTIVE_DAYS, HALF_LIFE_DAYS, HORIZON_DAYS

Ints = NDArray[np.int64]

TOP = 10
POPULAR = 30
MOST_JUDGED = 5_000
ONCE_SHARE = 0.05
LEAST_BUYERS = 20
LONG_AGO_DAYS = 180
MOST_ONCE = 2_000
SEED = 20_230_707


def next_products(bought: Goods) -> dict[str, Any]:
    """JSON. ``popular``: key, name and buyers of the last 30 days' favourites; ``once``: keys of products
    that hardly anybody buys again. ``tests``: by rule the share of what was bought last month that was among
    its ten (``recall``), and of customers for whom any was (``hit``), of ``n``; ``rule`` the one that did
    better, a customer's own where they are alike."""
    end = bought.as_of_day
    tests, n = _judged(bought, cut=end - HORIZON_DAYS)
    favourites = _popularity(bought, cut=end)
    order = np.argsort(-favourites, kind="stable")[:POPULAR].tolist()
    better = max(tests, key=lambda name: tests[name][0]) if n else "personal"
    return {
        "rule": better,
        "n": n,
        "tests": [[name, round(recall, 4), round(hit, 4)] for name, (recall, hit) in tests.items()],
        "popular": [
            [bought.keys[at], bought.names[at], int(favourites[at])] for at in order if favourites[at]
        ],
        "once": [bought.keys[at] for at in _bought_once(bought)],
    }


def _popularity(bought: Goods, *, cut: int) -> Ints:
    """Customers of each product in the 30 days before a day."""
    recent = (bought.day < cut) & (bought.day >= cut - HORIZON_DAYS)
    pairs = np.unique(np.stack([bought.customer[recent], bought.product[recent]]), axis=1)
    return np.bincount(pairs[1], minlength=len(bought.keys)).astype(np.int64)


def _bought_once(bought: Goods) -> list[int]:
    """Products of which, half a year and more after their first, hardly any customer has bought another."""
    days = np.unique(np.stack([bought.customer, bought.product, bought.day]), axis=1)
    pairs, first, times = np.unique(days[:2], axis=1, return_index=True, return_counts=True)
    long_ago = days[2][first] <= bought.as_of_day - LONG_AGO_DAYS
    buyers = np.bincount(pairs[1][long_ago], minlength=len(bought.keys))
    again = np.bincount(pairs[1][long_ago & (times > 1)], minlength=len(bought.keys))
    once = (buyers >= LEAST_BUYERS) & (again < ONCE_SHARE * buyers)
    return np.flatnonzero(once).tolist()[:MOST_ONCE]


def _judged(bought: Goods, *, cut: int) -> tuple[dict[str, tuple[float, float]], int]:
    """Recall and hit rate of the two rules over customers who were active before a day and bought after."""
    popularity = _popularity(bought, cut=cut)
    favourites = [one for one in np.argsort(-popularity, kind="stable")[:TOP].tolist() if popularity[one]]
    after = bought.where((bought.day >= cut) & (bought.day < cut + HORIZON_DAYS))
    before = bought.where((bought.day < cut) & (bought.day >= cut - ACTIVE_DAYS))
    who = np.intersect1d(after.customer, before.customer)
    if len(who) > MOST_JUDGED:
        who = np.sort(np.random.default_rng(SEED).permutation(who)[:MOST_JUDGED])
    own = _own(bought.where((bought.day < cut) & np.isin(bought.customer, who)), cut, popularity)
    came = _sets(after.where(np.isin(after.customer, who)))
    rules: dict[str, list[Sequence[int]]] = {"personal": [], "popular": []}
    for customer in who.tolist():
        mine = own.get(customer, [])
        rules["popular"].append(favourites)
        rules["personal"].append([*mine, *(one for one in favourites if one not in mine)][:TOP])
    truth = [came[customer] for customer in who.tolist()]
    found = {}
    for name, told in rules.items():
        right = [len(real & set(said)) for real, said in zip(truth, told, strict=True)]
        recall = [n / len(real) for n, real in zip(right, truth, strict=True)]
        hits = [n > 0 for n in right]
        found[name] = (float(np.mean(recall)), float(np.mean(hits))) if len(who) else (0.0, 0.0)
    return found, len(who)


def _own(past: Goods, cut: int, popularity: Ints) -> dict[int, list[int]]:
    """Each customer's products, the most and latest bought first."""
    rows = np.unique(np.stack([past.customer, past.product, past.order, past.day]), axis=1)
    pairs, place = np.unique(rows[:2], axis=1, return_inverse=True)
    weight = np.bincount(place.reshape(-1), weights=decayed(cut - rows[3], half_life=HALF_LIFE_DAYS))
    found: dict[int, list[int]] = {}
    most = max(int(popularity.max()), 1) if len(popularity) else 1
    for at in np.lexsort((-(weight + 0.01 * popularity[pairs[1]] / most), pairs[0])).tolist():
        mine = found.setdefault(int(pairs[0][at]), [])
        if len(mine) < TOP:
            mine.append(int(pairs[1][at]))
    return found


def _sets(part: Goods) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for customer, product in zip(part.customer.tolist(), part.product.tolist(), strict=True):
        found.setdefault(customer, set()).add(product)
    return found
