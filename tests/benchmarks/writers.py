"""Customers who write now and then while the bot is busy, and how long each waits for the answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.demo.thread import ServerThread
from tests.crash.process import BotProcess, wait_until

ANSWERED_SECONDS = 60.0


@contextmanager
def writing(
    running: ServerThread, bot: BotProcess, *, first: int, every_seconds: float
) -> Iterator[list[float]]:
    """While the block runs, a new customer writes every so often, their ids from ``first`` on; behind it the
    list holds the seconds until each one's first answer."""
    asked: list[tuple[int, float]] = []
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        number = first
        while not over.wait(every_seconds):
            running.call(running.world.user, number, f"Ben {number - first}")
            running.call(running.world.send_text, number, "my kettle leaks")
            asked.append((number, time.monotonic()))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waits
    finally:
        over.set()
        writer.join()
    sends = running.world.sends
    assert sends is not None
    wait_until(
        lambda: {who for who, _ in asked} <= {one.chat_id for one in list(sends)},
        seconds=ANSWERED_SECONDS,
        bots=(bot,),
    )
    answered = {one.chat_id: one.at for one in reversed(list(sends))}
    waits += [answered[who] - at for who, at in asked]
