"""The stand-in in a thread of its own, for tests and benchmarks that are not asynchronous"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self, TypeVar

from bot.demo.server import DemoServer
from bot.demo.world import World

Result = TypeVar("Result")
START_SECONDS = 10


class ServerThread:
    """``with ServerThread(limits=False) as running: running.call(running.world.send_text, ann, "hi")``.

    Takes what ``DemoServer`` takes. ``World`` is not thread-safe: whatever touches it goes through ``call``.
    """

    def __init__(self, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo server", daemon=True)
        self.server = DemoServer(**options)

    @property
    def world(self) -> World:
        return self.server.world

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result(START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, act: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Run ``act`` on the server's loop and return what it returns, or raise what it raises."""

        async def run() -> Result:
            return act(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()
