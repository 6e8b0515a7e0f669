"""Who polls, sends and keeps the clock: exactly one process each, however many run."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psycopg
import structlog

KEYS = {
    "poller": 0x5A48_0001,
    "sender": 0x5A48_0002,
    "clock": 0x5A48_0003,
    "jobs": 0x5A48_0004,
    "feeder": 0x5A48_0005,
}
CHECK_SECONDS = 3.0

log = structlog.get_logger()
Work = Callable[[], Awaitable[None]]


class Leadership:
    """Runs each kind of work while this process leads it.

    With SQLite there is one process, and it leads. On PostgreSQL an advisory lock on a connection of its own
    decides: it is gone the moment the process or its connection is.
    """

    def __init__(self, postgres: str | None) -> None:
        self._postgres = postgres
        self.leads: set[str] = set()

    async def run(self, name: str, work: Work) -> None:
        """Do ``work`` whenever ``name`` is ours to lead, until cancelled."""
        if self._postgres is None:
            self.leads.add(name)
            await work()
            return
        while True:
            try:
                await self._term(self._postgres, name, work)
            except psycopg.Error as error:
                log.warning("no leader election", action="election_failed", role=name, error=str(error)[:200])
            await asyncio.sleep(CHECK_SECONDS)

    async def _term(self, url: str, name: str, work: Work) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            won = await (
                await connection.execute("SELECT pg_try_advisory_lock(%s)", (KEYS[name],))
            ).fetchone()
            if won is None or not won[0]:
                return
            log.info("leading", action="leading", role=name)
            self.leads.add(name)
            task = asyncio.ensure_future(work())
            try:
                while not task.done():
                    await asyncio.wait({task}, timeout=CHECK_SECONDS)
                    await connection.execute("SELECT 1")
                await task
            finally:
                self.leads.discard(name)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
