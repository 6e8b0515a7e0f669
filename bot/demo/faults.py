"""Things that go wrong on purpose, settable while the stand-in runs"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.demo.refusal import Refusal, too_many_requests

# every fault and its value when all is well
_CALM: dict[str, Any] = {
    "down": False,
    "down_as": "502",
    "slow_ms": 0.0,
    "jitter_ms": 0.0,
    "storm": 0.0,
    "retry_after": 2,
    "errors": 0.0,
    "cut": 0.0,
}


@dataclass(slots=True)
class Faults:
    """``down``: no call gets through: 502, or with ``down_as`` "refuse" the connection is dropped unread.
    ``slow_ms`` and ``jitter_ms``: every call waits so long, plus up to so much more, before it is executed.
    ``storm``: this share (0–1) of sends is refused with 429 and ``retry_after`` seconds.
    ``errors``: this share of calls is answered 502 and not executed.
    ``cut``: this share of connections is cut after the call was executed: the caller cannot know.
    ``on_change`` is called after every ``set`` and ``clear``.
    """

    down: bool = False
    down_as: str = "502"
    slow_ms: float = 0.0
    jitter_ms: float = 0.0
    storm: float = 0.0
    retry_after: int = 2
    errors: float = 0.0
    cut: float = 0.0
    on_change: Callable[[], None] = lambda: None
    _random: random.Random = field(default_factory=lambda: random.Random(1), repr=False)  # noqa: S311

    def set(self, **changes: Any) -> None:
        """Change some; ``ValueError`` names what is unknown or out of range, and then nothing is changed."""
        for name, value in changes.items():
            if name not in _CALM:
                raise ValueError(f"there is no fault {name!r}")
            if not _fits(name, value):
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)
        self.on_change()

    def clear(self) -> None:
        """Everything works again."""
        self.set(**_CALM)

    def told(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _CALM}

    # the dice, one throw per call

    def delay_seconds(self) -> float:
        jitter = self._random.random() * self.jitter_ms if self.jitter_ms else 0
        return (self.slow_ms + jitter) / 1000

    def break_call(self, *, is_send: bool) -> None:
        """Raise what a call meets before it is executed."""
        if self.errors and self._random.random() < self.errors:
            raise Refusal(502, "Bad Gateway")
        if is_send and self.storm and self._random.random() < self.storm:
            raise too_many_requests(self.retry_after)

    def cuts_answer(self) -> bool:
        return bool(self.cut) and self._random.random() < self.cut


def _fits(name: str, value: Any) -> bool:
    if name == "down":
        return isinstance(value, bool)
    if name == "down_as":
        return value in ("502", "refuse")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if name in ("storm", "errors", "cut"):
        return 0 <= value <= 1
    if name == "retry_after":
        return isinstance(value, int) and 1 <= value <= 3600
    return 0 <= value <= 60_000
