"""What one could know of customers and single products on a day, and which they bought in the 30 days after.

A pair is a customer and a product that may come next: one of their own, or one of the month's favourites.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.distance import decayed
from crm_store.analysis.goods import Goods
from crm_store.analysis.wishes import ACTIVE_DAYS, FAR, HALF_LIFE_DAYS, HORIZON_DAYS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OWN, POPULAR = 40, 30
"""Products of a customer's own, the most and latest bought, and favourites of all."""

MOST_CUSTOMERS = 2_000
"""Each with up to seventy pairs, and a support vector machine looks at every one of them for a while."""
SEED = 20_230_707

FEATURES = (
    "times", "times_30", "times_90", "since", "share", "in_last", "decayed", "orders", "recency",
    "since_over_gap", "popularity",
)  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """As of ``cut`` (a day; only what came before it counts), of ``who`` (ids, ascending) were active before
    it and bought after it. One row a pair, by customer (a place in ``who``) and product (a place in the
    goods' list): what was known (``x``), and whether it ``came``. ``is_own``: bought before. ``again`` and
    ``new``: how many different products each of ``who`` then bought, of those bought before and of others."""

    cut: int
    who: Ints
    customer: Ints
    product: Ints
    x: Floats
    is_own: NDArray[np.bool_]
    came: NDArray[np.bool_]
    again: Ints
    new: Ints

    def column(self, name: str) -> Floats:
        return self.x[:, FEATURES.index(name)]


def pairs(bought: Goods, *, cut: int) -> Pairs:
    """Of at most ``MOST_CUSTOMERS`` customers."""
    after = bought.where((bought.day >= cut) & (bought.day < cut + HORIZON_DAYS))
    active = bought.customer[(bought.day < cut) & (bought.day >= cut - ACTIVE_DAYS)]
    who = np.intersect1d(after.customer, active)
    if len(who) > MOST_CUSTOMERS:
        who = np.sort(np.random.default_rng(SEED).permutation(who)[:MOST_CUSTOMERS])
    products = max(len(bought.keys), 1)
    past = bought.where((bought.day < cut) & np.isin(bought.customer, who))
    of = np.searchsorted(who, past.customer)
    # a product that stands on two lines of an order was bought once
    owner, product, _, day = np.unique(np.stack([of, past.product, past.order, past.day]), axis=1)
    known, place = np.unique(owner * products + product, return_inverse=True)
    ago = (cut - day).astype(np.float64)
    favourites = popularity(bought, cut=cut)
    weight: Floats = np.bincount(place, decayed(ago, half_life=HALF_LIFE_DAYS)).astype(np.float64)
    asked = _asked(known, weight, products, who, favourites)
    row = np.searchsorted(known, asked).clip(max=max(len(known) - 1, 0))
    is_own = known[row] == asked if len(known) else np.zeros(len(asked), bool)

    def own(values: NDArray[np.generic], nothing: float = 0.0) -> Floats:
        return np.where(is_own, values[row], nothing) if len(known) else np.zeros(len(asked))

    since = np.full(len(known), FAR)
    np.minimum.at(since, place, ago)
    orders, recency, gap = _pace(of, past, cut, len(who))
    each = asked // products
    times, away = own(np.bincount(place)), own(since, FAR)
    x = np.column_stack(
        [
            times,
            own(np.bincount(place, ago <= HORIZON_DAYS)),
            own(np.bincount(place, ago <= 3 * HORIZON_DAYS)),
            away,
            times / np.maximum(orders[each], 1),
            is_own & (away == recency[each]),
            own(weight),
            np.log1p(orders[each]),
            recency[each],
            np.minimum(away / np.maximum(gap[each], 1), 20),
            favourites[asked % products] / max(int(favourites.max(initial=0)), 1),
        ]
    )
    came = np.unique(
        np.searchsorted(who, after.customer)[np.isin(after.customer, who)] * products
        + after.product[np.isin(after.customer, who)]
    )
    is_again = np.isin(came, known)
    again, new = (np.bincount(came[kept] // products, minlength=len(who)) for kept in (is_again, ~is_again))
    return Pairs(cut, who, each, asked % products, x, is_own, np.isin(asked, came), again, new)


def popularity(bought: Goods, *, cut: int) -> Ints:
    """Customers of each product in the 30 days before a day."""
    recent = (bought.day < cut) & (bought.day >= cut - HORIZON_DAYS)
    buyers = np.unique(np.stack([bought.customer[recent], bought.product[recent]]), axis=1)
    return np.bincount(buyers[1], minlength=len(bought.keys)).astype(np.int64)


def _asked(known: Ints, weight: Floats, products: int, who: Ints, favourites: Ints) -> Ints:
    """The pairs to ask about, as customer times products plus product, ascending."""
    owner = known // products
    order = np.lexsort((known, -weight, owner))
    first = np.searchsorted(owner[order], owner[order])
    own = known[order[np.arange(len(order)) - first < OWN]]
    best = np.argsort(-favourites, kind="stable")[:POPULAR]
    best = best[favourites[best] > 0]
    return np.union1d(own, (np.arange(len(who))[:, None] * products + best[None, :]).reshape(-1))


def _pace(of: Ints, past: Goods, cut: int, size: int) -> tuple[Floats, Floats, Floats]:
    """Each customer's orders, days since the last, and mean days between."""
    _, at = np.unique(past.order, return_index=True)
    owner, day = of[at], past.day[at]
    orders = np.bincount(owner, minlength=size).astype(np.float64)
    last, first = np.full(size, cut - FAR), np.full(size, float(cut))
    np.maximum.at(last, owner, day)
    np.minimum.at(first, owner, day)
    gap = np.where(orders > 1, (last - first) / np.maximum(orders - 1, 1), FAR)
    return orders, cut - last, gap
