"""getUpdates: long polling with Telegram's rules about who may poll and what an offset means"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.demo.refusal import Refusal
from bot.demo.updates import Pending, Updates

MAX_LIMIT = 100
MAX_TIMEOUT_SECONDS = 50
CONFLICT_PAUSE_SECONDS = 3.0
_TAKEN_OVER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
_WEBHOOK_SET = "Conflict: terminated by setWebhook request"


class Poll:
    """One getUpdates that waits for something to hand out."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    def end(self, conflict: str | None = None) -> None:
        if not self.ended.done():
            self.ended.set_result(conflict)


class Polling:
    """At most one poll waits; a second one ends the first with 409.

    A poll that repeats the offset of the one before within half a second gets one update only, and one within
    three seconds waits for at least three, so that a bot that never confirms does not spin.
    """

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self.asked = asyncio.Event()
        """Set by every getUpdates: whoever clears it and waits knows that a bot is polling."""
        self._waiting: Poll | None = None
        self._last_offset: int | None = None
        self._last_at = 0.0
        self._next_conflict_at = 0.0

    async def get_updates(self, params: dict[str, Any], *, is_gone: Callable[[], bool]) -> list[Pending]:
        """Confirm, then wait for updates. ``is_gone`` tells whether the caller still listens."""
        self.asked.set()
        loop = asyncio.get_running_loop()
        offset = params.get("offset", 0)
        limit = min(max(params.get("limit", MAX_LIMIT), 1), MAX_LIMIT)
        timeout: float = min(max(params.get("timeout", 0), 0), MAX_TIMEOUT_SECONDS)
        self._updates.allow(params.get("allowed_updates"))
        self._end_waiting(_TAKEN_OVER)
        if offset == self._last_offset:
            since = loop.time() - self._last_at
            timeout = max(timeout, 3) if since < 3 else timeout
            limit = 1 if since < 0.5 else limit
        self._last_offset, self._last_at = offset, loop.time()

        self._updates.confirm_before(offset)
        batch = self._updates.hand_out(limit)
        deadline = loop.time() + timeout
        while not batch and loop.time() < deadline and not is_gone():
            poll = self._waiting = Poll()
            try:
                # in short steps: a caller that was killed must not hold its place for a minute
                step = min(1.0, deadline - loop.time())
                conflict = await asyncio.wait_for(poll.ended, step)
            except TimeoutError:
                conflict = None
            finally:
                if self._waiting is poll:
                    self._waiting = None
            if conflict is not None:
                raise await self._conflict(conflict, is_gone)
            batch = self._updates.hand_out(limit)
        return batch

    def wake(self) -> None:
        """Something joined the queue, or everything changed: look again."""
        if self._waiting is not None:
            self._waiting.end()

    def stop_for_webhook(self) -> None:
        self._end_waiting(_WEBHOOK_SET)

    def _end_waiting(self, conflict: str) -> None:
        if self._waiting is not None:
            self._waiting.end(conflict)
            self._waiting = None

    async def _conflict(self, description: str, is_gone: Callable[[], bool]) -> Refusal:
        """Conflicts in a row are answered three seconds apart: two bots must not fight at full speed."""
        loop = asyncio.get_running_loop()
        if not is_gone():
            if loop.time() < self._next_conflict_at:
                await asyncio.sleep(CONFLICT_PAUSE_SECONDS)
            else:
                self._next_conflict_at = loop.time() + CONFLICT_PAUSE_SECONDS
        return Refusal(409, description)
