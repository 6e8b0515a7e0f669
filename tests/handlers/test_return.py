"""Returns at the desk: what comes back and why, agreed to, received, paid back."""

import pytest

from tests.handlers.till import BOX, TEA, delivered, meet, paid, place, seen, states, to, toasts
from tests.talk import Person, Talk


@pytest.fixture
def bob(talk: Talk) -> Person:
    """O1 was paid and delivered: two tins and a box, 6 off."""
    meet(talk, talk.customer())
    bob = talk.staff(1, "Bob")
    delivered(talk, paid(talk, place(talk, [TEA, BOX], discount=600)))
    return bob


def returns(talk: Talk) -> list[tuple[str, str, list[tuple[str, int]]]]:
    return [
        (one.asked.state, one.asked.reason, [(goods.line.name, goods.quantity) for goods in one.goods])
        for one in seen(talk, "O1").returns
    ]


def test_a_return_with_a_reason_takes_all_back(talk: Talk, bob: Person) -> None:
    ann = talk.customer()

    sent = bob.say("/return O1 too <small>")

    assert returns(talk) == [("approved", "too <small>", [("oolong <tin>", 2_000), ("box", 1_000)])]
    assert states(talk, "O1") == ("completed", "paid", "returning")
    assert to(sent, bob) == [
        "📦 <b>O1</b>, return: approved, on its way back\n"
        "• oolong &lt;tin&gt; × 2\n• box × 1\n"
        "Why: too &lt;small&gt;"
    ]
    assert to(sent, ann)[0].startswith("↩️ You may return these of order <b>O1</b>")


def test_a_part_is_chosen_by_buttons_and_the_reason_is_asked(talk: Talk, bob: Person) -> None:
    bob.say("退货 O1")
    bob.tap("opick:1:1:1000")
    bob.tap("opick:1:2:0")
    bob.say("a dent")

    assert returns(talk) == [("approved", "a dent", [("oolong <tin>", 1_000)])]


def test_what_came_back_is_offered_as_a_refund(talk: Talk, bob: Person) -> None:
    bob.tap("oret:1")
    bob.tap("opick:1:1:1000")
    bob.tap("opick:1:2:0")
    bob.say("a dent")

    sent = bob.tap("oretin:1")
    offered = next(one for one in sent if one.to == bob.id)
    # 68.00 of 141.00 − 6.00
    assert "¥65.11 was paid for these" in offered.text
    assert offered.data == ("orfndnow:1:6511:0", "o:1")
    assert states(talk, "O1")[2] == "delivered"
    bob.tap("orfndnow:1:6511:0")

    assert (seen(talk, "O1").order.refunded, states(talk, "O1")[1]) == (6_511, "partially_refunded")


def test_a_return_is_received_once(talk: Talk, bob: Person) -> None:
    bob.say("/return O1 dent")
    bob.tap("oretin:1")

    [again] = to(bob.tap("oretin:1"), bob)

    assert again == 'This return of <b>O1</b> is "received" by now. Its details: <code>/order O1</code>'
    assert states(talk, "O1")[2] == "returned"


def test_what_was_not_delivered_does_not_come_back(talk: Talk, bob: Person) -> None:
    place(talk)

    [refused] = to(bob.say("/return O2 dent"), bob)

    assert refused.startswith(
        '<b>O2</b> is "confirmed · unpaid · not shipped": you cannot take anything back.'
    )


def test_nothing_more_comes_back_than_arrived(talk: Talk, bob: Person) -> None:
    bob.say("/return O1 dent")

    [refused] = to(bob.say("/return O1 dent"), bob)

    assert refused.startswith('<b>O1</b> is "completed · paid · coming back": you cannot take anything back.')
    assert len(returns(talk)) == 1


def test_a_long_reason_is_asked_for_again(talk: Talk, bob: Person) -> None:
    bob.tap("oret:1")
    bob.tap("opick:1:2:0")
    [refused] = to(bob.say("x" * 501), bob)
    bob.say("dent")

    assert refused.startswith("No return was recorded for <b>O1</b>: the reason may have 500 characters.")
    assert returns(talk) == [("approved", "dent", [("oolong <tin>", 2_000)])]


def test_a_forged_return_is_no_return(talk: Talk, bob: Person) -> None:
    for data in ("oretyes:99", "oretno:99", "oretin:99", "orfndno:99"):
        assert bob.tap(data) == []
        assert toasts(talk) != []


def test_a_customers_return_is_asked_of_the_desk(talk: Talk, bob: Person) -> None:
    ann = talk.customer()

    sent = ann.say("/return O1")

    assert len(to(sent, ann)) == 1
    assert returns(talk) == []
    assert to(ann.say("/return"), ann)[0].startswith("🧾 <b>Your orders</b>")


@pytest.mark.parametrize("typed", ["C1", "T1", "o1"])
def test_a_number_typed_alone_is_no_reason(talk: Talk, bob: Person, typed: str) -> None:
    talk.customer().say("where is the lid?")
    bob.say("/return O1")

    bob.say(typed)
    bob.say("a dent")

    assert returns(talk) == []


@pytest.mark.parametrize("asks", ["/return O1", "/refund O1", "/pay O2", "/ship O2"])
@pytest.mark.parametrize("other", ["/find Ann", "查 张", "/help", "我的"])
def test_who_goes_on_to_something_else_answers_no_more(
    talk: Talk, bob: Person, asks: str, other: str
) -> None:
    place(talk, [TEA])
    before = (seen(talk, "O1"), seen(talk, "O2"))
    bob.say(asks)

    bob.say(other)
    sent = bob.say("100 cash")

    assert not any("<b>O" in text for text in to(sent, bob))
    assert (seen(talk, "O1"), seen(talk, "O2")) == before


def test_who_asks_again_answers_the_latest_question(talk: Talk, bob: Person) -> None:
    delivered(talk, paid(talk, place(talk, [TEA])))
    bob.say("/return O1")
    bob.say("/return O2")

    bob.say("a dent")

    assert returns(talk) == []
    assert [one.asked.reason for one in seen(talk, "O2").returns] == ["a dent"]
