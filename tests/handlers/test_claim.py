"""Whose a ticket is: taken, put back, handed over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from telegram import Bot

from bot.dispatcher import Dispatcher
from bot.poller import arrivals
from crm_store.engine import transaction
from crm_store.mailbox import inbox
from crm_store.service.states import TicketState
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit
from tests.handlers.desk import notice, to
from tests.talk import BOT_ID, DESK, WORDS, NoNetwork, Talk, texts


def whose(talk: Talk, id: int = 1) -> tuple[int | None, TicketState]:
    with transaction(talk.engine) as session:
        found = session.get(Ticket, id)
        assert found is not None
        return found.assignee_id, found.state


@pytest.mark.parametrize("text", ["/claim T1", "/claim 1", "/claim #T1", "认领 T1", "认领T1", "认领：t１"])
def test_a_ticket_is_taken_by_its_number(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    bob.say(text)

    assert whose(talk) == (1, TicketState.OPEN)


def test_a_ticket_is_taken_as_a_reply_and_by_the_button(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.say("/claim", reply_to=shown)
    by_reply = whose(talk)
    bob.say("/release T1")

    [card] = bob.tap("claim:1", on=shown)

    assert by_reply == whose(talk) == (1, TicketState.OPEN)
    assert (card.method, card.row.params["message_id"]) == ("editMessageText", shown)
    assert card.text.startswith("🎫 <b>T1</b> · <b>Ann &lt;3 &amp; &#34;张&#34;</b>")
    assert [one.params["text"] for one in talk.group.asides] == ["T1 is yours"]


def test_of_two_claims_one_wins_and_the_other_is_told_who(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob <b>"), talk.staff(2, "Carol")
    notice(talk, ann, bob)

    bob.tap("claim:1")
    sent = carol.tap("claim:1")

    assert texts(sent, carol) == [
        "<b>T1</b> is already with <b>Bob &lt;b&gt;</b>. You can still answer it or leave a note "
        "(<code>//</code>); /next shows what to do instead."
    ]
    assert whose(talk) == (1, TicketState.OPEN)


def test_claiming_ones_own_again_changes_nothing(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.tap("claim:1")
    bob.tap("claim:1")

    with transaction(talk.engine) as session:
        assert len(session.exec(select(Audit).where(Audit.action == "claimed")).all()) == 1


@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_of_two_taps_in_one_moment_exactly_one_wins_with_two_dispatchers(
    engine: Engine, attempt: int
) -> None:
    talk = Talk(engine)
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)
    both = [_tap(talk, bob.id), _tap(talk, carol.id)]
    with transaction(engine) as session:
        newest = talk._newest(session)
        inbox.store(session, bot_id=BOT_ID, arrived=arrivals(both), now=talk.now)

    _run_together(engine, talk)

    sent = talk.outbox(after=newest)
    refused = [one for one in sent if "is already with" in one.text]
    cards = [one for one in sent if one.text.startswith("🎫")]
    assert (len(refused), len(cards)) == (1, 1)
    assert {refused[0].to, cards[0].to} == {bob.id, carol.id}
    assert whose(talk)[0] == cards[0].to  # staff 1 and 2 have the same numbers here
    with transaction(engine) as session:
        assert len(session.exec(select(Audit).where(Audit.action == "claimed")).all()) == 1


def _tap(talk: Talk, who: int) -> dict[str, object]:
    person = {"id": who, "is_bot": False, "first_name": "Bob" if who == 1 else "Carol"}
    shown = {"message_id": 1, "date": 1, "chat": {"id": who, "type": "private"}, "text": "…"}
    query = {"id": str(who), "from": person, "chat_instance": "1", "data": "claim:1", "message": shown}
    return {"update_id": 1000 + who, "callback_query": query}


def _waiting(engine: Engine) -> int:
    with transaction(engine) as session:
        return inbox.count_waiting(session)


def _run_together(engine: Engine, talk: Talk) -> None:
    start = Barrier(2)

    def work(_: int) -> None:
        bot = Bot(f"{BOT_ID}:test", request=NoNetwork(), get_updates_request=NoNetwork())
        dispatcher = Dispatcher(engine, bot=bot, desk=DESK, words=WORDS, classifier=None, share=True, group=1)
        start.wait()
        for second in range(200):  # the loser of a conflict waits until its lease is over
            dispatcher.run_group(talk.now + timedelta(seconds=second))
            if not _waiting(engine):
                break

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))


def test_a_released_ticket_is_in_the_queue_again_and_those_on_duty_hear(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    carol, dan = talk.staff(2, "Carol"), talk.staff(3, "Dan")
    notice(talk, ann, bob)
    dan.say("/off")
    bob.say("/claim T1")

    sent = bob.say("释放 T1")

    assert whose(talk) == (None, TicketState.OPEN)
    assert texts(sent, carol) == [
        "↩️ <b>T1</b> is back in the queue (was with Bob) · Ann &lt;3 &amp; &#34;张&#34; · not sorted yet\n"
        "my kettle leaks"
    ]
    assert to(sent, carol)[0].data == ("claim:1", "answer:1", "t:1")
    assert texts(sent, dan) == []


def test_nobody_puts_back_what_is_not_theirs(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)
    bob.say("/claim T1")

    sent = carol.say("/release T1")

    assert texts(sent, carol) == [
        "<b>T1</b> is not yours, so you cannot put it back. To give it to somebody: "
        "<code>/assign T1 @name</code>"
    ]
    assert whose(talk)[0] == 1


@pytest.mark.parametrize("name", ["@carol", "CAROL", "Carol W", "2"])
def test_a_ticket_is_handed_to_a_colleague_who_hears_of_it(talk: Talk, name: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    carol = talk.staff(2, "Carol W", username="carol")
    notice(talk, ann, bob)
    carol.say("/off")

    sent = bob.say(f"/assign T1 {name}")

    assert whose(talk) == (2, TicketState.OPEN)
    assert texts(sent, carol) == [
        "📌 Bob gave you <b>T1</b> · Ann &lt;3 &amp; &#34;张&#34; · not sorted yet\nmy kettle leaks"
    ]


def test_who_had_the_ticket_hears_that_somebody_else_has_it(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    mia = talk.staff(3, "Mia", Role.MANAGER)
    notice(talk, ann, bob)
    bob.say("/claim T1")

    given, taken = mia.say("/assign T1 Carol"), mia.say("/assign T1 Mia")

    assert texts(given, bob) == ["📌 Mia gave your ticket <b>T1</b> to Carol."]
    assert texts(taken, carol) == ["📌 Mia took over your ticket <b>T1</b>."]


def test_the_assign_button_offers_the_colleagues_those_on_duty_first(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    talk.staff(2, "Carol").say("/off")
    dan = talk.staff(3, "Dan")
    notice(talk, ann, bob)
    bob.say("/claim T1")

    [choice] = bob.tap("assign:1", on=9)
    sent = bob.tap("assign_to:1:3", on=9)

    assert choice.buttons == ("Dan", "Carol 🌙", "⬅️ Back")
    assert (whose(talk)[0], len(to(sent, dan))) == (3, 1)


def test_handing_over_twice_tells_once(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)

    sent = [*bob.tap("assign_to:1:2"), *bob.tap("assign_to:1:2")]

    assert len(to(sent, carol)) == 1


@pytest.mark.parametrize(
    ("name", "listed"), [("@nobody", ["Bob", "Carol", "Carol"]), ("Carol", ["Carol", "Carol"])]
)
def test_a_colleague_who_cannot_be_told_is_asked_for(talk: Talk, name: str, listed: list[str]) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    talk.staff(2, "Carol", username="carol")
    talk.staff(3, "Carol")
    notice(talk, ann, bob)

    [answer] = texts(bob.say(f"/assign T1 {name}"), bob)

    lines = answer.splitlines()
    assert lines[0] == f'I am not sure who you mean by "{name}". Write one of these:'
    assert [line.split(":")[0].removeprefix("• ") for line in lines[1:]] == listed
    assert whose(talk)[0] is None


def test_a_forged_colleague_is_refused(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    [answer] = texts(bob.tap("assign_to:1:99999999999999999999"), bob)

    assert answer.startswith("I am not sure who you mean")
    assert talk.group.failed == 0


@pytest.mark.parametrize("data", ["claim:99999999999999999999", "claim:0", "claim:-1", "t:2", "answer:7"])
def test_a_forged_ticket_is_refused(talk: Talk, data: str) -> None:
    bob = talk.staff(1, "Bob")

    [answer] = texts(bob.tap(data), bob)

    number = data.split(":")[1]
    assert answer == f"There is no ticket <b>T{number}</b> here. Please check the number: it looks like T12."
    assert talk.group.failed == 0


@pytest.mark.parametrize(
    "command",
    ["claim", "release", "assign", "resolve", "close", "reopen", "wait", "prio", "tag", "type", "t"],
)
def test_a_command_that_names_no_ticket_is_told_how(talk: Talk, command: str) -> None:
    bob = talk.staff(1, "Bob")

    assert texts(bob.say(f"/{command}"), bob) == [
        f"Which ticket? Write its number, <code>/{command} T12</code>, or reply to one of its messages with "
        f"<code>/{command}</code>. /mine and /queue show the numbers."
    ]
