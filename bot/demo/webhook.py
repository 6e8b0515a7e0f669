"""Delivery of updates to a webhook: one queue a chat, again until it is taken"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.demo.origin import LOOPBACK
from bot.demo.refusal import bad_request
from bot.demo.updates import Pending, Updates

DEFAULT_CONNECTIONS = 40
ANSWER_SECONDS = 60
MAX_RETRY_AFTER_SECONDS = 3600
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Webhook:
    """Where updates are posted, if anywhere.

    As Telegram does: messages go in order per chat and taps in a queue of their own per person; a failed post
    is repeated at once, then after 2, 4, 8 … 60 seconds, or after the answer's ``Retry-After``. Unlike
    Telegram it takes addresses on this machine only, and plain HTTP.
    """

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[int, deque[Pending]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._free = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        self._last_error: tuple[int, str] | None = None
        self.url = ""
        self.secret = ""
        self.max_connections = DEFAULT_CONNECTIONS
        self.is_down: Callable[[], bool] = lambda: False
        self.on_taken: Callable[[], None] = lambda: None

    async def set(self, params: dict[str, Any]) -> str:
        """setWebhook; returns what Telegram says about it."""
        url = params.get("url", "")
        if not url:
            return await self.delete(params)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_request("bad webhook: an HTTP URL must be provided for webhook")
        if parts.hostname not in LOOPBACK:
            raise bad_request("bad webhook: this stand-in delivers on this machine only")
        secret = params.get("secret_token", "")
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self._updates.allow(params.get("allowed_updates"))
        unchanged = (url, secret) == (self.url, self.secret)
        await self._stop_lanes()
        if params.get("drop_pending_updates"):
            self._updates.drop_all()
        self.url, self.secret = url, secret
        self.max_connections = min(max(params.get("max_connections", DEFAULT_CONNECTIONS), 1), 100)
        self._free = asyncio.Semaphore(self.max_connections)
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ANSWER_SECONDS))
        for pending in self._updates:
            self.add(pending)
        return "Webhook is already set" if unchanged else "Webhook was set"

    async def delete(self, params: dict[str, Any]) -> str:
        was_set, self.url = bool(self.url), ""
        await self._stop_lanes()
        if params.get("drop_pending_updates"):
            self._updates.drop_all()
        return "Webhook was deleted" if was_set else "Webhook is already deleted"

    def told(self) -> dict[str, Any]:
        """getWebhookInfo."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.url:
            info["max_connections"] = self.max_connections
            if self._last_error is not None:
                info["last_error_date"], info["last_error_message"] = self._last_error
        if self._updates.allowed is not None:
            info["allowed_updates"] = sorted(self._updates.allowed)
        return info

    def add(self, pending: Pending) -> None:
        """Put an update behind those of its lane."""
        if not self.url:
            return
        if pending.lane in self._lanes:
            self._lanes[pending.lane].append(pending)
            return
        self._lanes[pending.lane] = deque([pending])
        self._tasks[pending.lane] = asyncio.create_task(self._run_lane(pending.lane))

    async def close(self) -> None:
        self.url = ""
        await self._stop_lanes()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _stop_lanes(self) -> None:
        tasks, self._tasks, self._lanes = list(self._tasks.values()), {}, {}
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run_lane(self, lane: int) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting.popleft())
        del self._lanes[lane], self._tasks[lane]

    async def _deliver(self, pending: Pending) -> None:
        """Until it is taken or too old."""
        delay = 0.0
        while not pending.is_gone:
            async with self._free:
                error, asked = await self._post(pending)
            if error is None and not pending.is_gone:
                self._updates.take(pending)
                self.on_taken()
                return
            if error is None:
                return
            self._last_error = (self._updates.now(), error)
            await asyncio.sleep(asked if asked is not None else delay)
            delay = min(60.0, delay * 2 or 2.0)
            self._updates.expire()

    async def _post(self, pending: Pending) -> tuple[str | None, float | None]:
        """An error and the pause the receiver asked for."""
        if self.is_down():
            return "Connection refused", 0.2
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        try:
            async with self._session.post(self.url, data=pending.raw, headers=headers) as answer:
                await answer.read()
                if 200 <= answer.status < 300:
                    return None, None
                asked = answer.headers.get("Retry-After", "")
                pause = min(float(asked), MAX_RETRY_AFTER_SECONDS) if asked.isdigit() else None
                return f"Wrong response from the webhook: {answer.status} {answer.reason}", pause
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}", None
