"""The stand-in and python-telegram-bot understand each other"""

import asyncio
import json

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.request import HTTPXRequest

from bot.demo.pictures import draw_png
from bot.demo.server import DemoServer

PNG = draw_png(64, 48, (10, 120, 200))
KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="t:close:481")]])


@pytest.fixture(autouse=True)
def _durations(monkeypatch):
    """The library's future way of telling durations; its present one warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def talk(script, **options):
    """Run ``script(server, bot, ann)`` with a real Bot against a real server."""

    async def run():
        async with DemoServer(**{"limits": False} | options) as server:
            ann = server.world.user(7_000_000_000, 'Ann <3 & "张"', language_code="zh-hans", started=True)
            bot = Bot(
                server.token,
                base_url=server.base_url,
                base_file_url=server.base_file_url,
                request=HTTPXRequest(),
                get_updates_request=HTTPXRequest(),
            )
            async with bot:
                await script(server, bot, ann)

    asyncio.run(run())


def test_messages_are_sent_edited_copied_and_deleted():
    async def script(server, bot, ann):
        sent = await bot.send_message(ann.id, "<b>hi</b> 张", parse_mode="HTML", reply_markup=KEYS)
        assert (sent.text, sent.text_html, sent.reply_markup) == ("hi 张", "<b>hi</b> 张", KEYS)
        edited = await sent.edit_text("two", reply_markup=KEYS)
        assert edited.text == "two"
        assert (await sent.edit_reply_markup()).reply_markup is None
        copy = await bot.copy_message(ann.id, ann.id, sent.message_id)
        assert server.world.message(ann.id, copy.message_id).text == "two"
        forwarded = await bot.forward_message(ann.id, ann.id, sent.message_id)
        assert forwarded.forward_origin.sender_user.id == bot.id
        reply = await bot.send_message(
            ann.id, "re", reply_parameters=ReplyParameters(copy.message_id, allow_sending_without_reply=True)
        )
        assert reply.reply_to_message.message_id == copy.message_id
        assert await sent.delete() is True
        assert await bot.set_message_reaction(ann.id, copy.message_id, "👍") is True

    talk(script)


def test_keyboards_of_every_kind_are_taken():
    async def script(server, bot, ann):
        phone = ReplyKeyboardMarkup([[KeyboardButton("电话", request_contact=True)]], resize_keyboard=True)
        for markup in (phone, ReplyKeyboardRemove(), ForceReply(input_field_placeholder="x"), KEYS):
            await bot.send_message(ann.id, "x", reply_markup=markup)
        kept = [message["reply_keyboard"] for message in server.world.messages(ann.id)]
        assert kept == [
            phone.to_dict(),
            {"remove_keyboard": True},
            {"force_reply": True, "input_field_placeholder": "x"},
            None,
        ]

    talk(script)


def test_files_go_up_and_come_down():
    async def script(server, bot, ann):
        photo = await bot.send_photo(ann.id, PNG, caption="<i>x</i>", parse_mode="HTML")
        document = await bot.send_document(ann.id, b"%PDF", filename="报价.pdf", thumbnail=PNG)
        again = await bot.send_document(ann.id, document.document.file_id)
        voice = await bot.send_voice(ann.id, b"OggS", duration=4)
        video = await bot.send_video(ann.id, b"ftyp", width=10, height=20)
        note = await bot.send_video_note(ann.id, b"ftyp")
        audio = await bot.send_audio(ann.id, b"ID3")
        film = await bot.send_animation(ann.id, b"ftyp")
        album = await bot.send_media_group(
            ann.id, [InputMediaPhoto(PNG, caption="a"), InputMediaPhoto(photo.photo[-1].file_id)]
        )
        papers = await bot.send_media_group(
            ann.id, [InputMediaDocument(b"1", filename="1.txt"), InputMediaDocument(b"2", filename="2.txt")]
        )
        assert bytes(await (await bot.get_file(photo.photo[-1])).download_as_bytearray()) == PNG
        assert (document.document.file_name, again.document) == ("报价.pdf", document.document)
        assert (voice.voice.duration.total_seconds(), video.video.height) == (4, 20)
        assert all((note.video_note, audio.audio, film.animation))
        assert [message.caption for message in album] == ["a", None]
        assert [message.document.file_name for message in papers] == ["1.txt", "2.txt"]

    talk(script)


def test_other_kinds_are_sent():
    async def script(server, bot, ann):
        assert (await bot.send_location(ann.id, 31.2, 121.4)).location.latitude == 31.2
        assert (await bot.send_venue(ann.id, 1, 2, "Shop", "Road 1")).venue.title == "Shop"
        assert (await bot.send_contact(ann.id, "+861", "Bob")).contact.first_name == "Bob"
        assert (await bot.send_poll(ann.id, "?", ["a", "b"])).poll.options[1].text == "b"
        assert (await bot.send_dice(ann.id, emoji="🎯")).dice.emoji == "🎯"
        assert await bot.send_chat_action(ann.id, "typing") is True
        menu = [BotCommand("start", "开始")]
        scope = BotCommandScopeChat(ann.id)
        assert await bot.set_my_commands(menu, scope=scope, language_code="zh") is True
        assert await bot.get_my_commands(scope=scope, language_code="zh") == tuple(menu)
        assert (await bot.get_chat(ann.id)).first_name == 'Ann <3 & "张"'
        assert (await bot.get_webhook_info()).url == ""

    talk(script)


def test_every_kind_of_update_is_understood():
    async def script(server, bot, ann):
        world = server.world
        sent = await bot.send_message(ann.id, "x", reply_markup=KEYS)
        group = world.group(-4001, "Desk", [ann])
        world.start(ann, "campaign")
        asked = world.send_text(ann, "hi", reply_to=sent.message_id)
        world.send_photo(ann, caption="look /now")
        world.send_album(ann, 3, caption="three")
        world.send_document(ann, size=30_000_000)
        world.send_voice(ann)
        world.send_video(ann)
        world.send_video_note(ann)
        world.send_sticker(ann)
        world.send_location(ann)
        world.send_contact(ann)
        world.share_contact(ann)
        world.send_dice(ann)
        world.send_poll(ann, "which?", ["a", "b"])
        world.edit_text(ann, asked, "hello")
        tap = world.tap(ann, sent.message_id)
        world.ask_inline(ann, "find")
        world.block(ann)
        world.unblock(ann)
        world.add_bot(ann, group)
        world.migrate(group)

        raw = [json.loads(pending.raw) for pending in world.updates]
        updates = list(await bot.get_updates(timeout=1))
        assert [Update.de_json(each, bot) for each in raw] == updates

        def leftovers(thing):
            """What the library did not know what to do with."""
            return thing.api_kwargs if thing is not None else {}

        assert all(not leftovers(update) and not leftovers(update.effective_message) for update in updates)
        kinds = [next(key for key in each if key != "update_id") for each in raw]
        assert kinds == (
            ["message"] * 16
            + ["edited_message", "callback_query", "inline_query"]
            + ["my_chat_member"] * 3
            + ["message"] * 3
        )
        messages = [update.message for update in updates[:16]]
        assert (messages[0].text, messages[1].reply_to_message.message_id) == (
            "/start campaign",
            sent.message_id,
        )
        assert len({message.media_group_id for message in messages[3:6]}) == 1
        assert messages[6].document.file_size == 30_000_000
        present = [
            next(kind for kind in KINDS if getattr(message, kind)) for message in messages if not message.text
        ]
        assert present == [
            *["photo"] * 4, "document", "voice", "video", "video_note", "sticker", "location",
            "contact", "contact", "dice", "poll",
        ]  # fmt: skip
        assert messages[13].contact.user_id == ann.id
        assert updates[16].edited_message.text == "hello"
        assert (updates[17].callback_query.id, updates[17].callback_query.data) == (tap, "t:close:481")
        assert await bot.answer_callback_query(tap, "ok", show_alert=True) is True
        blocked = updates[19].my_chat_member
        assert (blocked.old_chat_member.status, blocked.new_chat_member.status) == ("member", "kicked")

    talk(script)


KINDS = (
    "photo", "document", "voice", "video", "video_note", "sticker", "location", "contact", "dice", "poll",
)  # fmt: skip


def test_a_tap_under_a_deleted_message_carries_no_message():
    async def script(server, bot, ann):
        sent = await bot.send_message(ann.id, "x", reply_markup=KEYS)
        await sent.delete()
        server.world.tap(ann, sent.message_id, "t:close:481")

        [update] = await bot.get_updates(timeout=1)

        assert update.callback_query.message.is_accessible is False

    talk(script)


def test_refusals_become_the_librarys_exceptions():
    async def script(server, bot, ann):
        bob = server.world.user(8, "Bob")
        group = server.world.group(-4001, "Desk", [ann])
        server.world.migrate(group)
        with pytest.raises(Forbidden, match="initiate"):
            await bot.send_message(bob.id, "x")
        with pytest.raises(BadRequest, match="an't parse entities"):
            await bot.send_message(ann.id, "<b>x", parse_mode="HTML")
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(group.id, "x")
        assert migrated.value.new_chat_id == -1_000_000_004_001
        server.faults.set(storm=1, retry_after=7)
        with pytest.raises(RetryAfter, match="Retry in 0:00:07"):
            await bot.send_message(ann.id, "x")
        server.faults.clear()
        server.faults.set(down=True)
        with pytest.raises(NetworkError):
            await bot.send_message(ann.id, "x")
        server.faults.clear()
        server.faults.set(cut=1)
        with pytest.raises(NetworkError):
            await bot.send_message(ann.id, "carried out")
        server.faults.clear()
        assert [message["text"] for message in server.world.messages(ann.id)] == ["carried out"]

    talk(script)


def test_a_second_poller_is_a_conflict():
    async def script(server, bot, ann):
        waiting = asyncio.create_task(bot.get_updates(timeout=10))
        await asyncio.sleep(0.2)
        await bot.get_updates(timeout=0, offset=1)
        with pytest.raises(Conflict):
            await waiting

    talk(script)


def test_a_wrong_token_is_an_invalid_token():
    async def run():
        async with DemoServer() as server:
            with pytest.raises(InvalidToken):
                async with Bot("1:wrong-token-of-somebody", base_url=server.base_url):
                    pass

    asyncio.run(run())
