"""/find: one box, from which the right person is a tap away."""

import pytest

from crm_store.customers.tables import ContactKind
from crm_store.engine import transaction
from crm_store.sales.tables import Shipment
from crm_store.staff.roles import Role
from tests.handlers.desk import to
from tests.handlers.shop import customer, order
from tests.talk import Person, Sent, Talk

PHONE = ContactKind.PHONE


def one(sent: list[Sent], person: Person) -> Sent:
    [found] = to(sent, person)
    return found


def test_alone_it_says_what_can_be_found(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert one(bob.say("/find"), bob).text.startswith("🔍 <b>Find customers, orders and tickets</b>")


@pytest.mark.parametrize(
    "text", ["/find zs", "/find zhangsan", "查 张三", "查张三", "搜 8000", "/find 13800008000"]
)
def test_one_clear_hit_opens_its_card_with_the_other_matches_a_tap_away(talk: Talk, text: str) -> None:
    """AT C09: initials, pinyin, the name and the tail of the phone find the same person."""
    bob = talk.staff(1, "Bob")
    customer(talk, "张三", (PHONE, "13800008000"), city="北京")
    customer(talk, "Mike Smith", (PHONE, "13911112222"))

    card = one(bob.say(text), bob)

    assert card.text.startswith("👤 <b>C1</b> · <b>张三</b>")
    assert card.buttons[-1] == "🔍 Not them? Other matches"


def test_people_of_one_name_are_told_apart_on_their_buttons(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    first = customer(talk, "张三", (PHONE, "13800008000"), city="北京", remark="老张")
    customer(talk, "张三", (PHONE, "13911112222"))
    order(talk, first, 100)

    shown = one(bob.say("/find 张三"), bob)

    assert shown.text == (
        "🔍 <b>张三</b>\n\n👤 <b>C1</b> · 张三 / 老张\n👤 <b>C2</b> · 张三\n\nTap one to open it."
    )
    assert shown.buttons == ("👤 张三 / 老张 · 北京市 · …8000 · 20 Nov 2026", "👤 张三 · …2222")
    assert shown.data == ("c:1", "c:2")
    li = talk.staff(2, "李", language_code="zh-hans")
    assert one(li.say("/find 张三"), li).buttons[0] == "👤 张三 / 老张 · 北京市 · …8000 · 2026年11月20日"


@pytest.mark.parametrize("text", ["老客户", "#老客户", "＃老客户"])
def test_a_tag_finds_everybody_who_has_it_page_by_page(talk: Talk, text: str) -> None:
    li = talk.staff(1, "李", language_code="zh-hans")
    for _ in range(8):
        customer(talk, "张三", tags=["老客户"])
    customer(talk, "李四")

    first = one(li.say(f"/find {text}"), li)
    [second] = li.tap(first.data[-1])

    assert first.text.startswith("🔍 <b>标签:&#34;老客户&#34;</b>")
    assert first.data[:-1] == tuple(f"c:{number}" for number in (8, 7, 6, 5, 4, 3))
    assert second.data[:2] == ("c:2", "c:1")


def test_where_a_name_is_a_tag_too_those_who_have_it_are_a_tap_away(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "Rose Miller")
    customer(talk, "张三", tags=["rose"])

    shown = one(bob.say("/find Rose"), bob)
    [tagged] = bob.tap(shown.data[-1])

    assert shown.buttons == ("👤 Rose Miller", "🏷 All with #rose")
    assert tagged.buttons == ("👤 张三",)


def test_a_match_that_is_not_plain_says_why(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三", (PHONE, "13800008000"))

    shown = one(bob.say("/find 13800008001"), bob)

    assert "👤 <b>C1</b> · 张三 · <i>1 digit differs</i>" in shown.text
    assert shown.data[0] == "c:1"


def test_other_matches_show_the_list_and_a_new_customer(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三", (PHONE, "13800008000"))

    card = one(bob.say("/find 张三"), bob)
    shown = one(bob.tap(card.data[-1]), bob)

    assert (shown.method, shown.buttons) == ("editMessageText", ("👤 张三 · …8000", "➕ New customer"))


def test_nothing_found_says_so_and_offers_a_new_customer_of_what_was_typed(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    shown = one(bob.say("/find 王五 13800008000"), bob)
    draft = one(bob.tap(shown.data[-1]), bob)

    assert shown.text.startswith("🔍 Nobody and nothing is found for <b>王五 13800008000</b>.")
    assert shown.buttons == ("➕ New customer",)
    assert "王五" in draft.text
    assert "138" in draft.text


def test_near_misses_are_offered(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "Alexander Hamilton")

    shown = one(bob.say("/find Alexandra Hammilten"), bob)

    assert "c:1" in shown.data


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("/find C1", "👤 <b>C1</b> · <b>Li</b>"),
        ("/find ｃ1", "👤 <b>C1</b> · <b>Li</b>"),
        ("查C1", "👤 <b>C1</b> · <b>Li</b>"),
        ("/find T1", "🎫 <b>T1</b>"),
        ("/find O1", "🧾 <b>O1</b>"),
        ("/find C99", "There is no customer <b>C99</b>"),
        ("/find C9999999999", "There is no customer <b>C9999999999</b>"),
    ],
)
def test_a_number_opens_what_it_is_the_number_of(talk: Talk, text: str, begins: str) -> None:
    bob = talk.staff(1, "Bob")
    order(talk, customer(talk, "Li"), 100)
    talk.customer().say("a ticket")

    shown = one(bob.say(text), bob)

    assert shown.text.startswith(begins) or begins.split("<b>")[1] in shown.text


def test_orders_are_found_by_their_other_numbers(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    number = order(talk, customer(talk, "Li"), 123_400, external_number="TB-88")
    with transaction(talk.engine) as session:
        session.add(Shipment(order_id=number, carrier="sf", tracking_number="SF1234567890", sent_at=talk.now))

    for text in ("/find TB-88", "/find SF1234567890"):
        shown = one(bob.say(text), bob)
        assert "🧾 <b>O1</b> · ¥1,234.00 · 20 Nov 2026 · confirmed · Li" in shown.text
        assert (shown.buttons, shown.data) == (("🧾 O1 · Li",), ("o:1",))


def test_many_hits_come_in_pages(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    for _ in range(8):
        customer(talk, "张三")

    first = one(bob.say("/find 张三"), bob)
    second = one(bob.tap(first.data[-1]), bob)
    back = one(bob.tap(second.data[-2]), bob)

    assert [len(page.data) for page in (first, second, back)] == [
        7,
        4,
        8,
    ]  # the last with a new customer, too
    assert first.buttons[-1] == "Next ➡️"
    assert set(first.data[:6]) | set(second.data[:2]) == {f"c:{number}" for number in range(1, 9)}
    assert back.data[:6] == first.data[:6]


def test_a_filter_comes_in_pages_that_stay_while_rows_are_added(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    for number in range(8):
        customer(talk, f"c{number}", tags=["VIP"])

    first = one(bob.say("/find tag:VIP"), bob)
    customer(talk, "new", tags=["vip"])
    second = one(bob.tap(first.data[-1]), bob)
    back = one(bob.tap(second.data[-1]), bob)

    assert first.text.startswith("🔍 <b>tag:VIP</b> · 8 customers\n\n")
    assert first.data[:-1] == tuple(f"c:{number}" for number in (8, 7, 6, 5, 4, 3))
    assert second.data[:-1] == ("c:2", "c:1")
    assert back.data[:6] == first.data[:6]
    assert back.text.startswith("🔍 <b>tag:VIP</b> · 9 customers")


def test_an_unknown_field_is_refused_with_those_there_are(talk: Talk) -> None:
    li = talk.staff(1, "李", language_code="zh")

    shown = one(li.say("查 颜色：红"), li)

    assert shown.text.startswith(
        "没有 <b>颜色</b> 这一项可筛选。可以用：<code>标签:</code> <code>城市:</code>"
    )


def test_a_value_that_cannot_be_one_says_what_can(talk: Talk) -> None:
    li, bob = talk.staff(1, "李", language_code="zh"), talk.staff(2, "Bob")

    assert (
        one(li.say("查 消费>很多"), li).text
        == "<b>消费</b>：写的是 <b>很多</b>，请写金额，如 1000 或 1.2万。"
    )
    assert one(bob.say("/find net>lots"), bob).text == (
        "<b>net</b> does not take <b>lots</b>: write an amount, such as 1000 or 3k."
    )


def test_nobody_fits(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert one(bob.say("/find tag:<b> city:北京"), bob).text == (
        "🔍 No customer fits <b>tag:&lt;b&gt; city:北京</b>. Leave a condition out and try again."
    )


@pytest.mark.parametrize(
    "text", ['Ann <3 & "张"', "<b>", "%", "_", "x" * 10_000, "AND OR NOT *", "'; DROP", "\u202eabc", "😀"]
)
def test_hostile_text_does_no_harm(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, 'Ann <3 & "张"')

    sent = bob.say(f"/find {text}")

    assert (talk.group.failed, len(to(sent, bob))) == (0, 1)


def test_a_hostile_name_is_found_again(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    talk.customer().say("hello there, my kettle leaks")

    assert one(bob.say('/find Ann <3 & "张"'), bob).text.startswith("👤 <b>C1</b>")


def test_the_buttons_of_a_search_are_those_of_who_searched(talk: Talk) -> None:
    bob, carol = talk.staff(1, "Bob"), talk.staff(2, "Carol", Role.OWNER)
    for _ in range(8):
        customer(talk, "张三")
    first = one(bob.say("/find 张三"), bob)

    sent = carol.tap(first.data[-1])

    assert to(sent, carol) == []
    assert talk.group.asides[0].params["text"].startswith("This button has expired")


@pytest.mark.parametrize(
    "data", ["found:1:x", "found:1:-5", "found:1:99999", "found:99:0", "found:1:<1.1", "found:1:²"]
)
def test_a_forged_page_does_no_harm(talk: Talk, data: str) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    customer(talk, "张三")
    bob.say("/find 张三")

    bob.tap(data)

    assert talk.group.failed == 0


def test_a_name_given_to_customer_is_looked_for(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    assert one(bob.say("客户 张三"), bob).text.startswith("👤 <b>C1</b> · <b>张三</b>")


def test_a_customer_may_write_the_words_without_searching(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    customer(talk, "张三")

    sent = ann.say("查 张三")

    assert [text for text in (one.text for one in to(sent, ann)) if "张三" in text] == []
    assert one(sent, bob).text.startswith("🆕 <b>T1</b>")
