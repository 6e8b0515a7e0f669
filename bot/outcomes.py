"""What became of calls, noted in the store: one verb for each fate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.calls import as_plain
from bot.delivery import Decision, Fate
from crm_store.customers import customers
from crm_store.mailbox import outbox, sent
from crm_store.mailbox.sending import Claimed
from crm_store.mailbox.tables import Outbox, OutboxFile, OutboxState
from crm_store.marketing import opt_outs
from crm_store.staff import staff as staff_verbs
from handlers.agent import receipts, unsaid
from handlers.voice import Voice

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()


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

    @property
    def error(self) -> str:
        return f"{self.decision.reason}: {self.said}"[:2000]

    @property
    def place(self) -> int | None:
        """The message it became, or changed."""
        return self.places[0] if self.places else self.row.edited or self.row.params.get("message_id")


def record(session: Session, *, outcomes: Sequence[Outcome], voice: Voice, now: datetime) -> None:
    """Note them all. Of an attempt that is not the row's latest only success counts."""
    if taken := [one for one in outcomes if one.decision.fate == Fate.SENT]:
        _note_sent(session, taken, voice, now)
    unsure = []
    for one in outcomes:
        if one.decision.fate == Fate.SENT:
            continue
        row = sent.get_claimed(session, id=one.row.id, claimed_at=one.row.claimed_at)
        if row is None:
            continue
        _NOTED[one.decision.fate](session, one, row, voice, now)
        if one.decision.fate == Fate.UNSURE:
            unsure.append(row)
    if unsure:
        tell(session, receipts.unsure, rows=unsure, now=now, voice=voice)


def tell(
    session: Session, verb: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R | None:
    """``verb(session, …)``, which tells people of something: when that breaks, the rest goes on."""
    try:
        with session.begin_nested():
            return verb(session, *args, **kwargs)
    except OperationalError:
        raise  # the store itself is in trouble: the whole turn is tried again
    except Exception:
        log.exception("nobody could be told", action="telling_failed", verb=verb.__name__)
        return None


def _note_sent(session: Session, outcomes: Sequence[Outcome], voice: Voice, now: datetime) -> None:
    sent.mark_sent(session, sent=[(one.row.id, one.place, one.at) for one in outcomes])
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
    for message_id in dict.fromkeys(one.row.message_id for one in outcomes):
        if message_id is not None:
            tell(session, receipts.settled, message_id=message_id, now=now, voice=voice)


def _again(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    until = one.at + timedelta(seconds=one.decision.after)
    if row.expires_at is not None and until >= row.expires_at:
        expired = replace(one, decision=Decision(Fate.FAILED, "expired"))
        return _failed(session, expired, row, voice, now)
    sent.put_off(row, until=until, error=one.error, counted=one.decision.fate != Fate.LIMITED)
    return None


def _plain(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    sent.put_off(row, until=None, error=one.error, counted=True)
    row.params = as_plain(row.params)


def _moved(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    assert one.decision.new_chat_id is not None
    sent.put_off(row, until=None, error=one.error, counted=False)
    session.flush()
    outbox.move_chat(session, old_id=one.row.chat_id, new_id=one.decision.new_chat_id)


def _stop(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    sent.put_off(row, until=None, error=one.error, counted=False)


def _unsure(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    row.state, row.error = OutboxState.UNKNOWN, one.error


def _failed(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    row.state, row.error = OutboxState.FAILED, one.error
    tell(session, receipts.failed, row=row, alert=one.decision.alert, now=now, voice=voice)


def _lost(session: Session, one: Outcome, row: Outbox, voice: Voice, now: datetime) -> None:
    """Nothing reaches this chat any more, whatever waits for it."""
    row.state, row.error = OutboxState.FAILED, one.error
    gone = [row, *outbox.cancel_waiting(session, chat_id=row.chat_id, why=one.error)]
    customer = customers.by_user_id(session, user_id=row.chat_id)
    if customer is not None:
        customers.lose(session, customer=customer, now=now)
        if one.decision.reason == opt_outs.BLOCKED:
            opt_outs.opt_out(session, customer=customer, why=opt_outs.BLOCKED, actor="telegram", now=now)
    staff = staff_verbs.by_user_id(session, user_id=row.chat_id)
    if staff is not None:
        reason = one.decision.reason
        tell(session, receipts.unreachable, staff=staff, reason=reason, now=now, voice=voice)
    for each in gone:
        tell(session, receipts.failed, row=each, alert=False, now=now, voice=voice)
    if customer is not None and staff is None:
        why = one.decision.reason
        tell(session, unsaid.of_rows, rows=gone, customer=customer, reason=why, now=now, voice=voice)


_NOTED: dict[Fate, Callable[[Session, Outcome, Outbox, Voice, datetime], None]] = {
    Fate.AGAIN: _again,
    Fate.LIMITED: _again,
    Fate.PLAIN: _plain,
    Fate.MOVED: _moved,
    Fate.STOP: _stop,
    Fate.UNSURE: _unsure,
    Fate.FAILED: _failed,
    Fate.LOST: _lost,
}
