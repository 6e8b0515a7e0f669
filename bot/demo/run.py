"""The demo: the stand-in for Telegram, the real bot as a child process, and a shop to play with."""

import asyncio
import os
import socket
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from bot.demo.child import START_SECONDS, BotSilent, Child
from bot.demo.crowd import Crowd
from bot.demo.past import hand_over, tell_the_past
from bot.demo.server import DemoServer
from bot.demo.shop import Shop, ask_for_news, hire, read_shop, tell_the_days_before
from bot.demo.won_back import sign
from bot.demo.world import World
from bot.settings import PREFIX
from bot.teaching import Trained, TrainingFailed, fingerprint, keep
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import jobs, remembered
from crm_store.mailbox.tables import Job
from crm_store.migrate import migrate
from crm_store.staff import invites, staff
from crm_store.staff.roles import Role

CURRENCY = "CNY"
CAMPAIGNS = {"QUIET": "00:00-00:00", "PER_DAY": "3", "PER_WEEK": "6", "APPROVAL_ABOVE": "1000"}
"""Whoever looks at ten at night wants to see a campaign leave, and then another."""

BOOKS = ("analysis", "pairs", "camp_measure", "days")
"""The jobs by which a bot that has slept through the night makes up for it."""

STEP_SECONDS = 0.05
LOOK_SECONDS = 0.5
PAUSE_BETWEEN_LINES = 0.6


class Demo:
    """One demonstration in a folder of its own: ``show`` its page, then ``live`` until cancelled."""

    def __init__(
        self, folder: Path, *, language: str, training: asyncio.Task[Trained], port: int = 0
    ) -> None:
        self.shop: Shop = read_shop(language)
        self.server = DemoServer(World(bot_name=self.shop.desk), port=port, page=True)
        self._folder = folder
        self._training = training
        self._web = f"http://127.0.0.1:{_free_port()}"
        self._engine = open_engine(f"sqlite:///{folder / 'demo.db'}")
        self._crowd = Crowd(self.server.world, self._engine, links_at=self._web)
        self._child: Child | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def show(self) -> None:
        """The page is up, with everybody on it; the staff have asked to come in."""
        live = self.server.live
        assert live is not None
        live.set_bot_state("starting")
        live.set_doing("opening")
        self.server.answers.clear()
        await self.server.start()
        self._child = Child(self._folder, self._settings(), self.server)
        live.on_bot, live.on_invite = self._child.control, self._invite
        world = self.server.world
        for one in self.shop.people:
            world.user(one.id, one.name, username=one.username, language_code=one.language, role=one.role)
        migrate(self._engine, now=datetime.now(UTC))
        with transaction(self._engine) as session:
            for person, token in hire(session, shop=self.shop, now=datetime.now(UTC)).items():
                world.start(person, token)

    async def live(self) -> None:
        """The bot starts while its shop's past is told and the classifier is trained; it finds both. Raises
        BotSilent."""
        assert self._child is not None
        assert self.server.live is not None
        starting = self._meanwhile(self._child.start())
        await self._furnish()
        self.server.answers.set()
        await starting
        await self._hand_over()
        self._meanwhile(self._crowd.live())
        self._meanwhile(self._opening())
        self.server.live.set_doing("books")
        await self._books_are_made()
        self.server.live.set_doing(None)

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._tasks.append(asyncio.create_task(work))
        return self._tasks[-1]

    async def _furnish(self) -> None:
        await asyncio.to_thread(self._tell_the_past)
        with transaction(self._engine) as session:
            self._crowd.come(session)
        with suppress(TrainingFailed):  # the bot tries itself, and says why not
            trained, mark = await self._training, await asyncio.to_thread(fingerprint)
            with transaction(self._engine) as session:
                keep(session, trained=trained, always=True, mark=mark, now=datetime.now(UTC))

    def _tell_the_past(self) -> None:
        regular = self.server.world.people[self.shop.regular.id]
        with transaction(self._engine) as session:
            self._crowd.source = tell_the_past(
                session,
                language=self.shop.language,
                currency=CURRENCY,
                regular=(regular.first_name, str(regular.phone_number)),
                now=datetime.now(ZoneInfo(_timezone())),
            )
            # Last: the bot, which is starting, waits no longer than it must for a store that is written to.
            remembered.remember(session, remembered.BOT_USERNAME, self.server.world.me["username"])

    async def _hand_over(self) -> None:
        """Once the staff have joined, the past is theirs."""
        await self._joined(self.shop.staff)
        with transaction(self._engine) as session:
            now, zone = datetime.now(UTC), ZoneInfo(_timezone())
            agent, manager = (staff.by_user_id(session, user_id=one) for one in self.shop.staff)
            assert agent is not None
            assert manager is not None
            hand_over(session, to=agent)
            sign(session, by=manager)
            ask_for_news(session, manager=manager, zone=zone, now=now)
            tell_the_days_before(session, shop=self.shop, agent=agent, now=now)

    async def _joined(self, people: list[int]) -> None:
        deadline = datetime.now(UTC) + timedelta(seconds=START_SECONDS)
        while datetime.now(UTC) < deadline:
            with transaction(self._engine) as session:
                if set(people) <= {one.user_id for one in staff.team(session)}:
                    return
            await asyncio.sleep(STEP_SECONDS)
        assert self._child is not None
        raise BotSilent(self._child.last_words())

    async def _opening(self) -> None:
        """What stands on the phones when somebody looks: a greeting, and the first customers of the day."""
        world = self.server.world
        customers = [one for one in self.shop.people if one.role == Role.CUSTOMER]
        world.start(customers[0].id)
        for one in customers:
            for line in one.says:
                world.send_text(one.id, line)
                await asyncio.sleep(PAUSE_BETWEEN_LINES)

    async def _books_are_made(self) -> None:
        """Until the bot has found out what it finds out every night."""
        while True:
            with transaction(self._engine) as session:
                if _are_made(session):
                    return
            await asyncio.sleep(LOOK_SECONDS)

    async def _invite(self, role: str) -> str:
        with transaction(self._engine) as session:
            token = invites.invite(session, role=Role(role), by=None, now=datetime.now(UTC))
        return f"https://t.me/{self.server.world.me['username']}?start={token}"

    async def close(self) -> None:
        for one in (*self._tasks, self._training):
            one.cancel()
        await asyncio.gather(*self._tasks, self._training, return_exceptions=True)
        self.server.answers.set()
        if self._child is not None:
            await self._child.stop()
        await self.server.stop()
        self._engine.dispose()

    def _settings(self) -> dict[str, str]:
        """The child's settings, as environment variables."""
        return {
            f"{PREFIX}TELEGRAM__TOKEN": self.server.token,
            f"{PREFIX}TELEGRAM__BASE_URL": self.server.base_url,
            f"{PREFIX}TELEGRAM__BASE_FILE_URL": self.server.base_file_url,
            f"{PREFIX}STORE__URL": f"sqlite:///{self._folder / 'demo.db'}",
            f"{PREFIX}DESK__NAME": self.shop.desk,
            f"{PREFIX}DESK__TIMEZONE": _timezone(),
            f"{PREFIX}DESK__CURRENCY": CURRENCY,
            f"{PREFIX}WEB__PORT": self._web.rpartition(":")[2],
            f"{PREFIX}WEB__PUBLIC_URL": self._web,
            **{f"{PREFIX}CAMPAIGNS__{key}": value for key, value in CAMPAIGNS.items()},
        }


def _free_port() -> int:
    """A port for the bot's own web server: links in chats go on leading there when it is started again."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _timezone() -> str:
    """This machine's time zone, which is the browser's too; UTC where it does not say."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return os.environ.get("TZ") or (name if found else "UTC")


def _are_made(session: Session) -> bool:
    """The night's books: asked for, and none of them under way."""
    is_asked = session.scalar(select(col(Job.id)).where(col(Job.kind) == BOOKS[0]).limit(1)) is not None
    return is_asked and not any(jobs.is_under_way(session, kind=kind) for kind in BOOKS)
