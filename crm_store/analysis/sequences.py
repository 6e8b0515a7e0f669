"""What is bought after what, and how long after: patterns in customers' dated baskets.

PrefixSpan (Pei et al. 2001): a pattern grows by an item in a later basket, or by a larger item in the basket
it ends in; only what follows is looked at again. Every place where a pattern can end is kept, so that a
largest gap between two baskets is exact.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Element = tuple[int, ...]
"""Items of one basket, ascending."""

Pattern = tuple[Element, ...]


@dataclass(frozen=True)
class Dated:
    """One customer's baskets in their order: ``days`` ascending (days of the calendar, or just 0, 1, 2 …),
    and what was in each. Same-day baskets are one."""

    days: Sequence[int]
    baskets: Sequence[frozenset[int]]


Ends = Mapping[int, Sequence[int]]
"""For each customer (by place) the baskets in which a pattern can end."""


def patterns(
    customers: Sequence[Dated], *, least: int, longest: int, max_gap: int | None = None
) -> dict[Pattern, int]:
    """Every pattern of up to ``longest`` items that at least ``least`` customers show, and how many do.
    ``max_gap``: the most days from one basket of a pattern to its next."""
    start: dict[int, dict[int, list[int]]] = defaultdict(dict)
    for place, customer in enumerate(customers):
        for at, basket in enumerate(customer.baskets):
            for item in basket:
                start[item].setdefault(place, []).append(at)
    found: dict[Pattern, int] = {}
    kept = {item for item, ends in start.items() if len(ends) >= least}
    for item in sorted(kept):
        _grow(customers, found, ((item,),), start[item], least, longest, max_gap, kept)
    return found


def _grow(
    customers: Sequence[Dated],
    found: dict[Pattern, int],
    pattern: Pattern,
    ends: Ends,
    least: int,
    longest: int,
    max_gap: int | None,
    kept: set[int],
) -> None:
    found[pattern] = len(ends)
    if sum(map(len, pattern)) >= longest:
        return
    last = pattern[-1]
    within: dict[int, dict[int, list[int]]] = defaultdict(dict)
    after: dict[int, dict[int, list[int]]] = defaultdict(dict)
    for place, positions in ends.items():
        customer = customers[place]
        for at in positions:
            for item in customer.baskets[at]:
                if item > last[-1] and item in kept:
                    within[item].setdefault(place, []).append(at)
        for at in _reachable(customer.days, positions, max_gap):
            for item in customer.baskets[at]:
                if item in kept:
                    after[item].setdefault(place, []).append(at)
    for item, grown in sorted(within.items()):
        if len(grown) >= least:
            larger = (*pattern[:-1], (*last, item))
            _grow(customers, found, larger, grown, least, longest, max_gap, kept)
    for item, grown in sorted(after.items()):
        if len(grown) >= least:
            _grow(customers, found, (*pattern, (item,)), grown, least, longest, max_gap, kept)


def _reachable(days: Sequence[int], positions: Sequence[int], max_gap: int | None) -> list[int]:
    """Baskets later than one of ``positions`` (ascending), and not too late for it."""
    found = []
    nearest = iter((*positions, len(days)))
    begun, ahead = -1, next(nearest)
    for at in range(positions[0], len(days)):
        if begun >= 0 and (max_gap is None or days[at] - days[begun] <= max_gap):
            found.append(at)
        if at == ahead:
            begun, ahead = at, next(nearest)
    return found
