"""What is bought together, beyond chance, and was again afterwards: pairs, and pairs that bring a third.

One order is one basket. Rare pairs are mirages: a rule needs ``LEAST`` baskets (few in a small shop, with
p corrected), a lift of ``LIFT``, and is looked for again in the latest part of the orders, which it was not
found in. Products that lie in half of all baskets, and variants of one article, say nothing.
"""

from typing import Any

import numpy as np

from crm_store.analysis.goods import Goods
from crm_store.analysis.itemsets import (
    Baskets,
    Itemset,
    Rule,
    TooMany,
    false_discovery,
    frequent,
    possible,
    rules,
)
from crm_store.analysis.night import Found, Night
from crm_store.analysis.shares import wilson
from crm_store.analysis.variants import stem

LEAST, LEAST_OF_FEW = 20, 10
FEW = 1000
"""Baskets of a small shop."""

LIFT, LIFT_AGAIN = 1.5, 1.2
FALSE_FINDS = 0.05
UBIQUITOUS = 0.5
WHOLESALE = 30
"""Different products in one basket: of more, everything goes with everything."""

ADDS = 1.1
"""A third product's rule must be so many times as sure as the two products' own."""

LEAST_LATER = 3.0
"""So many baskets with both must be expected before their silence says anything: of three expected, none
comes one time in twenty (Poisson)."""

TWICE = 2
"""Seen once more may be chance."""

MOST_SETS = 50_000
KEPT = 100


def nightly(night: Night) -> Found:
    bought = night.goods
    result = together(bought)
    return Found(n=result["n"], method="pairs 1", result=result, window_start=bought.since)


def together(bought: Goods) -> dict[str, Any]:
    """JSON: the rules that hold, surest first: those seen again, then those too new to say, then the rest.
    ``n`` baskets were learnt from, ``later`` came in the last ``later_days``; ``least`` of them hold what a
    rule is about."""
    cut = bought.latest_part
    learnt, later = (_baskets(bought.where(kept)) for kept in (bought.day < cut, bought.day >= cut))
    least = LEAST if learnt.n >= FEW else LEAST_OF_FEW
    counts = learnt.counts()
    found, least = _frequent(learnt, least=least)
    seen = rules(found, baskets=learnt.n, following=1)
    tested = possible(found)
    plain = {one for one in np.flatnonzero(counts > UBIQUITOUS * learnt.n).tolist()}
    sure = [one for one in _beyond_chance(seen, tests=tested) if not plain & {*one.given, *one.then}]
    kept = _without_repeats([one for one in sure if not _is_one_article(one, bought.names)])
    told = sorted(
        (_told(one, later, bought) for one in kept),
        key=lambda one: (_ORDER[one["again"]], -one["lift"] * one["n"] ** 0.5, one["then"]),
    )
    return {
        "n": learnt.n,
        "later": later.n,
        "later_days": bought.as_of_day - cut,
        "one_in": bought.one_in,
        "least": least,
        "tested": tested,
        "rules": told[:KEPT],
    }


_ORDER = {"yes": 0, "too_few": 1, "no": 2}


def _frequent(baskets: Baskets, *, least: int) -> tuple[dict[Itemset, int], int]:
    """The frequent sets, and from how many baskets on a set was one: twice as many, and again, where large
    baskets of a large shop would hold more sets than the night has memory for."""
    while True:
        try:
            return frequent(baskets, least=least, longest=3, most=MOST_SETS), least
        except TooMany:
            least *= 2


def _baskets(part: Goods) -> Baskets:
    whole = Baskets(part.order, part.product, items=len(part.keys))
    small = whole.sizes() <= WHOLESALE
    if small.all():
        return whole
    kept = small[whole.basket]
    return Baskets(part.order[kept], part.product[kept], items=len(part.keys))


def _beyond_chance(seen: list[Rule], *, tests: int) -> list[Rule]:
    """All that could have been found count, not only what was seen often enough."""
    false = false_discovery(np.array([one.p for one in seen]), tests=tests)
    return [
        one
        for one, share in zip(seen, false.tolist(), strict=True)
        if one.lift >= LIFT and share <= FALSE_FINDS
    ]


def _is_one_article(rule: Rule, names: list[str]) -> bool:
    stems = [stem(names[item]) for item in (*rule.given, *rule.then)]
    return len(set(stems)) < len(stems)


def _without_repeats(sure: list[Rule]) -> list[Rule]:
    """Of a pair's two directions the surer one; of three products only what their pairs do not say."""
    pairs: dict[frozenset[int], Rule] = {}
    for one in sure:
        if len(one.given) == 1:
            both = frozenset((*one.given, *one.then))
            if both not in pairs or one.confidence > pairs[both].confidence:
                pairs[both] = one
    confidence = {(one.given[0], one.then): one.confidence for one in sure if len(one.given) == 1}
    larger: dict[frozenset[int], Rule] = {}
    for one in sure:
        known = max((confidence.get((item, one.then), 0.0) for item in one.given), default=0.0)
        if len(one.given) == 2 and one.confidence >= ADDS * known:
            whole = frozenset((*one.given, *one.then))
            if whole not in larger or one.confidence > larger[whole].confidence:
                larger[whole] = one
    return [*pairs.values(), *larger.values()]


def _told(rule: Rule, later: Baskets, bought: Goods) -> dict[str, Any]:
    of, n = later.count(rule.given), later.count((*rule.given, *rule.then))
    usual = later.count(rule.then)
    lift = n * later.n / (of * usual) if of and usual else 0.0
    known = usual and of * rule.confidence >= LEAST_LATER
    again = "too_few" if not known else "yes" if lift >= LIFT_AGAIN and n >= TWICE else "no"
    sure = wilson(rule.n, rule.of)
    return {
        "given": [bought.names[item] for item in rule.given],
        "then": bought.names[rule.then[0]],
        "given_keys": [bought.keys[item] for item in rule.given],
        "then_key": bought.keys[rule.then[0]],
        "n": rule.n,
        "of": rule.of,
        "usual": round(rule.usual / rule.baskets, 4),
        "support": round(rule.support, 6),
        "confidence": round(rule.confidence, 6),
        "range": [round(sure.low, 4), round(sure.high, 4)],
        "lift": round(rule.lift, 3),
        "leverage": round(rule.leverage, 6),
        "again": again,
        "later": [n, of],
    }
