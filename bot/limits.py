"""Telegram's limits, kept in memory: one sender owns them.

A message is counted from its departure until a window after its *answer*: it arrived at Telegram some time in
between, so no jitter of the network can make more arrive in a window than left room for here.
"""

import math
from collections import deque
from dataclasses import dataclass, field

OVERALL_PER_SECOND = 30
CATCH_UP = 3
"""Departures that came too late and are made up for at once: a slow moment costs no messages."""

PRIVATE_PER_SECOND = 1.0
PRIVATE_BURST = 3
GROUP_PER_MINUTE = 19
"""Telegram allows 20; one is left for clocks that disagree."""
GROUP_SECONDS = 60.5
ALBUM = 9
"""Messages in an album besides the first, at most."""

SPARE_PRIVATE, SPARE_GROUP = 1, 3
"""What notices and bulk leave over in a chat, so that an answer to a person goes at once."""


@dataclass
class _Chat:
    """``empty_at``: when a private chat's bucket has run dry; ``answered``: a group's last messages."""

    empty_at: float = 0.0
    answered: deque[float] = field(default_factory=deque)
    flying: int = 0
    rests_until: float = 0.0


class Limits:
    """When what may go. Times are seconds of one monotonic clock; ``per_second`` 0 means no limits at all
    (but ``rest`` and ``pause``, which are Telegram's own word, hold)."""

    def __init__(self, *, per_second: float) -> None:
        self.per_second = per_second
        self._next = 0.0
        self._paused_until = 0.0
        self._flying = 0
        self._answered: deque[float] = deque()
        self._chats: dict[int, _Chat] = {}

    # over all

    def room(self, now: float, *, ahead: float = 0.0) -> int:
        """How many messages may leave ``ahead`` seconds from now (without limits: any number)."""
        at = now + ahead
        if at < self._paused_until:
            return 0
        if not self.per_second:
            return 1_000_000
        self._forget(now)
        counted = sum(answered > at - 1.0 for answered in self._answered)
        paced = 1 + math.floor((at - self._next) * self.per_second) if at >= self._next else 0
        return max(0, min(OVERALL_PER_SECOND - self._flying - counted, paced, 1 + CATCH_UP))

    def next_room(self) -> float:
        """When there may be room again; while all of it is in flight, an answer will tell."""
        at = max(self._next, self._paused_until) if self.per_second else self._paused_until
        if self.per_second and self._flying + len(self._answered) >= OVERALL_PER_SECOND:
            at = max(at, self._answered[0] + 1.0) if self._answered else math.inf
        return at

    def pause(self, until: float) -> None:
        """Nothing leaves until then."""
        self._paused_until = max(self._paused_until, until)

    # chats

    def depart(self, chat_id: int, now: float, *, messages: int = 1) -> None:
        """A call with so many messages leaves."""
        if not self.per_second:
            return
        step = 1 / self.per_second
        self._next = max(now - CATCH_UP * step, self._next) + step
        self._flying += 1
        self._chat(chat_id).flying += messages

    def answer(self, chat_id: int, now: float, *, messages: int = 1) -> None:
        """It was answered, or given up."""
        if not self.per_second:
            return
        self._flying -= 1
        self._answered.append(now)
        chat = self._chat(chat_id)
        chat.flying -= messages
        if chat_id < 0:
            chat.answered.extend([now] * messages)
        else:
            chat.empty_at = max(chat.empty_at, now) + 1 / PRIVATE_PER_SECOND

    def rest(self, chat_id: int, until: float) -> None:
        """Telegram asked to leave this chat alone until then."""
        self._chat(chat_id).rests_until = until

    def resting(self, now: float) -> list[int]:
        """Chats that Telegram asked to leave alone."""
        return [id for id, chat in self._chats.items() if chat.rests_until > now]

    def closed(self, now: float) -> list[int]:
        """Chats that can take nothing now."""
        return [id for id, chat in self._chats.items() if chat.rests_until > now or self._level(id, now, 0)]

    def reserved(self, now: float) -> list[int]:
        """Chats whose last room is kept for conversation."""
        return [id for id in self._chats if self._level(id, now, SPARE_GROUP if id < 0 else SPARE_PRIVATE)]

    def tight(self, now: float) -> list[int]:
        """Groups with no room for an album, which counts by its pictures."""
        return [id for id in self._chats if id < 0 and self._level(id, now, ALBUM)]

    def next_chat(self, now: float) -> float:
        """When the next of the chats that cannot take everything now can take more; inf if there is none."""
        times = [at for id, chat in self._chats.items() for at in self._openings(id, chat) if at > now]
        return min(times, default=math.inf)

    def _level(self, chat_id: int, now: float, spare: int) -> bool:
        """Whether a chat has no more room than is spared."""
        chat = self._chats[chat_id]
        if chat_id < 0:
            return chat.flying + self._in_window(chat, now) + spare >= GROUP_PER_MINUTE
        return max(chat.empty_at - now, 0.0) + chat.flying + spare > PRIVATE_BURST - 1

    def _openings(self, chat_id: int, chat: _Chat) -> list[float]:
        times = [chat.rests_until]
        if chat_id < 0:
            times += [chat.answered[0] + GROUP_SECONDS] if chat.answered else []
        else:
            full = PRIVATE_BURST - 1
            times += [chat.empty_at - full, chat.empty_at - full + SPARE_PRIVATE]
        return times

    def _in_window(self, chat: _Chat, now: float) -> int:
        while chat.answered and chat.answered[0] <= now - GROUP_SECONDS:
            chat.answered.popleft()
        return len(chat.answered)

    def _chat(self, chat_id: int) -> _Chat:
        return self._chats.setdefault(chat_id, _Chat())

    def _forget(self, now: float) -> None:
        """Drop what no longer counts, so that a million chats need no memory."""
        while self._answered and self._answered[0] <= now - 1.0:
            self._answered.popleft()
        idle = [
            id
            for id, chat in self._chats.items()
            if not chat.flying
            and chat.rests_until <= now
            and chat.empty_at <= now
            and not self._in_window(chat, now)
        ]
        for id in idle:
            del self._chats[id]
