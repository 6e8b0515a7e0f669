"""From the inbox to a committed ticket: dispatch, model, templates, audit and outbox rows."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from statistics import median

from sqlalchemy import Engine

from tests.benchmarks.line import Line, at_least
from tests.benchmarks.shop import FIRST_CUSTOMER, Shop, postgres_store, sqlite_store

MESSAGES = 640
ROUNDS = 5


def run() -> Iterator[Line]:
    yield from _on("SQLite", sqlite_store(), new=450, further=650, together=1.8)
    yield from _on("PostgreSQL", postgres_store())


def _on(
    name: str,
    store: AbstractContextManager[Engine],
    *,
    new: float | None = None,
    further: float | None = None,
    together: float | None = None,
) -> Iterator[Line]:
    """In groups and one commit each, in turns, so that whatever else the machine does meets both."""
    with store as engine:
        grouped, single = Shop(engine), Shop(engine, group=1, first_update=1_000_000)
        grouped.hire()
        rates: dict[str, list[float]] = {"new": [], "further": [], "new alone": [], "further alone": []}
        for number in range(ROUNDS + 1):
            for shop, alone, first in ((grouped, "", 0), (single, " alone", 500_000)):
                start = FIRST_CUSTOMER + first + number * MESSAGES
                customers = range(start, start + MESSAGES)
                for what in ("new", "further"):
                    rates[what + alone].append(rate(shop, customers))
        taken = {what: found[1:] for what, found in rates.items()}  # the first round warms up
    where = f"inbox → ticket, {name}"
    yield _rate(f"{where}: a new customer each", taken["new"], new)
    yield _rate(f"{where}: continuing a ticket", taken["further"], further)
    for what, words in (("new", "new customers"), ("further", "continuing")):
        ratio = median(a / b for a, b in zip(taken[what], taken[f"{what} alone"], strict=True))
        label = f"{where}: groups of 64 against one commit each, {words}"
        yield at_least(label, ratio, together, "×") if together else Line(label, f"{ratio:.2f} ×")


def rate(shop: Shop, customers: Sequence[int]) -> float:
    """Messages a second, one of each customer; putting them into the inbox is not counted."""
    shop.say(customers)
    start = time.perf_counter()
    done = shop.work()
    return done / (time.perf_counter() - start)


def _rate(what: str, rates: Sequence[float], asked: float | None) -> Line:
    note = f"(best of {len(rates)}: {max(rates):.0f})"
    if asked is None:
        return Line(what, f"{median(rates):.0f} /s {note}")
    return at_least(what, median(rates), asked, "/s", note)
