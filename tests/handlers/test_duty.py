"""/on and /off: who hears of new tickets."""

import pytest

from tests.handlers.desk import notice
from tests.talk import Talk, texts


@pytest.mark.parametrize(("off", "on"), [("/off", "/on"), ("下班", "上班")])
def test_coming_on_duty_shows_what_waits(talk: Talk, off: str, on: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    bob.say(off)
    unheard = ann.say("my kettle leaks")

    sent = bob.say(on)

    assert texts(unheard, bob) == []
    assert texts(sent, bob)[0] == "🟢 You are on duty. You will be told of new tickets."
    assert sent[1].data == ("t:1",)
    assert len(texts(talk.customer(8).say("hello, a question"), bob)) == 1


def test_off_duty_one_hears_only_of_ones_own_tickets(talk: Talk) -> None:
    ann, bob, eve = talk.customer(), talk.staff(1, "Bob"), talk.person(5, "Eve")
    notice(talk, ann, bob)
    bob.say("/claim T1")
    bob.say("/off")

    own, other = ann.say("it got worse"), eve.say("I want to buy tea")

    assert (len(texts(own, bob)), texts(other, bob)) == (1, [])


def test_going_off_duty_says_what_stays_and_who_is_there(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    talk.staff(2, "Carol <3")
    notice(talk, ann, bob)
    bob.say("/claim T1")

    assert texts(bob.say("/off"), bob) == [
        "🌙 You are off duty.\n"
        "1 of your tickets is still open, and you will still be told of new messages. "
        "Use /mine to hand it over or put it back.\n"
        "On duty: Carol &lt;3."
    ]


def test_the_last_one_to_go_is_told_that_nobody_is_left(talk: Talk) -> None:
    bob = talk.staff(1, "Bob", language_code="zh-hans")

    assert texts(bob.say("下班"), bob) == [
        "🌙 您已下班。\n⚠️ 现在没有人在班，新工单会一直等到有人上班（/on）。"
    ]


def test_twice_is_said_to_be_so_already(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert texts(bob.say("/on"), bob)[0] == "🟢 You are on duty already."
