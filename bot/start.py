"""Before the loops: Telegram is reached and told how updates come, or the bot is stopped while it waits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import stamina
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from bot.poller import ALLOWED_UPDATES
from bot.request import AiohttpRequest
from bot.settings import ConfigError, Settings
from bot.web import WEBHOOK_PATH

LONGEST_WAIT_SECONDS = 30.0

R = TypeVar("R")


class Stopped(Exception):
    """Told to stop before the start was done."""


async def unless_stopped(stopping: asyncio.Event, work: Coroutine[Any, Any, R]) -> R:
    """What ``work`` returns. Raises Stopped, with ``work`` cancelled, when ``stopping`` is set first."""
    task, told = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Stopped
        return task.result()
    finally:
        for one in (task, told):
            one.cancel()
        await asyncio.gather(task, told, return_exceptions=True)


@asynccontextmanager
async def connect(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[Bot]:
    """The bot, known to Telegram. Waits for Telegram to be reachable; a wrong token is a ConfigError.
    Raises Stopped."""
    bot = Bot(
        settings.telegram.token,
        base_url=settings.telegram.base_url,
        base_file_url=settings.telegram.base_file_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(connections=2),
    )
    try:
        await unless_stopped(stopping, _patiently(bot.initialize))
        yield bot
    finally:
        await bot.shutdown()


async def choose_mode(bot: Bot, settings: Settings) -> None:
    """Tell Telegram how updates come: by the webhook, or as the poller asks. A webhook that Telegram refuses
    is a ConfigError."""
    if settings.telegram.mode == "polling":
        await _patiently(lambda: bot.delete_webhook(drop_pending_updates=False))
        return
    try:
        await _patiently(
            lambda: bot.set_webhook(
                settings.telegram.webhook_url.rstrip("/") + WEBHOOK_PATH,
                secret_token=settings.telegram.secret,
                allowed_updates=ALLOWED_UPDATES,
            )
        )
    except BadRequest as error:
        raise ConfigError(f"[telegram] webhook_url: Telegram refuses it ({error.message})") from None


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """Make the call until Telegram answers, for ever. A token it does not know is a ConfigError."""
    try:
        async for attempt in stamina.retry_context(
            on=_may_pass, attempts=None, timeout=None, wait_max=LONGEST_WAIT_SECONDS
        ):
            with attempt:
                await call()
    except InvalidToken:
        raise ConfigError("[telegram] token: Telegram does not know it (@BotFather shows it again)") from None


def _may_pass(error: Exception) -> bool | timedelta:
    if isinstance(error, RetryAfter):  # Telegram says when; asking earlier makes it longer
        after = error.retry_after
        return after if isinstance(after, timedelta) else timedelta(seconds=after)
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
