"""The sender's bookkeeping without a network or a clock: a test plays Telegram, and says what time it is."""

import itertools
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Engine

from bot.delivery import Decision, Fate
from bot.ledger import Ask, Ledger
from bot.outcomes import Outcome
from crm_store.engine import transaction
from crm_store.mailbox.sending import Claimed
from tests.talk import DESK, WORDS

BLOCKED = Decision(Fate.LOST, "blocked")
TOLD = "Forbidden: bot was blocked by the user"


class Post:
    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine = engine
        self.now = now
        self.ledger = Ledger(desk=DESK, words=WORDS)
        self.in_flight: dict[int, Claimed] = {}
        self.shown: list[tuple[int, Claimed]] = []
        self._places = itertools.count(50_000)

    def take(self, room: int = 100, *, reserved: Collection[int] = ()) -> list[Claimed]:
        """Take what may go now."""
        ask = Ask(room, closed=set(self.in_flight), reserved=reserved)
        with transaction(self.engine) as session:
            turn = self.ledger.turn(session, outcomes=[], ask=ask, now=self.now)
        self.in_flight |= {row.chat_id: row for row in turn.claimed}
        return turn.claimed

    def answer(self, row: Claimed, decision: Decision | None = None, said: str = "") -> int:
        """Telegram takes it, or what ``decision`` makes of its answer. Returns the message's place."""
        place = row.edited or next(self._places)
        del self.in_flight[row.chat_id]
        outcome = Outcome(row, self.now, places=[place])
        if decision is not None:
            outcome = Outcome(row, self.now, decision=decision, said=said)
        if outcome.decision.fate == Fate.SENT:
            self.shown.append((row.chat_id, row))
        with transaction(self.engine) as session:
            self.ledger.turn(session, outcomes=[outcome], ask=Ask(0), now=self.now)
        return place

    def deliver(self) -> list[Claimed]:
        """Everything that may go goes, until nothing may."""
        delivered = []
        while rows := self.take():
            for row in rows:
                self.answer(row)
                delivered.append(row)
        return delivered

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)
