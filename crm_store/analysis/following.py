"""What customers buy next, and how many days later: sequences that come in this order more often than chance.

Chance is the same customers' same baskets in random order on the same days. What was found in earlier orders
is looked for again in the latest part of them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import norm

from crm_store.analysis.goods import Goods
from crm_store.analysis.night import Found, Night
from crm_store.analysis.sequences import Dated, Pattern, patterns

MAX_GAP = 45
"""Days from one purchase to the next that belongs with it."""

LEAST, LEAST_OF_FEW = 20, 10
FEW = 1000
"""Customers of a small shop."""

MOST_CUSTOMERS = 20_000
MOST_BASKETS = 40
"""Of one customer, the latest: a reseller has hundreds."""

MOST_PRODUCTS = 300
CANDIDATES = 40
SHUFFLES = 20
MOST_SHUFFLED = 400
"""Customers of one pattern whose order is shuffled; more change nothing but the time."""

BEYOND, AGAIN = 1.3, 1.2
"""How many times as often as by chance."""

FALSE_FINDS = 0.05
"""How likely a shop of pure chance may be told a sequence."""

WITHIN = float(norm.ppf(0.975))
"""Deviations, for the range of what chance gives nineteen times in twenty."""

LEAST_LATER = 5
KEPT = 50
SEED = 20_010_402


@dataclass(frozen=True)
class Beside:
    """How many customers show a pattern, beside what shuffling their baskets gives."""

    n: int
    chance: float
    deviation: float

    @property
    def sureness(self) -> float:
        return (self.n - self.chance) / max(self.deviation, math.sqrt(self.chance), 1.0)


def nightly(night: Night) -> Found:
    bought = night.goods
    result = following(bought)
    return Found(n=result["n"], method="prefixspan 1", result=result, window_start=bought.since)


def following(bought: Goods) -> dict[str, Any]:
    """JSON: what comes after what, surest first, and of three only where each two of them do; ``n`` customers
    with two purchases or more were learnt from."""
    cut = bought.latest_part
    earlier, later = (_customers(bought.where(kept)) for kept in (bought.day < cut, bought.day >= cut))
    least = LEAST if len(earlier) >= FEW else LEAST_OF_FEW
    found = patterns(earlier, least=least, longest=2, max_gap=MAX_GAP)
    random = np.random.default_rng(SEED)
    sure = _sure(found)
    told: list[tuple[Beside, Pattern, dict[str, Any]]] = []

    def tell(candidates: Iterable[Pattern]) -> None:
        for pattern in candidates:
            beside = _beside(earlier, pattern, random)
            if beside.n >= max(least, BEYOND * beside.chance) and beside.sureness >= sure:
                told.append((beside, pattern, _told(pattern, beside, found, earlier, later, bought, random)))

    tell(_candidates(found))
    tell(_chains([pattern for _, pattern, _ in told]))
    told.sort(key=lambda one: (one[2]["again"] == "no", -one[0].sureness, one[2]["keys"]))
    return {
        "n": len(earlier),
        "later": len(later),
        "later_days": bought.as_of_day - cut,
        "one_in": bought.one_in,
        "max_gap": MAX_GAP,
        "least": least,
        "sequences": [one for *_, one in told[:KEPT]],
    }


def _customers(part: Goods) -> list[Dated]:
    """Who bought on two days or more, with the products that most of them bought."""
    if not len(part):
        return []
    buyers = np.bincount(_distinct(part.product, part.customer), minlength=len(part.keys))
    common = np.zeros(len(part.keys), bool)
    common[np.argsort(-buyers, kind="stable")[:MOST_PRODUCTS]] = True
    start = np.flatnonzero(np.diff(part.customer, prepend=-1))
    found = []
    for first, end in zip(start.tolist(), [*start[1:].tolist(), len(part)], strict=True):
        baskets: dict[int, set[int]] = {}
        for day, product in zip(part.day[first:end].tolist(), part.product[first:end].tolist(), strict=True):
            if common[product]:
                baskets.setdefault(day, set()).add(product)
        if len(baskets) > 1:
            days = sorted(baskets)[-MOST_BASKETS:]
            found.append(Dated(days, [frozenset(baskets[day]) for day in days]))
    if len(found) <= MOST_CUSTOMERS:
        return found
    few = np.random.default_rng(SEED).permutation(len(found))[:MOST_CUSTOMERS]
    return [found[at] for at in sorted(few.tolist())]


def _distinct(product: Any, customer: Any) -> Any:
    """The products, once for each customer."""
    return np.unique(np.stack([customer, product]), axis=1)[1]


def _candidates(found: dict[Pattern, int]) -> list[Pattern]:
    """One product after another, each another, that come in this order more often than the other way
    round."""
    single = [one for one in found if len(one) > 1 and all(len(element) == 1 for element in one)]
    different = [one for one in single if len({element[0] for element in one}) == len(one)]

    def leaning(pattern: Pattern) -> float:
        n, turned = found[pattern], found.get(pattern[::-1], 0)
        return float((n - turned) / (n + turned) ** 0.5)

    return sorted((one for one in different if leaning(one) > 0), key=lambda one: (-leaning(one), one))[
        :CANDIDATES
    ]


def _chains(links: Sequence[Pattern]) -> list[Pattern]:
    """Three in a row, each another, where each two of them are a link."""
    return sorted(
        (*one, other[1]) for one in links for other in links if one[1] == other[0] and other[1] not in one
    )


def _sure(found: dict[Pattern, int]) -> float:
    """So many standard deviations beyond chance that of all pairs that could have been found none goes so far
    by chance, nineteen times in twenty (Bonferroni)."""
    products = sum(pattern[1:] == () and len(pattern[0]) == 1 for pattern in found)
    return float(norm.isf(FALSE_FINDS / max(products * (products - 1), 1)))


def _beside(customers: Sequence[Dated], pattern: Pattern, random: np.random.Generator) -> Beside:
    items = {element[0] for element in pattern}
    able = [one for one in customers if items <= frozenset().union(*one.baskets)]
    n = sum(_gaps(one.days, one.baskets, pattern) is not None for one in able)
    few = (
        able
        if len(able) <= MOST_SHUFFLED
        else [able[at] for at in random.permutation(len(able))[:MOST_SHUFFLED].tolist()]
    )
    counts = [sum(_shows(one, pattern, random) for one in few) for _ in range(SHUFFLES)]
    scale = len(able) / len(few) if few else 1.0
    return Beside(n, scale * float(np.mean(counts)), float(scale**0.5 * np.std(counts)))


def _shows(customer: Dated, pattern: Pattern, random: np.random.Generator) -> bool:
    """Whether the customer's baskets do in a random order."""
    shuffled = [customer.baskets[at] for at in random.permutation(len(customer.days))]
    return _gaps(customer.days, shuffled, pattern) is not None


def _gaps(days: Sequence[int], baskets: Sequence[frozenset[int]], pattern: Pattern) -> int | None:
    """Days from the first to the last of a pattern, at the first time that it comes about; None where it does
    not."""
    reached: dict[int, int] = {}
    for at, basket in enumerate(baskets):
        if pattern[0][0] in basket:
            reached[at] = days[at]
    for (item,) in pattern[1:]:
        grown: dict[int, int] = {}
        for at, basket in enumerate(baskets):
            if item in basket:
                begun = [day for before, day in reached.items() if 0 < days[at] - days[before] <= MAX_GAP]
                if begun:
                    grown[at] = max(begun)
        reached = grown
    if not reached:
        return None
    first = min(reached)
    return days[first] - reached[first]


def _told(
    pattern: Pattern,
    beside: Beside,
    found: dict[Pattern, int],
    earlier: Sequence[Dated],
    later: Sequence[Dated],
    bought: Goods,
    random: np.random.Generator,
) -> dict[str, Any]:
    spans = [_gaps(one.days, one.baskets, pattern) for one in earlier]
    after = _beside(later, pattern, random)
    known = after.n + after.chance >= LEAST_LATER
    again = "too_few" if not known else "yes" if after.n >= AGAIN * after.chance else "no"
    reach = WITHIN * max(beside.deviation, math.sqrt(beside.chance))
    return {
        "names": [bought.names[element[0]] for element in pattern],
        "keys": [bought.keys[element[0]] for element in pattern],
        "n": beside.n,
        "of": found[pattern[:1]],
        "median_days": round(median(one for one in spans if one is not None)),
        "chance": round(beside.chance, 1),
        "by_chance": [
            max(0, math.floor(beside.chance - reach)),
            math.ceil(beside.chance + reach),
        ],
        "again": again,
        "later": [after.n, round(after.chance, 1)],
    }
