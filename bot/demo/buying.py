"""How the demo's customers buy: each at their own pace until they lose interest, more before the festivals,
and mostly what they bought before. The same for a seed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

DAYS = 545
"""A year and a half."""

PACE = 0.9, 0.040
"""Gamma's shape and scale of orders a day."""

LOSES_INTEREST = 0.065
"""After each order, for good."""

FESTIVALS = [(1, 22, 18, 2.4), (5, 20, 10, 1.4), (9, 14, 16, 2.2), (11, 10, 6, 2.0)]
"""Month, day, days it lasts, and how much more is bought at its height."""

HOURS = [9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22]


@dataclass(frozen=True)
class Basket:
    """One purchase: who (a number from 0), when, and products (numbers from 0) with quantities."""

    buyer: int
    at: datetime
    items: dict[int, int]


def baskets(
    buyers: int, *, products: int, goes_with: list[list[int]], now: datetime, seed: int
) -> Iterator[Basket]:
    """Every purchase of the last year and a half, buyer by buyer. The first of each is when they came."""
    random = Random(seed)  # noqa: S311 (nobody is to be surprised)
    together: dict[int, list[int]] = {}
    for one, other in goes_with:
        together.setdefault(one, []).append(other)
        together.setdefault(other, []).append(one)
    popularity = [1 / (1 + rank) ** 0.5 for rank in range(products)]
    random.shuffle(popularity)
    for buyer in range(buyers):
        favourites = random.choices(range(products), popularity, k=3)
        pace = random.gammavariate(*PACE)
        day = DAYS * random.random() ** 1.3
        while day > 0:
            at = _moment(now - timedelta(days=day), random)
            if at < now:
                yield Basket(buyer, at, _items(favourites, popularity, together, random))
            if random.random() < LOSES_INTEREST:
                break
            day -= max(random.expovariate(pace * _season(now - timedelta(days=day))), 0.3)


def _season(at: datetime) -> float:
    """How much more than usual is bought on this day."""
    best = 1.0
    for month, day, lasts, height in FESTIVALS:
        height_at = at.replace(month=month, day=day)
        away = abs((at - height_at).days)
        best = max(best, 1 + (height - 1) * math.exp(-((away / lasts) ** 2)))
    return best * (1.15 if at.weekday() >= 5 else 1.0)


def _moment(day: datetime, random: Random) -> datetime:
    return day.replace(
        hour=random.choice(HOURS), minute=random.randrange(60), second=random.randrange(60), microsecond=0
    )


def _items(
    favourites: list[int], popularity: list[float], together: dict[int, list[int]], random: Random
) -> dict[int, int]:
    items: dict[int, int] = {}
    for _ in range(random.choices([1, 2, 3], [0.62, 0.27, 0.11])[0]):
        liked = random.random() < 0.65
        one = random.choice(favourites) if liked else random.choices(range(len(popularity)), popularity)[0]
        items[one] = items.get(one, 0) + random.choices([1, 2, 3, 6], [0.8, 0.13, 0.05, 0.02])[0]
        for other in together.get(one, ()):
            if random.random() < 0.35:
                items.setdefault(other, 1)
    return items
