"""The sender's bookkeeping: one transaction notes what became of the last messages and takes the next.

Everything here runs on a writer's thread and touches nothing but the session it is given.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.delivery import IDEMPOTENT
from bot.outcomes import Outcome, record, tell
from crm_store.mailbox import outbox, sending, sent
from crm_store.mailbox.sending import Claimed
from crm_store.mailbox.tables import OnAmbiguous, Outbox, OutboxState
from handlers.agent import folding, receipts
from handlers.desk import Desk
from handlers.voice import Voice
from handlers.words import Words

AWAY = ("unreachable", "no_answer")
"""Reasons for which a row waits that say nothing about the row."""


@dataclass(frozen=True)
class Ask:
    """How many rows to take, and which chats can take what: ``closed`` nothing, ``reserved`` nothing but
    conversation, ``tight`` no albums."""

    room: int
    closed: Collection[int] = ()
    reserved: Collection[int] = ()
    tight: Collection[int] = ()


@dataclass
class Turn:
    """What a transaction took. ``more``: others may go that had no room; one wants to go at ``next_due``."""

    claimed: list[Claimed] = field(default_factory=list)
    more: bool = False
    next_due: datetime | None = None


@dataclass
class Inheritance:
    """Chats with a message that an earlier sender may still have in flight, and until when; and chats that
    Telegram asked to leave alone, for how many seconds."""

    flying: dict[int, datetime] = field(default_factory=dict)
    resting: dict[int, float] = field(default_factory=dict)


class Ledger:
    def __init__(self, *, desk: Desk, words: Words) -> None:
        self._voice = Voice(desk, words)

    def turn(
        self,
        session: Session,
        *,
        outcomes: Sequence[Outcome],
        ask: Ask,
        now: datetime,
        hurry: bool = False,
        undo: tuple[datetime, datetime] | None = None,
    ) -> Turn:
        """Note, then take. ``undo`` spans the turns whose commit failed, perhaps after it was done: what they
        took was not sent. ``hurry``: Telegram is back, and what waits because it was away waits no longer."""
        if undo is not None:
            sent.release(session, first=undo[0], last=undo[1])
        if hurry:
            sent.hurry(session, errors=AWAY)
        record(session, outcomes=outcomes, voice=self._voice, now=now)
        return self.take(session, ask=ask, now=now) if ask.room > 0 else Turn()

    def take(self, session: Session, *, ask: Ask, now: datetime) -> Turn:
        found = sending.heads(
            session, room=ask.room, closed=ask.closed, reserved=ask.reserved, tight=ask.tight, now=now
        )
        for id in found.expired:
            self._expired(session, id, now)
        taken = sending.claim(session, rows=self._folded(session, found.rows, now), now=now)
        due = None if taken.rows else sending.next_due(session, now=now)
        more = found.more or taken.settled > 0 or bool(found.expired)
        return Turn(taken.rows, more=more, next_due=due)

    def _expired(self, session: Session, id: int, now: datetime) -> None:
        row = session.get_one(Outbox, id)
        row.state, row.error = OutboxState.FAILED, "expired: it waited too long"
        tell(session, receipts.failed, row=row, alert=False, now=now, voice=self._voice)

    def _folded(self, session: Session, rows: list[Claimed], now: datetime) -> list[Claimed]:
        """The rows, with a fold in place of a notice that many others wait behind."""
        chats = [row.chat_id for row in rows if row.priority == outbox.NOTICE]
        if not chats:
            return rows
        crowded = outbox.crowded(session, chat_ids=chats, priority=outbox.NOTICE, over=folding.MOST_APART)
        folds = {id: tell(session, folding.fold, chat_id=id, now=now, voice=self._voice) for id in crowded}
        return [
            sending.as_claimed(fold, now)
            if row.priority == outbox.NOTICE and (fold := folds.get(row.chat_id)) is not None
            else row
            for row in rows
        ]

    def inherit(
        self, session: Session, *, known: Collection[int], grace: timedelta, now: datetime
    ) -> Inheritance:
        """Rows that were being sent by a sender that is gone: nobody knows what became of them.

        Those claimed less than ``grace`` ago may still be in flight, and are left for later.
        """
        left = Inheritance(resting=sent.resting(session, error="limited", now=now))
        unsure = []
        for row in sent.interrupted(session, known=known):
            nobodys = row.claimed_at + grace if row.claimed_at else now
            if nobodys > now:
                left.flying[row.chat_id] = nobodys
            elif row.on_ambiguous == OnAmbiguous.RESEND or row.method.startswith(IDEMPOTENT):
                sent.put_off(row, until=None, error="interrupted: sent again", counted=True)
            else:
                row.state, row.error = OutboxState.UNKNOWN, "interrupted: its sender stopped"
                unsure.append(row)
        tell(session, receipts.unsure, rows=unsure, now=now, voice=self._voice)
        return left
