"""Where transactions run: off the event loop, on one thread for SQLite, on a few for PostgreSQL."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.engine import transaction

P = ParamSpec("P")
R = TypeVar("R")


class Writer:
    """Runs verbs in transactions. SQLite has one writer; waiting for it is waiting for a turn, not a lock."""

    def __init__(self, engine: Engine, *, threads: int = 1) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="writer")

    async def run(self, verb: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """``verb(session, …)`` in a transaction of its own."""

        def work() -> R:
            with transaction(self.engine) as session:
                return verb(session, *args, **kwargs)

        return await self.call(work)

    async def call(self, work: Callable[[], R]) -> R:
        """``work()`` on a writer's thread; it opens its own transactions."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
