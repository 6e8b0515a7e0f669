"""Payments at the desk: words in any order, what is due, the same one twice."""

from dataclasses import astuple

import pytest

from crm_store.money import Unreadable
from handlers.agent.orders import payment_words
from tests.handlers.till import KETTLE, meet, place, seen, states, to, toasts
from tests.talk import WORDS, Person, Talk


@pytest.fixture
def bob(talk: Talk) -> Person:
    """O1 is confirmed and comes to ¥1,185.13."""
    meet(talk, talk.customer())
    bob = talk.staff(1, "Bob")
    place(talk, [KETTLE])
    return bob


def received(talk: Talk, number: str = "O1") -> list[tuple[int, str, str | None]]:
    return [(one.amount, one.method, one.reference) for one in seen(talk, number).payments]


@pytest.mark.parametrize(
    ("said", "payment"),
    [
        ("/pay O1 1000 微信 REF-1", (100_000, "wechat", "REF-1")),
        ("/pay O1 微信 1000 REF-1", (100_000, "wechat", "REF-1")),
        ("/pay O1 REF-1 wechat ¥1,000.00", (100_000, "wechat", "REF-1")),
        ("收款 O1 微信1000", (100_000, "wechat", None)),
        ("收款O1 1000微信", (100_000, "wechat", None)),
        ("收款 O1 １０００ 支付宝", (100_000, "alipay", None)),
        ("/pay O1 1k cash", (100_000, "cash", None)),
        ("/pay O1 对公转账 420000123456789012 0.1万", (100_000, "bank", "420000123456789012")),
        ("/pay O1 现金", (118_513, "cash", None)),
        ("/pay O1 wx 4200001234567890", (118_513, "wechat", "4200001234567890")),
    ],
)
def test_a_payment_is_read_in_any_order(
    talk: Talk, bob: Person, said: str, payment: tuple[int, str, str | None]
) -> None:
    bob.say(said)

    assert received(talk) == [payment]


def test_a_payment_is_told_to_the_customer_and_to_who_recorded_it(talk: Talk, bob: Person) -> None:
    ann = talk.customer()

    sent = bob.say("/pay O1 1000 微信 <42>")

    assert to(sent, ann)[0].startswith("💰 Order <b>O1</b>: your payment of <b>¥1,000.00</b> has arrived")
    assert to(sent, bob) == [
        "✅ Payment recorded\n"
        "<b>O1</b> · ¥1,000.00 · WeChat Pay (&lt;42&gt;) · 10:00\n"
        "confirmed · partly paid · not shipped\n"
        "¥185.13 due of ¥1,185.13"
    ]
    assert states(talk, "O1")[1] == "partial"


def test_the_same_reference_twice_is_recorded_once(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    bob.say("/pay O1 1000 微信 4200001234")
    talk.later(minutes=3)

    again, without_amount = bob.say("/pay O1 1000 微信 4200001234"), bob.say("/pay O1 微信 4200001234")

    for sent in (again, without_amount):
        assert to(sent, ann) == []
        assert to(sent, bob)[0].startswith("☑️ This payment was recorded before; it was not recorded again.")
    assert received(talk) == [(100_000, "wechat", "4200001234")]


def test_a_reference_of_another_payment_is_refused(talk: Talk, bob: Person) -> None:
    place(talk, [KETTLE])
    bob.say("/pay O1 1000 微信 42")

    [refused] = to(bob.say("/pay O2 1000 微信 42"), bob)

    assert refused == (
        "Nothing was recorded: the reference <code>42</code> (WeChat Pay) was used before (10:00) "
        "for <b>O1</b>, ¥1,000.00. Please check the reference."
    )
    assert received(talk, "O2") == []


@pytest.mark.parametrize("said", ["/pay O1 1185.14 cash", "/pay O1 1185.14", "/pay O1 99999999 微信"])
def test_more_than_is_due_is_refused_with_what_is_due(talk: Talk, bob: Person, said: str) -> None:
    [refused] = to(bob.say(said), bob)

    assert refused.startswith("Nothing was recorded: ¥")
    assert "is more than the ¥1,185.13 due for <b>O1</b>" in refused
    assert received(talk) == []


@pytest.mark.parametrize("said", ["/pay O1 12.345 cash", "/pay O1 -5 cash", "/pay O1 cash ¥-5"])
def test_what_looks_like_an_amount_and_is_none_is_not_taken_for_a_reference(
    talk: Talk, bob: Person, said: str
) -> None:
    [refused] = to(bob.say(said), bob)

    assert refused.startswith("Nothing was recorded for <b>O1</b>")
    assert refused.endswith("Please write it again, such as <code>1200 wechat reference</code>")
    assert received(talk) == []


def test_without_a_way_to_pay_it_is_asked_and_nothing_is_typed_twice(talk: Talk, bob: Person) -> None:
    [asked] = bob.say("/pay O1 1000 REF-1")
    assert asked.text == (
        "💰 <b>O1</b>: <b>¥1,185.13</b> due\nReference: REF-1\n\n"
        "¥1,000.00 received; how was it paid? Tap, or write: <code>wechat reference</code>"
    )

    bob.tap("opayby:1:0:alipay")

    assert received(talk) == [(100_000, "alipay", "REF-1")]


def test_what_is_asked_is_answered_in_words_too(talk: Talk, bob: Person) -> None:
    bob.tap("opay:1")
    bob.say("1000")
    bob.say("微信")

    assert received(talk) == [(100_000, "wechat", None)]
    bob.say("185.13 cash")  # nobody asks any more
    assert len(received(talk)) == 1


def test_a_refused_amount_is_asked_for_again(talk: Talk, bob: Person) -> None:
    bob.tap("opay:1")
    bob.say("9999 微信")
    bob.say("1000 微信")

    assert received(talk) == [(100_000, "wechat", None)]


def test_a_way_to_pay_tapped_twice_pays_once(talk: Talk, bob: Person) -> None:
    bob.say("/pay O1 500")

    bob.tap("opayby:1:0:wechat")
    bob.tap("opayby:1:0:wechat")

    assert toasts(talk) == ["O1 has changed since; this is how it is now"]
    assert received(talk) == [(50_000, "wechat", None)]


def test_a_forged_way_to_pay_records_nothing(talk: Talk, bob: Person) -> None:
    bob.tap("opayby:1:0:gold")

    assert received(talk) == []


def test_paid_and_delivered_is_completed_at_once(talk: Talk, bob: Person) -> None:
    bob.say("/ship O1 顺丰 SF1")
    bob.say("/deliver O1")

    [answer] = to(bob.say("/pay O1 cash"), bob)

    assert answer.splitlines()[2] == "completed · paid · delivered"


def test_a_draft_is_confirmed_first(talk: Talk, bob: Person) -> None:
    place(talk, confirmed=False)

    [refused] = to(bob.say("/pay O2 5 cash"), bob)

    assert refused == (
        '<b>O2</b> is "draft · unpaid · not shipped": you cannot record a payment.\n'
        "What you can do now:\n"
        "• change what is in it\n"
        "• confirm it (/confirm)\n"
        "• cancel it (/cancel)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", (None, None, None)),
        ("1200", (120_000, None, None)),
        ("1200 88 微信", (120_000, "wechat", "88")),
        ("微信支付，1200；42", (120_000, "wechat", "42")),
        ("WeChat 1200 a b", (120_000, "wechat", "a b")),
        ("4200001234", (None, None, "4200001234")),
        ("2026-11-20-001 pos", (None, "card", "2026-11-20-001")),
    ],
)
def test_words_about_money_are_understood(text: str, said: tuple[object, ...]) -> None:
    assert astuple(payment_words.read(WORDS, text, currency="CNY")) == said


@pytest.mark.parametrize("text", ["12.345", "-5", "¥-5", "-¥5"])
def test_a_slip_in_an_amount_is_no_reference(text: str) -> None:
    with pytest.raises(Unreadable):
        payment_words.read(WORDS, text, currency="CNY")
