"""With a million tickets in the store: what a message costs against an empty one, and the bot's memory."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from crm_store.engine import open_engine
from tests.benchmarks.end_to_end import answered_a_second, prepare, serving
from tests.benchmarks.fill import fill, settle, users_with_open_tickets
from tests.benchmarks.inbox_to_ticket import rate
from tests.benchmarks.line import Line, at_most
from tests.benchmarks.shop import FIRST_CUSTOMER, SEED, Shop, sqlite_store

TICKETS = 1_000_000
CUSTOMERS = 400_000
MESSAGES = 640
ROUNDS = 9
STRANGERS = 1000
"""Rounds of customers that the comparison has not met."""

MEGABYTE = 2**20


def run() -> Iterator[Line]:
    with TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        path = Path(folder) / "million.db"
        url = f"sqlite:///{path}"
        prepare(url)
        start = time.perf_counter()
        rows = fill(url, tickets=TICKETS, customers=CUSTOMERS)
        seconds = time.perf_counter() - start
        size = path.stat().st_size / 2**30
        what = f"{rows / 1e6:.1f} M rows, {size:.1f} GB, filled in {seconds:.0f} s"
        yield Line("a store with a million tickets", what)
        engine = open_engine(url)
        with sqlite_store() as empty:
            yield from _compare(empty, engine)
        settle(engine)
        engine.dispose()
        yield _memory(url)


def _compare(empty: Engine, full: Engine) -> Iterator[Line]:
    """The same work on both, in turns; a round's ratio is that of its two times."""
    shops = {"empty": Shop(empty), "full": Shop(full, first_update=10_000_000_000)}
    for shop in shops.values():
        shop.hire()
    chance = Random(SEED)
    ratios: dict[str, list[float]] = {"new": [], "further": []}
    for number in range(ROUNDS + 1):
        start = FIRST_CUSTOMER + number * MESSAGES
        strangers = range(start, start + MESSAGES)
        known = chance.sample(users_with_open_tickets(tickets=TICKETS, customers=CUSTOMERS), MESSAGES)
        order = ("empty", "full") if number % 2 else ("full", "empty")
        new = {name: rate(shops[name], strangers) for name in order}
        further = {name: rate(shops[name], known if name == "full" else strangers) for name in order}
        if number:  # the first round warms up
            ratios["new"].append(new["empty"] / new["full"])
            ratios["further"].append(further["empty"] / further["full"])
    for what, words in (("new", "a new customer each"), ("further", "continuing a ticket")):
        label = f"1 M tickets against an empty store: {words}"
        note = f"(of {ROUNDS}: {min(ratios[what]):.2f} to {max(ratios[what]):.2f})"
        yield at_most(label, median(ratios[what]), 1.1, "×", note)


def _memory(url: str) -> Line:
    """The most the bot's process has while it answers 6000 new customers as fast as it can."""
    with serving(store=url) as (running, bot):
        with _watching(bot.pid) as resident:
            rates = [answered_a_second(running, bot, STRANGERS + number) for number in range(3)]
        note = f"(after the start {resident[0]:.0f}; {median(rates):.0f} answered/s)"
        return at_most("memory of the bot, 1 M tickets, under load", max(resident), 400, "MB", note)


class _watching:
    """Samples a process's resident memory, in MB, every tenth of a second."""

    def __init__(self, pid: int) -> None:
        self._statm = Path(f"/proc/{pid}/statm")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.megabytes: list[float] = [self._resident()]

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self.megabytes

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(0.1):
            self.megabytes.append(self._resident())

    def _resident(self) -> float:
        return int(self._statm.read_text().split()[1]) * 4096 / MEGABYTE
