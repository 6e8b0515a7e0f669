"""/need, /needs and /pref: what customers want, and how they want it."""

from datetime import date

import pytest
from sqlmodel import select

from crm_store.customers import customers, preferences
from crm_store.customers.tables import Need
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from handlers.agent.records.need import budget_in, day_in
from tests.handlers.test_edit_customer import ANN, shop  # noqa: F401  (a fixture)
from tests.handlers.test_matrix import toasts
from tests.handlers.test_new import tapped
from tests.talk import START, Talk, texts


def needs_of(talk: Talk) -> list[tuple[object, ...]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(Need).order_by(Need.id))  # type: ignore[arg-type]
        return [
            (one.customer_id, one.category, one.text, one.budget, one.wanted_by, one.message_id, one.state)
            for one in found
        ]


def test_a_need_is_written_down_with_budget_and_day(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")

    [kept] = bob.say("/need C1 茶叶: 龙井两斤 预算1.2万 12月1日前")

    assert kept.text == (
        f"📝 Kept for {ANN} · C1: <b>茶叶</b>\n龙井两斤 预算1.2万 12月1日前\n"
        "Budget: ¥12,000.00\nBy: 1 Dec 2026"
    )
    assert needs_of(shop) == [
        (1, "茶叶", "龙井两斤 预算1.2万 12月1日前", 1_200_000, date(2026, 12, 1), None, "open")
    ]


@pytest.mark.parametrize(
    ("text", "budget", "day"),
    [
        ("budget 3k, by 2027-01-05", 300_000, date(2027, 1, 5)),
        ("预算：500元", 50_000, None),
        ("1月5日之前要", None, date(2027, 1, 5)),  # the next one
        ("2026年12月1号", None, date(2026, 12, 1)),
        ("预算不限", None, None),
        ("2月30日", None, None),
        ("just tea", None, None),
    ],
)
def test_budget_and_day_are_read_from_what_is_written(
    text: str, budget: int | None, day: date | None
) -> None:
    assert budget_in(text, currency="CNY") == budget
    assert day_in(text, today=START.date()) == day


def test_what_a_customer_wrote_is_kept_by_a_button_and_linked(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say("I want two pounds of <Longjing>, budget 500")
    [card] = texts(bob.say("/t T1"), bob)
    assert card

    [asked] = bob.tap("needof:1")
    [kept] = bob.say("tea")
    again = bob.tap("needof:1")
    bob.tap(tapped(again[0], "tea"))

    assert "<blockquote>I want two pounds of &lt;Longjing&gt;, budget 500</blockquote>" in asked.text
    assert "<b>tea</b>" in kept.text
    [need] = needs_of(talk)  # kept twice, it is one
    assert need[:4] == (1, "tea", "I want two pounds of <Longjing>, budget 500", 50_000)
    assert need[5] == 1


def test_a_ticket_without_words_has_nothing_to_keep(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say(sticker={"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "type": "regular",
                     "is_animated": False, "is_video": False})  # fmt: skip

    assert bob.tap("needof:1") == []
    assert toasts(talk) == ["The customer has not written anything to keep"]


def test_needs_counts_distinct_customers_of_a_category(talk: Talk) -> None:
    bob, mary = talk.staff(1, "Bob"), talk.staff(2, "Mary", Role.MANAGER)
    for id in (501, 502, 503):
        talk.person(id, f"P{id}").say("I have a question about tea")
    for text in ("C1 茶叶: 龙井 预算100", "C1 茶叶: 碧螺春", "C2 茶叶: 红茶 预算200", "C3 茶具: 壶"):
        bob.say(f"/need {text}")

    [before] = mary.say("需求统计")
    [listed] = bob.say("/need C3")
    bob.tap(listed.data[0])
    [after] = mary.say("/needs")

    assert (
        "• <b>茶叶</b>: 2 customers, 3 needs, budgets of ¥300.00\n• <b>茶具</b>: 1 customer, 1 need"
        in before.text
    )
    assert "茶具" not in after.text


def test_what_was_stated_beats_what_was_inferred(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    with transaction(shop.engine) as session:
        ann = customers.get(session, customer_id=1)
        preferences.infer(
            session, customer=ann, topic="channel", value="phone", confidence=0.8, actor="clock", now=START
        )
    [inferred] = bob.say("/pref C1")

    [stated] = bob.say("/pref C1 不要电话")

    assert "• How to reach them: <b>phone</b> (a guess, 80%)" in inferred.text
    assert "• How to reach them: <b>不要电话</b> (they said so)" in stated.text
    assert "<b>phone</b>" not in stated.text


def test_a_preference_is_replaced_by_a_new_word_and_forgotten_by_button(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    bob.say("/pref C1 颜色=蓝色")

    [shown] = bob.say("偏好 C1 颜色=绿色")
    [gone] = bob.tap(tapped(shown, "🗑 绿色"))

    assert "蓝色" not in shown.text.split("Add one")[0]
    assert "绿色" in shown.text
    assert "None" not in gone.text
    assert "绿色" not in gone.text
