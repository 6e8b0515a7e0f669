"""How the bot starts and stops: real processes, and the first calls of a start against the stand-in."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.demo import child as demo
from bot.demo.server import TOKEN, DemoServer
from bot.demo.thread import ServerThread
from bot.menus import set_menus
from bot.request import AiohttpRequest
from bot.settings import PREFIX, ConfigError, Settings
from bot.start import choose_mode
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from handlers.help import menu
from handlers.words import Words
from tests.crash.process import BotProcess, wait_until
from tests.crm_store import people

SOON = 3.0
"""Seconds in which a bot that does nothing yet has ended."""

START_SECONDS = 60.0


@pytest.fixture
def nobody() -> DemoServer:
    """A Telegram that cannot be reached: the address of a closed port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return DemoServer(port=taken.getsockname()[1])


def with_bot(act: Callable[[Bot, DemoServer], Awaitable[None]]) -> None:
    """Run ``act`` with a bot that is known to a running stand-in."""

    async def run() -> None:
        async with DemoServer() as server:
            bot = Bot(
                server.token,
                base_url=server.base_url,
                request=AiohttpRequest(),
                get_updates_request=AiohttpRequest(),
            )
            async with bot:
                await act(bot, server)

    asyncio.run(run())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_waits_for_telegram_stops_when_told(
    tmp_path: Path, nobody: DemoServer, number: signal.Signals
) -> None:
    with BotProcess(tmp_path, nobody) as bot:
        bot.start()
        wait_until(lambda: "retry" in bot.tail(), seconds=START_SECONDS, bots=(bot,))
        asked = time.monotonic()

        assert bot._end(number) == 0

        assert time.monotonic() - asked < SOON
        assert "Traceback" not in bot.tail()


def test_a_bot_that_trains_its_classifier_stops_when_told(tmp_path: Path) -> None:
    with ServerThread() as telegram, BotProcess(tmp_path, telegram.server) as bot:
        bot.start()
        wait_until(lambda: "training the classifier" in bot.tail(), seconds=START_SECONDS, bots=(bot,))
        asked = time.monotonic()

        assert bot.stop() == 0

        assert time.monotonic() - asked < SOON
        assert "Traceback" not in bot.tail()


def test_a_bot_outlasts_a_telegram_that_is_down_and_stops_when_told(tmp_path: Path) -> None:
    with ServerThread() as telegram, BotProcess(tmp_path, telegram.server) as bot:
        telegram.call(telegram.server.faults.set, down=True)
        bot.start()
        wait_until(lambda: "retry" in bot.tail(), seconds=START_SECONDS, bots=(bot,))
        telegram.call(telegram.server.faults.clear)
        wait_until(telegram.server.polling.asked.is_set, seconds=START_SECONDS, bots=(bot,))

        assert bot.stop() == 0

        assert "Traceback" not in bot.tail()


def test_a_token_that_telegram_does_not_know_is_one_line_and_exit_2(tmp_path: Path) -> None:
    with ServerThread() as telegram, BotProcess(tmp_path, telegram.server) as bot:
        telegram.server.token = "7700000001:not-the-one-the-bot-has"
        bot.start()
        assert bot._process is not None

        assert bot._process.wait(START_SECONDS) == 2

        assert bot.tail() == "[telegram] token: Telegram does not know it (@BotFather shows it again)\n"


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_the_mode_is_chosen_once_telegram_is_back(mode: str) -> None:
    telegram: dict[str, Any] = {
        "token": TOKEN,
        "mode": mode,
        "webhook_url": "https://127.0.0.1/",
        "secret": "a-secret-of-some-length",
    }
    settings = Settings(telegram=telegram)

    async def check(bot: Bot, server: DemoServer) -> None:
        await bot.set_webhook("https://127.0.0.1/another")
        server.faults.set(down=True)
        choosing = asyncio.create_task(choose_mode(bot, settings))
        async with asyncio.timeout(START_SECONDS):
            while not server.world.counters.refused[502]:  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.01)
            assert not choosing.done()
            server.faults.clear()
            await choosing

        assert server.webhook.url == ("" if mode == "polling" else "https://127.0.0.1/telegram")

    with_bot(check)


def test_a_webhook_that_telegram_refuses_is_one_line() -> None:
    telegram: dict[str, Any] = {
        "token": TOKEN,
        "mode": "webhook",
        "webhook_url": "https://desk.example:8081",
        "secret": "a-secret-of-some-length",
    }

    async def check(bot: Bot, _server: DemoServer) -> None:
        with pytest.raises(ConfigError, match=r"^\[telegram\] webhook_url: Telegram refuses it \([^\n]+\)$"):
            await choose_mode(bot, Settings(telegram=telegram))

    with_bot(check)


async def commands(bot: Bot, **where: Any) -> list[tuple[str, str]]:
    return [(one.command, one.description) for one in await bot.get_my_commands(**where)]


def test_everybody_gets_the_menu_of_their_role_and_language(sqlite: Engine) -> None:
    words, desk = Words(), Settings().as_desk()
    with transaction(sqlite) as session:
        olga = people.staff(session, "Olga", Role.OWNER)
        gone = people.staff(session, "Gone")  # has deleted the chat: Telegram refuses this one
        bob = people.staff(session, "Bob")
        bob.language = "zh"

    async def check(bot: Bot, server: DemoServer) -> None:
        for one in (olga, bob):
            server.world.user(one.user_id, one.name)
            server.world.start(one.user_id)
        assert await commands(bot, scope=BotCommandScopeAllPrivateChats()) == []
        writer = Writer(sqlite)
        await set_menus(bot, words, desk, writer)
        writer.close()

        everywhere = BotCommandScopeAllPrivateChats()
        english = menu(words, role=Role.CUSTOMER, language="en")
        chinese = menu(words, role=Role.CUSTOMER, language="zh")
        assert english != chinese
        assert await commands(bot, scope=everywhere) == english
        assert await commands(bot, scope=everywhere, language_code="en") == english
        assert await commands(bot, scope=everywhere, language_code="zh") == chinese
        for one in (olga, bob):
            theirs = menu(words, role=one.role, language=one.language)
            assert await commands(bot, scope=BotCommandScopeChat(one.chat_id)) == theirs
        assert server.world.counters.refused[400] == 1, gone

    with_bot(check)


def test_one_menu_that_telegram_refuses_does_not_keep_the_others_from_theirs(sqlite: Engine) -> None:
    words, desk = Words(), Settings().as_desk()

    async def check(bot: Bot, server: DemoServer) -> None:
        server.faults.set(errors=0.5)
        writer = Writer(sqlite)
        await set_menus(bot, words, desk, writer)
        writer.close()
        calls = server.world.counters.calls
        server.faults.clear()

        assert 0 < server.world.counters.refused[502] < 3
        assert calls == 1 + 3  # getMe; for all, zh, en

    with_bot(check)


def test_a_demo_bot_that_does_not_end_is_killed(
    tmp_path: Path, nobody: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "START_SECONDS", 0.1)  # it never polls
    monkeypatch.setattr(demo, "STOP_SECONDS", 0.2)

    async def check() -> int | None:
        settings = {
            f"{PREFIX}TELEGRAM__TOKEN": TOKEN,
            f"{PREFIX}TELEGRAM__BASE_URL": nobody.base_url,
            f"{PREFIX}STORE__URL": f"sqlite:///{tmp_path}/demo.db",
            f"{PREFIX}WEB__PORT": "0",
        }
        child = demo.Child(tmp_path, settings, nobody)
        await child.start()
        process = child._process
        assert process is not None
        async with asyncio.timeout(START_SECONDS):
            while b"retry" not in (tmp_path / demo.LOG).read_bytes():  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.05)
        os.kill(process.pid, signal.SIGSTOP)  # it cannot hear SIGTERM now
        await child.stop()
        return process.returncode

    assert asyncio.run(check()) == -signal.SIGKILL
