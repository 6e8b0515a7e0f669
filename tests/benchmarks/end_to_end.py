"""Through HTTP: the real process polls a stand-in for Telegram, keeps, sorts and answers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from bot.demo.thread import ServerThread
from bot.teaching import fingerprint
from crm_store.engine import open_engine, transaction
from crm_store.migrate import migrate
from crm_store.service import kinds
from tests.benchmarks.line import Line, at_least, at_most
from tests.benchmarks.shop import AGENT, FIRST_CUSTOMER, model, words
from tests.crash.process import BotProcess, wait_until

CUSTOMERS = 2000
ROUNDS = 3
IDLE_MESSAGES = 200
IDLE_PAUSE_SECONDS = 0.03


def run() -> Iterator[Line]:
    with serving() as (running, bot):
        rates = [answered_a_second(running, bot, number) for number in range(ROUNDS)]
        note = f"(best of {ROUNDS}: {max(rates):.0f})"
        yield at_least("end to end: answered, one message a customer", median(rates), 350, "/s", note)
        waits = sorted(answer_ms(running, bot, number) for number in range(IDLE_MESSAGES))
        p95 = quantiles(waits, n=20)[-1]
        yield at_most("update → answer, idle, p95", p95, 15, "ms", f"(median {median(waits):.1f})")


@contextmanager
def serving(store: str | None = None) -> Iterator[tuple[ServerThread, BotProcess]]:
    """A bot that is up, with a model, on a fresh store unless one is given."""
    with TemporaryDirectory(prefix="zhanggui-bench-") as name, ServerThread(limits=False) as running:
        folder = Path(name)
        with BotProcess(folder, running.server, store=store) as bot:
            prepare(bot.store)
            bot.start()
            running.call(running.world.user, 1, "Early")
            running.call(running.world.user, AGENT, "Bob", started=True)
            running.call(running.world.send_text, 1, "my kettle leaks")
            _until_answered(running, bot, 1)
            yield running, bot


def prepare(url: str) -> None:
    """Tables, and the model, so that nothing is trained while we measure."""
    engine = open_engine(url)
    migrate(engine, now=datetime.now(UTC))
    with transaction(engine) as session:
        if kinds.latest_model(session) is None:
            kinds.keep_model(
                session,
                data=model().to_bytes(),
                score=1.0,
                corrections=0,
                kept=True,
                fingerprint=fingerprint(),
                now=datetime.now(UTC),
            )
    engine.dispose()


def answered_a_second(running: ServerThread, bot: BotProcess, number: int) -> float:
    """So many customers write at once; how fast all of them have their answer."""
    before = running.call(running.world.counted)["answered"]
    first = FIRST_CUSTOMER + number * CUSTOMERS
    said = words()

    def write() -> None:
        for customer in range(first, first + CUSTOMERS):
            running.world.user(customer, f"Customer {customer - FIRST_CUSTOMER}")
            running.world.send_text(customer, next(said))

    start = time.perf_counter()
    running.call(write)
    _until_answered(running, bot, before + CUSTOMERS)
    return CUSTOMERS / (time.perf_counter() - start)


def answer_ms(running: ServerThread, bot: BotProcess, number: int) -> float:
    """One customer writes while nothing else happens; both moments are Telegram's."""
    customer = FIRST_CUSTOMER + 1_000_000 + number
    sends = running.world.sends
    assert sends is not None
    before = len(sends)

    def write() -> float:
        running.world.user(customer, f"Customer {number}")
        running.world.send_text(customer, "my kettle leaks")
        return time.monotonic()

    start = running.call(write)
    wait_until(lambda: len(sends) > before, seconds=30, bots=(bot,))
    time.sleep(IDLE_PAUSE_SECONDS)
    return (sends[before].at - start) * 1000


def _until_answered(running: ServerThread, bot: BotProcess, count: int) -> None:
    wait_until(lambda: running.world.counters.answered >= count, seconds=120, bots=(bot,))
