"""What one could know of customers and categories on a day, and what they bought after it: the rows that
demand is foretold from. A row is one active customer and one category."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.distance import decayed
from crm_store.analysis.goods import Goods

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HORIZON_DAYS = 30
ACTIVE_DAYS = 180
HALF_LIFE_DAYS = 60.0
MOST_CATEGORIES = 12
FAR = 365.0

FEATURES = (
    "times", "times_30", "times_90", "since", "share", "in_last", "decayed", "orders", "recency",
    "recency_over_gap", "popularity",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """As of ``cut`` (a day; only what came before it counts): ``x`` is (customers × categories, features),
    customers ascending, each with all ``categories``; ``y`` says who bought of it in the ``HORIZON_DAYS``
    from the cut on."""

    cut: int
    customer: Ints
    categories: list[int]
    x: Floats
    y: Ints

    def column(self, name: str) -> Floats:
        return self.x[:, FEATURES.index(name)]

    @property
    def of(self) -> Ints:
        """The customer of each row."""
        return np.repeat(self.customer, len(self.categories))

    @property
    def category(self) -> Ints:
        """The category of each row, by its place in the goods' list."""
        return np.tile(np.array(self.categories, np.int64), len(self.customer))


def most_wanted(bought: Goods, *, cut: int) -> list[int]:
    """The categories that most customers bought in the half year before a day, at most ``MOST_CATEGORIES``;
    what has no category is none."""
    recent = (bought.day < cut) & (bought.day >= cut - ACTIVE_DAYS)
    pairs = np.unique(np.stack([bought.customer[recent], bought.category[recent]]), axis=1)
    buyers = np.bincount(pairs[1], minlength=len(bought.categories))
    order = np.argsort(-buyers, kind="stable")[: MOST_CATEGORIES + 1].tolist()
    return [one for one in order if buyers[one] and bought.categories[one]][:MOST_CATEGORIES]


def view(bought: Goods, *, cut: int, categories: list[int]) -> View:
    """Customers who bought in the half year before ``cut``."""
    past = bought.where(bought.day < cut)
    active = np.unique(past.customer[past.day >= cut - ACTIVE_DAYS])
    past = past.where(np.isin(past.customer, active))
    who = np.searchsorted(active, past.customer)
    shape = (len(active), len(categories))
    place = np.full(len(bought.categories), -1, np.int64)
    place[categories] = np.arange(len(categories))
    order, first = np.unique(past.order, return_index=True)
    buyer, day = who[first], past.day[first]
    orders = np.bincount(buyer, minlength=len(active)).astype(np.float64)
    last = _latest(buyer, day, len(active))
    begun = -_latest(buyer, -day, len(active))
    gap = np.where(orders > 1, (last - begun) / np.maximum(orders - 1, 1), FAR)
    recency = cut - last

    pair = np.unique(np.stack([past.order, place[past.category]]), axis=1)
    pair = pair[:, pair[1] >= 0]
    at = np.searchsorted(order, pair[0])
    row, days_ago = buyer[at] * shape[1] + pair[1], (cut - day[at]).astype(np.float64)
    cells = shape[0] * shape[1]

    def count(kept: NDArray[np.bool_]) -> Floats:
        return np.bincount(row[kept], minlength=cells).astype(np.float64)

    times, month = count(days_ago > 0), count(days_ago <= HORIZON_DAYS)
    since = np.minimum(cut - _latest(row, day[at], cells), FAR)
    weight = np.bincount(row, weights=decayed(days_ago, half_life=HALF_LIFE_DAYS), minlength=cells)
    each = np.repeat(np.arange(shape[0]), shape[1])
    popularity = (month.reshape(shape) > 0).mean(axis=0) if len(active) else np.zeros(shape[1])
    x = np.column_stack(
        [
            np.log1p(times),
            month,
            count(days_ago <= 90),
            since,
            times / np.maximum(orders[each], 1),
            since == recency[each],
            weight,
            np.log1p(orders)[each],
            recency[each],
            np.minimum(since / np.maximum(gap[each], 1), 20),
            np.tile(popularity, shape[0]),
        ]
    )
    return View(cut, active, categories, x, _came(bought, cut, active, place, shape))


def _latest(owner: Ints, day: Ints, size: int) -> Ints:
    found = np.full(size, -(10**7), np.int64)
    np.maximum.at(found, owner, day)
    return found


def _came(bought: Goods, cut: int, active: Ints, place: Ints, shape: tuple[int, int]) -> Ints:
    after = (bought.day >= cut) & (bought.day < cut + HORIZON_DAYS) & (place[bought.category] >= 0)
    after &= np.isin(bought.customer, active)
    found = np.zeros(shape, np.int64)
    found[np.searchsorted(active, bought.customer[after]), place[bought.category[after]]] = 1
    return found.reshape(-1)
