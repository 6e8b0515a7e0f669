"""/field: the shop's own fields, typed, seen by role, there without a restart."""

import pytest

from crm_store.customers import fields
from crm_store.customers.tables import CustomField, FieldKind
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.handlers.test_edit_customer import shop  # noqa: F401  (a fixture)
from tests.handlers.test_new import tapped
from tests.talk import Talk


def defined(talk: Talk) -> list[tuple[str, str, list[str] | None, str]]:
    with transaction(talk.engine) as session:
        return [(one.name, one.kind, one.choices, one.role) for one in fields.all(session)]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("/field add 生日 date", ("生日", "date", None, "agent")),
        ("字段 新增 生日 日期", ("生日", "date", None, "agent")),
        ("/field add 会员级别 choice 金,银,铜", ("会员级别", "choice", ["金", "银", "铜"], "agent")),
        ("/field add 会员级别 单选 金、银 铜", ("会员级别", "choice", ["金", "银", "铜"], "agent")),
        ("/field add 成本价 money 主管", ("成本价", "money", None, "manager")),
        ("/field add shoe size number", ("shoe size", "number", None, "agent")),
        ("/field add 是否会员 是否", ("是否会员", "yes_no", None, "agent")),
        ("/field add 爱好 文本 owner", ("爱好", "text", None, "owner")),
    ],
)
def test_a_manager_defines_a_field_in_one_line(talk: Talk, text: str, field: tuple[object, ...]) -> None:
    mary = talk.staff(1, "Mary", Role.MANAGER)

    [said] = mary.say(text)

    assert defined(talk) == [field]
    assert said.text.startswith(f"🧩 The field <b>{field[0]}</b>")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/field", "No fields yet."),
        ("/field add", "No fields yet."),
        ("/field add 生日", 'What kind is "生日"?'),
        ("/field add 手机 text", "That name already means something."),
        ("/field add city text", "That name already means something."),
        ("/field add 级别 choice 金", "That name already means something."),
        ("/field add 会员 choice 金", "A choice lists 2 to 30 options"),
        ("/field add <b> text", "A field&#39;s name has 1 to 24 letters"),
        ("/field add " + "长" * 30 + " text", "1 to 24 letters"),
        ("/field drop 生日", 'There is no field "生日".'),
    ],
)
def test_a_field_that_cannot_be_is_refused_with_what_to_do(talk: Talk, text: str, said: str) -> None:
    mary = talk.staff(1, "Mary", Role.MANAGER)

    [refused] = mary.say(text)

    assert said.replace("&#39;", "'") in refused.text
    assert defined(talk) == []


def test_a_field_is_there_at_once_for_set_buttons_card_and_filter(shop: Talk) -> None:  # noqa: F811
    mary, bob = shop.staff(1, "Mary", Role.MANAGER), shop.staff(2, "Bob")
    mary.say("/field add 生日 date")
    mary.say("/field add 会员级别 choice 金,银,铜")

    [changed] = bob.say("/set C1 生日=1990年5月1日 会员级别=金")
    [edit] = bob.tap("cedit:1")
    [asked] = bob.tap(tapped(edit, "会员级别"))
    [picked] = bob.tap(tapped(asked, "银"))
    [card] = bob.say("/customer C1")
    [found] = bob.say("/find 会员级别:银")

    assert "• 生日: (empty) → <b>1 May 1990</b>" in changed.text
    assert asked.buttons == ("金", "银", "铜", "Clear", "⬅️ Back")
    assert "• 会员级别: 金 → <b>银</b>" in picked.text
    assert "1 May 1990" in card.text
    assert "银" in card.text
    assert "C1" in found.text


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [
        ("date", "2026-01-05", "5 Jan 2026"),
        ("date", "2026.1.5", "5 Jan 2026"),
        ("date", "２０２６年１月５日", "5 Jan 2026"),
        ("number", "1,234.50", "1234.5"),
        ("number", "-0", "0"),
        ("money", "1.2万", "¥12,000.00"),
        ("yes_no", "是", "yes"),
        ("yes_no", "NO", "no"),
        ("text", "a <b> & c", "a &lt;b&gt; &amp; c"),
    ],
)
def test_a_value_is_read_as_its_kind(shop: Talk, kind: str, typed: str, shown: str) -> None:  # noqa: F811
    mary = shop.staff(1, "Mary", Role.MANAGER)
    mary.say(f"/field add mine {kind}")

    [changed] = mary.say(f"/set C1 mine={typed}")

    assert f"• mine: (empty) → <b>{shown}</b>" in changed.text


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("date", "soon", "Write a date as 2026-01-05."),
        ("date", "2026-02-30", "Write a date as 2026-01-05."),
        ("number", "many", "Write a number, such as 12.5."),
        ("number", "1e999", "Write a number, such as 12.5."),
        ("number", "nan", "Write a number, such as 12.5."),
        ("money", "cheap", "Write an amount, such as 1200 or 3k."),
        ("choice a,b", "c", "One of: a, b."),
        ("yes_no", "perhaps", "Write yes or no."),
        ("text", "x" * 501, "At most 500 characters."),
    ],
)
def test_a_value_that_does_not_fit_is_refused(shop: Talk, kind: str, typed: str, said: str) -> None:  # noqa: F811
    mary = shop.staff(1, "Mary", Role.MANAGER)
    mary.say(f"/field add mine {kind}")

    [refused] = mary.say(f"/set C1 mine={typed}")

    assert said in refused.text


def test_a_field_for_managers_is_nothing_to_an_agent(shop: Talk) -> None:  # noqa: F811
    mary, bob = shop.staff(1, "Mary", Role.MANAGER), shop.staff(2, "Bob")
    mary.say("/field add 成本价 money 主管")
    mary.say("/set C1 成本价=77.31")

    refused = bob.say("/set C1 成本价=1")
    shown = [
        *refused,
        *bob.say("/customer C1"),
        *bob.say("/history C1"),
        *bob.say("/undo C1"),
        *bob.tap("cedit:1"),
        *bob.tap("cfield:1:field:1"),
        *bob.tap("cclear:1:field:1"),
        *bob.say("/set C1"),
        *bob.say("/find 成本价:77.31"),
    ]

    assert 'There is no field "成本价".' in refused[0].text
    assert [one.text for one in shown if "77.31" in one.text.replace("成本价:77.31", "")] == []
    [card] = mary.say("/customer C1")
    assert "77.31" in card.text
    [trail] = mary.say("/history C1")
    assert "77.31" in trail.text


def test_a_dropped_field_is_gone_and_comes_back_with_its_values(shop: Talk) -> None:  # noqa: F811
    mary = shop.staff(1, "Mary", Role.MANAGER)
    mary.say("/field add 生日 date")
    mary.say("/set C1 生日=1990-05-01")

    mary.say("/field drop 生日")
    [gone] = mary.say("/customer C1")
    [refused] = mary.say("/set C1 生日=1991-05-01")
    mary.say("/field add 生日 日期")
    [back] = mary.say("/customer C1")

    assert "1990" not in gone.text
    assert "There is no field" in refused.text
    assert "1 May 1990" in back.text


def test_a_field_that_comes_back_as_another_kind_starts_empty(shop: Talk) -> None:  # noqa: F811
    mary = shop.staff(1, "Mary", Role.MANAGER)
    mary.say("/field add 生日 text")
    mary.say("/set C1 生日=May")
    mary.say("/field drop 生日")

    mary.say("/field add 生日 date")
    [card] = mary.say("/customer C1")

    assert "May" not in card.text
    with transaction(shop.engine) as session:
        assert session.get(CustomField, 1).name == "生日#1"  # type: ignore[union-attr]
        assert fields.all(session)[0].kind == FieldKind.DATE


def test_an_agent_defines_no_fields(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    bob.say("/field add 生日 date")

    assert defined(talk) == []
