"""A Telegram that answers what a test wrote for it, over real HTTP, and a sender at work against it."""

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aiohttp import web
from sqlalchemy import Engine
from telegram import Bot

from bot.request import AiohttpRequest
from bot.sender import Sender
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox
from tests.talk import DESK, WORDS

TOKEN = "123456:scripted"
ME = {"id": 123456, "is_bot": True, "first_name": "Tea", "username": "tea_desk_bot"}


@dataclass(frozen=True)
class Answer:
    """``cut``: the connection breaks, with or without the call ``done``."""

    status: int = 200
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    cut: bool = False
    done: bool = False
    body: bytes | None = None


OK = Answer()
CUT = Answer(cut=True, done=True)


def refusal(status: int, description: str, **parameters: Any) -> Answer:
    return Answer(status, description, parameters)


def limited(seconds: int) -> Answer:
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True)
class Arrival:
    """A call as it reached Telegram, and the message it became there (None: it became none)."""

    at: float
    chat_id: int
    method: str
    params: dict[str, Any]
    message_id: int | None

    @property
    def text(self) -> str:
        return str(self.params.get("text", ""))


class Telegram:
    """Answers each chat's calls with its script, then with success."""

    def __init__(self) -> None:
        self.script: dict[int, deque[Answer]] = defaultdict(deque)
        self.arrivals: list[Arrival] = []
        self.known = True
        self.down = False
        self.latency: Callable[[], float] = lambda: 0.0
        self.back: Callable[[], float] = lambda: 0.0
        self._port = 0
        self._messages = 1000
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/bot"

    def answers(self, chat_id: int, *answers: Answer) -> None:
        self.script[chat_id].extend(answers)

    def shown(self, chat_id: int) -> list[str]:
        """What stands in a chat, in order."""
        return [one.text for one in self.arrivals if one.chat_id == chat_id and one.message_id is not None]

    async def open(self) -> None:
        """Listen; after ``close`` at the same place again."""
        app = web.Application()
        app.router.add_post(f"/bot{TOKEN}/{{method}}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = await request.post()
        params = {name: _read(value) for name, value in given.items()}
        if not self.known:
            return _json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if self.down:
            return web.Response(status=502, text="<html>502 Bad Gateway</html>")
        if method == "getMe":
            return _json(200, {"ok": True, "result": ME})
        await asyncio.sleep(self.latency())
        chat_id = int(params["chat_id"])
        answer = self.script[chat_id].popleft() if self.script[chat_id] else OK
        done = answer.done or (answer.status == 200 and not answer.cut)
        message_id = self._arrive(chat_id, method, params) if done else self._refuse(chat_id, method, params)
        await asyncio.sleep(answer.wait + self.back())
        if answer.cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if answer.body is not None:
            return web.Response(status=answer.status, body=answer.body)
        if answer.status != 200:
            body = {"ok": False, "error_code": answer.status, "description": answer.description}
            return _json(
                answer.status, body | ({"parameters": answer.parameters} if answer.parameters else {})
            )
        return _json(200, {"ok": True, "result": self._result(method, params, message_id)})

    def _arrive(self, chat_id: int, method: str, params: dict[str, Any]) -> int:
        self._messages += 1
        message_id = int(params.get("message_id", self._messages))
        self.arrivals.append(Arrival(monotonic(), chat_id, method, params, message_id))
        return message_id

    def _refuse(self, chat_id: int, method: str, params: dict[str, Any]) -> None:
        self.arrivals.append(Arrival(monotonic(), chat_id, method, params, None))

    def _result(self, method: str, params: dict[str, Any], message_id: int | None) -> Any:
        if method == "deleteMessage":
            return True
        message = {"message_id": message_id, "date": 1, "chat": {"id": int(params["chat_id"])}}
        if method == "sendMediaGroup":
            count = len(json.loads(params["media"]))
            first = self._messages
            self._messages += count
            return [message | {"message_id": first + number} for number in range(count)]
        if method == "sendDocument":
            message["document"] = {"file_id": "kept-by-telegram", "file_unique_id": "u"}
        if method == "sendPhoto":
            message["photo"] = [{"file_id": "small"}, {"file_id": "large"}]
        return message


def _read(value: Any) -> Any:
    return value if isinstance(value, str) else (value.filename, value.file.read())


def _json(status: int, body: Any) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")


@contextlib.asynccontextmanager
async def sending(
    engine: Engine,
    telegram: Telegram,
    *,
    messages_per_second: float = 0,
    writer: Writer | None = None,
    **options: Any,
) -> AsyncIterator[Sender]:
    """A sender at work, until the block ends."""
    async with stopped(engine, telegram, messages_per_second, writer, **options) as sender:
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@contextlib.asynccontextmanager
async def stopped(
    engine: Engine,
    telegram: Telegram,
    messages_per_second: float = 0,
    writer: Writer | None = None,
    **options: Any,
) -> AsyncIterator[Sender]:
    """A sender that does not run yet."""
    bot = Bot(
        TOKEN, base_url=telegram.base_url, request=AiohttpRequest(), get_updates_request=AiohttpRequest()
    )
    own = writer or Writer(engine, threads=1 if engine.dialect.name == "sqlite" else 2)
    await bot._request[1].initialize()
    try:
        settings = {"words": WORDS} | options
        yield Sender(bot, own, desk=DESK, messages_per_second=messages_per_second, **settings)
    finally:
        await bot._request[1].shutdown()
        await asyncio.to_thread(own.close)


@contextlib.asynccontextmanager
async def scripted() -> AsyncIterator[Telegram]:
    telegram = Telegram()
    await telegram.open()
    try:
        yield telegram
    finally:
        await telegram.close()


async def until(reached: Callable[[], Any], *, seconds: float = 8.0) -> None:
    """Wait for it; a test that waits in vain says so."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 - the condition is anybody's
            await asyncio.sleep(0.005)


def put(engine: Engine, chat_id: int, *texts: str, **about: Any) -> None:
    """Queue messages, each under its text as key."""
    about = {"method": "sendMessage", "now": datetime.now(UTC)} | about
    with transaction(engine) as session:
        for text in texts:
            params = about.get("params", {"text": text})
            key = about.get("key", text)
            rest = {name: value for name, value in about.items() if name not in ("params", "key")}
            outbox.put(session, key=key, chat_id=chat_id, params=params, **rest)


def row(engine: Engine, key: str) -> Outbox:
    with transaction(engine) as session:
        found = outbox.by_key(session, key=key)
        assert found is not None
        return found


def state(engine: Engine, key: str) -> str:
    return row(engine, key).state
