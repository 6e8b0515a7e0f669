"""/receipt: what was bought and what it came to, in figures and written out."""

from crm_store.engine import transaction
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from tests.handlers.buying import buy, cancel, pay
from tests.handlers.desk import to
from tests.talk import Talk, texts


def test_a_receipt_has_every_line_and_the_sum_in_figures_and_written_out(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob", language_code="zh")
    ann.say("/start")
    order = buy(
        talk,
        ann,
        NewLine(name="龙井茶", price=12_800, quantity=2_500, discount=2_000),
        NewLine(name="Tea <pot>", price=26_800, quantity=1_000),
    )
    pay(talk, order, 10_000)

    [receipt] = to(bob.say("收据 O1"), bob)

    assert receipt.text == (
        "🧾 <b>收据</b> · Tea &amp; &lt;Co&gt;\n"
        "订单 <b>O1</b> · 2026年11月20日\n"
        "客户：Ann &lt;3 &amp; &#34;张&#34;\n\n"
        "1. 龙井茶：¥128.00 × 2.5 − ¥20.00 = ¥300.00\n"
        "2. Tea &lt;pot&gt;：¥268.00 × 1 = ¥268.00\n\n"
        "合计：<b>¥568.00</b>（大写：人民币伍佰陆拾捌元整）\n"
        "2026年11月20日 收款 ¥100.00（微信）\n"
        "待付：<b>¥468.00</b>\n\n"
        "开具日期：2026年11月20日"
    )


def test_the_button_says_the_same_and_a_cancelled_order_says_so(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say("/start")
    order = buy(talk, ann)
    typed = texts(bob.say("/receipt O1"), bob)
    tapped = texts(bob.tap("receipt:1"), bob)
    cancel(talk, order)

    assert tapped == typed
    assert "This order was cancelled." in texts(bob.say("/receipt 1"), bob)[0]


def test_another_currency_is_not_written_out_in_yuan(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob", language_code="zh")
    ann.say("/start")
    order = buy(talk, ann)
    with transaction(talk.engine) as session:
        session.get_one(Order, order).currency = "USD"

    [receipt] = texts(bob.say("/receipt O1"), bob)

    assert "合计：<b>US$256.00</b>\n" in receipt
    assert "大写" not in receipt


def test_a_customer_has_no_receipts_to_write(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/start")
    buy(talk, ann)

    assert not any("US$" in one or "¥" in one for one in texts(ann.tap("receipt:1"), ann))
