"""Of all processes on one PostgreSQL exactly one polls."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from bot import leader
from bot.leader import KEYS, Leadership

SECONDS = 20.0
HOLDERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "CHECK_SECONDS", 0.1)


class Work:
    """What only one may do at a time; counts who does."""

    def __init__(self) -> None:
        self.doing: list[str] = []
        self.began: list[str] = []
        self.most = 0

    def of(self, name: str) -> Callable[[], asyncio.Future[None]]:
        async def work() -> None:
            self.began.append(name)
            self.doing.append(name)
            self.most = max(self.most, len(self.doing))
            try:
                await asyncio.Event().wait()
            finally:
                self.doing.remove(name)

        return work  # type: ignore[return-value]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not is_so():  # noqa: ASYNC110 (what it waits for tells nobody)
            await asyncio.sleep(0.01)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_exactly_one_leads_and_the_other_takes_over(postgres_url: str) -> None:
    async def check() -> None:
        work = Work()
        first, second = Leadership(postgres_url), Leadership(postgres_url)
        one = asyncio.create_task(first.run("poller", work.of("first")))
        await until(lambda: work.doing == ["first"])
        two = asyncio.create_task(second.run("poller", work.of("second")))
        await asyncio.sleep(0.5)  # several attempts
        assert (work.doing, first.leads, second.leads) == (["first"], {"poller"}, set())

        await end(one)
        await until(lambda: work.doing == ["second"])
        assert (first.leads, second.leads, work.most) == (set(), {"poller"}, 1)
        await end(two)

    asyncio.run(check())


def test_each_kind_of_work_is_led_by_itself(postgres_url: str) -> None:
    async def check() -> None:
        work = Work()
        first, second = Leadership(postgres_url), Leadership(postgres_url)
        tasks = [
            asyncio.create_task(first.run("poller", work.of("polls"))),
            asyncio.create_task(second.run("sender", work.of("sends"))),
        ]
        await until(lambda: sorted(work.doing) == ["polls", "sends"])
        assert (first.leads, second.leads) == ({"poller"}, {"sender"})
        for one in tasks:
            await end(one)

    asyncio.run(check())


def test_losing_the_connection_ends_the_term(postgres_url: str) -> None:
    async def check() -> None:
        work = Work()
        leads = Leadership(postgres_url)
        task = asyncio.create_task(leads.run("clock", work.of("it")))
        await until(lambda: work.doing == ["it"])

        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
            [(pid,)] = await (await other.execute(HOLDERS, (KEYS["clock"],))).fetchall()
            await other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        await until(lambda: work.doing == [])
        await until(lambda: work.began == ["it", "it"])  # and it runs for the next one

        assert (work.most, leads.leads) == (1, {"clock"})
        await end(task)

    asyncio.run(check())


def test_work_that_breaks_is_not_hidden(postgres_url: str) -> None:
    async def breaks() -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        asyncio.run(Leadership(postgres_url).run("sender", breaks))


def test_without_postgresql_the_one_process_leads() -> None:
    async def check() -> None:
        work = Work()
        leads = Leadership(None)
        task = asyncio.create_task(leads.run("poller", work.of("it")))
        await until(lambda: work.doing == ["it"])
        assert leads.leads == {"poller"}
        await end(task)

    asyncio.run(check())
