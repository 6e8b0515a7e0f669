"""/history and /undo: who changed what, and the way back."""

import pytest

from crm_store.customers import customers, records
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.staff import audit
from crm_store.staff.roles import Role
from tests.handlers.shop import order
from tests.handlers.test_edit_customer import ANN, kept, shop  # noqa: F401  (a fixture)
from tests.handlers.test_new import tapped
from tests.talk import START, Talk, texts


def test_the_trail_says_who_changed_what_from_what_to_what(shop: Talk) -> None:  # noqa: F811
    bob, mary = shop.staff(1, "Bob <b>"), shop.staff(2, "Mary", Role.MANAGER)
    bob.say("/set C1 city=上海 tier=A")
    shop.later(minutes=5)
    mary.say("/owner C1 Mary")

    [trail] = mary.say("/history C1")

    assert trail.text == (
        "🕓 Changes of <b>C1</b> · Ann &lt;3 &amp; &#34;张&#34;\n\n"
        "10:05 · Mary · changed\n"
        "   Owner: (empty) → Mary\n"
        "10:00 · Bob &lt;b&gt; · changed\n"
        "   City: 北京市 → 上海市\n"
        "   Tier: (empty) → A\n"
        "10:00 · command line · created\n"
        "   Name: (empty) → Ann &lt;3 &amp; &#34;张&#34;\n"
        "   City: (empty) → 北京市\n"
        "   Phone: (empty) → 138 0000 0000"
    )


def test_an_agent_reads_the_trail_with_contacts_masked(shop: Talk) -> None:  # noqa: F811
    bob, mary = shop.staff(1, "Bob"), shop.staff(2, "Mary", Role.MANAGER)
    mary.say("/set C1 phone=13900000001 email=ann@example.com")

    [trail] = bob.say("记录C1")

    assert "   Phone: 138****0000 → 139****0001\n   E-mail: (empty) → a****@example.com" in trail.text
    assert "13900000001" not in trail.text.replace(" ", "")
    assert "ann@" not in trail.text


def test_a_long_trail_has_pages(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    for number in range(20):
        bob.say(f"/set C1 remark=name-{number:02}")

    [first] = bob.say("/history C1")
    [second] = bob.tap(tapped(first, "Older ➡️"))
    [third] = bob.tap(tapped(second, "Older ➡️"))

    pages = [one.text for one in (first, second, third)]
    seen = [[n for n in range(20) if f"→ name-{n:02}" in page] for page in pages]
    assert seen == [list(range(12, 20)), list(range(4, 12)), list(range(4))]
    assert third.buttons == ("⬅️ Newer",)


def test_tickets_and_orders_have_a_trail_too(shop: Talk) -> None:  # noqa: F811
    ann, bob = shop.customer(), shop.staff(1, "Bob")
    ann.say("my kettle leaks")
    bob.say("/prio T1 P1")
    bob.say("/claim T1")

    [trail] = texts(bob.say("/history T1"), bob)

    assert "Bob · claimed\n   Assignee: (empty) → Bob\n   State: new → open" in trail
    assert "Bob · changed the priority\n   Priority: P3 normal → P1 urgent" in trail


def test_undo_shows_what_it_would_restore_and_restores_it_with_one_tap(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    bob.say("/set C1 city=上海 remark=Annie")
    shop.later(minutes=1)

    [shown] = bob.say("/undo C1")
    before = kept(shop, "city", "remark")
    [undone] = bob.tap(tapped(shown, "↩️ Undo"))

    assert shown.text == (
        f"↩️ {ANN} · C1: taking back what Bob changed (10:00) would make it:\n"
        "• City: 上海市 → <b>北京市</b>\n"
        "• Nickname: Annie → <b>(empty)</b>"
    )
    assert before == ["上海市", "Annie"]
    assert undone.method == "editMessageText"
    assert kept(shop, "city", "remark") == ["北京市", None]


def test_an_undone_change_can_be_done_again_by_undo(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    bob.say("/set C1 phone=13900000000")
    for _ in range(2):
        [shown] = bob.say("撤销 C1")
        bob.tap(tapped(shown, "↩️ Undo"))

    assert kept(shop, "phone") == [["+8613900000000"]]


def test_a_button_for_a_change_that_is_not_the_last_any_more_restores_nothing(shop: Talk) -> None:  # noqa: F811
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    [mine] = bob.say("/set C1 city=上海")
    alice.say("/set C1 tier=A")

    [refused] = bob.tap(tapped(mine, "↩️ Undo"))

    assert refused.text == (
        "Somebody changed <b>C1</b> after this button was shown. <code>/undo C1</code> shows the last change."
    )
    assert kept(shop, "city", "tier") == ["上海市", "A"]


@pytest.mark.parametrize(
    ("actor", "action", "said"),
    [
        ("staff:1", "merged", "/unmerge C1"),
        ("customer:1", "merged", "/unmerge C1"),
        ("import:3", "changed", "/import_undo"),
    ],
)
def test_what_has_its_own_way_back_is_said(shop: Talk, actor: str, action: str, said: str) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    bob.say("/set C1 city=上海")
    with transaction(shop.engine) as session:
        audit.record(session, actor=actor, action=action, entity="customer", entity_id=1, now=START)

    [refused] = bob.say("/undo C1")

    assert said in refused.text
    assert kept(shop, "city") == ["上海市"]


def test_the_steps_of_orders_and_tickets_have_their_own_way_back(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    shop.customer().say("my kettle leaks")
    order(shop, 1, 100)

    [of_order] = texts(bob.say("/undo O1"), bob)
    [of_ticket] = texts(bob.say("撤销 T1"), bob)
    [unknown] = texts(bob.say("/undo O9"), bob)

    assert "<code>/undo C1</code>" in of_order
    assert "<code>/cancel O1</code>, <code>/refund O1</code>, <code>/return O1</code>" in of_order
    assert "<code>/undo C2</code>" in of_ticket
    assert "Reopen" in of_ticket
    assert "There is no order <b>O9</b>" in unknown


def test_what_the_customer_changed_is_not_undone_by_staff(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    with transaction(shop.engine) as session:
        ann = customers.get(session, customer_id=1)
        records.change(session, customer=ann, changes={"city": "上海"}, actor=ann, now=START)

    [refused] = bob.say("/undo C1")

    assert refused.text.startswith("There is nothing to take back on <b>C1</b>.")


def test_an_agent_does_not_take_back_what_only_managers_may_do(shop: Talk) -> None:  # noqa: F811
    bob, mary = shop.staff(1, "Bob"), shop.staff(2, "Mary", Role.MANAGER)
    [assigned] = mary.say("/owner C1 Mary")

    [refused] = bob.say("/undo C1")
    bob.tap(tapped(assigned, "↩️ Undo"))

    assert "Mary" in refused.text
    assert kept(shop, "owner_id") == [2]


def test_somebody_who_left_gets_no_customers_back(shop: Talk) -> None:  # noqa: F811
    shop.staff(1, "Bob")
    mary = shop.staff(2, "Mary", Role.MANAGER)
    mary.say("/owner C1 Bob")
    mary.say("/owner C1 Mary")
    mary.say("/revoke Bob")
    mary.tap("revoke_yes:1")

    [shown] = mary.say("/undo C1")

    assert "• Owner: Mary → <b>" in shown.text


def test_of_two_of_one_name_one_is_changed(shop: Talk) -> None:  # noqa: F811
    bob = shop.staff(1, "Bob")
    with transaction(shop.engine) as session:
        session.add(Customer(name='Ann <3 & "张"', language="en", created_at=START, updated_at=START))

    bob.say("/set C2 city=上海")

    assert kept(shop, "city") == ["北京市"]
    [unknown] = bob.say("/set C3 city=上海")
    assert "There is no customer <b>C3</b>" in unknown.text
