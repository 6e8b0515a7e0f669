"""The sender's bookkeeping: one transaction notes what became of the last messages and takes the next.

Everything here runs on a writer's thread and touches nothing but the session it is given.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calls import as_plain
from bot.delivery import IDEMPOTENT, Decision, Fate
from crm_store.customers import customers
from crm_store.mailbox import outbox, sending, sent
from crm_store.mailbox.sending import Claimed
from crm_store.mailbox.tables import OnAmbiguous, Outbox, OutboxFile, OutboxState
from crm_store.staff import staff as staff_verbs
from handlers.agent import folding, receipts
from handlers.desk import Desk
from handlers.voice import Voice
from handlers.words import Words

AWAY = ("unreachable", "no_answer")
"""Reasons for which a row waits that say nothing about the row."""


@dataclass(frozen=True)
class Outcome:
    """What became of one call: the messages it made and the file they carry, or the decision about its error.

    ``at`` is when the answer came; ``said`` is what Telegram said.
    """

    row: Claimed
    at: datetime
    places: Sequence[int] = ()
    telegram_file_id: str | None = None
    decision: Decision = field(default_factory=lambda: Decision(Fate.SENT))
    said: str = ""


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
        self.record(session, outcomes=outcomes, now=now)
        return self.take(session, ask=ask, now=now) if ask.room > 0 else Turn()

    # what became of them

    def record(self, session: Session, *, outcomes: Sequence[Outcome], now: datetime) -> None:
        taken = [one for one in outcomes if one.decision.fate == Fate.SENT]
        if taken:
            self._sent(session, taken, now)
        for one in outcomes:
            if one.decision.fate != Fate.SENT:
                row = sent.get_claimed(session, id=one.row.id, claimed_at=one.row.claimed_at)
                if row is not None:
                    _NOTED[one.decision.fate](self, session, one, row, now)

    def _sent(self, session: Session, outcomes: list[Outcome], now: datetime) -> None:
        sent.mark_sent(session, sent=[(one.row.id, _place(one), one.at) for one in outcomes])
        sent.note_places(
            session,
            places=[
                {
                    "chat_id": one.row.chat_id,
                    "telegram_id": place,
                    "ticket_id": one.row.ticket_id,
                    "message_id": one.row.message_id,
                }
                for one in outcomes
                if one.row.ticket_id is not None
                for place in one.places
            ],
        )
        sent.forget_places(
            session,
            places=[
                (one.row.chat_id, place)
                for one in outcomes
                if one.row.ticket_id is None and one.row.method == "editMessageText"
                for place in one.places
            ],
        )
        for one in outcomes:
            if one.telegram_file_id is not None and one.row.file_id is not None:
                session.get_one(OutboxFile, one.row.file_id).telegram_file_id = one.telegram_file_id
        for message_id in dict.fromkeys(
            one.row.message_id for one in outcomes if one.row.message_id is not None
        ):
            receipts.settled(session, message_id=message_id, now=now, voice=self._voice)

    def _again(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        limited = one.decision.fate == Fate.LIMITED
        until = one.at + timedelta(seconds=one.decision.after)
        if row.expires_at is not None and until >= row.expires_at:
            return self._failed(session, replace(one, decision=Decision(Fate.FAILED, "expired")), row, now)
        sent.put_off(row, until=until, error=_error(one), counted=not limited)
        return None

    def _plain(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        sent.put_off(row, until=None, error=_error(one), counted=True)
        row.params = as_plain(row.params)

    def _moved(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        assert one.decision.new_chat_id is not None
        sent.put_off(row, until=None, error=_error(one), counted=False)
        session.flush()
        outbox.move_chat(session, old_id=one.row.chat_id, new_id=one.decision.new_chat_id)

    def _stop(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        sent.put_off(row, until=None, error=_error(one), counted=False)

    def _unsure(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        row.state, row.error = OutboxState.UNKNOWN, _error(one)
        receipts.unsure(session, rows=[row], now=now, voice=self._voice)

    def _failed(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        row.state, row.error = OutboxState.FAILED, _error(one)
        receipts.failed(session, row=row, alert=one.decision.alert, now=now, voice=self._voice)

    def _lost(self, session: Session, one: Outcome, row: Outbox, now: datetime) -> None:
        """Nothing reaches this chat any more, whatever waits for it."""
        row.state, row.error = OutboxState.FAILED, _error(one)
        gone = [row, *outbox.cancel_waiting(session, chat_id=row.chat_id, why=_error(one))]
        customer = customers.by_user_id(session, user_id=row.chat_id)
        if customer is not None:
            customers.lose(session, customer=customer, now=now)
        staff = staff_verbs.by_user_id(session, user_id=row.chat_id)
        if staff is not None:
            reason = one.decision.reason
            receipts.unreachable(session, staff=staff, reason=reason, now=now, voice=self._voice)
        for each in gone:
            receipts.failed(session, row=each, alert=False, now=now, voice=self._voice)

    # what goes next

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
        receipts.failed(session, row=row, alert=False, now=now, voice=self._voice)

    def _folded(self, session: Session, rows: list[Claimed], now: datetime) -> list[Claimed]:
        """The rows, with a fold in place of a notice that many others wait behind."""
        chats = [row.chat_id for row in rows if row.priority == outbox.NOTICE]
        if not chats:
            return rows
        crowded = outbox.crowded(session, chat_ids=chats, priority=outbox.NOTICE, over=folding.MOST_APART)
        folds = {id: folding.fold(session, chat_id=id, now=now, voice=self._voice) for id in crowded}
        return [
            sending.as_claimed(fold, now)
            if row.priority == outbox.NOTICE and (fold := folds.get(row.chat_id)) is not None
            else row
            for row in rows
        ]

    # what another sender left

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
        receipts.unsure(session, rows=unsure, now=now, voice=self._voice)
        return left


def _place(one: Outcome) -> int | None:
    return one.places[0] if one.places else one.row.edited or one.row.params.get("message_id")


def _error(one: Outcome) -> str:
    return f"{one.decision.reason}: {one.said}"[:2000]


_NOTED: dict[Fate, Callable[[Ledger, Session, Outcome, Outbox, datetime], None]] = {
    Fate.AGAIN: Ledger._again,
    Fate.LIMITED: Ledger._again,
    Fate.PLAIN: Ledger._plain,
    Fate.MOVED: Ledger._moved,
    Fate.STOP: Ledger._stop,
    Fate.UNSURE: Ledger._unsure,
    Fate.FAILED: Ledger._failed,
    Fate.LOST: Ledger._lost,
}
