"""getUpdates → inbox. Telegram forgets what is confirmed, so the commit comes first."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeGuard

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.calls import post
from bot.writer import Writer
from crm_store.mailbox import inbox
from crm_store.mailbox.inbox import Arrived

LONG_POLL_SECONDS = 25
BATCH = 100
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0

log = structlog.get_logger()


class Poller:
    """Asks Telegram for updates and keeps them; ``arrived`` is called after each commit."""

    def __init__(self, bot: Bot, writer: Writer, *, arrived: Callable[[], None]) -> None:
        self._bot = bot
        self._writer = writer
        self._arrived = arrived
        self.last_success: datetime | None = None

    async def run(self) -> None:
        """Poll until cancelled. The offset lives in memory: after a restart Telegram offers what it has."""
        offset, pause = 0, PAUSE_SECONDS
        while True:
            try:
                batch = await self._get_updates(offset)
                self.last_success = datetime.now(UTC)
                if batch:
                    await self._writer.run(
                        inbox.store, bot_id=self._bot.id, arrived=arrivals(batch), now=datetime.now(UTC)
                    )
                    offset = _offset_after(batch)
                    self._arrived()
                pause = PAUSE_SECONDS
            except InvalidToken:
                raise
            except Exception as error:
                wait = _pause_for(error, pause)
                log.warning("polling failed", action="poll_failed", error=_brief(error), wait_seconds=wait)
                await asyncio.sleep(wait)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def _get_updates(self, offset: int) -> list[Any]:
        batch: Any = await post(
            self._bot,
            "getUpdates",
            {
                "offset": offset,
                "limit": BATCH,
                "timeout": LONG_POLL_SECONDS,
                "allowed_updates": ALLOWED_UPDATES,
            },
            read_timeout=LONG_POLL_SECONDS + 10,
        )
        if not isinstance(batch, list):
            raise TypeError(f"getUpdates gave no list but {type(batch).__name__}")
        return batch


def arrivals(batch: list[Any]) -> list[Arrived]:
    return [arrival(update) for update in batch]


def arrival(update: Any) -> Arrived:
    """An update as the inbox keeps it. Nothing is parsed but its number and its lane."""
    raw = json.dumps(update, ensure_ascii=False, separators=(",", ":"))
    if not raw.isascii() and not _is_writable(raw):
        raw = json.dumps(update, separators=(",", ":"))
    number = _number_of(update)
    return unread(raw) if number is None else Arrived(update_id=number, lane=lane_of(update), raw=raw)


def unread(raw: str) -> Arrived:
    """What came instead of an update, kept for a person to see under a number of its own content."""
    number = int.from_bytes(sha256(raw.encode(errors="replace")).digest()[:7])
    return Arrived(update_id=-1 - number, lane=0, raw=raw)


def _number_of(update: Any) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if _is_key(number) else None


def _is_key(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_writable(raw: str) -> bool:
    try:
        raw.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and no database takes
        return False
    return True


def _offset_after(batch: list[Any]) -> int:
    """What confirms a batch. Raises ValueError when nothing in it has a number."""
    for update in reversed(batch):
        if (number := _number_of(update)) is not None:
            return number + 1
    raise ValueError("no update of the batch has an update_id")


def lane_of(update: dict[str, Any]) -> int:
    """What must stay in order with it: the chat's id, else the sender's, else none (0)."""
    for content in update.values():
        if not isinstance(content, dict):
            continue
        message = content.get("message")
        for holder in (content, message if isinstance(message, dict) else {}):
            for key in ("chat", "from", "user"):
                found = holder.get(key)
                if key == "from" and isinstance(message, dict) and "chat" in message:
                    continue
                if isinstance(found, dict) and _is_key(found.get("id")):
                    return int(found["id"])
    return 0


def _pause_for(error: Exception, pause: float) -> float:
    if isinstance(error, RetryAfter):
        after = error.retry_after
        return float(after if isinstance(after, int | float) else after.total_seconds()) + 0.5
    return max(pause, 3.0) if isinstance(error, Conflict) else pause


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if isinstance(error, TelegramError) else repr(error)[:300]
