"""Internal notes: with the ticket, never with the customer."""

from typing import Any

import pytest
from sqlmodel import select

from crm_store.engine import transaction
from crm_store.service.tables import Direction, Message, MessageVersion
from tests.handlers.desk import TEA, notice, photo
from tests.talk import Talk, texts

NOTED = "📝 Noted in <b>T1</b>. Only colleagues see it."


def notes(talk: Talk) -> list[tuple[int | None, str]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(Message).where(Message.direction == Direction.NOTE)).all()
        return [(one.ticket_id, one.text) for one in found]


@pytest.mark.parametrize(
    "text", ["//call first <3", "// call first <3", "／／call first <3", " //call first <3"]
)
def test_two_slashes_make_a_reply_a_note(talk: Talk, text: str) -> None:
    """The full-width slashes of a Chinese keyboard, too."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say(text, reply_to=shown)

    assert (texts(sent, ann), texts(sent, bob)) == ([], [NOTED])
    assert notes(talk) == [(1, "call first <3")]


@pytest.mark.parametrize(
    "text",
    [
        "//T1 call first",
        "//t1 call first",
        "/note T1 call first",
        "/note 1 call first",
        "备注 T1 call first",
        "备注T1：call first",
    ],
)
def test_a_note_may_name_its_ticket(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say(text)

    assert (texts(sent, ann), texts(sent, bob)) == ([], [NOTED])
    assert notes(talk) == [(1, "call first")]


def test_the_command_works_as_a_reply(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say("/note 3 cups broke", reply_to=shown)

    assert texts(sent, ann) == []
    assert notes(talk) == [(1, "3 cups broke")]


def test_a_photo_with_a_marked_caption_is_a_note(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say(reply_to=shown, photo=photo("p"), caption="//our own shelf")

    assert texts(sent, ann) == []
    assert notes(talk) == [(1, "our own shelf")]


def test_a_note_while_an_answer_is_asked_for_leaves_the_question_open(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.tap("answer:1")

    noted = bob.say("//she is a regular")
    answered = bob.say("hello again")

    assert (texts(noted, ann), texts(answered, ann)) == ([], [TEA + "hello again"])


@pytest.mark.parametrize("content", [{"text": "not for her"}, {"text": "T1"}, {"photo": photo("p")}])
def test_whatever_follows_the_note_button_is_a_note(talk: Talk, content: dict[str, Any]) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.tap("note:1")

    sent = bob.say(content.pop("text", None), reply_to=shown, **content)

    assert (texts(sent, ann), texts(sent, bob)) == ([], [NOTED])


def test_a_note_without_words_is_asked_for(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    asked = bob.say("//", reply_to=shown)
    sent = bob.say("call first")

    assert texts(asked, bob) == [
        "📝 Write your note on <b>T1</b> now. Only colleagues will see it. (Changed your mind? /cancel)"
    ]
    assert (texts(sent, ann), notes(talk)) == ([], [(1, "call first")])


def test_the_colleague_who_has_the_ticket_hears_of_a_note(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    shown = notice(talk, ann, carol)
    bob.say("/claim T1")

    sent = carol.say("//she called me <b>", reply_to=shown)

    assert texts(sent, bob) == ["📝 Carol left a note on your ticket <b>T1</b>:\nshe called me &lt;b&gt;"]


def test_editing_a_note_keeps_a_version_and_sends_nothing(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("//old", reply_to=shown)
    bob.send(written)

    sent = [*bob.edit(written, "//new"), *bob.edit(written, "without slashes")]

    assert texts(sent, ann) == []
    assert notes(talk) == [(1, "without slashes")]
    with transaction(talk.engine) as session:
        assert [one.text for one in session.exec(select(MessageVersion))] == ["old", "new"]


def test_the_customer_sees_no_note_in_their_ticket(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.say("//a secret", reply_to=shown)

    assert "secret" not in texts(ann.say("T1"), ann)[0]


def test_a_closed_ticket_still_takes_a_note(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.say("/resolve T1")
    bob.say("/close T1")

    bob.say("//she came back to the shop", reply_to=shown)

    assert notes(talk) == [(1, "she came back to the shop")]


def test_a_note_for_no_ticket_says_how(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert texts(bob.say("/note call first"), bob) == [
        "Which ticket? Write its number, <code>/note T12</code>, or reply to one of its messages with "
        "<code>/note</code>. /mine and /queue show the numbers."
    ]
