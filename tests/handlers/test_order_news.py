"""What customers hear of their orders, in their language, with a way to the order."""

from typing import Any

import pytest

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import refunds, returns
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order, Return
from crm_store.staff import staff as staff_verbs
from handlers.chat import TEXT_LIMIT
from handlers.customer import order_news
from handlers.html import plain
from handlers.voice import Voice
from tests.handlers.buying import POT, TEA, buy, cancel, deliver, pay, ship, whole_of
from tests.talk import WORDS, Person, Sent, Talk


@pytest.fixture
def li(talk: Talk) -> Person:
    person = talk.customer(language_code="zh")
    person.say("/start")
    return person


def tell(talk: Talk, news: str, **facts: Any) -> list[Sent]:
    """Tell it of O1; what went out, after making sure that the answer says whether anything did."""
    before = len(talk.outbox())
    with transaction(talk.engine) as session:
        told = order_news.tell(
            Voice(talk.desk, WORDS),
            session,
            order=session.get_one(Order, 1),
            news=news,
            key=f"news:{before}",
            now=talk.now,
            **facts,
        )
    sent = talk.outbox()[before:]
    assert told is bool(sent)
    return sent


def test_a_confirmed_order_says_what_is_in_it_and_what_comes_next(talk: Talk, li: Person) -> None:
    buy(talk, li)

    [told] = tell(talk, "confirmed")

    assert (told.to, told.buttons, told.data) == (li.id, ("🧾 查看订单",), ("myo:1",))
    assert told.text == (
        "✅ 订单 <b>O1</b> 已确认。\n\n"
        "• Oolong &lt;b&gt;张 × 2 · ¥256.00\n"
        "合计：<b>¥256.00</b>\n\n"
        "待付 ¥256.00，付清后我们尽快发货。"
    )


def test_each_payment_says_what_is_still_due(talk: Talk, li: Person) -> None:
    buy(talk, li)
    pay(talk, 1, 5_600)
    [first] = tell(talk, "paid")
    pay(talk, 1, 20_000)
    [second] = tell(talk, "paid")

    thanks = "💰 订单 <b>O1</b> 已收到您的付款"
    assert first.text == f"{thanks} <b>¥56.00</b>，谢谢。\n还需付 ¥200.00。"
    assert second.text == f"{thanks} <b>¥200.00</b>，谢谢。\n已全部付清，我们会尽快发货，发出后马上告诉您。"


def test_a_part_that_was_sent_says_what_is_in_it_and_what_follows(talk: Talk, li: Person) -> None:
    buy(talk, li, TEA, POT)
    ship(talk, 1, "SF1", lines={0: 1_500})
    [part] = tell(talk, "shipped")
    ship(talk, 1, "SF2")
    [rest] = tell(talk, "shipped")

    assert part.text == (
        "🚚 订单 <b>O1</b> 发出了一个包裹：\n"
        "顺丰速运 <code>SF1</code>\n"
        "• Oolong &lt;b&gt;张 × 1.5\n\n"
        "其余的随后发出：\n"
        "• Oolong &lt;b&gt;张 × 0.5\n"
        "• Tea pot × 1"
    )
    assert rest.text.endswith(
        "顺丰速运 <code>SF2</code>\n• Oolong &lt;b&gt;张 × 0.5\n• Tea pot × 1\n\n至此全部发出了。"
    )


def test_a_whole_order_that_was_sent_is_told_in_two_lines(talk: Talk, li: Person) -> None:
    buy(talk, li)
    ship(talk, 1)

    assert [one.text for one in tell(talk, "shipped")] == [
        "🚚 订单 <b>O1</b> 已发货：\n顺丰速运 <code>SF123456</code>"
    ]


def test_the_arrival_asks_to_say_what_is_wrong(talk: Talk, li: Person) -> None:
    buy(talk, li)
    ship(talk, 1)
    deliver(talk, 1)

    assert [one.text for one in tell(talk, "delivered")] == [
        "📬 订单 <b>O1</b> 已签收。\n有破损、少件或别的问题，直接发消息告诉我们。"
    ]


def test_a_cancelled_order_says_what_is_given_back_and_never_the_desks_own_reason(
    talk: Talk, li: Person
) -> None:
    buy(talk, li)
    pay(talk, 1, 5_600)
    cancel(talk, 1)

    assert [one.text for one in tell(talk, "cancelled")] == [
        "订单 <b>O1</b>（¥256.00）已取消。\n"
        "您付的 ¥56.00 会退还给您，办好后再告诉您。\n"
        "有疑问直接发消息就行。"
    ]


def test_a_refund_and_a_return_are_told_as_they_happen(talk: Talk, li: Person) -> None:
    bob = talk.staff(1, "Bob")
    buy(talk, li)
    pay(talk, 1, 25_600)
    ship(talk, 1)
    deliver(talk, 1)
    with transaction(talk.engine) as session:
        [by] = staff_verbs.by_user_ids(session, user_ids=[bob.id])
        asked = returns.ask(session, order=session.get_one(Order, 1), reason="x", actor=by, now=talk.now)
        returns.approve(session, asked=asked, by=by, now=talk.now)
    [agreed] = tell(talk, "returned")
    with transaction(talk.engine) as session:
        returns.receive(session, asked=session.get_one(Return, 1), actor="api", now=talk.now)
        refunds.record(
            session, order=session.get_one(Order, 1), amount=25_600, reason="x", actor="api", now=talk.now
        )
    [here] = tell(talk, "returned")
    [refunded] = tell(talk, "refunded")

    assert agreed.text == (
        "↩️ 订单 <b>O1</b> 的退货申请已同意，请把商品寄回：\n"
        "• Oolong &lt;b&gt;张 × 2\n"
        "寄出后把快递单号发给我们，收到商品后为您办理退款。"
    )
    assert here.text == "↩️ 订单 <b>O1</b> 退回的商品已收到，谢谢。该退的款办好后马上告诉您。"
    assert refunded.text == "💸 订单 <b>O1</b> 已为您退款 <b>¥256.00</b>，请留意查收。"


def test_who_has_no_chat_or_blocked_the_bot_is_not_written_to(talk: Talk, li: Person) -> None:
    buy(talk, li)
    with transaction(talk.engine) as session:
        session.get_one(Customer, 1).reachable = False
    blocked = tell(talk, "confirmed")
    with transaction(talk.engine) as session:
        customer = session.get_one(Customer, 1)
        customer.reachable, customer.chat_id = True, None
    no_chat = tell(talk, "confirmed")

    assert (blocked, no_chat) == ([], [])


def test_an_order_of_two_hundred_lines_is_told_whole(talk: Talk, li: Person) -> None:
    buy(talk, li, *(NewLine(name=f"{at:03} " + "茶" * 60, price=100, quantity=1_000) for at in range(200)))

    sent = tell(talk, "confirmed")

    everything = "\n".join(plain(one.text) for one in sent)
    assert all(len(plain(one.text)) <= TEXT_LIMIT for one in sent)
    assert [at for at in range(200) if f"{at:03} 茶" not in everything] == []
    assert [one.buttons for one in sent] == [(), *([()] * (len(sent) - 2)), ("🧾 查看订单",)]


def test_the_button_shows_the_order_and_leaves_the_news(talk: Talk, li: Person) -> None:
    buy(talk, li)
    [told] = tell(talk, "confirmed")

    [shown] = li.tap(told.data[0])

    assert (shown.method, shown.text.splitlines()[0]) == ("sendMessage", "🧾 <b>O1</b> · 待付款")


def test_an_english_customer_hears_it_in_english(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/start")
    buy(talk, ann)
    pay(talk, 1, 25_600)

    assert [one.text for one in tell(talk, "paid")] == [
        "💰 Order <b>O1</b>: your payment of <b>¥256.00</b> has arrived, thank you.\n"
        "It is paid in full. We ship soon and tell you when it leaves."
    ]
    with transaction(talk.engine) as session:
        assert whole_of(session, 1).due == 0
