"""An order's card, lists of orders, confirming, completing, cancelling."""

from dataclasses import replace

import pytest

from crm_store.customers import customers
from crm_store.engine import transaction
from crm_store.sales import refunds, returns, shipments, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.handlers.till import ANN, BOX, KETTLE, TEA, delivered, meet, paid, place, seen, states, to, toasts
from tests.talk import Person, Talk


@pytest.fixture
def bob(talk: Talk) -> Person:
    """The desk, and a customer it knows as C1."""
    meet(talk, talk.customer())
    return talk.staff(1, "Bob")


@pytest.mark.parametrize(
    "text", ["/order O1", "/order 1", "O1", "o 1", "#O1", "Ｏ1", "订单 O1", "订单O1", "订单1"]
)
def test_a_card_opens_by_command_or_by_the_number_alone(talk: Talk, bob: Person, text: str) -> None:
    place(talk, [TEA, replace(KETTLE, discount=513)], discount=1_000, note="wrap <it>", address="1 Lane")
    talk.later(minutes=5)

    [card] = bob.say(text)

    assert card.text == (
        f"🧾 <b>O1</b> · <b>{ANN}</b> · C1\n"
        "confirmed · unpaid · not shipped\n"
        "taken by Bob · 10:00\n\n"
        "1. oolong &lt;tin&gt; × 2 · ¥68.00 = ¥136.00\n"
        "2. kettle × 9.5 · ¥124.75 − ¥5.13 = ¥1,180.00\n"
        "Discount −¥10.00\n"
        "<b>Total ¥1,306.00</b>\n"
        "Due <b>¥1,306.00</b>\n\n"
        f"📍 {ANN} 1 Lane\n"
        "📝 wrap &lt;it&gt;"
    )
    assert card.data == ("opay:1", "oship:1", "ocancel:1", "c:1", "corders:1:0", "receipt:1")


def test_a_card_tells_the_whole_story_in_chinese(talk: Talk, bob: Person) -> None:
    mei = talk.staff(2, "Mei", language_code="zh-hans")
    place(talk, [TEA, BOX])
    mei.say("收款 O1 41 微信 42")
    mei.say("发货 O1 顺丰 SF123456")
    mei.say("签收 O1")
    mei.say("收款 O1 支付宝")
    mei.say("退货 O1 盖子坏了")
    mei.say("退款 O1 20 破损")

    [card] = mei.say("订单 O1")

    assert card.text == (
        f"🧾 <b>O1</b> · <b>{ANN}</b> · C1\n"
        "已完成 · 部分退款 · 退货中\n"
        "Bob 经手 · 10:00\n\n"
        "1. oolong &lt;tin&gt; × 2 · ¥68.00 = ¥136.00\n"
        "    ↳ 退货中 2 · 已签收 2 · 已发出 2 / 2\n"
        "2. box × 1 · ¥5.00 = ¥5.00\n"
        "    ↳ 退货中 1 · 已签收 1 · 已发出 1 / 1\n"
        "<b>合计 ¥141.00</b>\n"
        "已退 ¥20.00 · 已付 ¥141.00\n\n"
        "💰 收款\n"
        "• 10:00 微信（42） ¥41.00\n"
        "• 10:00 支付宝 ¥100.00\n\n"
        "↩️ 退款\n"
        "• 10:00 ¥20.00（破损） · 已退\n\n"
        "🚚 发货\n"
        "• 顺丰速运 <code>SF123456</code> · oolong &lt;tin&gt; × 2、box × 1 · 签收于 10:00\n\n"
        "📦 退货\n"
        "• oolong &lt;tin&gt; × 2、box × 1（盖子坏了） · 已同意，等货退回\n\n"
        f"📍 {ANN}"
    )


def test_another_order_opened_by_its_number_ends_a_question(talk: Talk, bob: Person) -> None:
    place(talk), place(talk)
    bob.say("/pay O1")

    [card] = bob.say("O2")
    assert card.text.startswith("🧾 <b>O2</b>")
    bob.say("100 cash")

    assert (seen(talk, "O1").order.paid, seen(talk, "O2").order.paid) == (0, 0)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/order O9", "There is no order <b>O9</b> here. Please check the number: it looks like O7."),
        ("/confirm", "Which order? Write its number: <code>/confirm O7</code>."),
        ("/complete O9999999999", "There is no order <b>O9999999999</b> here."),
    ],
)
def test_an_order_that_is_not_there_is_asked_for(talk: Talk, bob: Person, text: str, answer: str) -> None:
    assert to(bob.say(text), bob)[0].startswith(answer)


def test_confirming_tells_the_customer_and_happens_once(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    place(talk, confirmed=False)

    sent = bob.say("/confirm O1")
    again = bob.say("/confirm O1")

    assert to(sent, ann)[0].startswith("✅ Order <b>O1</b> is confirmed.")
    assert to(sent, bob) == [
        "✅ <b>O1</b>: confirmed; its lines and total are fixed\n"
        "confirmed · unpaid · not shipped\n"
        "¥136.00 due of ¥136.00"
    ]
    assert to(again, ann) == []
    assert to(again, bob) == [
        '<b>O1</b> is "confirmed · unpaid · not shipped": you cannot confirm it.\n'
        "What you can do now:\n"
        "• record a payment (/pay)\n"
        "• ship it (/ship)\n"
        "• cancel it (/cancel)"
    ]


def test_a_customer_who_cannot_be_reached_is_to_be_told_by_hand(talk: Talk, bob: Person) -> None:
    place(talk, confirmed=False)
    with transaction(talk.engine) as session:
        customers.lose(session, customer=customers.get(session, customer_id=1), now=talk.now)

    [answer] = to(bob.say("/confirm O1"), bob)

    assert answer.endswith(
        f"📭 The bot cannot reach the customer: please tell {ANN} (C1) yourself. "
        "It is on the list of calls (/todo)."
    )


def test_an_order_completes_by_itself_or_short_by_command(talk: Talk, bob: Person) -> None:
    paid(talk, place(talk, [TEA, BOX])), place(talk)
    with transaction(talk.engine) as session:
        first = session.get_one(Order, 1)
        line = whole.of(session, order=first).lines[0].id
        about = {"order": first, "actor": "test", "now": talk.now}
        shipments.ship(session, carrier="sf", tracking_number=None, quantities={line: 2_000}, **about)
        shipments.deliver(session, **about)

    [done] = to(bob.say("/complete O1"), bob)
    [refused] = to(bob.say("/complete O2"), bob)

    assert done == (
        "✅ <b>O1</b>: completed\n"
        "completed · paid · partly shipped\n"
        "⚠️ Never sent: box × 1. To give its money back: <code>/refund O1</code>"
    )
    assert "2. box × 1 · ¥5.00 = ¥5.00\n    ↳ not sent\n" in bob.say("O1")[0].text
    assert refused.startswith('<b>O2</b> is "confirmed · unpaid · not shipped": you cannot complete it.')


def test_cancelling_says_what_has_to_go_back_and_gives_it_back(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    paid(talk, place(talk))

    sent = bob.say("/cancel O1 out of <tea>")
    assert to(sent, bob) == [
        f"✖️ <b>O1</b> · {ANN} is cancelled.\n"
        "Why: out of &lt;tea&gt;\n"
        "⚠️ The customer paid ¥136.00: please give it back with the button, or <code>/refund O1</code>"
    ]
    assert to(sent, ann)[0].startswith("Order <b>O1</b> (¥136.00) was cancelled.")
    assert sent[-1].data == ("orfndnow:1:13600:0", "o:1")
    assert states(talk, "O1") == ("cancelled", "paid", "none")

    bob.tap("orfndnow:1:13600:0")
    bob.tap("orfndnow:1:13600:0")

    assert toasts(talk) == ["O1 has changed since; this is how it is now"]
    assert states(talk, "O1") == ("cancelled", "refunded", "none")
    assert [one.reason for one in seen(talk, "O1").refunds] == ["out of <tea>"]


@pytest.mark.parametrize("text", ["/cancel O1", "取消 O1", "取消O1", "/cancel o1  "])
def test_an_order_is_cancelled_by_its_number_in_a_form_too(talk: Talk, bob: Person, text: str) -> None:
    place(talk)

    bob.say(text)

    assert states(talk, "O1")[0] == "cancelled"


def test_cancel_alone_leaves_a_question_and_no_order(talk: Talk, bob: Person) -> None:
    place(talk)
    bob.say("/pay O1")

    [left] = to(bob.say("/cancel"), bob)
    [nothing] = to(bob.say("/cancel T1"), bob)

    assert (left, nothing) == (
        talk.render("cancel/left.html.j2", staff=object()),
        talk.render("cancel/nothing.html.j2"),
    )
    assert states(talk, "O1") == ("confirmed", "unpaid", "none")


def test_a_cancel_button_asks_why(talk: Talk, bob: Person) -> None:
    place(talk)

    [asked] = bob.tap("ocancel:1")
    assert asked.data == ("ocancelnow:1", "ocard:1")
    bob.say("changed their mind")

    made = seen(talk, "O1").order
    assert (made.state, made.cancel_reason) == ("cancelled", "changed their mind")


def test_what_was_shipped_is_not_cancelled(talk: Talk, bob: Person) -> None:
    delivered(talk, place(talk))

    [refused] = to(bob.say("/cancel O1 late"), bob)

    assert refused == (
        '<b>O1</b> is "confirmed · unpaid · delivered": you cannot cancel it.\n'
        "What you can do now:\n"
        "• record a payment (/pay)\n"
        "• take goods back (/return)"
    )


def test_lists_are_filtered_and_paged(talk: Talk, bob: Person) -> None:
    for _ in range(9):
        place(talk)
    paid(talk, "O3")

    [first] = bob.say("/order")
    [second] = bob.tap("orders:all:1")
    [unpaid] = bob.tap("orders:to_pay:0")
    [none] = bob.tap("orders:returns:0")

    assert first.text.startswith(
        "🧾 <b>Orders · All</b>\n\n"
        f"1. <b>O9</b> · {ANN} · ¥136.00\n    confirmed · unpaid · not shipped · 10:00\n"
        f"2. <b>O8</b> · {ANN} · ¥136.00\n"
    )
    assert first.data[:9] == (*(f"o:{one}" for one in range(9, 1, -1)), "orders:all:1")
    assert (second.text.splitlines()[2], second.data[:2]) == (
        f"9. <b>O1</b> · {ANN} · ¥136.00",
        ("o:1", "orders:all:0"),
    )
    assert [one for one in unpaid.data if one.startswith("o:")] == [
        f"o:{one}" for one in (9, 8, 7, 6, 5, 4, 2, 1)
    ]
    assert none.text == (
        "🧾 <b>Orders · Returns</b>\n\nThere are none. A new one: <code>/order_new C12</code>"
    )


def test_a_customers_orders_are_listed_from_their_card(talk: Talk, bob: Person) -> None:
    place(talk), place(talk, confirmed=False)

    [listed] = bob.tap("corders:1:0")

    assert listed.text == (
        f"🧾 Orders of <b>{ANN}</b> (C1)\n\n"
        "1. <b>O2</b> · ¥136.00\n    draft · unpaid · not shipped · 10:00\n"
        "2. <b>O1</b> · ¥136.00\n    confirmed · unpaid · not shipped · 10:00"
    )
    assert listed.data == ("o:2", "o:1", "onew:1")


def test_a_customers_words_open_no_staff_card(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    place(talk)

    for text in ("/order O1", "/pay O1 5 cash", "/ship O1 SF", "/refund O1 5", "/confirm O1", "/complete O1"):
        assert to(ann.say(text), ann) == [talk.render("refused/unknown_command.html.j2")]

    assert states(talk, "O1") == ("confirmed", "unpaid", "none")


def test_a_customers_request_to_return_is_decided_from_the_card(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    delivered(talk, paid(talk, place(talk)))
    with transaction(talk.engine) as session:
        made = session.get_one(Order, 1)
        of = customers.get(session, customer_id=1)
        returns.ask(session, order=made, reason="too <small>", actor=of, now=talk.now)

    [card] = bob.say("O1")
    assert card.data[:2] == ("oretyes:1", "oretno:1")
    sent = bob.tap("oretno:1")
    again = bob.tap("oretyes:1")

    assert to(sent, bob)[0].startswith("📦 <b>O1</b>, return: refused")
    assert len(to(sent, ann)) == 1
    assert to(again, bob)[0].startswith('This return of <b>O1</b> is "refused" by now.')


def test_a_manager_sees_refunds_to_decide_on_the_card(talk: Talk, bob: Person) -> None:
    olga = talk.staff(2, "Olga", Role.MANAGER)
    paid(talk, place(talk))
    with transaction(talk.engine) as session:
        refunds.ask(
            session,
            order=session.get_one(Order, 1),
            amount=500,
            reason="",
            by=session.get_one(Staff, 1),
            approval_above=0,
            now=talk.now,
        )

    [for_bob], [for_olga] = bob.say("O1"), olga.say("O1")

    assert for_bob.data[1] == "orfndno:1"
    assert for_olga.data[1:3] == ("orfndyes:1", "orfndno:1")


def test_an_unusual_amount_is_said_plainly_on_both_cards(talk: Talk) -> None:
    """AT C11."""
    ann, li = talk.customer(), talk.staff(1, "李", language_code="zh")
    bob = talk.staff(2, "Bob")
    meet(talk, ann)
    for _ in range(6):
        place(talk, [NewLine("box", 10_000, 1_000)])
    slip = place(talk, [NewLine("box", 999_999_900, 1_000)])

    [order], [in_chinese], [usual] = (
        to(bob.say(slip), bob), to(li.say(slip), li), to(bob.say("O1"), bob)
    )  # fmt: skip
    [card], [her_card] = to(bob.say("C1"), bob), to(li.say("C1"), li)

    assert (
        "<b>Total ¥9,999,999.00</b>\n"
        "⚠️ An unusual amount: this customer's orders are usually about ¥100.00. Please check it.\n"
    ) in order
    assert "<b>合计 ¥9,999,999.00</b>\n⚠️ 金额异常：这位客户平时一单大约 ¥100.00，请核对。\n" in in_chinese
    assert "⚠️" not in usual
    assert "Mean ¥100.00 an order (1 unusual left out)\n" in card
    assert "平均每单 ¥100.00（1 单金额异常，未计入）\n" in her_card
