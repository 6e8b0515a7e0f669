"""The real bot, in a process of its own: the page may kill it for real."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bot.demo.server import DemoServer
from bot.settings import PREFIX

LOG = "bot.log"
START_SECONDS = 60.0
STOP_SECONDS = 5.0


class BotSilent(Exception):
    """The bot does not answer; the message is the last line of its log."""


class Child:
    """``python -m bot run`` with settings of its own, and what the page is told of it."""

    def __init__(self, folder: Path, settings: dict[str, str], server: DemoServer) -> None:
        self._folder = folder
        self._log = folder / LOG
        self._settings = settings
        self._server = server
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    def last_words(self) -> str:
        """The last line of its log."""
        said = self._log.read_bytes().decode(errors="replace") if self._log.is_file() else ""
        return said.strip().rpartition("\n")[2] or "nothing"

    async def start(self) -> None:
        if self._process is not None and self._process.returncode is None:
            return
        self._tell("starting")
        self._server.polling.asked.clear()
        config = self._folder / "config.toml"
        config.touch()  # empty: this shop's settings come from the environment, and nobody else's
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("ab") as log:
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
        asked = asyncio.create_task(self._server.polling.asked.wait())
        await asyncio.wait({asked, self._watch}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
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
