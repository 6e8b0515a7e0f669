"""How the bot and a process of its own speak: JSON behind its length in four bytes.

Nothing of ours is imported here: what such a process loads is time that somebody waits.
"""

import json
import os
import sys
import time
from threading import Thread
from typing import Any, BinaryIO

LENGTH_BYTES = 4
NICENESS = 10
"""What such a process adds to its own niceness: conversations go first."""

LOOK_SECONDS = 1.0


def attend() -> None:
    """What such a process does first: it steps back behind the conversation, and ends with the bot, also
    with one that was killed."""
    os.nice(NICENESS)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def framed(message: Any) -> bytes:
    """A message as it goes through a pipe."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def say(message: Any) -> None:
    """Of such a process, to the bot."""
    sys.stdout.buffer.write(framed(message))
    sys.stdout.buffer.flush()


def unframed(stream: BinaryIO) -> Any:
    """The next message of a pipe, in the process itself; None when whoever listens has gone."""
    head = stream.read(LENGTH_BYTES)
    return json.loads(stream.read(int.from_bytes(head, "big"))) if len(head) == LENGTH_BYTES else None
