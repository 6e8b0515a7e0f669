"""How processes on one PostgreSQL wake each other: a NOTIFY in the commit that brought work."""

import asyncio
from collections.abc import Callable, Mapping

import psycopg
import structlog

from crm_store.mailbox.wake import CHANNEL

RETRY_SECONDS = 2.0

log = structlog.get_logger()


async def listen(url: str, wake: Mapping[str, Callable[[], None]]) -> None:
    """Call ``wake[what]()`` for each notification, until cancelled. Missing one costs a second, no more:
    every loop also looks by itself."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for notice in connection.notifies():
                    wake.get(notice.payload, _nobody)()
        except psycopg.Error as error:
            log.warning("not listening", action="listen_failed", error=str(error)[:200])
        await asyncio.sleep(RETRY_SECONDS)


def _nobody() -> None:
    """A notification for a part that does not run here."""
