"""/products and /product: what is for sale; managers add and change it in one line or with buttons."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from crm_store.engine import transaction
from crm_store.sales.tables import Order, OrderLine, Product
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit
from tests.handlers.buying import buy
from tests.handlers.desk import to
from tests.talk import WORDS, Person, Talk, texts


@pytest.fixture
def mei(talk: Talk) -> Person:
    return talk.staff(1, "Mei", Role.MANAGER, "zh")


def add(mei: Person, line: str) -> None:
    mei.say(f"/product {line}")
    mei.tap("psave")


def stock(talk: Talk) -> list[tuple[str, int, str | None, str | None, bool]]:
    with transaction(talk.engine) as session:
        found = session.scalars(select(Product).order_by(col(Product.id)))
        return [(one.name, one.price, one.sku, one.unit, one.active) for one in found]


def test_a_line_is_shown_first_and_becomes_a_product_with_a_tap(talk: Talk, mei: Person) -> None:
    [shown] = to(mei.say("新商品 龙井茶 128/盒 茶叶 货号=LJ01"), mei)
    before = stock(talk)
    [card] = to(mei.tap(shown.data[0]), mei)

    assert shown.text == (
        "新商品 <b>龙井茶</b>？\n"
        "单价：<b>¥128.00</b> / 盒\n"
        "分类：茶叶\n"
        "货号：LJ01\n\n"
        "不对就重新发一行，不要了就发 /cancel"
    )
    assert (before, stock(talk)) == ([], [("龙井茶", 12_800, "LJ01", "盒", True)])
    assert card.text == (
        "📦 <b>龙井茶</b>\n单价：¥128.00 / 盒\n成本：没填\n分类：茶叶\n货号：<code>LJ01</code>"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Levis 501 jeans 899 trousers", ("Levis 501 jeans", 89_900, None, None, True)),
        ("明前 龙井 一千二 茶叶", ("明前 龙井", 120_000, None, None, True)),
        ("price=1.2万 金骏眉", ("金骏眉", 1_200_000, None, None, True)),
        ('name="Tea pot, 2 l" price=268 sku=TP2', ("Tea pot, 2 l", 26_800, "TP2", None, True)),
        ("<b>tea</b> ¥12,345.60", ("<b>tea</b>", 1_234_560, None, None, True)),
    ],
)
def test_a_line_says_what_is_what(talk: Talk, mei: Person, line: str, expected: tuple[object, ...]) -> None:
    add(mei, line)

    assert stock(talk) == [expected]


def test_the_same_name_or_number_changes_the_product_and_says_what(talk: Talk, mei: Person) -> None:
    add(mei, "龙井茶 128 茶叶 sku=LJ01")

    [shown] = to(mei.say("改商品 lj01 138 绿茶"), mei)
    mei.say("好的")

    assert shown.text == (
        "改商品 <b>龙井茶</b>？\n单价：¥128.00 → <b>¥138.00</b>\n分类：茶叶 → <b>绿茶</b>\n\n"
        "不对就重新发一行，不要了就发 /cancel"
    )
    assert stock(talk) == [("龙井茶", 13_800, "LJ01", None, True)]


def test_another_line_replaces_what_was_proposed_and_an_old_button_does_nothing(
    talk: Talk, mei: Person
) -> None:
    mei.say("/product 龙井茶 12")
    mei.say("龙井茶 128")
    mei.tap("psave")
    sent = mei.tap("psave")

    assert (stock(talk), sent) == ([("龙井茶", 12_800, None, None, True)], [])


def test_a_missing_price_is_asked_for_and_a_bad_one_again(talk: Talk, mei: Person) -> None:
    asked = texts(mei.say("/product 龙井茶"), mei)
    bad = texts(mei.say("12.345"), mei)
    mei.say("128 / 盒")
    mei.tap("psave")

    assert asked == [talk.render("manager/product/price.html.j2", language="zh", name="龙井茶")]
    assert "小数位数太多了" in bad[0]
    assert stock(talk) == [("龙井茶", 12_800, None, "盒", True)]


def test_a_price_that_cannot_be_read_says_why_and_keeps_waiting(talk: Talk, mei: Person) -> None:
    add(mei, "龙井茶 128")
    mei.tap("pedit:1:price")

    [refused] = texts(mei.say("12.345"), mei)
    mei.say("一百三十八块五")

    assert refused == "“12.345”：小数位数太多了，请写到最小的货币单位为止。\n请再发一次，不要了就发 /cancel"
    assert stock(talk)[0][1] == 13_850


def test_each_field_is_edited_with_a_button_and_emptied_with_a_dash(talk: Talk, mei: Person) -> None:
    add(mei, "龙井茶 128/盒 茶叶 sku=LJ01")
    for field, text in (("name", "明前龙井"), ("category", "茶叶/绿茶"), ("unit", "-"), ("sku", "-")):
        mei.tap(f"pedit:1:{field}")
        [card] = texts(mei.say(text), mei)

    assert card == "📦 <b>明前龙井</b>\n单价：¥128.00\n成本：没填\n分类：茶叶/绿茶\n货号：—"


def test_taking_off_and_putting_on_sale(talk: Talk, mei: Person) -> None:
    add(mei, "龙井茶 128")
    [off] = texts(mei.tap("poff:1"), mei)
    taken_off = stock(talk)
    mei.tap("pon:1")

    assert "已下架" in off
    assert (taken_off[0][-1], stock(talk)[0][-1]) == (False, True)


def test_categories_then_pages_of_products(talk: Talk, mei: Person) -> None:
    for at in range(9):
        add(mei, f"茶{at}号 1{at} 茶叶")
    add(mei, "杂物 5")

    [shelves] = to(mei.say("商品"), mei)
    [first] = to(mei.tap(shelves.data[0]), mei)
    [second] = to(mei.tap(first.data[-2]), mei)

    assert shelves.buttons == ("茶叶（9）", "未分类（1）")
    assert first.buttons == (*(f"茶{at}号" for at in range(8)), "下一页 ➡️", "⬅️ 商品分类")
    assert second.buttons == ("茶8号", "⬅️ 上一页", "⬅️ 商品分类")


def test_an_agent_finds_products_but_changes_none(talk: Talk, mei: Person) -> None:
    bob = talk.staff(2, "Bob")
    add(mei, "龙井茶 128 茶叶")

    [found] = to(bob.say("/products ljc"), bob)
    [card] = to(bob.tap(found.data[0]), bob)
    for data in ("pedit:1:price", "poff:1", "psave"):
        bob.tap(data)

    assert "• 龙井茶 · ¥128.00" in found.text
    assert card.buttons == ("⬅️ Back",)
    assert stock(talk) == [("龙井茶", 12_800, None, None, True)]


def test_a_search_has_pages_too(talk: Talk, mei: Person) -> None:
    for at in range(9):
        add(mei, f"茶{at}号 1{at}")

    [first] = to(mei.say("/products 茶"), mei)
    [second] = to(mei.tap(first.data[-2]), mei)

    assert first.data[-2] == "pfind:1:茶"
    assert second.buttons[0] == "茶8号"


def test_what_goods_cost_is_for_managers_alone(talk: Talk, mei: Person) -> None:
    bob = talk.staff(2, "Bob")
    [proposed] = to(mei.say("新商品 龙井茶 128 茶叶 成本=64"), mei)
    mei.tap("psave")
    [changed] = to(mei.say("改商品 龙井茶 进价=32"), mei)
    mei.tap("psave")

    [hers] = texts(mei.say("商品 龙井"), mei)
    [her_card] = texts(mei.tap("p:1"), mei)
    [his] = texts(bob.say("/products 龙井"), bob)
    [his_card] = texts(bob.tap("p:1"), bob)

    assert "成本：<b>¥64.00</b>\n" in proposed.text
    assert "成本：¥64.00 → <b>¥32.00</b>（已下的单不变）\n" in changed.text
    assert "• 龙井茶 · ¥128.00（成本 ¥32.00）" in hers
    assert "成本：¥32.00（毛利率 75%）\n" in her_card
    assert "32.00" not in his + his_card


def test_a_cost_is_typed_after_a_button_and_emptied_with_a_dash(talk: Talk, mei: Person) -> None:
    add(mei, "龙井茶 128")
    mei.tap("pedit:1:cost")
    [unread] = texts(mei.say("不知道"), mei)
    [told] = texts(mei.say("六十"), mei)
    mei.tap("pedit:1:price")
    [no_price] = texts(mei.say("-"), mei)
    mei.say("/cancel")
    mei.tap("pedit:1:cost")
    [emptied] = texts(mei.say("-"), mei)

    assert ("不知道" in unread, "-" in no_price) == (True, True)
    assert "成本：¥60.00（毛利率 53%）" in told
    assert "单价：¥128.00\n成本：没填" in emptied


def test_a_table_copied_from_a_spreadsheet_is_shown_first_and_saved_with_a_tap(
    talk: Talk, mei: Person
) -> None:
    add(mei, "龙井茶 128 茶叶 sku=LJ01")
    table = (
        "新商品\n商品\t货号\t售价\t进价\n明前龙井\tlj01\t138/盒\t1,060.50\n茶杯\t\t36\t13\n茶杯\t\t36\t12\n"
        "茶盘\t\t多少\t1\n杂物\t\t\t5\n"
    )

    [shown] = to(mei.say(table), mei)
    before = stock(talk)
    [saved] = texts(mei.tap(shown.data[0]), mei)
    [again] = texts(mei.tap("psaves"), mei) or [""]

    assert shown.text == (
        "<b>3 种商品</b>：新增 2，修改 1，不变 0\n"
        "• 龙井茶 → 明前龙井 · ¥138.00（成本 ¥1,060.50）\n"
        "• 茶杯 · ¥36.00（成本 ¥13.00）\n"
        "• 茶杯 · ¥36.00（成本 ¥12.00）\n\n"
        "⚠️ 这 2 行没算在内，改好后再发：\n"
        "<code>茶盘\t\t多少\t1</code>：金额看不懂\n"
        "<code>杂物\t\t\t5</code>：新商品要有名称和单价\n\n"
        "第一行可以是表头，从表格里直接复制过来就行：<code>名称，货号，单价，成本</code>\n"
        "不对就重新发一遍，不要了就发 /cancel"
    )
    assert (len(before), again) == (1, "")
    assert saved == "✅ 商品：新增 1 种，修改 2 种，不变 0 种。"
    assert stock(talk) == [
        ("明前龙井", 13_800, "lj01", "盒", True),
        ("茶杯", 3_600, None, None, True),
    ]
    with transaction(talk.engine) as session:
        assert [one.cost for one in session.scalars(select(Product).order_by(col(Product.id)))] == [
            106_050,
            1_200,
        ]


def test_lines_one_below_the_other_are_many_products_and_another_list_replaces_them(
    talk: Talk, mei: Person
) -> None:
    add(mei, "龙井茶 128 茶叶")
    mei.say("/product\n龙井茶 cost=60\nteapot 99")
    [shown] = to(mei.say("龙井茶 128 成本=64\nteapot 88 茶具"), mei)
    mei.tap(shown.data[0])
    [nothing] = to(mei.say("/product\n???\n!!!"), mei)

    assert shown.text.startswith("<b>2 种商品</b>：新增 1，修改 1，不变 0\n")
    assert stock(talk)[1] == ("teapot", 8_800, None, None, True)
    assert ("没看出是什么商品。" in nothing.text, nothing.data) == (True, ())


def test_of_a_list_nothing_is_written_where_one_product_has_the_sku_of_another(
    talk: Talk, mei: Person
) -> None:
    add(mei, "龙井茶 128 sku=LJ01")
    table = "/product\nname\tsku\tprice\n茶杯\tcb\t36\n茶盘\tCB\t99\n茶壶\tch\t199\t多\n茶罐\tcg\t9"

    [shown] = to(mei.say(table), mei)
    with transaction(talk.engine) as session:
        session.get_one(Product, 1).sku = "cg"
    [refused] = texts(mei.tap("psaves"), mei)

    unread = WORDS.labels("zh", "product_unread")
    assert f"<code>茶盘\tCB\t99</code>：{unread['refused']}\n" in shown.text
    assert f"<code>茶壶\tch\t199\t多</code>：{unread['cells']}\n" in shown.text
    assert ("cg" in refused, [one[0] for one in stock(talk)]) == (True, ["龙井茶"])


def test_nothing_found_says_what_else_to_type(talk: Talk, mei: Person) -> None:
    [nothing] = texts(mei.say("/products <%_x> & " + "y" * 300), mei)

    assert "没有找到" in nothing


def test_what_a_draft_of_a_product_kept_is_told_to_managers_and_to_nobody_else(
    talk: Talk, mei: Person
) -> None:
    bob, ann = talk.staff(2, "Bob"), talk.customer()
    ann.say("/start")
    add(mei, "龙井茶 100 茶叶 成本=40.01")
    drafted = bob.say("/order_new C1 龙井茶 2")
    told = [*drafted, *bob.say("/confirm O1"), *bob.say("/order O1"), *ann.say("/orders")]
    add(mei, "龙井茶 成本=90")

    [sales] = texts(mei.say("业绩"), mei)

    assert "📊 毛利 <b>¥119.98</b>（60%）= 净销售额 ¥200.00 − 商品成本 ¥80.02\n" in sales
    assert not any(cost in one.text for one in told for cost in ("40.01", "80.02", "119.98"))


def test_a_later_price_changes_no_order(talk: Talk, mei: Person) -> None:
    ann = talk.customer()
    ann.say("/start")
    order = buy(talk, ann)
    add(mei, "Oolong 128")
    with transaction(talk.engine) as session:
        [line] = session.scalars(select(OrderLine))
        line.product_id = 1

    add(mei, "Oolong 999")

    with transaction(talk.engine) as session:
        [line] = session.scalars(select(OrderLine))
        assert (session.get_one(Order, order).total, line.price) == (25_600, 12_800)
        actions = session.scalars(select(col(Audit.action)).where(col(Audit.entity) == "product"))
        assert list(actions) == ["created", "changed"]
