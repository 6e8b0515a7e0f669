"""Processes of their own that stay for the next order."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot import child
from bot.child import ChildFailed, Warm

ORDER: dict[str, Any] = {
    "do": "file",
    "format": "csv",
    "sections": {},
    "language": "en",
    "currency": "CNY",
    "zone": "Asia/Shanghai",
    "tongues": {"en": {"labels": {"report_columns": {"section": "Section"}}}},
}


def test_one_that_stays_answers_the_next_order_and_ends_when_nobody_asks_for_long() -> None:
    async def scenario() -> list[Any]:
        warm = Warm()
        first = await warm.run("bot.reporter", ORDER, limit_seconds=60)
        assert warm._talk is not None
        process = warm._talk._process
        second = await warm.run("bot.reporter", ORDER, limit_seconds=60)
        is_the_same = warm._talk._process is process
        await warm.rest()
        stays = process.returncode is None
        warm._used_at -= child.IDLE_SECONDS + 1
        await warm.rest()
        return [first == second, is_the_same, stays, process.returncode is not None]

    assert asyncio.run(scenario()) == [True, True, True, True]


def test_after_a_failure_the_next_order_gets_a_process_of_its_own() -> None:
    async def scenario() -> tuple[str, bool]:
        warm = Warm()
        with pytest.raises(ChildFailed) as failed:
            await warm.run("bot.reporter", {"do": "nonsense"}, limit_seconds=60)
        answer = await warm.run("bot.reporter", ORDER, limit_seconds=60)
        await warm.close()
        return str(failed.value), "data" in answer

    assert asyncio.run(scenario()) == ("exit 1: KeyError: 'nonsense'", True)


def test_one_that_is_not_done_in_time_is_ended() -> None:
    async def scenario() -> bool:
        warm = Warm()
        with pytest.raises(ChildFailed, match="not done after 0 s"):
            await warm.run("bot.reporter", ORDER, limit_seconds=0.01)
        return warm._talk is None

    assert asyncio.run(scenario())


BUSY = """
import os, time
from bot.pipes import attend
attend()
print(os.getpid(), flush=True)
time.sleep(600)
"""
THE_BOT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"


def test_a_busy_one_ends_with_a_bot_that_was_killed() -> None:
    house = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", THE_BOT], cwd=house, stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        busy = int(bot.stdout.readline())
        assert _lives(busy)
        bot.send_signal(signal.SIGKILL)

    until = time.monotonic() + 30
    while _lives(busy) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _lives(busy)


def _lives(process: int) -> bool:
    """One that ended and that nobody has asked about is still in the table, as Z."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
