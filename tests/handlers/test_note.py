"""Internal notes: with the ticket, never with the customer."""

from typing import Any

import pytest
from sqlmodel import select

from crm_store.engine import transaction
from crm_store.service.tables import Attachment, Direction, Message, MessageVersion
from tests.handlers.desk import TEA, document, notice, photo
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


@pytest.mark.parametrize(
    "caption", ["/note our own shelf", "/NOTE@tea_desk_bot our own shelf", "备注 our own shelf"]
)
@pytest.mark.parametrize("asked", [False, True], ids=["a reply", "after the button"])
def test_the_command_under_a_file_makes_it_a_note(talk: Talk, caption: str, asked: bool) -> None:
    """Above all it does not go to the customer."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    if asked:
        bob.tap("answer:1")

    sent = bob.say(reply_to=None if asked else shown, document=document("shelf"), caption=caption)

    assert (texts(sent, ann), texts(sent, bob)) == ([], [NOTED])
    assert notes(talk) == [(1, "our own shelf")]
    with transaction(talk.engine) as session:
        assert [one.file_name for one in session.exec(select(Attachment))] == ["shelf.pdf"]


@pytest.mark.parametrize("caption", ["/note T1", "/note T1 "])
def test_a_file_with_nothing_but_the_command_is_a_note_without_words(talk: Talk, caption: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say(photo=photo("p"), caption=caption)

    assert (texts(sent, ann), texts(sent, bob), notes(talk)) == ([], [NOTED], [(1, "")])


@pytest.mark.parametrize("caption", ["/resolve T1 done", "/what ever"])
@pytest.mark.parametrize("asked", [False, True], ids=["a reply", "after the button"])
def test_any_other_command_under_a_file_goes_nowhere_and_says_so(
    talk: Talk, caption: str, asked: bool
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    if asked:
        bob.tap("answer:1")

    sent = bob.say(reply_to=None if asked else shown, photo=photo("p"), caption=caption)
    again = bob.say(reply_to=shown, photo=photo("p"), caption="done")

    assert (texts(sent, ann), texts(sent, bob)) == ([], [talk.render("refused/caption_command.html.j2")])
    assert texts(again, ann) == [TEA + "done"]


def test_a_customers_caption_is_never_a_command(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")

    sent = ann.say(photo=photo("p"), caption="/note it leaks")

    assert "/note it leaks" in texts(sent, bob)[0]


@pytest.mark.parametrize(
    "text", ["备注客户很生气", "/note:客户很生气", "／note 客户很生气", "备注：客户很生气"]
)
@pytest.mark.parametrize("asked", [False, True], ids=["a reply", "after the button"])
def test_words_that_begin_as_a_note_never_reach_the_customer(talk: Talk, text: str, asked: bool) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    if asked:
        bob.tap("answer:1")

    sent = bob.say(text, reply_to=None if asked else shown)

    assert (texts(sent, ann), texts(sent, bob)) == ([], [NOTED])
    assert notes(talk) == [(1, "客户很生气")]


def test_a_word_that_only_looks_like_the_command_is_an_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    assert texts(bob.say("／notebooks are in stock", reply_to=shown), ann) == [
        TEA + "／notebooks are in stock"
    ]


@pytest.mark.parametrize("command", ["/note T1 ", "/note 1 ", "//T1 ", "备注T1：", "备注 "])
def test_an_edited_note_loses_the_command_it_was_given_with(talk: Talk, command: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message(f"{command}3 cups", reply_to=shown if command == "备注 " else None)
    bob.send(written)

    bob.edit(written, f"{command}4 cups broke")

    assert notes(talk) == [(1, "4 cups broke")]


def test_an_answer_cannot_be_edited_into_a_command(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("all done", reply_to=shown)
    bob.send(written)
    talk.deliver()

    sent = bob.edit(written, "/resolve T1 done")

    assert [one.to for one in sent] == [bob.id]
    assert "An edit cannot become a command" in sent[0].text
