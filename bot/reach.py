"""Whether Telegram is there for us: it may be away, or not know our token. Then nothing is sent, and it is
asked until it answers."""

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.delivery import back_off
from bot.request import NotSent

TOKEN_RETRY_SECONDS = 60.0
MAX_PROBE_SECONDS = 5.0
PROBE_SECONDS = 10.0

log = structlog.get_logger()


class Reach:
    """``offline``: Telegram cannot be reached. ``refused``: it does not know the token.

    One chat whose messages get no answer says nothing about Telegram; two in a row do, and so does a way that
    is not there at all. ``back`` is called when Telegram answers again, with whether it really was away.
    """

    def __init__(self, bot: Bot, *, back: Callable[[bool], None]) -> None:
        self.offline = False
        self.refused = False
        self._bot = bot
        self._back = back
        self._tasks: asyncio.TaskGroup
        self._search: asyncio.Task[None] | None = None
        self._silent: set[int] = set()
        self._last_heard = 0.0

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin anew, hopeful; ``tasks`` holds the search for Telegram."""
        self.offline = self.refused = False
        self._tasks, self._search = tasks, None
        self._silent.clear()

    def heard(self) -> None:
        """Telegram answered, whatever it said."""
        self._last_heard = monotonic()
        self._silent.clear()

    def not_heard(self, chat_id: int, error: Exception, *, left: float) -> None:
        """A call to this chat that left at that (monotonic) time got no answer."""
        if left < self._last_heard:
            return
        self._silent.add(chat_id)
        if (isinstance(error, NotSent) or len(self._silent) > 1) and not self.offline:
            self.offline = True
            log.warning("Telegram cannot be reached", action="offline", error=str(error))
            self._look()

    async def knows_us(self) -> bool:
        """Telegram answers the same to a wrong token and to a method it does not know: ask which it was."""
        if await self._trouble() is None:
            return True
        if not self.refused:
            self.refused = True
            log.error("Telegram does not know the token: nothing is sent", action="token_refused")
            self._look()
        return False

    def _look(self) -> None:
        if self._search is None or self._search.done():
            self._search = self._tasks.create_task(self._find())

    async def _find(self) -> None:
        tries = 0
        while (trouble := await self._trouble()) is not None:
            self.refused = isinstance(trouble, InvalidToken)
            await asyncio.sleep(
                TOKEN_RETRY_SECONDS if self.refused else min(back_off(tries), MAX_PROBE_SECONDS)
            )
            tries += 1
        log.info("Telegram answers", action="online", tries=tries)
        self.offline = self.refused = False
        self.heard()
        self._back(tries > 0)

    async def _trouble(self) -> TelegramError | None:
        """What stands between Telegram and us; None when it answers."""
        try:
            await self._bot.get_me(read_timeout=PROBE_SECONDS)
        except InvalidToken as error:
            return error
        except (RetryAfter, BadRequest, Forbidden):
            return None
        except TelegramError as error:
            return error
        return None
