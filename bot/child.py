"""Heavy work in a process of its own, which ends with the task that waits for it: JSON in, JSON out.

A thread would hold up every answer to a customer; a process does not. It gets none of our settings from the
environment, which may hold secrets: what it needs is in what it is given.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.pipes import LENGTH_BYTES, framed
from bot.pipes import NICENESS as NICENESS
from bot.settings import PREFIX

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
        sys.executable,
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
            await process.wait()


def _environment() -> dict[str, str]:
    """The child's: without our settings, and on one core."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(PREFIX)}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "without a word"
