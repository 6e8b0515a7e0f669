"""The decision about a message that was not plainly delivered: one case for each line of the table."""

from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery import MAX_UNSURE_ATTEMPTS, Decision, Fate, back_off, decide
from bot.request import NotSent
from crm_store.mailbox.tables import OnAmbiguous

GONE = Decision(Fate.FAILED, "no_topic", alert=True)
REFUSED = Decision(Fate.FAILED, "refused", alert=True)
AWAY = Decision(Fate.AGAIN, "unreachable", after=1, down=True)
NO_ANSWER = Decision(Fate.AGAIN, "no_answer", after=1, down=True)


def judged(
    error: Exception,
    *,
    method: str = "sendMessage",
    on_ambiguous: OnAmbiguous = OnAmbiguous.RESEND,
    attempts: int = 0,
    formatted: bool = True,
) -> Decision:
    return decide(error, method=method, on_ambiguous=on_ambiguous, attempts=attempts, formatted=formatted)


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (RetryAfter(7), Decision(Fate.LIMITED, "limited", after=7)),
        (RetryAfter(timedelta(seconds=7)), Decision(Fate.LIMITED, "limited", after=7)),
        (NetworkError("Too Many Requests"), Decision(Fate.LIMITED, "limited", after=1)),
        (NotSent("ClientConnectorError"), AWAY),
        (Conflict("terminated by other getUpdates request"), AWAY),
        (TimedOut(), NO_ANSWER),
        (NetworkError("ServerDisconnectedError"), NO_ANSWER),
        (NetworkError("Bad Gateway"), NO_ANSWER),
        (NetworkError("Internal Server Error"), NO_ANSWER),
        (TelegramError("Invalid server response"), NO_ANSWER),
        (ValueError("anything else that nobody foresaw"), NO_ANSWER),
        (BadRequest("Message is not modified: specified new message content…"), Decision(Fate.SENT)),
        (BadRequest("Message to delete not found"), Decision(Fate.SENT)),
        (
            BadRequest("Can't parse entities: unexpected end tag at byte offset 5"),
            Decision(Fate.PLAIN, "unparsable", alert=True),
        ),
        (BadRequest("Message thread not found"), GONE),
        (BadRequest("TOPIC_DELETED"), GONE),
        (BadRequest("TOPIC_CLOSED"), GONE),
        (BadRequest("Chat not found"), REFUSED),
        (BadRequest("Message is too long"), REFUSED),
        (NetworkError("Request Entity Too Large"), Decision(Fate.FAILED, "too_large", alert=True)),
        (
            NetworkError("Content Too Large (413). Parsing the server response b'<html>' failed"),
            Decision(Fate.FAILED, "too_large", alert=True),
        ),
        (Forbidden("Forbidden: bot was blocked by the user"), Decision(Fate.LOST, "blocked")),
        (Forbidden("Forbidden: user is deactivated"), Decision(Fate.LOST, "deactivated")),
        (
            Forbidden("Forbidden: bot can't initiate conversation with a user"),
            Decision(Fate.LOST, "never_started"),
        ),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Decision(Fate.LOST, "kicked")),
        (Forbidden("Forbidden: bot is not a member of the group chat"), Decision(Fate.LOST, "left")),
        (Forbidden("Forbidden: something new"), Decision(Fate.LOST, "forbidden")),
        (ChatMigrated(-1001234), Decision(Fate.MOVED, "moved", new_chat_id=-1001234)),
        (InvalidToken("Unauthorized"), Decision(Fate.STOP, "token")),
    ],
    ids=repr,
)
def test_each_answer_of_telegram_has_its_consequence(error: Exception, decision: Decision) -> None:
    assert judged(error) == decision


def test_a_message_to_be_held_is_not_sent_again_when_nobody_knows_whether_it_arrived() -> None:
    assert judged(TimedOut(), on_ambiguous=OnAmbiguous.HOLD) == Decision(Fate.UNSURE, "no_answer", down=True)


@pytest.mark.parametrize("method", ["editMessageText", "deleteMessage", "setMyCommands", "pinChatMessage"])
def test_what_may_safely_happen_twice_is_tried_again_even_if_to_be_held(method: str) -> None:
    assert judged(TimedOut(), method=method, on_ambiguous=OnAmbiguous.HOLD) == NO_ANSWER


def test_a_message_to_be_held_that_certainly_never_left_is_tried_again() -> None:
    assert judged(NotSent("refused"), on_ambiguous=OnAmbiguous.HOLD) == AWAY


def test_text_without_formatting_that_cannot_be_parsed_is_refused() -> None:
    assert judged(BadRequest("Can't parse entities"), formatted=False) == REFUSED


def test_waiting_doubles_up_to_a_minute() -> None:
    assert [back_off(attempts) for attempts in (0, 1, 2, 3, 4, 5, 6, 7, 500)] == [
        1, 2, 4, 8, 16, 32, 60, 60, 60,
    ]  # fmt: skip


def test_a_call_that_is_never_answered_gives_its_chat_free_after_a_quarter_of_an_hour() -> None:
    last = MAX_UNSURE_ATTEMPTS - 1

    assert judged(TimedOut(), attempts=last - 1).fate == Fate.AGAIN
    assert judged(TimedOut(), attempts=last) == Decision(Fate.UNSURE, "no_answer", alert=True, down=True)
    assert judged(TimedOut(), attempts=last, method="editMessageText").fate == Fate.FAILED
    assert 600 < sum(back_off(attempts) for attempts in range(last)) < 1200


def test_telegram_that_cannot_be_reached_is_waited_for_without_end() -> None:
    assert judged(NotSent("refused"), attempts=100_000).fate == Fate.AGAIN
