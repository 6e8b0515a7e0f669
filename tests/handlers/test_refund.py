"""Refunds at the desk: never more than was paid, and above the limit a second person's word."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from crm_store.staff.roles import Role
from tests.handlers.till import ANN, BOX, TEA, meet, paid, place, seen, states, to, toasts
from tests.talk import DESK, Person, Talk


@pytest.fixture
def talk(sqlite: Engine) -> Talk:
    """A desk that asks a manager above ¥50."""
    return Talk(sqlite, desk=replace(DESK, refund_approval_above=5_000))


@pytest.fixture
def bob(talk: Talk) -> Person:
    """O1 is paid: ¥136."""
    meet(talk, talk.customer())
    bob = talk.staff(1, "Bob")
    talk.staff(2, "Olga", Role.MANAGER)
    paid(talk, place(talk, [TEA]))
    return bob


def refunds(talk: Talk) -> list[tuple[int, str, str]]:
    return [(one.amount, one.state, one.reason) for one in seen(talk, "O1").refunds]


@pytest.mark.parametrize(
    ("said", "refund"),
    [
        ("/refund O1 20 a <dent>", (2_000, "done", "a <dent>")),
        ("/refund O1 a <dent> 20", (2_000, "done", "a <dent>")),
        ("退款 O1 ¥20.50", (2_050, "done", "")),
        ("退款O1 二十 破损", (2_000, "done", "破损")),
        ("/refund O1 60 broken", (6_000, "requested", "broken")),
    ],
)
def test_an_amount_and_why_are_read_in_any_order(
    talk: Talk, bob: Person, said: str, refund: tuple[int, str, str]
) -> None:
    bob.say(said)

    assert refunds(talk) == [refund]


def test_a_small_refund_is_made_and_told_at_once(talk: Talk, bob: Person) -> None:
    ann = talk.customer()

    sent = bob.say("/refund O1 20 a <dent>")

    assert to(sent, ann)[0].startswith("💸 Order <b>O1</b>: <b>¥20.00</b> was refunded to you.")
    assert to(sent, bob) == [
        "↩️ <b>O1</b>: ¥20.00 refunded.\nWhy: a &lt;dent&gt;\nconfirmed · partly refunded · not shipped"
    ]
    assert [one for one in sent if one.to == 2] == []


def test_a_large_one_waits_for_a_manager(talk: Talk, bob: Person) -> None:
    ann, olga, mia = talk.customer(), talk.person(2, "Olga"), talk.staff(3, "Mia", Role.OWNER)

    sent = bob.say("/refund O1 60 broken")

    assert to(sent, ann) == []
    assert to(sent, bob)[0].startswith(
        "⏳ <b>O1</b>: a refund of ¥60.00 is above the limit, so a manager was asked."
    )
    asked = (
        "⏳ <b>Bob</b> asks to refund <b>¥60.00</b>\n"
        f"<b>O1</b> · {ANN} (C1) · total ¥136.00, paid ¥136.00, refunded ¥0.00\n"
        "Why: broken"
    )
    assert (to(sent, olga), to(sent, mia)) == ([asked], [asked])
    assert next(one for one in sent if one.to == olga.id).data == ("orfndyes:1", "orfndno:1", "o:1")
    assert states(talk, "O1")[1] == "paid"

    decided = olga.tap("orfndyes:1")
    assert to(decided, ann)[0].startswith("💸 Order <b>O1</b>: <b>¥60.00</b> was refunded to you.")
    assert to(decided, bob) == [f"✅ Olga approved the refund: <b>O1</b> · {ANN} · ¥60.00"]
    assert states(talk, "O1")[1] == "partially_refunded"

    [late] = to(mia.tap("orfndno:1"), mia)
    assert late == (
        "This refund of <b>O1</b> (¥60.00) was decided before: refunded. Its details: <code>/order O1</code>"
    )
    assert refunds(talk) == [(6_000, "done", "broken")]
    assert "Bob · refund asked" in bob.say("/history O1")[0].text


def test_a_manager_may_say_no(talk: Talk, bob: Person) -> None:
    olga = talk.person(2, "Olga")
    bob.say("/refund O1 60 broken")

    decided = olga.tap("orfndno:1")

    assert to(decided, bob) == [f"✖️ Olga did not approve the refund: <b>O1</b> · {ANN} · ¥60.00"]
    assert to(decided, talk.customer()) == []
    assert (refunds(talk), states(talk, "O1")[1]) == ([(6_000, "rejected", "broken")], "paid")


def test_small_refunds_of_one_order_are_added_up(talk: Talk, bob: Person) -> None:
    for _ in range(3):
        bob.say("/refund O1 20")

    assert refunds(talk) == [(2_000, "done", ""), (2_000, "done", ""), (2_000, "requested", "")]


def test_a_manager_asks_another_and_does_not_approve_themselves(talk: Talk, bob: Person) -> None:
    olga, mia = talk.person(2, "Olga"), talk.staff(3, "Mia", Role.MANAGER)

    sent = olga.say("/refund O1 60")
    assert (to(sent, mia) != [], refunds(talk)) == (True, [(6_000, "requested", "")])
    [own] = to(olga.tap("orfndyes:1"), olga)
    mia.tap("orfndyes:1")

    assert own == (
        "A refund you asked for yourself (<b>O1</b>, ¥60.00) needs another manager or owner to approve it."
    )
    assert refunds(talk) == [(6_000, "done", "")]


def test_who_is_the_only_manager_is_not_asked_for_another(talk: Talk, bob: Person) -> None:
    olga = talk.person(2, "Olga")

    olga.say("/refund O1 60")

    assert refunds(talk) == [(6_000, "done", "")]


def test_an_agent_approves_nothing_but_may_take_their_own_request_back(talk: Talk, bob: Person) -> None:
    carol = talk.staff(3, "Carol")
    bob.say("/refund O1 60")

    carol.tap("orfndyes:1")
    assert toasts(talk) == ["This button is not yours to use"]
    [refused] = to(carol.tap("orfndno:1"), carol)
    assert refused == talk.render("refused/not_allowed.html.j2", role=Role.MANAGER)
    bob.tap("orfndno:1")

    assert refunds(talk) == [(6_000, "rejected", "")]


def test_never_more_than_was_paid(talk: Talk, bob: Person) -> None:
    bob.say("/refund O1 100")

    [refused] = to(bob.say("/refund O1 36.01"), bob)

    assert refused == (
        "Nothing was refunded: up to ¥36.00 of <b>O1</b> can be refunded (paid ¥136.00, refunded ¥0.00); "
        "¥36.01 is too much. Please write another amount."
    )


@pytest.mark.parametrize("said", ["12.345", "-5", "everything please"])
def test_what_is_no_amount_is_asked_for_again(talk: Talk, bob: Person, said: str) -> None:
    [refused] = to(bob.say(f"/refund O1 {said}"), bob)
    bob.say("20 dent")

    assert refused.startswith('Nothing was refunded for <b>O1</b>: "')
    assert refunds(talk) == [(2_000, "done", "dent")]


def test_all_of_it_by_one_button_that_works_once(talk: Talk, bob: Person) -> None:
    [asked] = bob.tap("orfnd:1")
    assert asked.text == (
        "↩️ <b>O1</b>: up to <b>¥136.00</b> can be refunded.\n"
        "Write the amount and why, such as <code>200 damaged</code>; or tap for all of it."
    )
    assert (asked.buttons[0], asked.data[0]) == ("↩️ Refund ¥136.00", "orfndnow:1:13600:0")

    bob.tap("orfndnow:1:13600:0")
    bob.tap("orfndnow:1:13600:0")

    assert refunds(talk) == [(13_600, "requested", "")]


def test_the_rest_is_still_owed_where_some_of_a_deposit_went_back(talk: Talk, bob: Person) -> None:
    place(talk, [TEA])
    bob.say("/pay O2 50 cash")
    bob.say("/refund O2 10 too much")

    [card] = bob.say("O2")
    [to_pay] = bob.tap("orders:to_pay:0")

    assert states(talk, "O2") == ("confirmed", "partial", "none")
    assert "Refunded ¥10.00 · Paid ¥50.00\nDue <b>¥96.00</b>" in card.text
    assert "opay:2" in card.data
    assert "o:2" in to_pay.data
    assert "Still to pay: <b>¥96.00</b>" in to(talk.customer().say("/orders O2"), talk.customer())[0]


def test_who_gave_all_back_is_asked_whether_the_order_is_off_and_nobody_ships_it(
    talk: Talk, bob: Person
) -> None:
    paid(talk, place(talk, [BOX]))

    [given] = [one for one in bob.tap("orfndnow:2:500:0") if one.to == bob.id]
    [card] = bob.say("O2")
    [to_ship] = bob.tap("orders:to_ship:0")

    assert states(talk, "O2") == ("confirmed", "refunded", "none")
    assert given.data == ("ocancel:2", "o:2")
    assert "oship:2" not in card.data
    assert [one for one in to_ship.data if one.startswith("o:")] == ["o:1"]


def test_in_another_currency_than_the_desks_a_second_person_is_always_asked(talk: Talk, bob: Person) -> None:
    paid(talk, place(talk, [TEA], currency="USD"))

    bob.say("/refund O2 0.01")

    assert [one.state for one in seen(talk, "O2").refunds] == ["requested"]


def test_what_was_not_paid_is_not_refunded(talk: Talk, bob: Person) -> None:
    place(talk)

    [refused] = to(bob.say("/refund O2"), bob)

    assert refused.startswith('<b>O2</b> is "confirmed · unpaid · not shipped": you cannot refund anything.')
