import asyncio
import base64
import json

import aiohttp
import pytest

from bot.demo.pictures import draw_png
from bot.demo.server import DemoServer
from tests.bot.demo.page import with_page

PNG = draw_png(40, 30, (1, 2, 3))
PNG_TEXT = base64.b64encode(PNG).decode()
KEYS = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}


def test_a_picture_is_shown_and_a_document_is_a_download():
    async def script(page, ann):
        html = base64.b64encode(b"<script>").decode()
        await page.do(
            do="files",
            person=ann.id,
            files=[{"name": "a.png", "mime": "image/png", "data": PNG_TEXT}],
            **{"as": "photo"},
        )
        photo = (await page.hear("message"))["message"]["photo"]
        await page.do(
            do="files",
            person=ann.id,
            files=[{"name": "a.html", "mime": "text/html", "data": html}],
            **{"as": "document"},
        )
        document = (await page.hear("message"))["message"]["document"]

        got = []
        for file_id in (photo["file_id"], document["file_id"], "unknown"):
            async with page.session.get(f"{page.server.page_url}demo/file/{file_id}") as answer:
                got.append((answer.status, answer.content_type, answer.headers.get("Content-Disposition")))
                body = await answer.read()
                assert file_id != photo["file_id"] or body == PNG

        assert got == [
            (200, "image/png", None),
            (200, "application/octet-stream", "attachment"),
            (404, "text/plain", None),
        ]

    with_page(script)


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        ({"do": "dance"}, "there is no 'dance' to do"),
        ({"do": ["text"]}, "there is no ['text'] to do"),
        ({"do": "text", "person": 1, "text": "x"}, "no such person"),
        ({"do": "text", "person": 7_000_000_000, "text": "  "}, "a message needs a text"),
        ({"do": "text", "person": 7_000_000_000, "text": "x" * 4097}, "text is longer than 4096 characters"),
        ({"do": "text", "person": 7_000_000_000}, "text: KeyError: 'text'"),
        ({"do": "text", "person": 7_000_000_000, "text": 5}, "text must be a text"),
        ({"do": "text", "person": 7_000_000_000, "text": "x", "reply_to": 99}, "no such message"),
        ({"do": "tap", "person": 7_000_000_000, "message_id": 99, "data": "x"}, "no such message"),
        ({"do": "files", "person": 7_000_000_000, "files": []}, "1 to 10 files at once"),
        (
            {"do": "files", "person": 7_000_000_000, "files": [{"data": "aGk="}], "as": "photo"},
            "Bad Request: IMAGE_PROCESS_FAILED",
        ),
        ({"do": "files", "person": 7_000_000_000, "files": [{"data": "?"}]}, "the data is no base64"),
        (
            {"do": "files", "person": 7_000_000_000, "files": ["x"]},
            "files: TypeError: string indices must be integers, not 'str'",
        ),
        ({"do": "text", "person": [1], "text": "x"}, "text: TypeError: unhashable type: 'list'"),
        (
            {"do": "voice", "person": 7_000_000_000, "duration": float("inf")},
            "voice: OverflowError: cannot convert float infinity to integer",
        ),
        (
            {"do": "text", "person": 7_000_000_000, "text": "\udc00"},
            "there is half a character in it",
        ),
        ({"do": "add_person", "first_name": " "}, "a person needs a name"),
        ({"do": "add_person", "first_name": "x", "role": "king"}, "no such role"),
        ({"do": "fault", "set": {"storm": 2}}, "fault: ValueError: storm cannot be 2"),
        ({"do": "bot", "action": "kill"}, "the bot is not ours to control"),
        ({"do": "invite", "role": "agent"}, "nobody here makes invitations"),
    ],
)
def test_what_cannot_be_done_is_refused_and_the_page_lives_on(ask, why):
    async def script(page, ann):
        assert await page.refusal(**ask) == why

        await page.do(do="text", person=ann.id, text="still here")
        assert (await page.hear("message"))["message"]["text"] == "still here"

    with_page(script)


def test_a_tap_on_a_button_that_is_not_there_is_refused():
    async def script(page, ann):
        sent = await page.bot("sendMessage", chat_id=ann.id, text="x", reply_markup=KEYS)

        why = await page.refusal(do="tap", person=ann.id, message_id=sent["message_id"], data="forged")

        assert why == "the message has no such button"

    with_page(script)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://{host}"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
    ],
)
def test_only_our_own_page_on_this_machine_may_act(headers, status):
    async def script(page, ann):
        host = f"127.0.0.1:{page.server.port}"
        told = {name: value.format(host=host) for name, value in headers.items()}
        ask = {"do": "text", "person": ann.id, "text": "x"}

        async with page.session.post(f"{page.server.page_url}demo/do", json=ask, headers=told) as answer:
            assert answer.status == status
        try:
            async with page.session.ws_connect(f"{page.server.page_url}demo/live", headers=told):
                opened = 200
        except aiohttp.WSServerHandshakeError as error:
            opened = error.status

        assert (opened, len(page.server.world.messages(ann.id))) == (status, int(status == 200))

    with_page(script)


def test_a_simple_form_of_another_site_cannot_act():
    async def script(page, ann):
        ask = json.dumps({"do": "text", "person": ann.id, "text": "x"})
        async with page.session.post(
            f"{page.server.page_url}demo/do", data=ask, headers={"Content-Type": "text/plain"}
        ) as answer:
            assert answer.status == 415

    with_page(script)


def test_without_a_page_there_is_nothing_but_the_bot_api():
    async def run():
        async with DemoServer() as server, aiohttp.ClientSession() as session:
            for path in ("", "page/app.js", "demo/live", "demo/file/x"):
                async with session.get(server.page_url + path) as answer:
                    assert answer.status == 404
        assert server.live is None

    asyncio.run(run())
