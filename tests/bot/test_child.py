"""Processes of their own that stay for the next order."""

import asyncio
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
