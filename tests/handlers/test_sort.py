"""/prio, /tag, /type: how urgent a ticket is and what it is about."""

import pytest
from sqlmodel import select

from crm_store.engine import transaction
from crm_store.service import tickets
from crm_store.service.states import Kind, KindSource, Priority
from crm_store.service.tables import Correction, Ticket
from tests.handlers.desk import notice
from tests.talk import Talk, texts


def found(talk: Talk) -> Ticket:
    with transaction(talk.engine) as session:
        ticket = session.get(Ticket, 1)
        assert ticket is not None
        return ticket


def tags(talk: Talk) -> list[str]:
    with transaction(talk.engine) as session:
        return tickets.tags(session, ticket=found(talk))


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("/prio T1 P1", Priority.P1),
        ("/prio T1 p2", Priority.P2),
        ("/prio T1 4", Priority.P4),
        ("/prio T1 urgent", Priority.P1),
        ("优先级 T1 紧急", Priority.P1),
        ("优先级T1 低", Priority.P4),
        ("/prio T1 Ｐ１", Priority.P1),
    ],
)
def test_a_priority_is_set_in_either_language(talk: Talk, text: str, priority: Priority) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    [said] = bob.say(text)

    assert found(talk).priority == priority
    assert said.text.startswith(f"✔️ <b>T1</b>\n{priority} ")


@pytest.mark.parametrize("text", ["/prio T1", "/prio T1 very much"])
def test_without_a_known_priority_the_choice_is_shown(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    [said] = bob.say(text)

    assert said.data == ("prio_set:1:P1", "prio_set:1:P2", "prio_set:1:P3", "prio_set:1:P4", "card:1")


def test_a_priority_is_set_by_button_as_a_reply_and_while_answering(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    seen = []

    bob.tap("prio_set:1:P1")
    seen.append(found(talk).priority)
    bob.say("/prio 2", reply_to=shown)
    seen.append(found(talk).priority)
    bob.tap("answer:1")
    bob.say("/prio P4")
    seen.append(found(talk).priority)

    assert seen == [Priority.P1, Priority.P2, Priority.P4]


@pytest.mark.parametrize("data", ["prio_set:1:P9", "prio_set:1:", "type_set:1:spam", "type_set:1:unsure"])
def test_a_forged_choice_changes_nothing(talk: Talk, data: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    before = found(talk)

    bob.tap(data)

    assert (found(talk), talk.group.failed) == (before, 0)


@pytest.mark.parametrize(
    "text", ["/type T1 complaint", "类型 T1 投诉", "/type T1 Complain", "type_set:1:complaint"]
)
def test_the_kind_is_corrected_and_becomes_a_lesson(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    bob.tap(text) if ":" in text else bob.say(text)

    ticket = found(talk)
    assert (ticket.kind, ticket.kind_source) == (Kind.COMPLAINT, KindSource.STAFF)
    with transaction(talk.engine) as session:
        [lesson] = session.exec(select(Correction)).all()
        assert (lesson.text, lesson.was, lesson.kind) == ("my kettle leaks", Kind.UNSURE, Kind.COMPLAINT)


def test_the_kinds_a_ticket_is_not_are_offered(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/type T1 complaint")

    [said] = bob.say("/type T1")

    assert said.data == ("type_set:1:inquiry", "type_set:1:feedback", "type_set:1:order_status", "card:1")


def test_tags_go_on_and_off(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    [said] = texts(bob.say("/tag T1 VIP, #批发 <x>"), bob)
    both = tags(talk)
    bob.say("标签 T1 vip")

    assert said.endswith("🏷 &lt;x&gt;, vip, 批发")
    assert (both, tags(talk)) == (["<x>", "vip", "批发"], ["<x>", "批发"])


def test_without_a_tag_those_there_are_are_shown(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    assert texts(bob.say("/tag T1"), bob) == [
        "🏷 <b>T1</b>: no tags yet\n<code>/tag T1 vip</code> adds a tag, or removes it if it is there."
    ]


@pytest.mark.parametrize("wanted", ["x" * 33, " ".join(f"tag{n}" for n in range(11))])
def test_too_many_or_too_long_tags_change_nothing(talk: Talk, wanted: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    assert texts(bob.say(f"/tag T1 {wanted}"), bob) == [
        "⚠️ Nothing was changed: <b>T1</b> can have 10 tags of up to 32 characters. "
        "Use fewer or shorter ones, separated by spaces."
    ]
    assert tags(talk) == []
