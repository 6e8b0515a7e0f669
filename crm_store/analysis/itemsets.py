"""Which things lie in one basket, and how often: itemsets, and the rules that follow from them.

Support of a set is the share of baskets that hold *all* of it (Agrawal & Srikant 1994). Sets are grown depth
first over the baskets that hold them (Zaki 2000), which stays sparse however many products there are.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Itemset = tuple[int, ...]
"""Ascending."""


class Baskets:
    """``n`` baskets and which of ``items`` things lie in each; what lies there twice is there once."""

    def __init__(self, basket: Ints, item: Ints, *, items: int) -> None:
        of, self.basket = np.unique(basket, return_inverse=True)
        self.n = len(of)
        held = sparse.csr_matrix((np.ones(len(item), np.int32), (self.basket, item)), shape=(self.n, items))
        held.data[:] = 1
        self.held = held
        self.items = items
        self._holding = held.tocsc()

    def sizes(self) -> Ints:
        """How many different things lie in each."""
        return np.asarray(np.diff(self.held.indptr), np.int64)

    def holding(self, item: int) -> Ints:
        """The baskets with a thing, ascending."""
        column = self._holding
        return np.asarray(column.indices[column.indptr[item] : column.indptr[item + 1]], np.int64)

    def counts(self, rows: Ints | None = None) -> Ints:
        """In how many baskets (of ``rows``) each thing lies."""
        held = self.held if rows is None else self.held[rows]
        return np.bincount(held.indices, minlength=self.items).astype(np.int64)

    def count(self, itemset: Iterable[int]) -> int:
        """How many baskets hold all of it."""
        rows: Ints | None = None
        for item in itemset:
            rows = self.holding(item) if rows is None else np.intersect1d(rows, self.holding(item), True)
        return self.n if rows is None else len(rows)


class TooMany(Exception):
    """More sets are frequent than were asked for."""


def frequent(baskets: Baskets, *, least: int, longest: int, most: int = sys.maxsize) -> dict[Itemset, int]:
    """Every set of up to ``longest`` things that ``least`` baskets or more hold whole, and how many do.
    Raises TooMany where there are more than ``most``."""
    counts = baskets.counts()
    found: dict[Itemset, int] = {}
    for item in np.flatnonzero(counts >= least).tolist():
        found[(item,)] = int(counts[item])
        if len(found) > most:
            raise TooMany
        if longest > 1:
            _grow(baskets, found, (item,), baskets.holding(item), least, longest, most)
    return found


def _grow(
    baskets: Baskets,
    found: dict[Itemset, int],
    itemset: Itemset,
    rows: Ints,
    least: int,
    longest: int,
    most: int,
) -> None:
    counts = baskets.counts(rows)
    for item in np.flatnonzero(counts >= least).tolist():
        if item <= itemset[-1]:
            continue
        larger = (*itemset, item)
        found[larger] = int(counts[item])
        if len(found) > most:
            raise TooMany
        if len(larger) < longest:
            both = np.intersect1d(rows, baskets.holding(item), True)
            _grow(baskets, found, larger, both, least, longest, most)


@dataclass(frozen=True)
class Rule:
    """Of ``of`` baskets with ``given``, ``n`` also held ``then``, as ``usual`` of all ``baskets`` did. ``p``
    is the chance of as many or more if the two had nothing to do with each other (Fisher's exact test)."""

    given: Itemset
    then: Itemset
    n: int
    of: int
    usual: int
    baskets: int
    p: float

    @property
    def support(self) -> float:
        return self.n / self.baskets

    @property
    def confidence(self) -> float:
        return self.n / self.of

    @property
    def lift(self) -> float:
        """How many times as often as usual; says nothing of what causes what."""
        return self.n * self.baskets / (self.of * self.usual)

    @property
    def leverage(self) -> float:
        """Baskets beyond what chance would give, as a share of all."""
        return self.support - self.of / self.baskets * self.usual / self.baskets


def rules(found: Mapping[Itemset, int], *, baskets: int, following: int = sys.maxsize) -> list[Rule]:
    """Every rule of every set that ``frequent`` found, both directions; at most ``following`` things
    follow."""
    shapes = [
        (given, then, itemset)
        for itemset in found
        for given, then in _splits(itemset)
        if len(then) <= following
    ]
    n, of, usual = (np.array([found[shape[at]] for shape in shapes], np.int64) for at in (2, 0, 1))
    chances = stats.hypergeom.sf(n - 1, baskets, of, usual) if shapes else np.zeros(0)
    return [
        Rule(given, then, int(both), int(first), int(second), baskets, float(p))
        for (given, then, _), both, first, second, p in zip(shapes, n, of, usual, chances, strict=True)
    ]


def possible(found: Mapping[Itemset, int]) -> int:
    """How many rules with one thing that follows could have been found: each frequent thing after each other
    one, and after each frequent pair of others."""
    single, double = (sum(len(itemset) == size for itemset in found) for size in (1, 2))
    return single * max(single - 1, 0) + double * max(single - 2, 0)


def _splits(itemset: Itemset) -> Iterator[tuple[Itemset, Itemset]]:
    for size in range(1, len(itemset)):
        for given in combinations(itemset, size):
            yield given, tuple(item for item in itemset if item not in given)


def false_discovery(p: Floats, *, tests: int) -> Floats:
    """What share of false finds one accepts who accepts each p and all smaller ones (Benjamini & Hochberg
    1995). ``tests`` counts also those whose p was not reckoned: who leaves out what chance put together
    rarely, and corrects for what is left, finds chance."""
    order = np.argsort(-p, kind="stable")
    rank = np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(np.minimum(p[order] * tests / rank, 1.0))
    return found
