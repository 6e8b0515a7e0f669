"""Heavy work in a process of its own, which ends with the task that waits for it: JSON in, JSON out.

A thread would hold up every answer to a customer; a process does not. It gets none of our settings from the
environment, which may hold secrets: what it needs is in what it is given.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from bot.settings import PREFIX

NICENESS = 10
"""What such a process adds to its own niceness: conversations go first."""

_HOUSE = Path(__file__).parent.parent


class ChildFailed(Exception):
    """The process ended without a result; the message says how."""


async def run(module: str, order: Any, *, limit_seconds: float) -> Any:
    """What ``python -m module`` makes of ``order``. Raises ChildFailed."""
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
        async with asyncio.timeout(limit_seconds):
            out, errors = await process.communicate(json.dumps(order).encode())
    except TimeoutError:
        raise ChildFailed(f"not done after {limit_seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ChildFailed(f"exit {process.returncode}: {_last_line(errors)}")
    return json.loads(out)


def _environment() -> dict[str, str]:
    """The child's: without our settings, and on one core."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(PREFIX)}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "without a word"
