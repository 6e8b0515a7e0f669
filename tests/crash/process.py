"""The real bot, as a process of its own, to be killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import IO, Any, Self

from bot.cli import app
from bot.demo.server import DemoServer

HOUSE = Path(__file__).parent.parent.parent
CONFIG = """
[telegram]
token = "{token}"
base_url = "{base_url}"
base_file_url = "{base_file_url}"
messages_per_second = {pace}

[store]
url = "{store}"

[desk]
name = "Tea & <Co>"

[reports]
daily = "off"

[web]
port = 0
"""


class BotProcess:
    """``python -m bot run`` against a stand-in. ``with`` ends it, whatever happens.

    ``pace`` is messages a second, 0 without limits. Its log is ``folder/<name>.log``, over all starts.
    """

    def __init__(
        self, folder: Path, server: DemoServer, *, store: str | None = None, pace: int = 0, name: str = "bot"
    ) -> None:
        self.name = name
        self.store = store or f"sqlite:///{folder / 'store.db'}"
        self.log = folder / f"{name}.log"
        self._config = folder / f"{name}.toml"
        self._config.write_text(
            CONFIG.format(
                token=server.token,
                base_url=server.base_url,
                base_file_url=server.base_file_url,
                pace=pace,
                store=self.store,
            )
        )
        self._log_began = 0
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; it is up some time later."""
        assert self._process is None, "it runs already"
        self._log_began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = self._launched(log)

    def _launched(self, log: IO[bytes]) -> "subprocess.Popen[bytes] | Forked":
        return subprocess.Popen(
            self._command("run"),
            cwd=HOUSE,
            env=_environment() | {"PGAPPNAME": self.name},
            stdout=log,
            stderr=log,
        )

    def kill(self) -> None:
        """SIGKILL: no time for a word."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as a supervisor does. Returns the exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.kill()
        self.start()

    def run(self, *command: str) -> str:
        """Another command of the same configuration; what it prints."""
        done = subprocess.run(
            self._command(*command), cwd=HOUSE, env=_environment(), check=True, capture_output=True, text=True
        )
        return done.stdout

    def check(self) -> None:
        """Raise when it ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"the bot ended by itself ({self._process.returncode}):\n{self.tail()}")

    @property
    def is_up(self) -> bool:
        """True once this start has said that it is open."""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return b'"action": "started"' in log.read()

    def tail(self) -> str:
        return self.log.read_text()[-4000:]

    def _command(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "bot", *command, "--config", str(self._config)]

    def _end(self, number: int) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(30)
        self._process = None
        return code


class ForkedBot(BotProcess):
    """The same, forked off a process that has loaded everything: it is up in a tenth of the time."""

    def _launched(self, log: IO[bytes]) -> "Forked":
        return Forked(self._command("run")[3:], self.log, self.name)


class Forked:
    """What is used of ``subprocess.Popen``, over a fork."""

    def __init__(self, command: Sequence[str], log: Path, name: str) -> None:
        self._process = _forks().Process(target=run_bot, args=(list(command), str(log), name))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        self._process.join(seconds)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "bot.runtime", "tests.crash.process"])
    return context


def run_bot(command: Sequence[str], log: str, name: str) -> None:
    """In the fork: ``python -m bot …``."""
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    environment = _environment() | {"PGAPPNAME": name}
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(HOUSE)
    app(command)


def _environment() -> dict[str, str]:
    ours = {key: value for key, value in os.environ.items() if not key.upper().startswith("ZHANGGUI_")}
    return ours | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}


def wait_until(is_so: Callable[[], Any], *, seconds: float, bots: tuple[BotProcess, ...] = ()) -> None:
    """Look again and again. Raises with the bots' logs when it takes longer."""
    deadline = time.monotonic() + seconds
    while not is_so():
        for one in bots:
            one.check()
        if time.monotonic() > deadline:
            raise AssertionError("it took too long\n" + "\n".join(one.tail() for one in bots))
        time.sleep(0.02)
