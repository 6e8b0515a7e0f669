"""POST → inbox → 200: Telegram is told that we have an update only when we do."""

import asyncio
import json
from io import BytesIO

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, select, text
from telegram import Bot

from bot.demo.server import DemoServer
from bot.request import AiohttpRequest
from bot.web import MAX_BODY_BYTES, SECRET_HEADER, WEBHOOK_PATH, Health, Web
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox.tables import Inbox, InboxState
from tests.talk import Talk, texts

SECRET = "a-secret-of-some-length"
HEADERS = {SECRET_HEADER: SECRET}


class Hook:
    """The web part of a bot in webhook mode, and what it was asked to wake."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.woken = 0

    def post(self, *bodies: str | bytes, headers: dict[str, str] | None = None) -> list[ClientResponse]:
        """What Telegram is answered to each of these, one after the other."""
        return asyncio.run(self._post(bodies, HEADERS if headers is None else headers))

    async def _post(self, bodies: tuple[str | bytes, ...], headers: dict[str, str]) -> list[ClientResponse]:
        writer = Writer(self.engine)
        health = Health(last_poll=lambda: None, polls=lambda: False, telegram_refuses=lambda: False)
        async with DemoServer() as server:
            requests = AiohttpRequest(), AiohttpRequest()
            bot = Bot(
                server.token, base_url=server.base_url, request=requests[0], get_updates_request=requests[1]
            )
            async with bot:
                pages = Web(writer, bot=bot, secret=SECRET, arrived=self._wake, health=health)
                async with TestClient(TestServer(pages.application(webhook=True))) as client:
                    answers = [
                        await client.post(WEBHOOK_PATH, data=BytesIO(_bytes(one)), headers=headers)
                        for one in bodies
                    ]
        writer.close()
        return answers

    def _wake(self) -> None:
        self.woken += 1

    def kept(self) -> list[str]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Inbox.raw).order_by(Inbox.id)))  # type: ignore[arg-type]


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


@pytest.fixture
def hook(sqlite: Engine) -> Hook:
    return Hook(sqlite)


def statuses(answers: list[ClientResponse]) -> list[int]:
    return [one.status for one in answers]


def update(number: int, words: str = "my kettle leaks") -> str:
    ann = {"id": 7_000_000_000, "is_bot": False, "first_name": 'Ann <3 & "张"'}
    chat = {"id": 7_000_000_000, "type": "private", "first_name": 'Ann <3 & "张"'}
    said = {"message_id": number, "date": 1, "chat": chat, "from": ann, "text": words}
    return json.dumps({"update_id": number, "message": said}, ensure_ascii=False, separators=(",", ":"))


def test_an_update_is_kept_before_telegram_hears_200(hook: Hook) -> None:
    halved = update(2, "你好 🫖 HALF").replace("HALF", "\\ud83d")

    assert statuses(hook.post(update(1), halved)) == [200, 200]
    assert hook.kept()[0] == update(1)
    assert json.loads(hook.kept()[1]) == json.loads(halved)
    assert hook.woken == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SECRET_HEADER: ""},
        {SECRET_HEADER: "wrong"},
        {SECRET_HEADER: SECRET + "x"},
        {SECRET_HEADER: SECRET.upper()},
        {SECRET_HEADER: "gehéim-und-länger"},
    ],
    ids=["missing", "empty", "wrong", "longer", "upper case", "not ASCII"],
)
def test_without_the_secret_nothing_is_kept(hook: Hook, headers: dict[str, str]) -> None:
    assert statuses(hook.post(update(1), headers=headers)) == [403]

    assert (hook.kept(), hook.woken) == ([], 0)


def test_an_update_that_comes_twice_is_fine_and_kept_once(hook: Hook) -> None:
    assert statuses(hook.post(update(1), update(1))) == [200, 200]

    assert hook.kept() == [update(1)]


def test_while_the_store_is_down_telegram_is_asked_to_come_again(hook: Hook) -> None:
    with hook.engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))

    [refused] = hook.post(update(1))

    with hook.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    assert (refused.status, refused.headers["Retry-After"], hook.woken) == (503, "2", 0)
    assert statuses(hook.post(update(1))) == [200]
    assert hook.kept() == [update(1)]


@pytest.mark.parametrize(
    "body",
    [
        "no JSON <at all>",
        b"\xff\xfe no UTF-8 \x00",
        "",
        "[" * 100_000,
        '{"message":{"text":"no number"}}',
        '["a list"]',
    ],
    ids=["text", "bytes", "nothing", "deep", "no number", "list"],
)
def test_what_is_no_update_is_taken_and_ends_with_the_staff(sqlite: Engine, body: str | bytes) -> None:
    talk, hook = Talk(sqlite), Hook(sqlite)
    bob = talk.staff(1, "Bob")
    newest = talk.outbox()[-1].row.id

    answers = hook.post(body, body)
    talk.dispatcher.run_group(talk.now)

    assert statuses(answers) == [200, 200]  # anything else, and Telegram offers it for a day
    with transaction(sqlite) as session:
        states = list(session.scalars(select(Inbox.state).where(Inbox.update_id < 0)))  # type: ignore[arg-type]
    assert states == [InboxState.DEAD]
    assert len(texts(talk.outbox(after=newest), bob)) == 1


def test_a_body_over_a_megabyte_is_refused(hook: Hook) -> None:
    assert statuses(hook.post(update(1, "x" * MAX_BODY_BYTES))) == [413]

    assert hook.kept() == []


def test_a_flood_is_kept_whole_and_in_order(hook: Hook) -> None:
    bodies = [update(number, f"line {number}") for number in range(1, 201)]

    assert set(statuses(hook.post(*bodies))) == {200}
    assert hook.kept() == bodies
