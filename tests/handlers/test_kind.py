"""The kind of a ticket, read by the real classifier from what the customer wrote."""

import pytest
from sqlalchemy import Engine, select

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.training import train
from crm_store.engine import transaction
from crm_store.service.states import Kind, KindSource, Priority
from crm_store.service.tables import Ticket
from crm_store.staff.tables import Audit
from tests.talk import Talk


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return train()


@pytest.fixture
def talk(sqlite: Engine, model: IntentModel) -> Talk:
    return Talk(sqlite, classifier=model)


def only_ticket(talk: Talk) -> Ticket:
    with transaction(talk.engine) as session:
        [ticket] = session.scalars(select(Ticket))
    return ticket


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Where is my parcel? I ordered it last week", Kind.ORDER_STATUS),
        ("Do you ship to Singapore?", Kind.INQUIRY),
        ("The kettle arrived broken and nobody answers me, this is unacceptable", Kind.COMPLAINT),
        ("Lovely wrapping, thank you so much, five stars", Kind.FEEDBACK),
        ("我的快递到哪里了", Kind.ORDER_STATUS),
        ("你们周末营业吗", Kind.INQUIRY),
        ("收到的杯子是碎的，客服还不理人，太差了", Kind.COMPLAINT),
        ("建议出一些小包装", Kind.FEEDBACK),
        ("qwrtplk", Kind.UNSURE),
    ],
)
def test_the_kind_is_read_from_the_words(talk: Talk, text: str, kind: Kind) -> None:
    talk.customer().say(text)

    ticket = only_ticket(talk)
    assert (ticket.kind, ticket.kind_source) == (kind, KindSource.MODEL)


def test_a_later_line_settles_what_the_first_left_open(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("qwrtplk")

    ann.say("Where is my parcel? I ordered it last week")

    assert only_ticket(talk).kind == Kind.ORDER_STATUS


def test_no_line_overrides_what_a_person_said(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("qwrtplk")
    ann.tap("kind:1:feedback")

    ann.say("Where is my parcel? I ordered it last week")

    assert only_ticket(talk).kind == Kind.FEEDBACK


@pytest.mark.parametrize("text", ["the charger caught fire and burned my hand", "再不处理我就去法院起诉你们"])
def test_danger_and_law_come_before_the_rest(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")

    sent = talk.customer().say(text)

    assert only_ticket(talk).priority == Priority.P2
    assert [one.text[0] for one in sent if one.to == bob.id] == ["🟠"]
    with transaction(talk.engine) as session:
        trail = session.scalars(select(Audit).where(Audit.action == "priority"))
        assert [(one.actor, one.before, one.after) for one in trail] == [
            ("model", {"priority": "P3"}, {"priority": "P2"})
        ]


def test_an_urgent_word_does_not_undo_what_staff_decided(talk: Talk) -> None:
    bob, ann = talk.staff(1, "Bob"), talk.customer()
    ann.say("Do you ship to Singapore?")
    bob.say("/prio T1 P4")

    ann.say("the charger caught fire and burned my hand")

    assert only_ticket(talk).priority == Priority.P4


@pytest.mark.parametrize("text", ["你们的龙井", "your teapot", "在哪里买"])
def test_a_few_plain_words_raise_no_alarm(talk: Talk, text: str) -> None:
    talk.customer().say(text)

    assert only_ticket(talk).priority == Priority.P3
