"""/new: a customer from one line."""

from typing import Any

import pytest
from sqlmodel import Session, select

from crm_store.customers.tables import Customer, Touchpoint
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from handlers.agent.records import one_line
from tests.crm_store.people import trail
from tests.handlers.test_matrix import toasts
from tests.talk import Sent, Talk, texts


def tapped(sent: Sent, label: str) -> str:
    """The data of the button with this label."""
    return sent.data[sent.buttons.index(label)]


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("张三 13800000000 北京", {"name": "张三", "phone": ["+8613800000000"], "city": "北京市"}, []),
        ("北京 １３８-0000-0000 张三", {"name": "张三", "phone": ["+8613800000000"], "city": "北京市"}, []),
        ("张三13800000000北京", {"name": "张三", "phone": ["+8613800000000"], "city": "北京市"}, []),
        (
            "北京朝阳区建国路1号 张三",
            {"name": "张三", "city": "北京市", "district": "朝阳区", "street": "建国路1号"},
            [],
        ),
        (
            "王女士 139 1234 5678 VIP #老客户",
            {
                "name": "王",
                "salutation": "王女士",
                "phone": ["+8613912345678"],
                "tier": "VIP",
                "tags": ["老客户"],
            },
            [],
        ),
        (
            "张总 010-62345678转123 北京恒信贸易有限公司",
            {
                "name": "张",
                "salutation": "张总",
                "phone": ["+861062345678x123"],
                "company": "北京恒信贸易有限公司",
            },
            [],
        ),
        (
            "John Smith john+x@Example.com +44 20 7946 0958 London",
            {"name": "John Smith", "email": ["john+x@example.com"], "phone": ["+442079460958"]},
            ["London"],
        ),
        # Two phones side by side, and what one calls him in brackets.
        (
            "李四 13800000000 13900000000 （老王介绍）",
            {"name": "李四", "phone": ["+8613800000000", "+8613900000000"], "remark": "老王介绍"},
            [],
        ),
        # A number that is no phone is not taken for one, and not dropped.
        ("12345678901 张三", {"name": "张三"}, ["12345678901"]),
        ("张三 订单12345 喜欢绿茶", {"name": "张三"}, ["订单12345", "喜欢绿茶"]),
        # A city's name within somebody's name is the name's.
        ("刘海南 广州", {"name": "刘海南", "province": "广东省", "city": "广州市"}, []),
        ("广州王先生", {"name": "王", "salutation": "王先生", "province": "广东省", "city": "广州市"}, []),
        ("阿卜杜拉·热合曼", {"name": "阿卜杜拉·热合曼"}, []),
        ("欧阳娜娜 微信 wxid_abc1", {"name": "欧阳娜娜", "wechat": ["wxid_abc1"]}, []),
        ("😀", {"name": "😀"}, []),
        ("13800000000", {"phone": ["+8613800000000"]}, []),
    ],
)
def test_a_line_is_read_in_any_order(text: str, found: dict[str, Any], rest: list[str]) -> None:
    line = one_line.read(text)

    assert (line.found, line.rest) == (found, rest)


def test_what_was_read_is_shown_before_anybody_is_created(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    [draft] = bob.say("/new 张三 13800000000 北京")

    assert draft.text == (
        "👤 <b>New customer</b>, is this right?\n"
        "• Name: <b>张三</b>\n"
        "• Phone: <b>138 0000 0000</b>\n"
        "• City: <b>北京市</b>\n\n"
        "To add or correct something just send it, for example <code>phone=13900000000</code>"
    )
    assert draft.buttons == ("✅ Create", "✏️ Change", "✖️ Cancel")
    assert customers_of(talk) == []


def test_one_tap_creates_the_customer_and_two_taps_create_one(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("新客户 张三 13800000000 北京")

    created, card = bob.tap(tapped(draft, "✅ Create"))
    again = bob.tap(tapped(draft, "✅ Create"))

    [customer] = customers_of(talk)
    assert created.text == "✅ Created: <b>张三</b> · C1"
    assert "138 0000 0000" in card.text
    assert (customer.name, customer.city, customer.owner_id, customer.source) == (
        "张三",
        "北京市",
        1,
        "staff",
    )
    assert again == []
    assert toasts(talk) != []
    with transaction(talk.engine) as session:
        assert [one[:2] for one in trail(session, "customer")] == [("staff:1", "created")]
        assert [(one.channel, one.source) for one in session.exec(select(Touchpoint))] == [("staff", "staff")]


def test_what_was_not_understood_is_asked_about_and_never_dropped(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    [draft] = bob.say("/new Ann Lee 13800000000 喜欢绿茶")
    asked = [one for one in draft.buttons if one not in {"✏️ Change", "✖️ Cancel"}]
    [after] = bob.tap(tapped(draft, "It is the nickname"))
    bob.tap(tapped(after, "✅ Create"))

    assert "❓ What is &#34;" not in draft.text
    assert '❓ What is "<b>喜欢绿茶</b>"?' in draft.text
    assert "✅ Create" not in draft.buttons
    assert len(asked) == 7
    [customer] = customers_of(talk)
    assert (customer.name, customer.remark) == ("Ann Lee", "喜欢绿茶")


@pytest.mark.parametrize(
    ("text", "name", "city"),
    [
        ("姓名：张三 13800000000 北京", "张三", "北京市"),
        ("张三/13800000000/北京", "张三", "北京市"),
        ("name=John Smith 13800000000 上海", "John Smith", "上海市"),
        ("手机 13800000000 姓名 张三 北京", "张三", "北京市"),
    ],
)
def test_a_form_that_is_pasted_is_read_too(talk: Talk, text: str, name: str, city: str) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say(f"/new {text}")

    bob.tap(tapped(draft, "✅ Create"))

    assert [(one.name, one.city) for one in customers_of(talk)] == [(name, city)]


def test_what_belongs_into_no_field_is_kept_as_a_note(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("/new 张三 13800000000 喜欢绿茶 怕狗")

    [noted] = bob.tap(tapped(draft, "📝 A note"))
    _, card = bob.tap(tapped(noted, "✅ Create"))

    assert "• Note: <b>喜欢绿茶 怕狗</b>" in noted.text
    assert "喜欢绿茶 怕狗" in card.text


def test_a_likely_duplicate_is_shown_before_and_can_be_opened_instead(talk: Talk) -> None:
    alice, bob = talk.staff(2, "Alice"), talk.staff(1, "Bob")
    [first] = alice.say("/new 张三 13800000000 北京")
    alice.tap(tapped(first, "✅ Create"))

    [draft] = bob.say("/new 张叁 +86 138-0000-0000")
    [card] = bob.tap(tapped(draft, "C1 张三"))

    assert "⚠️ Perhaps we have them already:\n• <b>C1</b> 张三 138****0000 北京市" in draft.text
    assert "13800000000" not in draft.text.replace("phone=13900000000", "").split("Perhaps")[1]
    assert draft.buttons[-3:] == ("None of them, create", "✏️ Change", "✖️ Cancel")
    assert "<b>张三</b>" in card.text
    assert len(customers_of(talk)) == 1


def test_a_duplicate_that_came_while_one_looked_is_shown_before_it_is_too_late(talk: Talk) -> None:
    alice, bob = talk.staff(2, "Alice"), talk.staff(1, "Bob")
    [mine] = bob.say("/new 张三 13800000000")
    [hers] = alice.say("/new 张三 13800000000")
    alice.tap(tapped(hers, "✅ Create"))

    [shown] = bob.tap(tapped(mine, "✅ Create"))
    bob.tap(tapped(shown, "None of them, create"))

    assert shown.method == "editMessageText"
    assert "<b>C1</b> 张三" in shown.text
    assert [one.name for one in customers_of(talk)] == ["张三", "张三"]  # two of one name stay two


def test_a_field_is_corrected_by_button_or_by_writing_it(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("/new 张三 13800000000 北京")

    [fields] = bob.tap(tapped(draft, "✏️ Change"))
    bob.tap(tapped(fields, "City"))
    [shown] = bob.say("上海浦东新区")
    [again] = bob.say("公司=恒信 等级=A级")

    bob.tap(tapped(again, "✅ Create"))
    [customer] = customers_of(talk)
    assert "• City: <b>上海市</b>" in shown.text
    assert (customer.city, customer.district, customer.company, customer.tier) == (
        "上海市",
        "浦东新区",
        "恒信",
        "A",
    )


def test_a_field_that_is_named_is_corrected_not_added_to(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    bob.say("/new 张三 13800000000 北京恒信贸易有限公司")

    [shown] = bob.say("手机=13900000000 公司=")

    assert "• Phone: <b>139 0000 0000</b>" in shown.text
    assert "Company" not in shown.text


def test_the_buttons_of_the_draft_before_are_old(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [first] = bob.say("/new 张三 13800000000")
    [second] = bob.say("/new 李四 13900000000")

    late = bob.tap(tapped(first, "✅ Create"))
    bob.tap(tapped(second, "✅ Create"))

    assert late == []
    assert [one.name for one in customers_of(talk)] == ["李四"]


def test_a_wrong_value_leaves_the_draft_as_it_was(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("/new 张三 13800000000")

    [refused] = bob.say("手机=12345")
    bob.tap(tapped(draft, "✅ Create"))

    assert refused.text.startswith('Phone: "12345" cannot be right.')
    assert [one.name for one in customers_of(talk)] == ["张三"]


def test_without_a_name_it_is_asked_for(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("/new 13800000000")

    [named] = bob.say("王芳")
    bob.tap(tapped(named, "✅ Create"))

    assert "The name is missing" in draft.text
    assert "✅ Create" not in draft.buttons
    assert [one.name for one in customers_of(talk)] == ["王芳"]


def test_cancelled_nobody_is_created_and_the_old_button_does_nothing(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    [draft] = bob.say("/new 张三 13800000000")

    [dropped] = bob.tap(tapped(draft, "✖️ Cancel"))
    late = bob.tap(tapped(draft, "✅ Create"))

    assert (dropped.text, late) == ("Nobody was created.", [])
    assert customers_of(talk) == []


def test_hostile_words_are_only_words(talk: Talk) -> None:
    bob = talk.staff(1, "Bob", Role.MANAGER)

    [draft] = bob.say("/new 姓名=<b>Ann</b>&\u202ex %_' OR 1=1 手机=13800000000")
    [put] = bob.tap(tapped(draft, "It is the nickname"))
    bob.tap(tapped(put, "✅ Create"))

    [customer] = customers_of(talk)
    assert customer.name == "<b>Ann</b>&x"
    assert "<b><b>" not in draft.text
    assert texts(bob.say(f"/customer C{customer.id}"), bob)


def test_a_very_long_line_is_refused_not_cut(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    sent = bob.say("/new 姓名=" + "长" * 3000)

    assert talk.group.failed == 0
    assert sent
    assert customers_of(talk) == []


def customers_of(talk: Talk) -> list[Customer]:
    with transaction(talk.engine) as session:
        return list(_all(session))


def _all(session: Session) -> list[Customer]:
    return list(session.exec(select(Customer).order_by(Customer.id)))  # type: ignore[arg-type]
