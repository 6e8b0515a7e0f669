"""What to do with a message that was not plainly delivered. Pure: an error in, a decision out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter

from bot.request import NotSent
from crm_store.mailbox.tables import OnAmbiguous

RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 60)
MAX_UNSURE_ATTEMPTS = 20
"""How often a message whose fate nobody knows is sent again (about a quarter of an hour): a call that is
never answered must not hold up its chat for ever."""

IDEMPOTENT = ("edit", "delete", "set", "pin", "unpin", "stop")
THREAD_GONE = ("thread not found", "topic_deleted", "topic_closed", "topic_id_invalid", "topic not found")
NOT_THERE = "message to delete not found"
TOO_LARGE = ("entity too large", "content too large", "(413)")
LOST = {
    "blocked": "blocked by the user",
    "deactivated": "user is deactivated",
    "never_started": "can't initiate conversation",
    "kicked": "kicked",
    "left": "not a member",
}


class Fate(StrEnum):
    """What becomes of the row."""

    SENT = "sent"
    AGAIN = "again"
    LIMITED = "limited"
    PLAIN = "plain"
    FAILED = "failed"
    UNSURE = "unsure"
    LOST = "lost"
    MOVED = "moved"
    STOP = "stop"


@dataclass(frozen=True)
class Decision:
    """``after`` is in seconds. ``reason`` is a word the templates know; ``alert`` wants a person's eyes.

    ``down`` says that the error speaks of Telegram or the way there, not of this message.
    """

    fate: Fate
    reason: str = ""
    after: float = 0.0
    new_chat_id: int | None = None
    alert: bool = False
    down: bool = False


def decide(
    error: Exception, *, method: str, on_ambiguous: OnAmbiguous, attempts: int, formatted: bool
) -> Decision:
    """The decision for a failed call.

    ``attempts`` counts the failed ones before it; ``formatted`` says whether the text could go as plain text
    instead. Mind the order: a BadRequest is a NetworkError to python-telegram-bot.
    """
    match error:
        case RetryAfter():
            return Decision(Fate.LIMITED, "limited", after=seconds_of(error))
        case ChatMigrated():
            return Decision(Fate.MOVED, "moved", new_chat_id=error.new_chat_id)
        case InvalidToken():
            return Decision(Fate.STOP, "token")
        case Forbidden():
            return Decision(Fate.LOST, _why_lost(str(error)))
        case BadRequest():
            return _bad_request(str(error).lower(), formatted=formatted)
        case NotSent() | Conflict():
            return Decision(Fate.AGAIN, "unreachable", after=back_off(attempts), down=True)
    said = str(error).lower()
    if any(one in said for one in TOO_LARGE):
        return Decision(Fate.FAILED, "too_large", alert=True)
    if "too many requests" in said:
        return Decision(Fate.LIMITED, "limited", after=back_off(attempts))
    return _ambiguous(method, on_ambiguous, attempts)


def _bad_request(said: str, *, formatted: bool) -> Decision:
    if "message is not modified" in said or NOT_THERE in said:
        return Decision(Fate.SENT)
    if any(one in said for one in THREAD_GONE):
        return Decision(Fate.FAILED, "no_topic", alert=True)
    if "can't parse entities" in said and formatted:
        return Decision(Fate.PLAIN, "unparsable", alert=True)
    return Decision(Fate.FAILED, "refused", alert=True)


def _ambiguous(method: str, on_ambiguous: OnAmbiguous, attempts: int) -> Decision:
    repeatable = method.startswith(IDEMPOTENT)
    if attempts + 1 >= MAX_UNSURE_ATTEMPTS:
        fate = Fate.FAILED if repeatable else Fate.UNSURE
        return Decision(fate, "no_answer", alert=True, down=True)
    if repeatable or on_ambiguous == OnAmbiguous.RESEND:
        return Decision(Fate.AGAIN, "no_answer", after=back_off(attempts), down=True)
    return Decision(Fate.UNSURE, "no_answer", down=True)


def _why_lost(said: str) -> str:
    said = said.lower()
    return next((reason for reason, mark in LOST.items() if mark in said), "forbidden")


def back_off(attempts: int) -> float:
    """Seconds to wait after the failure that follows ``attempts`` earlier ones."""
    return float(RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)])


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone (a timedelta or seconds, as python-telegram-bot is set)."""
    after: float | timedelta = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
