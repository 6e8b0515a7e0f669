"""The sender at work: real HTTP, a real store, a Telegram that answers what each test wrote for it."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from bot import delivery, reach
from bot.delivery import Fate
from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import MovedChat, OnAmbiguous, Outbox, OutboxFile, OutboxState
from crm_store.service import places, tickets
from crm_store.service.states import Kind, KindSource
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.words import Words
from tests.bot.telegram import (
    CUT,
    OK,
    Answer,
    Telegram,
    limited,
    put,
    refusal,
    row,
    scripted,
    sending,
    state,
    stopped,
    until,
)

ANN, BEN, EVE, BOSS, GROUP = 7_000_000_000, 7_000_000_001, 7_000_000_002, 7_000_000_009, -500
NAME = 'Ann <3 & "张"'
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def meet(engine: Engine, user_id: int = ANN) -> int:
    """A customer with a ticket; returns the ticket's id."""
    with transaction(engine) as session:
        customer = customers.meet(
            session, user_id=user_id, chat_id=user_id, name=NAME, username=None, language="en", now=NOW
        )
        return tickets.open_ticket(
            session, customer=customer, kind=Kind.INQUIRY, source=KindSource.MODEL, confidence=1.0, now=NOW
        ).id


def hire(engine: Engine, user_id: int = BOSS, role: Role = Role.MANAGER) -> None:
    with transaction(engine) as session:
        session.add(
            Staff(user_id=user_id, chat_id=user_id, name="Boss", role=role, language="en", joined_at=NOW)
        )


# what a message becomes


def test_a_queued_message_leaves_at_once_and_a_reply_to_it_finds_its_ticket(engine: Engine) -> None:
    ticket_id = meet(engine)

    async def scenario() -> None:
        async with scripted() as telegram, sending(engine, telegram) as sender:
            await asyncio.sleep(0.2)
            put(
                engine,
                ANN,
                "hello",
                params={"text": "<b>hello</b>", "parse_mode": "HTML"},
                ticket_id=ticket_id,
            )
            sender.wake()
            started = monotonic()
            await until(lambda: state(engine, "hello") == OutboxState.SENT, seconds=1)

            [arrival] = telegram.arrivals
            assert arrival.at - started < 0.5
            assert arrival.params == {"chat_id": str(ANN), "text": "<b>hello</b>", "parse_mode": "HTML"}
            sent = row(engine, "hello")
            assert (sent.telegram_id, sent.error, sent.attempts) == (arrival.message_id, None, 0)
            assert sent.sent_at is not None
            with transaction(engine) as session:
                place = places.mapped(session, chat_id=ANN, telegram_id=sent.telegram_id or 0)
                assert place is not None
                assert place.ticket_id == ticket_id

    run(scenario())


@pytest.mark.parametrize(
    ("answers", "became", "error", "calls"),
    [
        ([OK], "sent", None, 1),
        ([limited(1)], "sent", None, 2),
        ([Answer(cut=True)], "sent", None, 2),  # ambiguous: sent again
        ([CUT], "sent", None, 2),  # it had arrived: the duplicate a service answer accepts
        ([refusal(502, "Bad Gateway")], "sent", None, 2),
        ([Answer(502, body=b"<html>502 Bad Gateway</html>")], "sent", None, 2),
        ([refusal(500, "Internal Server Error")], "sent", None, 2),
        ([Answer(200, body=b"not JSON at all")], "sent", None, 2),
        ([refusal(409, "Conflict: terminated by other getUpdates request")], "sent", None, 2),
        ([refusal(400, "Bad Request: can't parse entities: bad")], "sent", None, 2),
        ([refusal(400, "Bad Request: message is not modified")], "sent", None, 1),
        ([refusal(400, "Bad Request: chat not found")], "failed", "refused: Chat not found", 1),
        ([refusal(400, "Bad Request: message thread not found")], "failed", "no_topic: Message thread", 1),
        ([refusal(400, "Bad Request: TOPIC_DELETED")], "failed", "no_topic: Topic_deleted", 1),
        ([refusal(413, "Request Entity Too Large")], "failed", "too_large: Request Entity Too Large", 1),
        ([refusal(404, "Not Found: method not found")], "failed", "refused: Not Found", 1),
        ([refusal(403, "Forbidden: bot was blocked by the user")], "failed", "blocked: Forbidden: bot", 1),
        ([refusal(403, "Forbidden: user is deactivated")], "failed", "deactivated: Forbidden: user", 1),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, list) else None,
)
def test_each_answer_of_telegram_is_acted_on_and_the_lane_goes_on(
    sqlite: Engine,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[Answer],
    became: str,
    error: str | None,
    calls: int,
) -> None:
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (0.1,))

    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram) as sender:
            telegram.answers(ANN, *answers)
            put(sqlite, ANN, "first", params={"text": "<b>first</b>", "parse_mode": "HTML"})
            sender.wake()
            await until(lambda: state(sqlite, "first") == became)
            put(sqlite, ANN, "second")
            sender.wake()
            await until(lambda: state(sqlite, "second") == OutboxState.SENT)

            assert len(telegram.arrivals) == calls + 1
            assert telegram.shown(ANN)[-1] == "second"
            assert (row(sqlite, "first").error or "")[: len(error or "")] == (error or "")
            assert not sender.refused

    run(scenario())


def test_text_that_cannot_be_parsed_arrives_once_more_as_plain_text(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram):
            telegram.answers(ANN, refusal(400, "Bad Request: can't parse entities: unclosed tag"))
            html = {
                "text": "<b>1 &lt; 2</b> <oops>",
                "parse_mode": "HTML",
                "reply_markup": {"inline_keyboard": []},
            }
            put(sqlite, ANN, "broken", params=html)
            await until(lambda: state(sqlite, "broken") == OutboxState.SENT)

            assert telegram.arrivals[-1].params == {
                "chat_id": str(ANN),
                "text": "1 < 2 ",
                "reply_markup": '{"inline_keyboard": []}',
            }

    run(scenario())


def test_what_is_plain_and_still_cannot_be_parsed_is_refused_and_not_tried_for_ever(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram):
            telegram.answers(ANN, *[refusal(400, "Bad Request: can't parse entities")] * 3)
            put(sqlite, ANN, "broken", params={"text": "<b>x</b>", "parse_mode": "HTML"})
            await until(lambda: state(sqlite, "broken") == OutboxState.FAILED)

            assert len(telegram.arrivals) == 2

    run(scenario())


def test_a_message_for_a_topic_that_is_gone_never_lands_in_general_and_managers_are_told(
    sqlite: Engine,
) -> None:
    hire(sqlite)

    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram):
            telegram.answers(GROUP, refusal(400, "Bad Request: message thread not found"))
            put(sqlite, GROUP, "mirror", params={"text": "a customer's secret", "message_thread_id": 77})
            await until(lambda: telegram.shown(BOSS))

            assert telegram.shown(GROUP) == []
            [notice] = telegram.shown(BOSS)
            assert "Its topic in the group is gone or closed." in notice
            assert "a customer&#39;s secret" in notice

    run(scenario())


def test_a_blocked_bot_sends_nothing_more_there_and_the_customer_is_unreachable(sqlite: Engine) -> None:
    meet(sqlite)

    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, refusal(403, "Forbidden: bot was blocked by the user"))
            put(sqlite, ANN, "one", "two", "three")
            put(sqlite, BEN, "other")
            async with sending(sqlite, telegram):
                await until(lambda: state(sqlite, "other") == OutboxState.SENT)
                await until(lambda: state(sqlite, "one") == OutboxState.FAILED)

            assert [state(sqlite, key) for key in ("one", "two", "three")] == [
                OutboxState.FAILED,
                OutboxState.CANCELLED,
                OutboxState.CANCELLED,
            ]
            assert len([one for one in telegram.arrivals if one.chat_id == ANN]) == 1
            with transaction(sqlite) as session:
                ann = customers.by_user_id(session, user_id=ANN)
                assert isinstance(ann, Customer)
                assert not ann.reachable
                trail = session.scalars(select(audit.Audit.action).order_by(audit.Audit.id)).all()
                assert trail[-2:] == ["unreachable", "consent"], "and they want no marketing any more"

    run(scenario())


def test_a_group_that_moved_gets_everything_at_its_new_id_in_order(engine: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            moved = refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009)
            telegram.answers(GROUP, moved)
            put(engine, GROUP, "1", "2", "3")
            async with sending(engine, telegram) as sender:
                await until(lambda: state(engine, "3") == OutboxState.SENT)
                put(engine, GROUP, "4")  # queued by somebody who had not heard
                telegram.answers(GROUP, moved)
                sender.wake()
                await until(lambda: state(engine, "4") == OutboxState.SENT)

            assert telegram.shown(-1009) == ["1", "2", "3", "4"]
            assert telegram.shown(GROUP) == []
            with transaction(engine) as session:
                assert session.get_one(MovedChat, GROUP).new_id == -1009

    run(scenario())


def test_a_message_that_is_too_late_is_not_sent_any_more(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            past = datetime.now(UTC) - timedelta(minutes=1)
            put(sqlite, ANN, "old", expires_at=past)
            put(sqlite, ANN, "new")
            telegram.answers(BEN, *[refusal(502, "Bad Gateway")] * 9)
            put(sqlite, BEN, "hopeless", expires_at=datetime.now(UTC) + timedelta(seconds=1.5))
            async with sending(sqlite, telegram):
                await until(lambda: state(sqlite, "hopeless") == OutboxState.FAILED)
                await until(lambda: state(sqlite, "new") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["new"]
            assert (row(sqlite, "old").error or "").startswith("expired")
            assert (row(sqlite, "hopeless").error or "").startswith("expired")

    run(scenario())


# order


def test_a_slow_chat_delays_no_other_and_each_chat_keeps_its_order(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, Answer(wait=1.0))
            put(sqlite, ANN, "a1", "a2")
            put(sqlite, BEN, "b1", "b2", "b3")
            async with sending(sqlite, telegram):
                await until(lambda: state(sqlite, "b3") == OutboxState.SENT, seconds=0.9)
                assert state(sqlite, "a2") == OutboxState.PENDING
                await until(lambda: state(sqlite, "a2") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["a1", "a2"]
            assert telegram.shown(BEN) == ["b1", "b2", "b3"]

    run(scenario())


def test_a_limited_chat_delays_no_other_loses_nothing_and_keeps_its_order(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, limited(1))
            put(sqlite, ANN, "a1", "a2", "a3")
            put(sqlite, BEN, "b1", "b2", "b3")
            started = monotonic()
            async with sending(sqlite, telegram) as sender:
                await until(lambda: state(sqlite, "b3") == OutboxState.SENT, seconds=0.9)
                put(sqlite, ANN, "urgent", priority=outbox.RECEIPT)
                sender.wake()
                await until(lambda: state(sqlite, "a3") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["urgent", "a1", "a2", "a3"]
            times = [one.at - started for one in telegram.arrivals if one.chat_id == ANN]
            assert times[1] > 1.0  # the whole chat rested, whatever else waited in it
            assert row(sqlite, "a1").attempts == 0

    run(scenario())


def test_when_a_second_chat_is_limited_everything_pauses(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, limited(2))
            telegram.answers(BEN, limited(1))
            put(sqlite, ANN, "a")
            put(sqlite, BEN, "b")
            async with sending(sqlite, telegram) as sender:
                await until(lambda: len(telegram.arrivals) == 2)
                await until(lambda: sender.counts[Fate.LIMITED] == 2)
                limited_at = monotonic()
                put(sqlite, EVE, "e")
                sender.wake()
                await until(lambda: state(sqlite, "a") == state(sqlite, "e") == OutboxState.SENT)

            [eve] = [one.at for one in telegram.arrivals if one.chat_id == EVE]
            assert eve - limited_at > 0.9

    run(scenario())


def test_conversation_goes_before_notices_before_bulk(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            for number in range(3):
                put(sqlite, 100 + number, f"bulk {number}", priority=outbox.BULK)
                put(sqlite, 200 + number, f"notice {number}", priority=outbox.NOTICE)
                put(sqlite, 300 + number, f"answer {number}")
            put(sqlite, 100, "answer 3")
            async with sending(sqlite, telegram, messages_per_second=20):
                await until(lambda: len(telegram.arrivals) == 10)

            assert [one.text for one in telegram.arrivals] == [
                *(f"answer {number}" for number in range(4)),
                *(f"notice {number}" for number in range(3)),
                *(f"bulk {number}" for number in range(3)),
            ]

    run(scenario())


def test_the_desk_waits_for_nobodys_acknowledgements(sqlite: Engine) -> None:
    hire(sqlite)

    async def scenario() -> None:
        async with scripted() as telegram:
            for number in range(60):
                put(sqlite, 1000 + number, f"received {number}")
            put(sqlite, BOSS, "the queue")
            async with sending(sqlite, telegram, messages_per_second=27):
                await until(lambda: telegram.shown(BOSS), seconds=1)

    run(scenario())


def test_a_message_for_later_holds_up_its_own_lane_and_nothing_else(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            put(
                sqlite,
                ANN,
                "receipt",
                priority=outbox.RECEIPT,
                not_before=datetime.now(UTC) + timedelta(seconds=1),
            )
            put(sqlite, ANN, "receipt 2", priority=outbox.RECEIPT)
            put(sqlite, ANN, "answer")
            async with sending(sqlite, telegram):
                await until(lambda: len(telegram.shown(ANN)) == 3)

            assert telegram.shown(ANN) == ["answer", "receipt", "receipt 2"]

    run(scenario())


# edits and files


def test_an_edit_changes_the_message_that_its_row_became(engine: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram, sending(engine, telegram) as sender:
            put(engine, ANN, "status")
            sender.wake()
            await until(lambda: state(engine, "status") == OutboxState.SENT)
            with transaction(engine) as session:
                outbox.amend(session, key="status", params={"text": "done"}, edit_key="status:1", now=NOW)
            sender.wake()
            await until(lambda: state(engine, "status:1") == OutboxState.SENT)

            assert [(one.method, one.text, one.message_id) for one in telegram.arrivals] == [
                ("sendMessage", "status", row(engine, "status").telegram_id),
                ("editMessageText", "done", row(engine, "status").telegram_id),
            ]

    run(scenario())


def test_an_edit_of_what_has_not_left_costs_no_second_message(engine: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            put(engine, ANN, "draft", priority=outbox.NOTICE)
            put(engine, ANN, "edit", method="editMessageText", params={"text": "final"}, edits="draft")
            async with sending(engine, telegram):
                await until(lambda: state(engine, "draft") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["final"]
            assert state(engine, "edit") == OutboxState.CANCELLED

    run(scenario())


def test_an_edit_of_what_was_never_sent_is_cancelled(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, refusal(400, "Bad Request: message is too long"))
            put(sqlite, ANN, "long")
            put(sqlite, ANN, "edit", method="editMessageText", params={"text": "short"}, edits="long")
            put(sqlite, ANN, "next")
            async with sending(sqlite, telegram):
                await until(lambda: state(sqlite, "next") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["next"]
            assert row(sqlite, "edit").error == "nothing_to_edit: its message was not sent"

    run(scenario())


def test_a_file_is_uploaded_once_and_then_sent_by_telegrams_name_for_it(engine: Engine) -> None:
    with transaction(engine) as session:
        file = OutboxFile(name="今日.pdf", mime_type="application/pdf", data=b"%PDF-1.7 \x00\xff")
        session.add(file)
        session.flush()
        file_id = file.id

    async def scenario() -> None:
        async with scripted() as telegram, sending(engine, telegram) as sender:
            for chat_id, key in ((ANN, "first"), (BEN, "second")):
                put(engine, chat_id, key, method="sendDocument", params={"caption": key}, file_id=file_id)
                sender.wake()
                await until(lambda key=key: state(engine, key) == OutboxState.SENT)

            assert [one.params["document"] for one in telegram.arrivals] == [
                ("今日.pdf", b"%PDF-1.7 \x00\xff"),
                "kept-by-telegram",
            ]

    run(scenario())


def test_every_picture_of_an_album_leads_to_its_ticket(engine: Engine) -> None:
    ticket_id = meet(engine)
    media = [{"type": "photo", "media": f"file{number}"} for number in range(3)]

    async def scenario() -> None:
        async with scripted() as telegram, sending(engine, telegram):
            put(engine, ANN, "album", method="sendMediaGroup", params={"media": media}, ticket_id=ticket_id)
            await until(lambda: state(engine, "album") == OutboxState.SENT)

        first = row(engine, "album").telegram_id or 0
        with transaction(engine) as session:
            for place in range(first, first + 3):
                found = places.mapped(session, chat_id=ANN, telegram_id=place)
                assert found is not None
                assert found.ticket_id == ticket_id

    run(scenario())


# when things break


def test_a_message_in_flight_when_the_sender_dies_is_sent_again(engine: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, Answer(wait=0.5))
            put(engine, ANN, "one", "two")
            async with sending(engine, telegram):
                await until(lambda: telegram.arrivals)
            assert state(engine, "one") == OutboxState.SENDING
            async with sending(engine, telegram, grace=timedelta(0)):
                await until(lambda: state(engine, "two") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["one", "one", "two"]

    run(scenario())


def test_what_another_sender_may_still_have_in_flight_is_left_to_it_for_a_while(engine: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, Answer(wait=0.5))
            put(engine, ANN, "one", "two")
            put(engine, BEN, "three")
            async with sending(engine, telegram):
                await until(lambda: len(telegram.arrivals) == 2)
                await until(lambda: state(engine, "three") == OutboxState.SENT)
            put(engine, BEN, "four")
            taken_over = monotonic()
            async with sending(engine, telegram, grace=timedelta(seconds=1.5)):
                await until(lambda: state(engine, "two") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["one", "one", "two"]
            assert telegram.shown(BEN) == ["three", "four"]
            again = [one.at for one in telegram.arrivals if one.text == "one"][1]
            four = next(one.at for one in telegram.arrivals if one.text == "four")
            assert four - taken_over < 0.9 < again - taken_over

    run(scenario())


def test_a_held_message_of_unknown_fate_goes_again_only_when_a_manager_says_so(engine: Engine) -> None:
    meet(engine)
    hire(engine)

    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, CUT)
            put(engine, ANN, "offer", on_ambiguous=OnAmbiguous.HOLD)
            put(engine, ANN, "after")
            async with sending(engine, telegram) as sender:
                await until(lambda: telegram.shown(BOSS))
                await until(lambda: state(engine, "after") == OutboxState.SENT)
                assert telegram.shown(ANN) == ["offer", "after"]
                assert state(engine, "offer") == OutboxState.UNKNOWN

                [notice] = [one for one in telegram.arrivals if one.chat_id == BOSS]
                id = row(engine, "offer").id
                assert f'"again:{id}:{id}"' in notice.params["reply_markup"]
                assert "<b>Ann &lt;3 &amp; &#34;张&#34;</b>: offer" in notice.text
                with transaction(engine) as session:
                    assert outbox.send_again(session, first=id, last=id) == 1
                    assert outbox.send_again(session, first=id, last=id) == 0
                sender.wake()
                await until(lambda: state(engine, "offer") == OutboxState.SENT)
                assert telegram.shown(ANN) == ["offer", "after", "offer"]

    run(scenario())


def test_an_hour_without_telegram_loses_nothing_and_ends_within_seconds(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram) as sender:
            await telegram.close()
            for number in range(5):
                put(sqlite, ANN, f"a{number}")
                put(sqlite, BEN, f"b{number}", priority=outbox.NOTICE)
            sender.wake()
            await until(lambda: sender.offline)
            await asyncio.sleep(1.5)
            assert {state(sqlite, f"a{number}") for number in range(5)} == {OutboxState.PENDING}
            with transaction(sqlite) as session:  # as after an hour of failures
                for one in session.scalars(select(Outbox)):
                    one.attempts = 60
                    if one.not_before is not None:
                        one.not_before = datetime.now(UTC) + timedelta(seconds=60)
            await telegram.open()
            await until(lambda: state(sqlite, "a4") == state(sqlite, "b4") == OutboxState.SENT, seconds=6)

            assert not sender.offline
            assert telegram.shown(ANN) == [f"a{number}" for number in range(5)]
            assert telegram.shown(BEN) == [f"b{number}" for number in range(5)]

    run(scenario())


def test_bad_gateways_from_everywhere_are_an_outage_too(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram) as sender:
            telegram.down = True
            for number in range(20):
                put(sqlite, 100 + number, f"m{number}")
            sender.wake()
            await until(lambda: sender.offline)
            telegram.down = False
            await until(lambda: len({one.chat_id for one in telegram.arrivals}) == 20, seconds=6)

            assert len(telegram.arrivals) == 20

    run(scenario())


def test_a_refused_token_stops_sending_and_fails_nothing(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "TOKEN_RETRY_SECONDS", 0.2)

    async def scenario() -> None:
        async with scripted() as telegram, sending(sqlite, telegram) as sender:
            telegram.known = False
            put(sqlite, ANN, "one")
            put(sqlite, BEN, "two")
            sender.wake()
            await until(lambda: sender.refused)
            await asyncio.sleep(0.3)
            assert {state(sqlite, key) for key in ("one", "two")} == {OutboxState.PENDING}
            telegram.known = True
            await until(lambda: state(sqlite, "one") == state(sqlite, "two") == OutboxState.SENT)

            assert not sender.refused
            assert row(sqlite, "one").attempts == 0

    run(scenario())


def test_what_is_known_to_be_sent_is_not_sent_again_while_the_store_is_down(engine: Engine) -> None:
    broken = False

    def refuse(_connection: Any) -> None:
        if broken:
            raise OperationalError("BEGIN", {}, Exception("the store is down"))

    async def scenario() -> None:
        nonlocal broken
        async with scripted() as telegram:
            telegram.answers(ANN, Answer(wait=0.4))
            put(engine, ANN, "one", "two")
            async with sending(engine, telegram):
                await until(lambda: telegram.arrivals)
                broken = True
                await asyncio.sleep(1.2)
                broken = False
                await until(lambda: state(engine, "two") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["one", "two"]

    event.listen(engine, "begin", refuse)
    run(scenario())


def test_a_claim_whose_commit_broke_is_not_forgotten(engine: Engine) -> None:
    """The commit may have been done although it raised: such rows look as if somebody sent them."""
    breaks = 0

    def break_once(_connection: Any) -> None:
        nonlocal breaks
        if breaks == 1:
            breaks = 2
            raise OperationalError("COMMIT", {}, Exception("the connection broke"))

    async def scenario() -> None:
        nonlocal breaks
        async with scripted() as telegram, sending(engine, telegram) as sender:
            await asyncio.sleep(0.2)
            put(engine, ANN, "one", on_ambiguous=OnAmbiguous.HOLD)
            breaks = 1
            sender.wake()
            await until(lambda: breaks == 2)
            with transaction(engine) as session:
                taken = session.scalars(select(Outbox)).one()
                assert sender._doubtful is not None
                taken.state, taken.claimed_at = OutboxState.SENDING, sender._doubtful[1]
            await until(lambda: state(engine, "one") == OutboxState.SENT)

            assert telegram.shown(ANN) == ["one"]

    event.listen(engine, "commit", break_once)
    run(scenario())


def test_a_notice_that_cannot_be_worded_stops_nothing_else(sqlite: Engine, tmp_path: Path) -> None:
    hire(sqlite)
    broken = tmp_path / "en/agent/receipt/trouble.html.j2"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ nobody_knows_this }}")

    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, refusal(400, "Bad Request: chat not found"))
            put(sqlite, ANN, "one", "two")
            async with sending(sqlite, telegram, words=Words(tmp_path)):
                await until(lambda: state(sqlite, "two") == OutboxState.SENT)

            assert state(sqlite, "one") == OutboxState.FAILED
            assert telegram.shown(BOSS) == []

    run(scenario())


def test_draining_waits_for_what_is_in_flight_and_takes_nothing_more(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.answers(ANN, Answer(wait=0.4))
            put(sqlite, ANN, "one", "two")
            async with sending(sqlite, telegram) as sender:
                await until(lambda: telegram.arrivals)
                await sender.drain(5)

            assert [state(sqlite, key) for key in ("one", "two")] == [OutboxState.SENT, OutboxState.PENDING]

    run(scenario())


def test_draining_a_sender_that_never_ran_takes_no_time(sqlite: Engine) -> None:
    async def scenario() -> None:
        async with stopped(sqlite, Telegram()) as sender, asyncio.timeout(1):
            await sender.drain(10)

    run(scenario())
