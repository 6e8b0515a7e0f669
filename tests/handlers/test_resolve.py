"""/resolve, /close, /reopen, /wait: where a ticket goes."""

import pytest

from crm_store.engine import transaction
from crm_store.service.states import TicketState
from crm_store.service.tables import Ticket
from tests.handlers.desk import notice, photo, to
from tests.talk import Talk, texts

RATES = tuple(f"rate:1:0:{score}" for score in range(1, 6))


def state(talk: Talk) -> TicketState:
    with transaction(talk.engine) as session:
        found = session.get(Ticket, 1)
        assert found is not None
        return found.state


@pytest.mark.parametrize(
    "text",
    [
        "/resolve T1 a new kettle <sent>",
        "解决 T1 a new kettle <sent>",
        "解决T1，a new kettle <sent>",
        "/resolve 1 a new kettle <sent>",
    ],
)
def test_resolving_tells_the_customer_at_once_and_asks_for_a_rating(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say(text)

    assert [(one.text, one.data) for one in to(sent, ann)] == [
        (
            "✅ Your ticket <b>T1</b> is resolved: a new kettle &lt;sent&gt;\n\n"
            "Not solved? Just write within 48 hours and we will pick it up again.\n"
            "How did we do? (1 poor, 5 excellent)",
            RATES,
        )
    ]
    assert texts(sent, bob) == ["✔️ <b>T1</b>\nP3 normal · not sorted yet · resolved · Bob"]
    assert state(talk) == TicketState.RESOLVED


def test_a_chinese_customer_reads_it_in_chinese(talk: Talk) -> None:
    ann, bob = talk.customer(language_code="zh-hans"), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say("/resolve T1 已换新")

    assert texts(sent, ann) == [
        "✅ 您的工单 <b>T1</b> 已处理：已换新\n\n"
        "如果还没解决，48 小时内直接发消息，我们接着处理。\n"
        "请为这次服务打个分（1 分最低，5 分最高）："
    ]


def test_a_reason_that_begins_with_a_number_is_a_reason_in_a_reply(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say("/resolve 3 cups sent", reply_to=shown)

    assert "is resolved: 3 cups sent" in texts(sent, ann)[0]


def test_no_reason_is_needed(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    assert texts(bob.say("/resolve T1"), ann)[0].startswith("✅ Your ticket <b>T1</b> is resolved.\n")


def test_while_an_answer_is_asked_for_the_command_means_its_ticket_and_ends_the_question(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.tap("answer:1")

    resolved = bob.say("/resolve done")
    after = bob.say("not for her any more")

    assert len(texts(resolved, ann)) == 1
    assert texts(after, ann) == []


def test_the_button_asks_for_the_reason(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    [asked] = bob.tap("resolve:1")
    picture = bob.say(photo=photo("p"))
    sent = bob.say("a new kettle is on its way")

    assert (asked.text, asked.buttons) == (
        "✅ Say in a line how <b>T1</b> was resolved; Ann &lt;3 &amp; &#34;张&#34; will see it. "
        "(Not resolved yet? /cancel)",
        ("Resolve without comment",),
    )
    assert texts(picture, ann) == []
    assert "is resolved: a new kettle is on its way" in texts(sent, ann)[0]


def test_the_reason_may_be_left_out_and_two_taps_resolve_once(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.tap("resolve:1")

    sent = [*bob.tap("resolve_now:1"), *bob.tap("resolve_now:1")]
    after = bob.say("hello?")

    assert len(texts(sent, ann)) == 1
    assert texts(after, ann) == []


def test_a_ticket_resolved_again_after_a_rating_was_asked_asks_again_for_the_new_resolution(
    talk: Talk,
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/resolve T1")
    ann.say("it still leaks")

    sent = bob.say("/resolve T1 really now")

    assert to(sent, ann)[0].data == tuple(f"rate:1:1:{score}" for score in range(1, 6))


def test_closing_tells_the_customer_shortly(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/resolve T1")

    sent = bob.say("关闭 T1")

    assert texts(sent, ann) == [
        "🔒 Ticket <b>T1</b> is closed now. Anything else? Just write, and we will open a new ticket."
    ]
    assert state(talk) == TicketState.CLOSED


@pytest.mark.parametrize(
    ("command", "after"), [("/reopen T1", TicketState.OPEN), ("重开T1", TicketState.OPEN)]
)
def test_a_resolved_ticket_can_be_reopened(talk: Talk, command: str, after: TicketState) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/resolve T1")

    bob.say(command)

    assert state(talk) == after


def test_a_ticket_waits_inside_until_the_customer_writes(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    bob.say("待内部 T1")
    inside = state(talk)
    ann.say("any news?")

    assert (inside, state(talk)) == (TicketState.WAITING_INTERNAL, TicketState.OPEN)


@pytest.mark.parametrize(
    ("before", "command", "answer"),
    [
        (
            [],
            "/close T1",
            "<b>T1</b> is not resolved yet, so it cannot be closed. "
            "First: <code>/resolve T1 what was done</code>",
        ),
        (
            [],
            "/reopen T1",
            'That is not possible while <b>T1</b> is "new". You can:\n• claim it (/claim)\n• answer\n'
            "• put it on hold (/wait)\n• resolve it (/resolve)",
        ),
        (
            ["/resolve T1"],
            "/resolve T1",
            'That is not possible while <b>T1</b> is "resolved". You can:\n• answer\n'
            "• reopen it (/reopen)\n• close it (/close)",
        ),
        (
            ["/resolve T1", "/close T1"],
            "/reopen T1",
            "<b>T1</b> is closed for good. When the customer writes again, a follow-up ticket opens.",
        ),
    ],
)
def test_what_the_state_forbids_is_refused_with_what_is_allowed(
    talk: Talk, before: list[str], command: str, answer: str
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    for one in before:
        bob.say(one)

    assert [(one.to, one.text) for one in bob.say(command)] == [(bob.id, answer)]


def test_the_buttons_offer_only_what_the_state_allows(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    steps = {"resolve:1", "wait:1", "reopen:1", "close:1", "answer:1", "claim:1"}

    offered = [set(bob.say("/t T1")[0].data) & steps]
    for data in ("wait:1", "resolve_now:1", "close:1"):
        [card] = to(bob.tap(data, on=5), bob)
        offered.append(set(card.data) & steps)

    assert offered == [
        {"answer:1", "claim:1", "resolve:1", "wait:1"},
        {"answer:1", "claim:1", "resolve:1"},
        {"answer:1", "reopen:1", "close:1"},
        set(),
    ]


def test_the_assignee_hears_what_a_colleague_did(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)
    bob.say("/claim T1")

    sent = carol.say("/resolve T1 by <phone>")

    assert texts(sent, bob) == ["🔀 Carol changed your ticket <b>T1</b>: resolved (by &lt;phone&gt;)"]


def test_a_message_after_the_resolution_says_who_must_hear_it(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)
    bob.say("/resolve T1")

    sent = ann.say("it still leaks")

    assert [one.to for one in sent if one.to in {bob.id, carol.id}] == [bob.id]


def test_a_command_does_not_become_the_reason(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.tap("resolve:1")

    bob.say("/queue")

    assert state(talk) == TicketState.NEW
