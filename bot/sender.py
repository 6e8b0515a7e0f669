"""The sender: outbox → Telegram, in order per chat, within Telegram's limits.

One loop takes turns: a transaction that notes what became of the last messages and takes the next, then the
calls, each a task of its own. While a turn runs, further outcomes gather for the one after it; so a lone
message goes at once, and many share a commit.
"""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.calls import call, is_formatted, weight
from bot.delivery import Decision, Fate, decide
from bot.ledger import Ask, Ledger, Turn
from bot.limits import Limits
from bot.outcomes import Outcome
from bot.reach import Reach
from bot.writer import Writer
from crm_store.mailbox.sending import Claimed
from handlers.desk import Desk
from handlers.words import Words

IDLE_SECONDS = 1.0
STORE_RETRY_SECONDS = 0.5
IN_FLIGHT = 64
GRACE = timedelta(seconds=10)
MOST_LEAD_SECONDS = 0.03
"""A turn begins so long before there is room as turns take, but not longer: what it takes is on its way at
the very moment, and hardly anything waits in no man's land."""

USUAL = 0.8
"""How much of what turns took before counts beside the last one."""

log = structlog.get_logger()


class Sender:
    """``run`` until cancelled; ``wake`` when something was queued.

    ``messages_per_second`` 0 lifts all limits of our own. ``in_flight`` is how many calls may be made at
    once. ``grace`` is how long after its last turn a sender of another process may still have calls in flight
    (on SQLite there is no other). ``counts`` are what became of calls, by fate.
    """

    def __init__(
        self,
        bot: Bot,
        writer: Writer,
        *,
        desk: Desk,
        words: Words,
        messages_per_second: float,
        in_flight: int = IN_FLIGHT,
        grace: timedelta | None = None,
    ) -> None:
        shared = writer.engine.dialect.name != "sqlite"
        self.counts: Counter[Fate] = Counter()
        self._bot = bot
        self._writer = writer
        self._ledger = Ledger(desk=desk, words=words)
        self._limits = Limits(per_second=messages_per_second)
        self._in_flight = in_flight
        self._grace = grace if grace is not None else (GRACE if shared else timedelta(0))
        self._wake = asyncio.Event()
        self._flying: dict[int, Claimed] = {}
        self._outcomes: list[Outcome] = []
        self._more = True
        self._next_due: datetime | None = None
        self._noted = asyncio.Event()
        self._draining = False
        self._flights: asyncio.TaskGroup
        self._doubtful: tuple[datetime, datetime] | None = None
        self._hurry = False
        self._others: set[int] = set()
        self._inherit_at: datetime | None = None
        self._lead = 0.0
        self._early = 0
        self._reach = Reach(bot, back=self._telegram_is_back)

    @property
    def refused(self) -> bool:
        """Telegram does not know the token: nothing is sent, and nothing is marked as failed."""
        return self._reach.refused

    @property
    def offline(self) -> bool:
        """Telegram cannot be reached: everything waits."""
        return self._reach.offline

    def wake(self) -> None:
        """Something was queued."""
        self._more = True
        self._wake.set()

    async def drain(self, seconds: float) -> None:
        """Take nothing more; wait, at most so long, until what is in flight is answered and noted."""
        self._draining = True
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._flying or self._outcomes:
                    self._noted.clear()
                    await self._noted.wait()

    async def run(self) -> None:
        """Send until cancelled. What is in flight then may or may not arrive: the next run decides."""
        self._draining = False
        self._flying = {one.row.chat_id: one.row for one in self._outcomes}
        self._inherit_at = datetime.now(UTC)
        async with asyncio.TaskGroup() as flights:
            self._flights = flights
            self._reach.start(flights)
            while True:
                self._wake.clear()
                try:
                    turn = await self._turn()
                except Exception:
                    log.exception("the outbox could not be read or written", action="turn_failed")
                    await asyncio.sleep(STORE_RETRY_SECONDS)
                    continue
                for row in turn.claimed:
                    self._depart(row)
                await self._rest()

    # turns

    async def _turn(self) -> Turn:
        outcomes, now = list(self._outcomes), datetime.now(UTC)
        if self._inherit_at is not None and now >= self._inherit_at:
            await self._inherit(now)
        ask = self._ask({one.row.chat_id for one in outcomes})
        self._more = self._more or bool(outcomes)
        if not outcomes and not ask.room:
            return Turn()
        doubtful, began = self._doubtful, monotonic()
        self._doubtful = (doubtful[0] if doubtful else now, now)
        turn = await self._writer.run(
            self._ledger.turn,
            outcomes=outcomes,
            ask=ask,
            hurry=self._hurry,
            undo=doubtful,
            now=now,
        )
        took = monotonic() - began
        self._lead = min(MOST_LEAD_SECONDS, USUAL * self._lead + (1 - USUAL) * took)
        self._doubtful, self._hurry = None, False
        del self._outcomes[: len(outcomes)]
        for one in outcomes:
            del self._flying[one.row.chat_id]
        if ask.room:
            self._more, self._next_due = turn.more, turn.next_due
        self._noted.set()
        return turn

    def _telegram_is_back(self, was_away: bool) -> None:
        self._hurry = self._hurry or was_away
        self.wake()

    def _ask(self, settled: set[int]) -> Ask:
        """Which chats may give how many rows now; those in ``settled`` have just been answered."""
        now = monotonic()
        flying = self._flying.keys() - settled
        room = 0
        if not self._holds:
            room = self._limits.room(now, ahead=self._lead) - self._early
            room = max(0, min(room, self._in_flight - len(flying)))
        return Ask(
            room=room,
            closed={*flying, *self._limits.closed(now), *self._others},
            reserved=self._limits.reserved(now),
            tight=self._limits.tight(now),
        )

    async def _inherit(self, now: datetime) -> None:
        """Decide about rows that a sender before this one, or this one's last run, left in flight."""
        left = await self._writer.run(
            self._ledger.inherit, known={one.row.id for one in self._outcomes}, grace=self._grace, now=now
        )
        for chat_id, seconds in left.resting.items():
            self._limits.rest(chat_id, monotonic() + seconds)
        self._others = set(left.flying)
        self._inherit_at = min(left.flying.values(), default=None)

    async def _rest(self) -> None:
        """Sleep until there may be something to do."""
        now = monotonic()
        at = now + IDLE_SECONDS
        if not self._holds:
            at = min(at, self._limits.next_chat(now))
            if self._more and not self._early and len(self._flying) < self._in_flight:
                at = min(at, self._limits.next_room() - self._lead)
            if self._next_due is not None:
                at = min(at, now + (self._next_due - datetime.now(UTC)).total_seconds())
        if at <= now:
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at - now):
                await self._wake.wait()

    @property
    def _holds(self) -> bool:
        """Nothing may leave, whatever waits."""
        return self._draining or self.refused or self.offline

    # calls

    def _depart(self, row: Claimed) -> None:
        self._flying[row.chat_id] = row
        self._early += 1
        self._flights.create_task(self._deliver(row))

    async def _room(self) -> None:
        """Wait the moment that the turn began too early."""
        try:
            while not self._limits.room(now := monotonic()):  # noqa: ASYNC110 (time itself is awaited)
                await asyncio.sleep(max(0.001, min(self._limits.next_room() - now, MOST_LEAD_SECONDS)))
        finally:
            self._early -= 1
            self._wake.set()

    async def _deliver(self, row: Claimed) -> None:
        await self._room()
        left = monotonic()
        self._limits.depart(row.chat_id, left, messages=weight(row))
        try:
            try:
                answer = await call(self._bot, row)
            finally:
                self._limits.answer(row.chat_id, monotonic(), messages=weight(row))
        except Exception as error:
            decision = await self._judge(row, error, left)
            outcome = Outcome(row, datetime.now(UTC), decision=decision, said=_said(error))
        else:
            self._reach.heard()
            outcome = Outcome(row, datetime.now(UTC), answer.places, answer.telegram_file_id)
        self.counts[outcome.decision.fate] += 1
        self._outcomes.append(outcome)
        self._wake.set()

    async def _judge(self, row: Claimed, error: Exception, left: float) -> Decision:
        decision = decide(
            error,
            method=row.method,
            on_ambiguous=row.on_ambiguous,
            attempts=row.attempts,
            formatted=is_formatted(row.params),
        )
        if decision.fate == Fate.STOP and await self._reach.knows_us():
            decision = replace(decision, fate=Fate.FAILED, reason="refused", alert=True)
        if decision.fate == Fate.LIMITED:
            decision = self._slow_down(row.chat_id, decision)
        if decision.down:
            self._reach.not_heard(row.chat_id, error, left=left)
        elif decision.fate != Fate.STOP:
            self._reach.heard()
        if decision.fate != Fate.SENT:
            (log.error if decision.alert else log.info)(
                "not delivered",
                action="not_delivered",
                fate=decision.fate,
                reason=decision.reason,
                row=row.id,
                method=row.method,
                error=_said(error),
            )
        return decision

    def _slow_down(self, chat_id: int, decision: Decision) -> Decision:
        """The chat rests; when another rests already, the limit is not the chat's but ours: all rest."""
        after = decision.after + random.uniform(0.1, 0.5)  # noqa: S311 - spreads retries, hides nothing
        now = monotonic()
        others = [id for id in self._limits.resting(now) if id != chat_id]
        self._limits.rest(chat_id, now + after)
        if others:
            self._limits.pause(now + after)
        return replace(decision, after=after)


def _said(error: Exception) -> str:
    return f"{error}" if isinstance(error, TelegramError) and str(error) else repr(error)
