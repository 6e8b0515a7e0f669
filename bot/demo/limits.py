"""Telegram's limits for messages a bot sends, as far as they are known

30 a second over all, one a second to a private chat with a small burst, 20 a minute to a group. A refused
message does not count; an edit counts like a message. An album counts once in a private
chat and by its messages in a group.
"""

import math
import time
from collections import deque
from collections.abc import Callable


class Limits:
    """``take`` says whether a message may go now; times in seconds on a monotonic clock."""

    def __init__(
        self,
        *,
        per_second: int = 30,
        private_burst: int = 4,
        group_per_minute: int = 20,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_second = per_second
        self.private_burst = private_burst
        self.group_per_minute = group_per_minute
        self.is_on = True
        self._clock = clock
        self._all: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}
        # the moment a private chat's bucket will be empty again
        self._empty_at: dict[int, float] = {}

    def take(self, chat_id: int, *, is_group: bool, messages: int = 1) -> int | None:
        """None and counted if the message may go; else the whole seconds to wait."""
        if not self.is_on:
            return None
        now = self._clock()
        wait = self._wait_over_all(now)
        if is_group:
            wait = max(wait, self._wait_in_group(chat_id, now, messages))
        else:
            wait = max(wait, self._wait_in_private(chat_id, now))
        if wait > 1e-9:
            return max(1, math.ceil(wait))
        self._all.append(now)
        if is_group:
            self._groups[chat_id].extend([now] * messages)
        else:
            self._empty_at[chat_id] = max(self._empty_at.get(chat_id, now), now) + 1
        return None

    def _wait_over_all(self, now: float) -> float:
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        return self._all[0] + 1 - now if len(self._all) >= self.per_second else 0

    def _wait_in_group(self, chat_id: int, now: float, messages: int) -> float:
        sent = self._groups.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        excess = len(sent) + messages - self.group_per_minute
        return sent[min(excess, len(sent)) - 1] + 60 - now if excess > 0 and sent else 0

    def _wait_in_private(self, chat_id: int, now: float) -> float:
        return self._empty_at.get(chat_id, now) - now + 1 - self.private_burst
