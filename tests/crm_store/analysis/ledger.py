"""Purchases without a store: who bought on which day for how much, cut wherever a test wants it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis import churn, purchase_rows, value
from crm_store.analysis.churn import Risks
from crm_store.analysis.churn_features import Books
from crm_store.analysis.purchases import Ledger
from crm_store.analysis.value import Valued

ZONE = ZoneInfo("Asia/Shanghai")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sales:
    """Customer, ordinal of the day, minor units of each, in any order."""

    customer: Ints
    day: Ints
    amount: Ints

    @classmethod
    def of(cls, sales: Iterable[tuple[int, int, int]]) -> "Sales":
        rows = np.array(list(sales), np.int64).reshape(-1, 3)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2])

    def until(self, day: int) -> Ledger:
        """The books at the beginning of ``day``."""
        seen = self.day < day
        key = purchase_rows.pack(self.customer[seen], self.day[seen])
        order = np.argsort(key, kind="stable")
        amount = self.amount[seen][order]
        rows = purchase_rows.Rows(key[order], amount, np.ones(len(amount), np.int64), 0)
        return Ledger(at(day), None, ZONE, "CNY", rows, {})

    def valued(self, day: int, **how: float) -> Valued:
        """Customer value as of ``day``, checked on what came before it."""
        books = self.until(day)
        days = value.check_days(books.purchases())
        return value.score(books, then=self.until(day - days) if days else None, **how)


def risks(sales: Sales, day: int, **troubles: dict[int, int]) -> Risks:
    """Risks as of ``day``; ``troubles`` (complaints, refunds, goods) are the same at every cut."""
    window, cuts = churn.plan(sales.until(day).purchases())
    books = [Books(sales.until(day - window * ago), **troubles) for ago in range(cuts + 1)]
    return churn.score(books[0], books[1:], window=window)


def at(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), tzinfo=ZONE)


def shop(
    count: int,
    *,
    r: float = 0.8,
    alpha: float = 10.0,
    a: float = 0.9,
    b: float = 2.5,
    p: float = 6.0,
    q: float = 4.0,
    gamma: float = 15_000.0,
    weeks: float = 78.0,
    seed: int = 7,
    at_once: bool = False,
) -> Sales:
    """A shop whose customers behave as BG/NBD and Gamma-Gamma say: they come over the first half of the
    weeks, each with a rate, a chance to leave and a mean order of their own."""
    random = np.random.default_rng(seed)
    born = random.uniform(0, weeks * 7 / 2, count)
    rate, leaves = random.gamma(r, 1 / alpha, count) / 7, random.beta(a, b, count)
    scale = 1 / random.gamma(q, 1 / gamma, count)
    clock, alive = born.copy(), np.ones(count, bool)
    if at_once:
        alive &= random.random(count) >= leaves
    sales = [(np.arange(count), born)]
    while alive.any():
        clock = clock + random.exponential(1 / rate)
        alive &= clock < weeks * 7
        sales.append((np.flatnonzero(alive), clock[alive]))
        alive &= random.random(count) >= leaves
    customer = np.concatenate([who for who, _ in sales])
    day = np.concatenate([when for _, when in sales]).astype(np.int64)
    amount = np.rint(random.gamma(p, scale[customer])).astype(np.int64)
    return Sales(customer + 1, day + FIRST, np.maximum(amount, 1))


FIRST = date(2025, 1, 1).toordinal()
