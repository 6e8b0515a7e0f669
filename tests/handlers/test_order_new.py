"""A draft, filled in chat: lines by name, sound and number, quantities, discounts; nothing typed is lost."""

import pytest

from crm_store.engine import transaction
from crm_store.sales import products
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Product
from handlers.agent.orders import line_words
from handlers.agent.orders.line_words import Item
from tests.handlers.till import ANN, meet, place, product, seen, states, to, toasts
from tests.talk import Person, Talk


@pytest.fixture
def bob(talk: Talk) -> Person:
    """A shop that sells some things, and knows C1."""
    meet(talk, talk.customer())
    bob = talk.staff(1, "Bob")
    product(talk, "乌龙茶", 6_800, "A001")
    product(talk, "乌龙茶 特级", 12_800, "A002")
    product(talk, "龙井茶", 8_800)
    product(talk, "Tea Tin 100", 1_250)
    product(talk, "Old Coin", 900, currency="USD")
    return bob


def ordered(talk: Talk, number: str = "O1") -> list[tuple[str, int, int, int]]:
    return [(one.name, one.price, one.quantity, one.discount) for one in seen(talk, number).lines]


@pytest.mark.parametrize("text", ["/order_new C1", "/order_new 1", "开单 C1", "开单C1", "新订单 c1"])
def test_a_draft_begins_for_a_customer(talk: Talk, bob: Person, text: str) -> None:
    [draft] = bob.say(text)

    assert draft.text == (
        f"📝 <b>O1</b> draft · {ANN} (C1)\n\n"
        "(nothing in it yet)\n"
        "<b>Total ¥0.00</b>\n\n"
        f"📍 {ANN}\n\n"
        "Send what to add, one on each line: <code>oolong 2</code> (name, pinyin or SKU), "
        "<code>wooden box 12.50 ×3</code>."
    )
    assert draft.data == ("onote:1", "oaddr:1", "ocancel:1", "ocard:1")
    assert states(talk, "O1") == ("draft", "unpaid", "none")


def test_without_a_customer_it_is_asked_whose(talk: Talk, bob: Person) -> None:
    [asked] = to(bob.say("/order_new"), bob)

    assert asked == talk.render("refused/no_customer_named.html.j2", command="order_new")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("乌龙茶 2", ("乌龙茶", 6_800, 2_000, 0)),
        ("乌龙茶 1.5", ("乌龙茶", 6_800, 1_500, 0)),
        ("乌龙茶 ×3", ("乌龙茶", 6_800, 3_000, 0)),
        ("乌龙茶×3", ("乌龙茶", 6_800, 3_000, 0)),
        ("乌龙茶 x3", ("乌龙茶", 6_800, 3_000, 0)),
        ("乌龙茶 3盒", ("乌龙茶", 6_800, 3_000, 0)),
        ("乌龙茶 ３", ("乌龙茶", 6_800, 3_000, 0)),
        ("乌龙茶", ("乌龙茶", 6_800, 1_000, 0)),
        ("乌龙茶3盒", ("乌龙茶", 6_800, 3_000, 0)),
        ("龙井3", ("龙井茶", 8_800, 3_000, 0)),
        ("3盒乌龙茶", ("乌龙茶", 6_800, 3_000, 0)),
        ("木雕5.5×2", ("木雕", 550, 2_000, 0)),
        ("a001 2", ("乌龙茶", 6_800, 2_000, 0)),
        ("龙井 2", ("龙井茶", 8_800, 2_000, 0)),
        ("longjing 2", ("龙井茶", 8_800, 2_000, 0)),
        ("ljc 2", ("龙井茶", 8_800, 2_000, 0)),
        ("乌龙茶 60 2", ("乌龙茶", 6_000, 2_000, 0)),  # at another price today
        ("tea tin 100", ("Tea Tin 100", 1_250, 1_000, 0)),  # a name that ends in a number
        ("tea tin 100 4", ("Tea Tin 100", 1_250, 4_000, 0)),
        ("wooden <box> 12.50 3", ("wooden <box>", 1_250, 3_000, 0)),
        ("wooden box 12.50 ×3", ("wooden box", 1_250, 3_000, 0)),
        ("wooden box 3个 ¥12.50", ("wooden box", 1_250, 3_000, 0)),
        ("wooden box ¥12.50", ("wooden box", 1_250, 1_000, 0)),
        ("木雕 1.2万 1", ("木雕", 1_200_000, 1_000, 0)),
    ],
)
def test_a_line_is_read_as_it_is_typed(
    talk: Talk, bob: Person, typed: str, line: tuple[str, int, int, int]
) -> None:
    bob.say("/order_new C1")

    bob.say(typed)

    assert ordered(talk) == [line]


def test_many_lines_in_one_message_and_with_the_command(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 乌龙茶 2\n龙井茶 1")
    [draft] = bob.say("lid 1 1\nbox 2 2")

    assert [name for name, *_ in ordered(talk)] == ["乌龙茶", "龙井茶", "lid", "box"]
    assert "<b>Total ¥229.00</b>" in draft.text


def test_what_is_not_understood_is_said_back_and_the_rest_is_added(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")

    [draft] = bob.say("乌龙茶 2\nno such <thing> 5\nOld Coin 1\nthing 0 0\n" + "x" * 300 + " 5 1")

    assert ordered(talk) == [("乌龙茶", 6_800, 2_000, 0)]
    said = draft.text.split("⚠️ Not added:\n")[1].splitlines()
    assert said[:3] == ["• no such &lt;thing&gt; 5", "• Old Coin 1", "• thing 0 0"]
    assert said[3] == "• " + "x" * 300 + " 5 1"
    assert said[4].startswith("What is no product of yours needs a name, a price and how many")


def test_several_products_are_asked_about_one_after_the_other(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")

    [first] = bob.say("wulong 2\nlid 1 1\nwulong 3")
    assert first.text == '<b>O1</b>: which one is "wulong 2"? 2 of it'
    assert first.buttons == ("乌龙茶 · ¥68.00", "乌龙茶 特级 · ¥128.00", "None of these")
    [second] = bob.tap(first.data[1])
    assert second.text == '<b>O1</b>: which one is "wulong 3"? 3 of it'
    [draft] = bob.tap(second.data[2])

    assert ordered(talk) == [("lid", 100, 1_000, 0), ("乌龙茶 特级", 12_800, 2_000, 0)]
    assert "• wulong 3" in draft.text


def test_a_product_tapped_twice_is_added_once(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")
    [which] = bob.say("wulong 2")

    bob.tap(which.data[0])
    bob.tap(which.data[0])

    assert toasts(talk) == ["O1 has changed since; please look again"]
    assert ordered(talk) == [("乌龙茶", 6_800, 2_000, 0)]


def test_lines_still_to_be_chosen_wait_while_the_rest_is_edited(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")
    bob.say("龙井茶 1")
    bob.say("wulong 2")

    [draft] = bob.tap("odraft:1")
    bob.tap("onote:1")
    [noted] = bob.say("a gift")

    assert draft.data[0] == noted.data[0] == "owhich:1"
    [which] = bob.tap("owhich:1")
    assert which.text == '<b>O1</b>: which one is "wulong 2"? 2 of it'


def test_nothing_is_confirmed_while_a_line_waits_for_its_product(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 龙井茶 1")
    bob.say("wulong 2")

    [which] = bob.say("/confirm O1")
    before = states(talk, "O1")[0]
    [draft] = bob.tap(which.data[0])
    bob.tap(next(one for one in draft.data if one.startswith("oconf")))

    assert which.text.startswith("⏳ Not confirmed yet: choose what this line means first, then confirm.\n\n")
    assert (before, states(talk, "O1")[0]) == ("draft", "confirmed")
    assert [name for name, *_ in ordered(talk)] == ["龙井茶", "乌龙茶"]


def test_lines_that_would_be_lost_with_the_form_are_said_back(talk: Talk, bob: Person) -> None:
    paid_for = place(talk)
    bob.say("/order_new C1 龙井茶 1")
    bob.say("wulong 2")

    said = to(bob.say(f"/pay {paid_for}"), bob)

    assert said[0] == (
        "⚠️ These were not added to <b>O2</b>: their products are still to be chosen.\n"
        "• wulong 2\n"
        "To add them, open the draft and send them again: <code>/order O2</code>"
    )
    assert len(said) == 2


def test_lines_are_said_back_by_every_other_question_too(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 龙井茶 1")
    bob.say("wulong 2")

    said = to(bob.tap("answer:1"), bob)

    assert said[0] == talk.render("forms/left.html.j2", typed="wulong 2")
    assert "wulong 2" not in said[1]


def test_a_draft_goes_on_after_everything_else_and_after_days(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 乌龙茶 2")
    bob.say("/queue")
    bob.say("lid 1 1")
    talk.later(days=9)
    bob.say("lid 2 1")  # nobody is asked any more: a message like any other
    bob.tap("odraft:1")
    bob.say("lid 3 1")

    assert [(name, price) for name, price, *_ in ordered(talk)] == [
        ("乌龙茶", 6_800),
        ("lid", 100),
        ("lid", 300),
    ]


def test_one_line_is_changed_by_buttons_and_by_numbers(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 乌龙茶 2")

    [line] = bob.tap("oline:1:1")
    assert line.data == ("oqty:1:1:1000", "oqty:1:1:3000", "olinedisc:1:1", "orm:1:1", "odraft:1")
    bob.tap("oqty:1:1:3000")
    bob.tap("oqty:1:1:3000")
    seen_after = [ordered(talk)]
    [draft] = bob.say("2.5")
    seen_after.append(ordered(talk))
    bob.tap("oline:1:1")
    [again] = bob.say("a lot")

    assert seen_after == [[("乌龙茶", 6_800, 3_000, 0)], [("乌龙茶", 6_800, 2_500, 0)]]
    assert draft.text.startswith("📝 <b>O1</b> draft")
    assert '"a lot" is not clear' in again.text
    assert "<b>Total ¥0.00</b>" in bob.tap("orm:1:1")[0].text


@pytest.mark.parametrize(
    ("typed", "discount"),
    [
        ("9折", 1_360),
        ("九折", 1_360),
        ("打八五折", 2_040),
        ("八点五折", 2_040),
        ("十折", None),
        ("85折", 2_040),
        ("8.5折", 2_040),
        ("10折", 0),
        ("10%", 1_360),
        ("-10%", 1_360),
        ("10% off", 1_360),
        ("20", 2_000),
        ("-20", 2_000),
        ("减 20", 2_000),
        ("¥20.5", 2_050),
        ("0", 0),
        ("101%", None),
        ("half", None),
    ],
)
def test_a_discount_is_read_as_it_is_typed(talk: Talk, bob: Person, typed: str, discount: int | None) -> None:
    bob.say("/order_new C1 乌龙茶 2")
    bob.tap("olinedisc:1:1")
    [on_line] = bob.say(typed)
    bob.say("/order_new C1 乌龙茶 2")
    bob.tap("odisc:2")
    [on_order] = bob.say(typed)
    found = (seen(talk, "O1").lines[0].discount, seen(talk, "O2").order.discount)

    if discount is None:
        assert f'"{typed}" is not clear' in on_line.text
        assert f'"{typed}" is not clear' in on_order.text
    assert found == (discount or 0, discount or 0)


def test_nine_tenths_of_the_draft_stay_nine_tenths_when_more_is_added(talk: Talk, bob: Person) -> None:
    wang = talk.staff(2, "小王", language_code="zh-hans")
    wang.say("/order_new C1 乌龙茶 2")
    wang.tap("odisc:1")
    wang.say("9折")

    [draft] = wang.say("龙井茶 2")

    assert "整单优惠 9折 −¥31.20\n<b>合计 ¥280.80</b>" in draft.text
    assert "Discount 10% −¥31.20\n<b>Total ¥280.80</b>" in bob.tap("odraft:1")[0].text


def test_a_discount_larger_than_the_lines_is_refused_and_asked_again(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 乌龙茶 2")
    bob.tap("odisc:1")

    [refused] = to(bob.say("200"), bob)
    bob.say("36")

    assert refused.startswith("A discount of ¥200.00 cannot be")
    assert seen(talk, "O1").order.total == 10_000


def test_note_and_address_are_typed_and_taken_away(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")
    bob.tap("oaddr:1")
    bob.say("1 <Lane>")
    bob.tap("onote:1")
    [too_long] = bob.say("x" * 1001)
    bob.say("a gift")
    made = seen(talk, "O1").order
    bob.tap("onote:1")
    bob.say("-")

    assert too_long.text.startswith("⚠️ Too long: 1000 characters at most.")
    assert (made.address, made.note) == ("1 <Lane>", "a gift")
    assert seen(talk, "O1").order.note is None


def test_what_is_confirmed_is_what_was_seen(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")
    [draft] = bob.say("乌龙茶 2")
    confirm = next(one for one in draft.data if one.startswith("oconf"))
    bob.say("lid 1 1")

    bob.tap(confirm)
    assert (toasts(talk), states(talk, "O1")[0]) == (["O1 has changed since; please look again"], "draft")
    [draft] = bob.tap("odraft:1")
    sent = bob.tap(next(one for one in draft.data if one.startswith("oconf")))

    assert states(talk, "O1")[0] == "confirmed"
    assert len(to(sent, talk.customer())) == 1
    bob.say("lid 2 1")
    assert seen(talk, "O1").order.total == 13_700


def test_what_is_no_longer_sold_is_said_to_be(talk: Talk, bob: Person) -> None:
    with transaction(talk.engine) as session:
        tea = session.get_one(Product, 3)
        products.change(session, product=tea, changes={"active": False}, actor="test", now=talk.now)

    [draft] = bob.say("/order_new C1 龙井茶 2，<lid>")

    assert "⚠️ Not added:\n• 龙井茶 2 (no longer sold)\n• &lt;lid&gt;\n" in draft.text
    assert ordered(talk) == []


def test_lines_may_stand_between_chinese_commas(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1 乌龙茶 2，龙井茶3盒、木雕 1,200 1")

    assert ordered(talk) == [
        ("乌龙茶", 6_800, 2_000, 0),
        ("龙井茶", 8_800, 3_000, 0),
        ("木雕", 120_000, 1_000, 0),
    ]


@pytest.mark.parametrize("text", ["/confirm", "确认"])
def test_who_is_at_a_draft_needs_not_say_its_number(talk: Talk, bob: Person, text: str) -> None:
    bob.say("/order_new C1 乌龙茶 2")

    bob.say(text)

    assert states(talk, "O1")[0] == "confirmed"
    assert to(bob.say("/pay 微信"), bob) == [talk.render("refused/no_order_named.html.j2", command="pay")]


def test_an_empty_draft_is_not_confirmed(talk: Talk, bob: Person) -> None:
    bob.say("/order_new C1")

    [refused] = to(bob.say("/confirm O1"), bob)

    assert refused.startswith("<b>O1</b> has nothing in it")


def test_the_buttons_of_a_draft_do_nothing_once_it_is_confirmed(talk: Talk, bob: Person) -> None:
    place(talk)

    for data in ("oqty:1:1:1000", "orm:1:1", "odisc:1", "onote:1", "oaddr:1", "odraft:1", "oline:1:1"):
        [refused] = to(bob.tap(data), bob)
        assert refused.startswith('<b>O1</b> is "confirmed · unpaid · not shipped": you cannot change')

    assert seen(talk, "O1").order.total == 13_600


def test_a_chinese_draft_is_chinese(talk: Talk, bob: Person) -> None:
    mei = talk.staff(2, "Mei", language_code="zh-hans")

    [draft] = mei.say("开单C1 乌龙茶 2")

    assert draft.text == (
        f"📝 <b>O1</b> 草稿 · {ANN}（C1）\n\n"
        "1. 乌龙茶 × 2 · ¥68.00 = ¥136.00\n"
        "<b>合计 ¥136.00</b>\n\n"
        f"📍 {ANN}\n\n"
        "直接发商品就能加上，一行一种：<code>乌龙茶 2</code>（名称、拼音或货号），"
        "<code>木盒 12.50 ×3</code>。"
    )
    assert draft.buttons == (
        "乌龙茶 × 2",
        "整单优惠",
        "备注",
        "地址",
        "✅ 确认，合计 ¥136.00",
        "✖️ 不要这张草稿",
        "先放着",
    )


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("2", 2_000),
        ("1.5", 1_500),
        ("×3", 3_000),
        ("x3", 3_000),
        ("3 盒", 3_000),
        ("0", None),
        ("-1", None),
        ("1.2345", None),
        ("two", None),
        ("1" * 20, None),
    ],
)
def test_a_quantity_is_read_as_it_is_typed(text: str, quantity: int | None) -> None:
    assert line_words.quantity(text) == quantity


def test_a_line_has_several_readings_the_longest_name_first() -> None:
    assert list(line_words.readings("tea tin 100 4", currency="CNY")) == [
        Item("tea tin 100 4", None, None),
        Item("tea tin 100", None, 4_000),
        Item("tea tin", 10_000, 4_000),
    ]


def test_an_unusual_amount_is_said_before_it_is_confirmed(talk: Talk, bob: Person) -> None:
    """AT C11: where a slip of the keyboard can still be put right."""
    for _ in range(6):
        place(talk, [NewLine("box", 10_000, 1_000)])
    bob.say("/order_new C1")

    [usual] = to(bob.say("wooden box 100 1"), bob)
    [slip] = to(bob.say("wooden box 9999999 1"), bob)

    assert "⚠️" not in usual
    assert "⚠️ An unusual amount: this customer's orders are usually about ¥100.00. Please check it.\n" in slip
