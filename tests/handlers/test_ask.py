"""/ask, /complain, /feedback, and the kind buttons under an acknowledgement."""

import pytest
from sqlalchemy import select

from crm_store.engine import transaction
from crm_store.service.states import Kind, KindSource
from crm_store.service.tables import Correction, Message, Ticket
from tests.talk import Talk, texts


def tickets(talk: Talk) -> list[Ticket]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("/ask do you ship abroad", Kind.INQUIRY, "do you ship abroad"),
        ("/complain it leaks", Kind.COMPLAINT, "it leaks"),
        ("/feedback well done", Kind.FEEDBACK, "well done"),
        ("投诉：壶漏水", Kind.COMPLAINT, "壶漏水"),
        ("咨询 能开发票吗", Kind.INQUIRY, "能开发票吗"),
        ("建议 出小包装", Kind.FEEDBACK, "出小包装"),
    ],
)
def test_a_stated_kind_is_taken_at_its_word(talk: Talk, line: str, kind: Kind, text: str) -> None:
    talk.customer().say(line)

    [ticket] = tickets(talk)
    assert (ticket.kind, ticket.kind_source) == (kind, KindSource.CUSTOMER)
    with transaction(talk.engine) as session:
        assert [one.text for one in session.scalars(select(Message))] == [text]


def test_without_text_the_command_asks_and_the_next_message_is_the_answer(talk: Talk) -> None:
    ann = talk.customer()

    assert texts(ann.say("/complain"), ann) == [
        "We are sorry. Please tell us what happened and what you would like us to do. Pictures help.\n"
        "(Changed your mind? /cancel)"
    ]
    ann.say("hello")
    ann.say(photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], caption="it leaks")

    assert [(one.kind, one.kind_source) for one in tickets(talk)] == [(Kind.COMPLAINT, KindSource.CUSTOMER)]


def test_a_chinese_sentence_that_begins_with_a_command_word_is_a_message(talk: Talk) -> None:
    ann = talk.customer(language_code="zh")

    ann.say("咨询一下你们几点开门")

    with transaction(talk.engine) as session:
        assert [one.text for one in session.scalars(select(Message))] == ["咨询一下你们几点开门"]


def test_the_question_survives_a_restart(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/complain")

    restarted = Talk(talk.engine)
    restarted._updates, restarted._messages = talk._updates, talk._messages
    restarted.customer().say("it leaks")

    assert [one.kind for one in tickets(talk)] == [Kind.COMPLAINT]


def test_a_command_interrupts_the_question(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/complain")

    assert texts(ann.say("/tickets"), ann) == [
        "You have no tickets yet. Just write what you need and we will open one."
    ]


def test_a_button_corrects_the_kind_and_the_correction_becomes_a_lesson(talk: Talk) -> None:
    ann = talk.customer()
    [ack] = ann.say("my kettle leaks")
    assert ack.buttons == (
        "It's a question",
        "It's a complaint",
        "It's feedback",
        "It's about my order",
        "Ask about something else",
    )

    [edited] = ann.tap("kind:1:complaint")

    assert (edited.method, edited.text.splitlines()[1]) == (
        "editMessageText",
        "Kind: <b>complaint</b> (tap below if that is wrong)",
    )
    with transaction(talk.engine) as session:
        [lesson] = session.scalars(select(Correction))
    assert (lesson.text, lesson.was, lesson.kind, lesson.source) == (
        "my kettle leaks",
        Kind.UNSURE,
        Kind.COMPLAINT,
        KindSource.CUSTOMER,
    )


def test_the_last_word_on_a_kind_counts(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("my kettle leaks")
    ann.tap("kind:1:inquiry")
    ann.tap("kind:1:complaint")

    with transaction(talk.engine) as session:
        assert [one.kind for one in session.scalars(select(Correction))] == [Kind.COMPLAINT]


@pytest.mark.parametrize("data", ["kind:1:complaint", "ownclose:1", "own:1", "rate:1:0:5", "comment:1"])
def test_a_strangers_tap_on_somebody_elses_button_is_refused(talk: Talk, data: str) -> None:
    talk.customer().say("my kettle leaks")
    mallory = talk.person(666, "Mallory")

    sent = mallory.tap(data)

    assert [one.to for one in sent] == [mallory.id]
    assert "T1" in sent[0].text
    [ticket] = tickets(talk)
    assert (ticket.kind, ticket.state) == (Kind.UNSURE, "new")


@pytest.mark.parametrize(
    "data", ["kind:1:nonsense", "kind:x:complaint", "kind:1", "gone:1", "", "rate:1:0:9"]
)
def test_a_forged_button_changes_nothing(talk: Talk, data: str) -> None:
    ann = talk.customer()
    ann.say("my kettle leaks")

    ann.tap(data)

    assert [(one.kind, one.state) for one in tickets(talk)] == [(Kind.UNSURE, "new")]
    assert talk.group.failed == 0


def test_the_other_button_starts_another_ticket(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("my kettle leaks")

    ann.tap("another:1")
    ann.say("do you sell lids?")
    ann.say("in blue, please")

    with transaction(talk.engine) as session:
        assert [
            (one.ticket_id, one.text) for one in session.scalars(select(Message).order_by(Message.id))
        ] == [
            (1, "my kettle leaks"),
            (2, "do you sell lids?"),
            (2, "in blue, please"),
        ]
