"""getUpdates → inbox, over real HTTP: the commit comes first, and nothing that comes is dropped."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import Engine, select, text
from telegram import Bot
from telegram.error import InvalidToken

from bot.poller import ALLOWED_UPDATES, Poller, lane_of
from bot.request import AiohttpRequest
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox.tables import Inbox

TOKEN = "123456:feed"
ME = {"id": 123456, "is_bot": True, "first_name": "Tea", "username": "tea_desk_bot"}
ANN = {"id": 7_000_000_000, "is_bot": False, "first_name": 'Ann <3 & "张"'}
CHAT = {"id": 7_000_000_000, "type": "private", "first_name": 'Ann <3 & "张"'}


class Feed:
    """What Telegram does with an offset, and nothing else. ``script`` answers first: status and body."""

    def __init__(self, *updates: Any) -> None:
        self.waiting = [one if isinstance(one, str) else compact(one) for one in updates]
        self.script: deque[tuple[int, str]] = deque()
        self.asked: list[tuple[float, int]] = []
        self.allowed: Any = None

    @property
    def offsets(self) -> list[int]:
        return [offset for _, offset in self.asked]

    @property
    def pauses(self) -> list[float]:
        times = [at for at, _ in self.asked]
        return [later - earlier for earlier, later in pairwise(times)]

    async def tell(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": ME})

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.post()
        offset = int(str(asked.get("offset", 0)))
        self.allowed = json.loads(str(asked["allowed_updates"]))
        self.asked.append((monotonic(), offset))
        if self.script:
            status, body = self.script.popleft()
            return web.Response(status=status, text=body)
        self.waiting = [one for one in self.waiting if not _is_confirmed(one, offset)]
        if not self.waiting:
            await asyncio.sleep(0.2)  # the long poll
        return web.Response(text=f'{{"ok":true,"result":[{",".join(self.waiting[:100])}]}}')


def _is_confirmed(raw: str, offset: int) -> bool:
    update = json.loads(raw)
    number = update.get("update_id") if isinstance(update, dict) else None
    return isinstance(number, int) and number < offset


def compact(update: Any) -> str:
    return json.dumps(update, ensure_ascii=False, separators=(",", ":"))


def message(number: int, words: str = "my kettle leaks") -> dict[str, Any]:
    said = {"message_id": number, "date": 1, "chat": CHAT, "from": ANN, "text": words}
    return {"update_id": number, "message": said}


@asynccontextmanager
async def polling(feed: Feed, engine: Engine) -> AsyncIterator[asyncio.Task[None]]:
    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/getUpdates", feed.answer)
    app.router.add_post(f"/bot{TOKEN}/getMe", feed.tell)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = Bot(
        TOKEN,
        base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
    )
    await bot.initialize()
    writer = Writer(engine)
    task = asyncio.create_task(Poller(bot, writer, arrived=lambda: None).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bot.shutdown()
        await runner.cleanup()
        writer.close()


def poll(feed: Feed, engine: Engine, until: Callable[[], bool], meanwhile: Any = None) -> None:
    """Poll until something is so; ``meanwhile`` is awaited on the way."""

    async def run() -> None:
        async with polling(feed, engine), asyncio.timeout(20):
            if meanwhile is not None:
                await meanwhile
            while not until():  # noqa: ASYNC110 - the feed knows no events
                await asyncio.sleep(0.02)

    asyncio.run(run())


def raws(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return list(session.scalars(select(Inbox.raw).order_by(Inbox.id)))  # type: ignore[arg-type]


def test_updates_are_kept_as_they_came_and_then_confirmed(sqlite: Engine) -> None:
    odd = '{"update_id":12,"tomorrow":{"z":1.50,"a":[null,true,{}],"表":"\\n 𝄞 <b>"},"n":99999999999999999}'
    feed = Feed(message(10), message(11, "你好 🫖"), odd)

    poll(feed, sqlite, lambda: len(feed.asked) >= 2)

    assert feed.offsets[:2] == [0, 13]
    assert raws(sqlite)[:2] == [compact(message(10)), compact(message(11, "你好 🫖"))]
    assert json.loads(raws(sqlite)[2]) == json.loads(odd)
    assert feed.allowed == ALLOWED_UPDATES


def test_while_the_store_takes_nothing_the_offset_does_not_move(sqlite: Engine) -> None:
    feed = Feed(message(10))
    with sqlite.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))

    async def mend() -> None:
        while len(feed.asked) < 2:  # noqa: ASYNC110 - the feed knows no events
            await asyncio.sleep(0.02)
        with sqlite.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))

    poll(feed, sqlite, lambda: 11 in feed.offsets, mend())

    assert set(feed.offsets[:-1]) == {0}
    assert min(feed.pauses[:1]) >= 0.5
    assert raws(sqlite) == [compact(message(10))]


def test_what_is_offered_again_is_kept_once(sqlite: Engine) -> None:
    for _ in range(2):  # after a restart the offset is forgotten, and Telegram offers what it has
        feed = Feed(message(10), message(11))
        poll(feed, sqlite, lambda feed=feed: 12 in feed.offsets)

    assert raws(sqlite) == [compact(message(10)), compact(message(11))]


def test_malformed_entries_are_kept_too_and_hold_up_nobody(sqlite: Engine) -> None:
    odd: list[Any] = [
        17,
        None,
        ["a", "list"],
        {"message": {"text": "no number"}},
        {"update_id": "12"},
        {"update_id": 2**70},
        {"update_id": True},
        {"update_id": 13, "message": "no object"},
        {"update_id": 14, "message": {"chat": {"id": 2**70}, "text": "half a \ud83d pair"}},
    ]
    feed = Feed(message(10), *(json.dumps(one) for one in odd), message(15))

    poll(feed, sqlite, lambda: 16 in feed.offsets)

    kept = [json.loads(raw) for raw in raws(sqlite)]
    assert kept == [message(10), *odd, message(15)]


def test_a_batch_that_cannot_be_confirmed_is_kept_once_and_does_not_spin(sqlite: Engine) -> None:
    feed = Feed(json.dumps({"message": {"text": "no number"}}))

    poll(feed, sqlite, lambda: len(feed.asked) >= 3)

    assert min(feed.pauses[:2]) >= 0.5
    assert len(raws(sqlite)) == 1


@pytest.mark.parametrize(
    ("status", "body", "at_least"),
    [
        (502, "<html>502 Bad Gateway</html>", 0.5),
        (200, "no JSON", 0.5),
        (200, '{"ok":true,"result":null}', 0.5),
        (200, '{"ok":true,"result":{"update_id":1}}', 0.5),
        (
            429,
            '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",'
            '"parameters":{"retry_after":1}}',
            1.0,
        ),
        (
            409,
            '{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}',
            3.0,
        ),
    ],
    ids=["down", "garbage", "nothing", "not a list", "too many requests", "conflict"],
)
def test_after_an_error_it_waits_and_asks_again_from_the_same_place(
    sqlite: Engine, status: int, body: str, at_least: float
) -> None:
    feed = Feed(message(10))
    feed.script.append((status, body))

    poll(feed, sqlite, lambda: 11 in feed.offsets)

    assert feed.offsets[:3] == [0, 0, 11]
    assert feed.pauses[0] >= at_least
    assert raws(sqlite) == [compact(message(10))]


def test_a_token_telegram_does_not_know_ends_it(sqlite: Engine) -> None:
    feed = Feed()
    feed.script.append((401, '{"ok":false,"error_code":401,"description":"Unauthorized"}'))

    async def run() -> None:
        async with polling(feed, sqlite) as task, asyncio.timeout(5):
            await task

    with pytest.raises(InvalidToken):
        asyncio.run(run())


GROUP = {"id": -1001, "type": "supergroup", "title": "Desk"}


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        (message(1), ANN["id"]),
        ({"edited_message": {"chat": GROUP, "from": ANN}}, -1001),
        ({"callback_query": {"from": ANN, "message": {"chat": GROUP}}}, -1001),  # in order with its chat
        ({"callback_query": {"from": ANN, "inline_message_id": "x"}}, ANN["id"]),
        ({"my_chat_member": {"chat": CHAT, "from": {"id": 5}}}, ANN["id"]),
        ({"inline_query": {"from": ANN, "query": ""}}, ANN["id"]),
        ({"message_reaction": {"chat": GROUP, "user": ANN}}, -1001),
        ({"poll_answer": {"user": ANN}}, ANN["id"]),
        ({"channel_post": {"chat": {"id": -1002}}}, -1002),
        ({"poll": {"id": "1"}}, 0),  # nobody's
        ({"tomorrow": {"from": ANN}}, ANN["id"]),
        ({"message": "no object"}, 0),
        ({"message": {"chat": {"id": "12"}, "from": ANN}}, ANN["id"]),
        ({}, 0),
    ],
)
def test_the_lane_is_the_chat_else_the_person_else_nobody(update: dict[str, Any], lane: int) -> None:
    assert lane_of({"update_id": 1, **update}) == lane
