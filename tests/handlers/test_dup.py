"""/dup: is this person a customer already, and whose? Nobody's contacts are told."""

import pytest

from tests.handlers.test_merge import written_down
from tests.talk import Talk, texts


def test_it_says_who_it_is_why_and_whose_without_a_phone(talk: Talk) -> None:
    bob = talk.staff(3, "Bob")
    written_down(talk, "张伟", "+8613800000000", city="北京市", owner_id=1)

    [answer] = bob.say("/dup Zhang Wei 138 0000 0000")

    assert answer.text == (
        "🔎 <b>A customer already</b>\n"
        "• <b>C1</b> 张伟 · 北京市 · same phone, name sounds the same · owner: Bob"
    )
    assert answer.buttons == ("👤 C1",)
    assert "0000" not in answer.text


@pytest.mark.parametrize("text", ["查重 张伟 13800000000", "查重 13800000000 张伟", "/dup 张伟，13800000000"])
def test_it_is_asked_in_any_order_and_answered_in_chinese(talk: Talk, text: str) -> None:
    bob = talk.staff(3, "Bob", language_code="zh-hans")
    written_down(talk, "张伟", "+8613800000000")

    [answer] = bob.say(text)

    assert answer.text == "🔎 <b>已有客户</b>\n• <b>C1</b> 张伟 · 手机相同、同名 · 无人负责"


def test_a_shared_phone_is_told_as_perhaps_another_person(talk: Talk) -> None:
    bob = talk.staff(3, "Bob")
    written_down(talk, "李娜", "+8613800000000")

    [answer] = bob.say("/dup 张伟 13800000000")

    assert answer.text.startswith("🔎 <b>Similar customers, perhaps other people</b>")
    assert "same phone, different name" in answer.text


def test_nobody_is_free_to_be_written_down(talk: Talk) -> None:
    bob = talk.staff(3, "Bob")
    written_down(talk, "李娜", "+8613800000000")

    assert texts(bob.say("/dup 张伟 13911112222"), bob) == [
        "🔎 Nobody like this is on file. Add them with /new."
    ]


def test_without_anything_it_shows_how(talk: Talk) -> None:
    bob = talk.staff(3, "Bob")

    assert texts(bob.say("/dup"), bob) == [talk.render("agent/dup/usage.html.j2")]
