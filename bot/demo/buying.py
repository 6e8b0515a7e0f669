"""How the demo's customers buy: each at their own pace until they lose interest, more before the festivals,
and mostly what they bought before. The same for a seed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

DAYS = 545
"""A year and a half."""

PACE = 0.9, 0.031
"""Gamma's shape and scale of orders a day."""

LOSES_INTEREST = 0.065
"""After each order, for good."""

STEADY, EVERY_DAYS, STOPS = 0.16, (26.0, 2.5), 0.02
"""So many drink one tea and buy it again every four weeks; after each order so many of them stop."""

FOLLOWS, FOLLOWS_AFTER = 0.4, (12.0, 32.0)
"""What is often bought after something else: how often, and after how many days."""

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
    buyers: int,
    *,
    products: int,
    goes_with: list[list[int]],
    leads_to: list[list[int]],
    now: datetime,
    seed: int,
) -> Iterator[Basket]:
    """Every purchase of the last year and a half, buyer by buyer. The first of each is when they came."""
    random = Random(seed)  # noqa: S311 (nobody is to be surprised)
    together: dict[int, list[int]] = {}
    for one, other in goes_with:
        together.setdefault(one, []).append(other)
        together.setdefault(other, []).append(one)
    popularity = [1 / (1 + rank) ** 0.5 for rank in range(products)]
    random.shuffle(popularity)
    later: dict[int, int] = {one: other for one, other in leads_to}
    for buyer in range(buyers):
        favourites = random.choices(range(products), popularity, k=3)
        pace = random.gammavariate(*PACE)
        steady = random.random() < STEADY
        day = DAYS * random.random() ** 1.3
        while day > 0:
            at = _moment(now - timedelta(days=day), random)
            items = {favourites[0]: 1} if steady else _items(favourites, popularity, together, random)
            if at < now:
                yield Basket(buyer, at, items)
                yield from _follow(buyer, day, items, later, now, random)
            if random.random() < (STOPS if steady else LOSES_INTEREST):
                break
            if steady:
                day -= random.gauss(*EVERY_DAYS)
                continue
            day -= max(random.expovariate(pace * _season(now - timedelta(days=day))), 0.3)


def _follow(
    buyer: int, day: float, items: dict[int, int], later: dict[int, int], now: datetime, random: Random
) -> Iterator[Basket]:
    for one, other in later.items():
        if one in items and random.random() < FOLLOWS:
            left = day - random.uniform(*FOLLOWS_AFTER)
            at = _moment(now - timedelta(days=max(left, 0)), random)
            if left > 0 and at < now:
                yield Basket(buyer, at, {other: 1})


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
