import asyncio
import base64
import json

import pytest

from bot.demo.pictures import draw_png
from tests.bot.demo.page import with_page

PNG = draw_png(40, 30, (1, 2, 3))
PNG_TEXT = base64.b64encode(PNG).decode()
KEYS = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}


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
            "doing": None,
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
        assert await page.refusal(do="invite", role="customer") == "no such role"
        assert await page.refusal(do="bot", action="burn") == "the bot can be killed, started or stopped"

    with_page(script)


def test_while_the_bot_starts_the_page_goes_on_and_a_failure_is_told():
    async def script(page, ann):
        going = asyncio.Event()

        async def on_bot(action):
            await going.wait()
            raise RuntimeError("no room")

        page.server.live.on_bot = on_bot
        await page.do(do="bot", action="start")
        await page.do(do="text", person=ann.id, text="meanwhile")
        assert (await page.hear("message"))["message"]["text"] == "meanwhile"
        going.set()
        assert (await page.hear("refused"))["why"] == "the bot: no room"

    with_page(script)


def test_the_page_says_what_goes_on_behind_it():
    async def script(page, ann):
        page.server.live.set_doing("books")
        assert (await page.hear("doing"))["doing"] == "books"
        assert page.server.live.snapshot()["doing"] == "books"
        page.server.live.set_doing(None)
        assert (await page.hear("doing"))["doing"] is None

    with_page(script)


def test_while_the_shop_is_not_ready_the_bot_waits_for_telegram():
    async def script(page, ann):
        page.server.answers.clear()
        asking = asyncio.create_task(page.bot("getMe"))
        await page.do(do="text", person=ann.id, text="anybody there?")
        assert (await page.hear("message"))["message"]["text"] == "anybody there?"
        assert not asking.done()
        page.server.answers.set()
        assert (await asking)["is_bot"]

    with_page(script)


def test_a_new_menu_reaches_the_page():
    async def script(page, ann):
        menu = [{"command": "help", "description": "帮助"}]
        await page.bot("setMyCommands", commands=menu, language_code="zh")

        assert await page.hear("commands") == {"type": "commands", "person": ann.id, "commands": menu}

    with_page(script)


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


def test_an_inline_query_shows_what_the_bot_found_and_a_tap_posts_it():
    async def script(page, ann):
        await page.do(do="inline", person=ann.id, query="张三")
        [update] = await page.bot("getUpdates", timeout=2)
        query = update["inline_query"]
        result = {
            "type": "article",
            "id": "C12",
            "title": "张三",
            "description": "北京",
            "input_message_content": {"message_text": "C12 <b>张三</b>", "parse_mode": "HTML"},
            "reply_markup": KEYS,
        }
        await page.bot("answerInlineQuery", inline_query_id=query["id"], results=[result])
        offered = await page.hear("inline")
        await page.do(do="choose", person=ann.id, query_id=query["id"], result_id="C12")
        posted = await page.hear("message")

        assert (query["query"], offered["results"]) == (
            "张三",
            [{"id": "C12", "title": "张三", "description": "北京"}],
        )
        assert posted["message"]["text"] == "C12 张三"
        assert posted["message"]["keyboard"] == KEYS["inline_keyboard"]
        other = {"do": "choose", "person": ann.id, "query_id": query["id"], "result_id": "C13"}
        assert await page.refusal(**other) == "no such result"

    with_page(script)
