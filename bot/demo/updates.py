"""The queue of updates that wait for the bot, with Telegram's rules for forgetting them

An update leaves the queue in one of three ways: confirmed (a later ``offset``, or a webhook's 2xx), forgotten
without ever having been handed out (a negative or too high offset, ``drop_pending_updates``), or expired.
"""

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.demo.api import load_api
from bot.demo.refusal import bad_request

DEFAULT_EXCLUDED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DAY_SECONDS = 24 * 3600
EXPIRY_SECONDS = {"callback_query": 150, "inline_query": 30, "chosen_inline_result": 600}
TAP_LANE = 3 << 33


@dataclass(slots=True, eq=False)
class Pending:
    """One waiting update, already written as JSON; ``counted`` for messages people sent."""

    update_id: int
    kind: str
    lane: int
    raw: bytes
    expires_at: float
    counted: bool
    handed_out: bool = False
    is_gone: bool = False


class Updates:
    """First in, first out; ``on_change`` is told of every update that joins.

    ``on_gone(pending, confirmed)`` is told how each one left: "stored" and "lost" are counted from that.
    """

    def __init__(self, clock: Callable[[], float], first_id: int) -> None:
        self._clock = clock
        self._ids = itertools.count(first_id)
        self._waiting: deque[Pending] = deque()
        self.allowed: frozenset[str] | None = None
        self.on_change: Callable[[Pending], None] = lambda pending: None
        self.on_gone: Callable[[Pending, bool], None] = lambda pending, confirmed: None

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Pending]:
        return iter(self._waiting)

    def push(self, kind: str, payload: dict[str, Any], *, lane: int, counted: bool = False) -> int | None:
        """Queue an update and return its id; None if the bot did not ask for this kind."""
        if not self.wants(kind):
            return None
        update_id = next(self._ids)
        self._append(update_id, kind, {"update_id": update_id, kind: payload}, lane, counted)
        return update_id

    def push_raw(self, update: dict[str, Any], *, lane: int = 0, counted: bool = False) -> int:
        """Queue an update exactly as given, whatever it contains; only a missing id is added.

        Giving an ``update_id`` twice is how a test delivers the same update again.
        """
        kind = next((key for key in update if key != "update_id"), "")
        if "update_id" not in update:
            update = {"update_id": next(self._ids), **update}
        self._append(update["update_id"], kind, update, lane, counted)
        found: int = update["update_id"]
        return found

    def _append(self, update_id: int, kind: str, update: dict[str, Any], lane: int, counted: bool) -> None:
        raw = json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()
        expires_at = self._clock() + EXPIRY_SECONDS.get(kind, DAY_SECONDS)
        pending = Pending(update_id, kind, lane, raw, expires_at, counted)
        self._waiting.append(pending)
        self.on_change(pending)

    def now(self) -> int:
        return int(self._clock())

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed is not None else kind not in DEFAULT_EXCLUDED

    def allow(self, kinds: list[str] | None) -> None:
        """None keeps the previous setting, an empty list restores the default, as with Telegram."""
        for kind in kinds or ():
            if kind not in load_api().updates:
                raise bad_request(f'unknown update type "{kind}"')
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def confirm_before(self, offset: int) -> None:
        """Forget every update below ``offset``; below zero, all but the last ``-offset``."""
        if offset < 0:
            while len(self._waiting) > -offset:
                self._forget(self._waiting.popleft())
        while self._waiting and self._waiting[0].update_id < offset:
            self._forget(self._waiting.popleft())

    def hand_out(self, limit: int) -> list[Pending]:
        """The oldest waiting updates; they stay until confirmed."""
        self.expire()
        batch = list(itertools.islice(self._waiting, limit))
        for pending in batch:
            pending.handed_out = True
        return batch

    def expire(self) -> None:
        now = self._clock()
        # The ones that expire first are rarely at the head: taps live 150 seconds, messages a day.
        if any(pending.expires_at <= now for pending in itertools.islice(self._waiting, 1000)):
            gone = [pending for pending in self._waiting if pending.expires_at <= now]
            self._waiting = deque(pending for pending in self._waiting if pending.expires_at > now)
            for pending in gone:
                self._leave(pending, confirmed=False)

    def take(self, pending: Pending) -> None:
        """A webhook has taken this one."""
        self._waiting.remove(pending)
        self._leave(pending, confirmed=True)

    def drop_all(self) -> None:
        while self._waiting:
            self._leave(self._waiting.popleft(), confirmed=False)

    def _forget(self, pending: Pending) -> None:
        """Telegram takes any offset for a confirmation; it is one only of what was handed out."""
        self._leave(pending, confirmed=pending.handed_out)

    def _leave(self, pending: Pending, *, confirmed: bool) -> None:
        pending.is_gone = True
        self.on_gone(pending, confirmed)
