import asyncio
import base64
import json

import aiohttp
import pytest

from bot.demo.pictures import draw_png
from bot.demo.server import DemoServer

PNG = draw_png(40, 30, (1, 2, 3))
PNG_TEXT = base64.b64encode(PNG).decode()
KEYS = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}


class Page:
    """A browser tab: its socket, and the bot's calls for the other side of the conversation."""

    def __init__(self, server, session, socket):
        self.server = server
        self.session = session
        self.socket = socket

    async def hear(self, kind):
        """The next event of this kind; others before it are passed over."""
        while True:
            event = json.loads((await self.socket.receive(5)).data)
            if event["type"] == kind:
                return event

    async def do(self, **ask):
        await self.socket.send_str(json.dumps(ask))

    async def refusal(self, **ask):
        await self.do(**ask)
        return (await self.hear("refused"))["why"]

    async def bot(self, method, **params):
        address = f"{self.server.base_url}{self.server.token}/{method}"
        async with self.session.post(address, json=params) as answer:
            return (await answer.json())["result"]


def with_page(script):
    """Run ``script(page, ann)`` with a page that has just been opened."""

    async def run():
        async with DemoServer(page=True, limits=False) as server, aiohttp.ClientSession() as session:
            ann = server.world.user(7_000_000_000, 'Ann <3 & "张"', language_code="zh-hans", started=True)
            async with session.ws_connect(f"{server.page_url}demo/live") as socket:
                await script(Page(server, session, socket), ann)

    asyncio.run(run())


def test_a_page_that_opens_sees_everything_at_once():
    async def script(page, ann):
        page.server.world.send_text(ann, "hi")
        await page.bot("setMyCommands", commands=[{"command": "help", "description": "帮助"}])
        async with page.session.ws_connect(f"{page.server.page_url}demo/live") as socket:
            snapshot = json.loads((await socket.receive(5)).data)

        assert snapshot == {
            "type": "snapshot",
            "me": page.server.world.me,
            "people": [
                {
                    "id": 7_000_000_000,
                    "first_name": 'Ann <3 & "张"',
                    "last_name": None,
                    "username": None,
                    "language_code": "zh-hans",
                    "role": "customer",
                    "blocked": False,
                    "started": True,
                    "chat": page.server.world.messages(ann.id),
                    "commands": [{"command": "help", "description": "帮助"}],
                }
            ],
            "counters": page.server.world.counted(),
            "faults": page.server.faults.told(),
            "bot": {"state": "stopped"},
            "typing": {},
        }

    with_page(script)


def test_both_sides_of_a_conversation_appear_as_they_happen():
    async def script(page, ann):
        await page.do(do="text", person=ann.id, text="hi")
        said = await page.hear("message")
        await page.bot("sendChatAction", chat_id=ann.id, action="typing")
        assert await page.hear("typing") == {"type": "typing", "person": ann.id}
        answer = await page.bot("sendMessage", chat_id=ann.id, text="hello", reply_markup=KEYS)
        heard = await page.hear("message")
        await page.do(do="tap", person=ann.id, message_id=answer["message_id"], data="ok")
        [_, update] = await page.bot("getUpdates", timeout=2)
        query = update["callback_query"]["id"]
        await page.bot("answerCallbackQuery", callback_query_id=query, text="好的", show_alert=True)
        toast = await page.hear("toast")
        await page.bot("editMessageText", chat_id=ann.id, message_id=answer["message_id"], text="bye")
        edit = await page.hear("edit")
        await page.bot("deleteMessage", chat_id=ann.id, message_id=answer["message_id"])
        delete = await page.hear("delete")

        assert (said["person"], said["message"]["text"], said["message"]["from"]) == (ann.id, "hi", "person")
        assert (heard["message"]["from"], heard["message"]["keyboard"]) == ("bot", KEYS["inline_keyboard"])
        assert toast == {"type": "toast", "person": ann.id, "text": "好的", "alert": True}
        assert (edit["message"]["text"], edit["message"]["keyboard"]) == ("bye", None)
        assert delete == {"type": "delete", "person": ann.id, "message_id": answer["message_id"]}

    with_page(script)


def test_counters_follow():
    async def script(page, ann):
        await page.do(do="text", person=ann.id, text="hi")

        counters = (await page.hear("counters"))["counters"]

        assert (counters["received"], counters["waiting"], counters["lost"]) == (1, 1, 0)

    with_page(script)


@pytest.mark.parametrize(
    ("ask", "kinds"),
    [
        (
            {
                "do": "files",
                "as": "photo",
                "files": [{"name": "a.png", "mime": "image/png", "data": PNG_TEXT}],
            },
            ["photo"],
        ),
        ({"do": "files", "as": "photo", "files": [{"name": "a.png", "data": PNG_TEXT}] * 3}, ["photo"] * 3),
        (
            {"do": "files", "as": "document", "files": [{"name": "a.txt", "data": "aGk="}] * 2},
            ["document"] * 2,
        ),
        ({"do": "voice", "duration": 2, "data": "T2dnUw=="}, ["voice"]),
        ({"do": "location"}, ["location"]),
        ({"do": "contact"}, ["contact"]),
        ({"do": "share_contact"}, ["contact"]),
        ({"do": "sticker"}, ["sticker"]),
        ({"do": "dice"}, ["dice"]),
        ({"do": "poll", "question": "?", "options": ["a", "b"]}, ["poll"]),
        ({"do": "start", "payload": "x"}, ["text"]),
    ],
)
def test_people_send_every_kind_of_message(ask, kinds):
    async def script(page, ann):
        await page.do(person=ann.id, **ask)

        shown = [(await page.hear("message"))["message"] for _ in kinds]

        assert [kind for kind, message in zip(kinds, shown, strict=True) if message.get(kind)] == kinds
        albums = {message.get("media_group_id") for message in shown}
        assert len(albums) == 1
        assert (None in albums) == (kinds != ["photo"] * 3)

    with_page(script)


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


def test_people_edit_block_and_come_along():
    async def script(page, ann):
        await page.do(do="text", person=ann.id, text="helo")
        message_id = (await page.hear("message"))["message"]["message_id"]
        await page.do(do="edit", person=ann.id, message_id=message_id, text="hello")
        assert (await page.hear("edit"))["message"]["text"] == "hello"
        await page.do(do="block", person=ann.id)
        assert (await page.hear("person"))["person"]["blocked"] is True
        assert await page.refusal(do="text", person=ann.id, text="x") == (
            "the bot is blocked: unblock it first"
        )
        await page.do(do="unblock", person=ann.id)
        assert (await page.hear("person"))["person"]["blocked"] is False
        await page.do(do="add_person", first_name="Bo", language_code="en", role="agent")
        added = (await page.hear("person"))["person"]
        assert (added["id"], added["first_name"], added["role"]) == (7_000_000_001, "Bo", "agent")

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


def test_faults_and_the_bots_life_are_steered_from_the_page():
    async def script(page, ann):
        steered = []

        async def on_bot(action):
            steered.append(action)
            page.server.live.set_bot_state("running" if action == "start" else "stopped")

        async def on_invite(role):
            return f"https://t.me/zhanggui_demo_bot?start={role}"

        page.server.live.on_bot = on_bot
        page.server.live.on_invite = on_invite
        await page.do(do="fault", set={"storm": 0.5})
        assert (await page.hear("faults"))["faults"]["storm"] == 0.5
        await page.do(do="bot", action="start")
        assert (await page.hear("bot"))["state"] == "running"
        await page.do(do="bot", action="kill")
        assert (await page.hear("bot"))["state"] == "stopped"
        await page.do(do="invite", role="agent")
        assert await page.hear("invite") == {
            "type": "invite",
            "role": "agent",
            "link": "https://t.me/zhanggui_demo_bot?start=agent",
        }
        assert steered == ["start", "kill"]
        assert await page.refusal(do="bot", action="burn") == "the bot can be killed, started or stopped"

    with_page(script)


def test_a_new_menu_reaches_the_page():
    async def script(page, ann):
        menu = [{"command": "help", "description": "帮助"}]
        await page.bot("setMyCommands", commands=menu, language_code="zh")

        assert await page.hear("commands") == {"type": "commands", "person": ann.id, "commands": menu}

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


def test_nobody_is_told_when_nobody_looks():
    async def script(page, ann):
        assert page.server.world.is_watched
        await page.socket.close()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if not page.server.world.is_watched:
                break

        assert not page.server.world.is_watched

    with_page(script)
