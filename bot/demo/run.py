"""python -m bot demo: the stand-in for Telegram, the real bot as a child process, and a shop to play with."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy import Engine
from sqlmodel import Session

from bot import analysing
from bot.clock import latest_slot
from bot.demo.crowd import Crowd
from bot.demo.past import hand_over, tell_the_past
from bot.demo.server import DemoServer
from bot.demo.shop import Shop, ask_for_news, hire, read_shop, tell_the_days_before
from bot.demo.won_back import sign
from bot.demo.world import World
from bot.settings import PREFIX
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import remembered
from crm_store.migrate import migrate
from crm_store.staff import invites, staff
from crm_store.staff.roles import Role
from handlers.desk import Desk

LOG = "bot.log"
CURRENCY = "CNY"
CAMPAIGNS = {"QUIET": "00:00-00:00", "PER_DAY": "3", "PER_WEEK": "6", "APPROVAL_ABOVE": "1000"}
"""Whoever looks at ten at night wants to see a campaign leave, and then another."""

START_SECONDS = 60.0
STOP_SECONDS = 5.0
STEP_SECONDS = 0.05
PAUSE_BETWEEN_LINES = 0.6

console = Console(highlight=False)


class Child:
    """The real bot, in a process of its own: the page may kill it for real."""

    def __init__(self, folder: Path, settings: dict[str, str], server: DemoServer) -> None:
        self._folder = folder
        self._settings = settings
        self._server = server
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._process is not None and self._process.returncode is None:
            return
        self._tell("starting")
        self._server.polling.asked.clear()
        config = self._folder / "config.toml"
        config.touch()  # empty: this shop's settings come from the environment, and nobody else's
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with (self._folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                "--config",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=inherited | self._settings,
            )
        self._watch = asyncio.create_task(self._until_gone(self._process))
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._server.polling.asked.wait()
        if self._process.returncode is None:
            self._tell("running")

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; one that does not end in STOP_SECONDS is killed."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()

    async def control(self, action: str) -> None:
        """What the page asks for: kill (-9), stop or start."""
        if action == "start":
            await self.start()
        else:
            await self.stop(signal.SIGKILL if action == "kill" else signal.SIGTERM)

    async def _until_gone(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._tell("stopped")

    def _tell(self, state: str) -> None:
        if self._server.live is not None:
            self._server.live.set_bot_state(state)


class Demo:
    """One demonstration in a folder of its own."""

    def __init__(self, folder: Path, *, language: str, port: int = 0) -> None:
        self.shop: Shop = read_shop(language)
        self.server = DemoServer(World(bot_name=self.shop.desk), port=port, page=True)
        self._folder = folder
        self._web = f"http://127.0.0.1:{_free_port()}"
        self._engine: Engine | None = None
        self._living: asyncio.Task[None] | None = None
        self.child: Child | None = None
        self.crowd: Crowd | None = None

    async def open(self) -> None:
        """Start server and bot, let the staff join, and the first customers write."""
        await self.server.start()
        self.child = Child(self._folder, self._settings(), self.server)
        world = self.server.world
        for one in self.shop.people:
            world.user(one.id, one.name, username=one.username, language_code=one.language, role=one.role)
        engine = self._engine = open_engine(f"sqlite:///{self._folder / 'demo.db'}")
        migrate(engine, now=datetime.now(UTC))
        regular = world.people[self.shop.regular.id]
        self.crowd = Crowd(world, engine, links_at=self._web)
        with transaction(engine) as session:
            tell_the_past(
                session,
                language=self.shop.language,
                currency=CURRENCY,
                regular=(regular.first_name, str(regular.phone_number)),
                now=datetime.now(ZoneInfo(_timezone())),
            )
            self.crowd.come(session)
            self._ask_for_last_night(session)
        self._living = asyncio.create_task(self.crowd.live())
        with transaction(engine) as session:
            remembered.remember(session, remembered.BOT_USERNAME, world.me["username"])
            tokens = hire(session, shop=self.shop, now=datetime.now(UTC))
        live = self.server.live
        assert live is not None
        live.on_bot, live.on_invite = self.child.control, self._invite
        await self.child.start()
        for person, token in tokens.items():
            world.start(person, token)
        await self._joined(set(tokens))
        with transaction(engine) as session:
            now, zone = datetime.now(UTC), ZoneInfo(_timezone())
            agent, manager = (staff.by_user_id(session, user_id=one) for one in tokens)
            assert agent is not None
            assert manager is not None
            hand_over(session, to=agent)
            sign(session, by=manager)
            ask_for_news(session, manager=manager, zone=zone, now=now)
            tell_the_days_before(session, shop=self.shop, agent=agent, now=now)
        await self._opening()

    def _ask_for_last_night(self, session: Session) -> None:
        """What the bot finds out every night, first of all when it opens: it has slept through this one."""
        now, desk = datetime.now(UTC), Desk(self.shop.desk, ZoneInfo(_timezone()), CURRENCY)
        slot = latest_slot(desk, analysing.AT, now)
        analysing.ask(session, slot=slot.key, due_at=slot.at, desk=desk, now=now)

    async def _joined(self, people: set[int]) -> None:
        assert self._engine is not None
        deadline = datetime.now(UTC) + timedelta(seconds=START_SECONDS)
        while datetime.now(UTC) < deadline:
            with transaction(self._engine) as session:
                if people <= {one.user_id for one in staff.team(session)}:
                    return
            await asyncio.sleep(STEP_SECONDS)
        raise TimeoutError(f"the bot did not answer; its log is {self._folder / LOG}")

    async def _opening(self) -> None:
        """What stands on the phones when somebody looks: a greeting, and the first customers of the day."""
        world = self.server.world
        customers = [one for one in self.shop.people if one.role == Role.CUSTOMER]
        world.start(customers[0].id)
        for one in customers:
            for line in one.says:
                world.send_text(one.id, line)
                await asyncio.sleep(PAUSE_BETWEEN_LINES)

    async def _invite(self, role: str) -> str:
        assert self._engine is not None
        with transaction(self._engine) as session:
            token = invites.invite(session, role=Role(role), by=None, now=datetime.now(UTC))
        return f"https://t.me/{self.server.world.me['username']}?start={token}"

    async def close(self) -> None:
        if self._living is not None:
            self._living.cancel()
            with suppress(asyncio.CancelledError):
                await self._living
        if self.child is not None:
            await self.child.stop()
        await self.server.stop()
        if self._engine is not None:
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


async def demonstrate(*, port: int, language: str | None = None) -> None:
    """Run the demo until Ctrl-C. Its store lives in a temporary folder and is gone afterwards."""
    at_home = "zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en"
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    with tempfile.TemporaryDirectory(prefix="zhanggui-demo-") as folder:
        demo = Demo(Path(folder), language=language or at_home, port=port)
        try:
            with console.status("Opening the shop (the first start trains the classifier)…"):
                await demo.open()
            console.print(f"The shop is open: [bold]{demo.server.page_url}[/]   (Ctrl-C closes it)")
            await stopping.wait()
        finally:
            await demo.close()
