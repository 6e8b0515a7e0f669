"""Which products come back: what customers buy again, what is popular now, and what people buy once.

Simple rules and models rank what each customer may buy next; how much of what was bought last month they had
among their ten is counted, of what people bought again and of what was new to them apart: the first is easy,
the second hardly anybody foretells (Li et al. 2023). A suggestion is told with its reason, which a model's
ranking has none of: models are on the board to compare, and what is used is a rule.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.goods import Goods
from crm_store.analysis.leaderboard import CANDIDATES, Rows, learnt, predicted
from crm_store.analysis.next_pairs import POPULAR, Pairs, pairs, popularity
from crm_store.analysis.wishes import HORIZON_DAYS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TOP = 10
ONCE_SHARE = 0.05
LEAST_BUYERS = 20
LEAST_OF_A_KIND = 20
"""Pairs that came, to learn from."""

LONG_AGO_DAYS = 180
MOST_ONCE = 2_000
DEFAULT = "personal_recent"


def next_products(bought: Goods, *, with_models: bool = False) -> dict[str, Any]:
    """JSON. ``popular``: key, name and buyers of the last 30 days' favourites; ``once``: keys of products
    that hardly anybody buys again. ``tests``, simplest first: of each rule (and model) ``name``, the share of
    what was bought last month that was among its ten (``recall``, with its standard ``error``), the same of
    what they had bought before (``again``) and of the rest (``new``), and for how many customers any was
    (``hit``, a share); of ``n`` customers, whose purchases were repeats to the share ``repeats``. ``rule``:
    a customer's own products by how often and how lately, unless another rule did better by more than one
    standard error; ``best``: the same of models too."""
    end = bought.as_of_day
    judged = pairs(bought, cut=end - HORIZON_DAYS)
    rules = _rules(judged)
    scores = rules | (_models(bought, judged, cut=end - 2 * HORIZON_DAYS) if with_models else {})
    tests = (
        [{"name": name, **_test(judged, values)} for name, values in scores.items()]
        if len(judged.who)
        else []
    )
    favourites = popularity(bought, cut=end)
    order = np.argsort(-favourites, kind="stable")[:POPULAR].tolist()
    came = int(judged.again.sum() + judged.new.sum())
    return {
        "rule": _chosen([one for one in tests if one["name"] in rules]),
        "best": _chosen(tests),
        "n": len(judged.who),
        "repeats": round(int(judged.again.sum()) / came, 4) if came else None,
        "tests": tests,
        "popular": [
            [bought.keys[at], bought.names[at], int(favourites[at])] for at in order if favourites[at]
        ],
        "once": [bought.keys[at] for at in _bought_once(bought)],
    }


def _rules(of: Pairs) -> dict[str, Floats]:
    """Simplest first; where they say the same, what others buy now decides."""
    popular = of.column("popularity")
    return {
        "popular": popular,
        "same_as_last": of.column("in_last") + 0.01 * popular,
        "personal": of.column("times") + 0.01 * popular,
        DEFAULT: of.column("decayed") + 0.01 * popular,
    }


def _models(bought: Goods, judged: Pairs, *, cut: int) -> dict[str, Floats]:
    """What models say that learnt from the month before: nothing where too little came in it."""
    before = pairs(bought, cut=cut)
    came = int(before.came.sum())
    if not LEAST_OF_A_KIND <= came <= len(before.came) - LEAST_OF_A_KIND:
        return {}
    rows = Rows(before.x, before.came.astype(np.int64))
    return {one.name: predicted(learnt(one, rows), judged.x) for one in CANDIDATES[1:]}


def _test(of: Pairs, scores: Floats) -> dict[str, Any]:
    order = np.lexsort((of.product, -scores, of.customer))
    start = np.searchsorted(of.customer[order], of.customer[order])
    said = order[np.arange(len(order)) - start < TOP]
    right = said[of.came[said]]

    def count(rows: Ints) -> Ints:
        return np.bincount(of.customer[rows], minlength=len(of.who))

    again, new = count(right[of.is_own[right]]), count(right[~of.is_own[right]])
    recall = (again + new) / (of.again + of.new)
    return {
        "recall": round(float(recall.mean()), 4),
        "error": round(float(recall.std(ddof=1) / len(recall) ** 0.5), 4) if len(recall) > 1 else 0.0,
        "again": _share(again, of.again),
        "new": _share(new, of.new),
        "hit": round(float((again + new > 0).mean()), 4),
    }


def _share(right: Ints, of: Ints) -> float | None:
    """The mean over the customers who bought any of them; None where nobody did."""
    some = of > 0
    return round(float((right[some] / of[some]).mean()), 4) if some.any() else None


def _chosen(tests: list[dict[str, Any]]) -> str:
    """The default, unless the best is better by more than its standard error."""
    found = {str(one["name"]): one for one in tests}
    best = max(tests, key=lambda one: float(one["recall"]), default=None)
    if best is None or best["recall"] - best["error"] <= found[DEFAULT]["recall"]:
        return DEFAULT
    return str(best["name"])


def _bought_once(bought: Goods) -> list[int]:
    """Products of which, half a year and more after their first, hardly any customer has bought another."""
    days = np.unique(np.stack([bought.customer, bought.product, bought.day]), axis=1)
    both, first, times = np.unique(days[:2], axis=1, return_index=True, return_counts=True)
    long_ago = days[2][first] <= bought.as_of_day - LONG_AGO_DAYS
    buyers = np.bincount(both[1][long_ago], minlength=len(bought.keys))
    again = np.bincount(both[1][long_ago & (times > 1)], minlength=len(bought.keys))
    once = (buyers >= LEAST_BUYERS) & (again < ONCE_SHARE * buyers)
    return np.flatnonzero(once).tolist()[:MOST_ONCE]
