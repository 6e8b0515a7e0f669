"""Heavy work in a process of its own, which ends with the task that waits for it: JSON in, JSON out.

A thread would hold up every answer to a customer; a process does not. It gets none of our settings from the
environment, which may hold secrets: what it needs is in what it is given.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.pipes import LENGTH_BYTES, framed
from bot.settings import PREFIX

IDLE_SECONDS = 300.0
"""So long a process waits for another order."""

PYTHON = [sys.executable]
"""What such a process is started with."""

_HOUSE = Path(__file__).parent.parent


class ChildFailed(Exception):
    """The process ended without a result; the message says how."""


async def run(module: str, order: Any, *, limit_seconds: float) -> Any:
    """What ``python -m module`` makes of ``order``. Raises ChildFailed."""
    async with _started(module) as process:
        try:
            async with asyncio.timeout(limit_seconds):
                out, errors = await process.communicate(json.dumps(order).encode())
        except TimeoutError:
            raise ChildFailed(f"not done after {limit_seconds:.0f} s") from None
    if process.returncode != 0:
        raise ChildFailed(f"exit {process.returncode}: {_last_line(errors)}")
    return json.loads(out)


class Talk:
    """A process that is spoken with: messages both ways, each JSON behind its length in four bytes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout

    async def say(self, message: Any) -> None:
        self._in.write(framed(message))
        await self._in.drain()

    async def hear(self) -> Any:
        """The next message. Raises ChildFailed when the process ends instead."""
        try:
            size = int.from_bytes(await self._out.readexactly(LENGTH_BYTES), "big")
            return json.loads(await self._out.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            _, errors = await self._process.communicate()
            raise ChildFailed(f"exit {self._process.returncode}: {_last_line(errors)}") from None


class Warm:
    """A process that stays for the next order: most of a short order's time is loading what does it.

    One order at a time. It must be closed in the end; ``rest`` closes it where nobody asked for long.
    """

    def __init__(self) -> None:
        self._stack: AsyncExitStack | None = None
        self._module = ""
        self._talk: Talk | None = None
        self._used_at = 0.0

    async def run(self, module: str, order: Any, *, limit_seconds: float) -> Any:
        """As ``run``, for a module that answers each message with one. Raises ChildFailed; then, and when it
        is cancelled, the process is ended."""
        try:
            talk = await self._started(module)
            async with asyncio.timeout(limit_seconds):
                with suppress(ConnectionError):  # it ended: hearing says why
                    await talk.say(order)
                answer = await talk.hear()
        except TimeoutError:
            await self.close()
            raise ChildFailed(f"not done after {limit_seconds:.0f} s") from None
        except BaseException:
            await self.close()
            raise
        self._used_at = time.monotonic()
        return answer

    async def rest(self) -> None:
        """End the process if it has been idle for long: it holds memory."""
        if self._talk is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            await self.close()

    async def close(self) -> None:
        stack, self._stack, self._talk = self._stack, None, None
        if stack is not None:
            await stack.aclose()

    async def _started(self, module: str) -> Talk:
        if self._talk is None or self._module != module:
            await self.close()
            self._stack = AsyncExitStack()
            self._talk = Talk(await self._stack.enter_async_context(_started(module)))
            self._module = module
        return self._talk


@asynccontextmanager
async def talk(module: str, order: Any) -> AsyncIterator[Talk]:
    """``python -m module``, told ``order`` first. It ends with the block."""
    async with _started(module) as process:
        talking = Talk(process)
        try:
            await talking.say(order)
        except ConnectionError:
            await talking.hear()  # it says why it ended
        yield talking


@asynccontextmanager
async def _started(module: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """It does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        *PYTHON,
        "-m",
        module,
        cwd=_HOUSE,
        env=_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()  # waits for it, and closes its pipes


def _environment() -> dict[str, str]:
    """The child's: without our settings, and on one core."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(PREFIX)}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "without a word"
