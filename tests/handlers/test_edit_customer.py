"""/set, the edit buttons, /owner, /tag C12: changing a customer, and two people changing one at once."""

import pytest
from sqlmodel import Session, select

from crm_store.customers import contacts, records
from crm_store.customers.tables import ContactKind, Customer, CustomerTag
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.crm_store.people import trail
from tests.handlers.shop import customer
from tests.handlers.test_matrix import toasts
from tests.handlers.test_new import tapped
from tests.talk import START, Talk, texts

ANN = "<b>Ann &lt;3 &amp; &#34;张&#34;</b>"


@pytest.fixture
def shop(talk: Talk) -> Talk:
    """A customer C1 with a phone, whom nobody has."""
    with transaction(talk.engine) as session:
        records.create(
            session,
            name='Ann <3 & "张"',
            contacts=[(ContactKind.PHONE, "13800000000")],
            city="北京",
            language="en",
            source="staff",
            channel="staff",
            actor="cli",
            now=START,
        )
    return talk


def ann(session: Session) -> Customer:
    found = session.get(Customer, 1)
    assert found is not None
    return found


def kept(talk: Talk, *keys: str) -> list[object]:
    with transaction(talk.engine) as session:
        return list(records.current(session, customer=ann(session), keys=keys).values())


def test_several_fields_change_at_once_and_are_shown_before_and_after(shop: Talk) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)

    [changed] = bob.say("/set C1 phone=139-0000-0000 城市=上海 等级=vip 备注名=Annie")

    assert changed.text == (
        f"✏️ {ANN} · C1: changed\n"
        "• Phone: 138 0000 0000 → <b>139 0000 0000</b>\n"
        "• City: 北京市 → <b>上海市</b>\n"
        "• Tier: (empty) → <b>VIP</b>\n"
        "• Nickname: (empty) → <b>Annie</b>"
    )
    assert changed.buttons == ("↩️ Undo", "👤 C1")
    assert kept(shop, "phone", "city", "tier", "remark") == [["+8613900000000"], "上海市", "VIP", "Annie"]


@pytest.mark.parametrize(
    "text",
    [
        "/set C1 城市=上海",
        "/set c1 city: 上海",
        "改客户C1 城市：上海",
        "改客户 C1 城市 上海",
        "/set C1 city=Shanghai",
    ],
)
def test_a_field_is_named_in_any_language(shop: Talk, text: str) -> None:
    bob = shop.staff(1, "Bob")

    bob.say(text)

    assert kept(shop, "city") == ["上海市"]


def test_an_empty_value_clears_and_one_tap_brings_it_back(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")
    [cleared] = bob.say("/set C1 city=")

    [undone] = bob.tap(tapped(cleared, "↩️ Undo"))
    after_undo = kept(shop, "city")
    [redone] = bob.tap(tapped(undone, "↩️ Undo"))

    assert "• City: 北京市 → <b>(empty)</b>" in cleared.text
    assert undone.text == f"↩️ {ANN} · C1: taken back. Now:\n• City: (empty) → <b>北京市</b>"
    assert after_undo == ["北京市"]
    assert "• City: 北京市 → <b>(empty)</b>" in redone.text
    assert kept(shop, "city") == [None]


def test_one_wrong_value_changes_nothing_at_all(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    [refused] = bob.say("/set C1 city=上海 phone=11012345678")

    assert refused.text == (
        'Phone: "11012345678" cannot be right.\n'
        "A mobile has 11 digits (13900000000), a landline its area code (010-62345678), a number abroad + "
        "and the country code."
    )
    assert kept(shop, "city", "phone") == ["北京市", ["+8613800000000"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/set C1", "Change one or several at once"),
        ("/set C1 make him rich", 'I do not know which field "make him rich" is for.'),
        ("/set C1 colour=blue", 'There is no field "colour".'),
        ("/set C9 city=上海", "There is no customer <b>C9</b>."),
        ("/set", "Which customer?"),
        ("/set C1 tier=Z", '"Z" is no tier. Write VIP, A, B or C.'),
        ("/set C1 name=", "Please write a name."),
        ("/set C1 owner=Nobody2", 'I am not sure who you mean by "Nobody2".'),
        ("/set C1 name=" + "x" * 300, "Name: at most 200 characters."),
        ("/set C1 email=ann@", 'E-mail: "ann@" cannot be right.'),
    ],
)
def test_what_cannot_be_done_says_what_to_do(shop: Talk, text: str, said: str) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)

    [refused] = texts(bob.say(text), bob)

    assert said in refused
    with transaction(shop.engine) as session:
        assert [one[1] for one in trail(session, "customer")] == ["created"]


def test_the_same_again_changes_nothing_and_is_not_written_down(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    [said] = bob.say("/set C1 city=北京市")

    assert said.text == f"{ANN} · C1: it is so already, nothing was changed."
    with transaction(shop.engine) as session:
        assert [one[1] for one in trail(session, "customer")] == ["created"]


def test_an_agent_sees_what_they_typed_and_nothing_else_in_full(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    [changed] = bob.say("/set C1 phone=13900000000")

    assert "• Phone: 138****0000 → <b>139 0000 0000</b>" in changed.text


def test_a_phone_that_somebody_has_already_is_said_and_nobody_is_merged(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")
    other = customer(shop, "张三", (ContactKind.PHONE, "13900000000"))

    [changed] = bob.say("/set C1 phone=13900000000 city=上海")
    [back] = bob.say("/set C1 phone=13800000000")

    assert "⚠️ <b>C2</b> 张三 has the same contact." in changed.text
    assert (changed.buttons, changed.data[-1]) == (("↩️ Undo", "👤 C1", "👤 C2"), f"c:{other}")
    assert "⚠️" not in back.text
    with transaction(shop.engine) as session:
        assert [one.merged_into_id for one in session.exec(select(Customer))] == [None, None]


def test_who_moves_to_another_city_leaves_the_district_behind(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")
    bob.say("/set C1 address=北京朝阳区建国路1号")

    [moved] = bob.say("/set C1 city=上海")
    bob.tap(tapped(moved, "↩️ Undo"))

    assert "• City: 北京市 → <b>上海市</b>\n• District: 朝阳区 → <b>(empty)</b>" in moved.text
    assert kept(shop, "city", "district", "street") == ["北京市", "朝阳区", "建国路1号"]


def test_by_buttons_a_field_is_chosen_and_its_value_written(shop: Talk) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)

    [fields] = bob.tap("cedit:1")
    [asked] = bob.tap(tapped(fields, "City"))
    [changed] = bob.say("广州")

    assert (
        asked.text == f"✏️ {ANN} · C1\nCity: <b>北京市</b>\n\nSend the new value. (/cancel leaves it as it is)"
    )
    assert asked.buttons == ("Clear", "⬅️ Back")
    assert "• City: 北京市 → <b>广州市</b>" in changed.text


def test_what_has_few_values_is_picked_by_button(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")
    [fields] = bob.tap("cedit:1")
    [asked] = bob.tap(tapped(fields, "Tier"))

    [changed] = bob.tap(tapped(asked, "A"))

    assert asked.buttons == ("VIP", "A", "B", "C", "Clear", "⬅️ Back")
    assert "• Tier: (empty) → <b>A</b>" in changed.text
    assert kept(shop, "tier") == ["A"]


def test_a_wrong_value_leaves_the_question_open(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")
    bob.tap("cfield:1:phone")

    [refused] = bob.say("12345")
    [changed] = bob.say("13900000000")

    assert refused.text.startswith('Phone: "12345" cannot be right.')
    assert "<b>139 0000 0000</b>" in changed.text


@pytest.mark.parametrize(("choice", "city"), [("Use mine", "上海市"), ("Keep theirs", "广州市")])
def test_of_two_who_edit_at_once_the_second_sees_both_and_chooses(shop: Talk, choice: str, city: str) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    alice.tap("cfield:1:city")
    bob.tap("cfield:1:city")
    alice.say("广州")

    [both] = bob.say("上海")
    chosen = bob.tap(tapped(both, choice))

    assert both.text == (
        f"⚠️ {ANN} · C1: somebody else has just changed the same.\n\n"
        "<b>City</b>\n• It is now: <b>广州市</b>\n• You wrote: <b>上海市</b>\n\nWhich one shall it be?"
    )
    assert both.buttons == ("Use mine", "Keep theirs")
    assert kept(shop, "city") == [city]
    assert len(chosen) == 1
    late = bob.tap(tapped(both, "Use mine"))
    assert late == []
    assert kept(shop, "city") == [city]


def test_a_third_person_who_is_faster_still_is_seen_too(shop: Talk) -> None:
    alice, bob, carol = shop.staff(2, "Alice"), shop.staff(1, "Bob"), shop.staff(3, "Carol")
    bob.tap("cfield:1:city")
    alice.say("/set C1 city=广州")
    [both] = bob.say("上海")
    shop.later(minutes=6)
    carol.say("/set C1 city=深圳")

    [again] = bob.tap(tapped(both, "Use mine"))

    assert "• It is now: <b>深圳市</b>" in again.text
    assert kept(shop, "city") == ["深圳市"]


def test_of_two_who_set_the_same_at_once_the_second_is_asked_and_nothing_is_written(shop: Talk) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    alice.say("/set C1 city=广州 tier=A")

    [both] = bob.say("/set C1 city=上海 tier=B company=Acme")
    before = kept(shop, "city", "tier", "company")
    [changed] = bob.tap(tapped(both, "Use mine"))

    assert both.text == (
        f"⚠️ {ANN} · C1: somebody else has just changed the same.\n\n"
        "<b>City</b>\n• It is now: <b>广州市</b>\n• You wrote: <b>上海市</b>\n\n"
        "<b>Tier</b>\n• It is now: <b>A</b>\n• You wrote: <b>B</b>\n\n"
        "<b>Company</b>\n• It is now: (empty)\n• You wrote: <b>Acme</b>\n\nWhich one shall it be?"
    )
    assert before == ["广州市", "A", None]
    assert "• City: 广州市 → <b>上海市</b>" in changed.text
    assert kept(shop, "city", "tier", "company") == ["上海市", "B", "Acme"]


def test_what_was_just_changed_may_be_written_anew_in_words(shop: Talk) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    alice.say("/set C1 city=广州 tier=A")
    bob.say("/set C1 city=上海 tier=B")

    [again] = bob.say("tier=C")
    bob.tap(tapped(again, "Use mine"))

    assert "You wrote: <b>C</b>" in again.text
    assert kept(shop, "city", "tier") == ["广州市", "C"]


def test_an_old_clear_button_asks_where_somebody_has_just_written(shop: Talk) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    alice.say("/set C1 company=Acme")

    [both] = bob.tap("cclear:1:company")

    assert "• It is now: <b>Acme</b>\n• You wrote: (empty)" in both.text
    assert kept(shop, "company") == ["Acme"]


@pytest.mark.parametrize("minutes", [0, 6])
def test_ones_own_change_and_one_of_some_time_ago_are_written_over_without_a_question(
    shop: Talk, minutes: int
) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    (alice if minutes else bob).say("/set C1 city=广州")
    shop.later(minutes=minutes)

    bob.say("/set C1 city=上海")

    assert kept(shop, "city") == ["上海市"]


def test_two_people_may_change_two_fields(shop: Talk) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    bob.tap("cfield:1:city")
    alice.say("/set C1 tier=A")

    bob.say("上海")

    assert kept(shop, "city", "tier") == ["上海市", "A"]


def test_an_agent_takes_a_customer_whom_nobody_has(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    [shown] = bob.say("/owner C1")
    bob.tap(tapped(shown, "🙋 Take them"))

    assert kept(shop, "owner_id") == [1]
    assert "Owner: nobody" in shown.text


def test_an_agent_takes_no_customer_from_a_colleague(shop: Talk) -> None:
    alice, bob = shop.staff(2, "Alice"), shop.staff(1, "Bob")
    bob.say("负责人 C1 我")

    [refused] = alice.say("/owner C1 me")
    [by_set] = alice.say("/set C1 owner=me")
    [to_other] = bob.say("/owner C1 Alice")

    assert refused.text.startswith("<b>C1</b> is Bob")
    assert by_set.text == refused.text
    assert "manager" in to_other.text
    assert kept(shop, "owner_id") == [2]


def test_a_manager_assigns_anybody_and_they_hear_of_it(shop: Talk) -> None:
    bob, mary = shop.staff(1, "Bob", username="bob"), shop.staff(3, "Mary", Role.MANAGER)

    sent = mary.say("/owner C1 @bob")

    assert f"👤 {ANN} · C1 is now your customer (Mary assigned them)." in texts(sent, bob)
    assert kept(shop, "owner_id") == [1]


def test_tags_of_a_customer_are_put_on_and_taken_off(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    bob.say("/tag C1 老客户 VIP")
    [changed] = bob.say("标签C1 #送礼 -vip")
    [shown] = bob.say("/tag C1")

    assert "• Tags: #vip #老客户 → <b>#老客户 #送礼</b>" in changed.text
    assert shown.text.startswith(f"🏷 {ANN} · C1: #老客户 #送礼")


def test_old_buttons_of_an_edit_say_so(shop: Talk) -> None:
    bob = shop.staff(1, "Bob")

    for data in ("cmine:1", "cpick:1:99:tier", "cpick:1:0:nonsense", "cclear:1:password", "cfield:1:id"):
        assert bob.tap(data) == []
        assert toasts(shop) == ["This button has expired. Please open the ticket or list again"]


def test_several_phones_stand_in_their_order(shop: Talk) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)

    bob.say("/set C1 phone=13900000000 phone=13700000000")
    bob.say("/set C1 phone=13600000000")

    with transaction(shop.engine) as session:
        found = contacts.of(session, customer=ann(session))
        assert [(one.value, one.primary) for one in found] == [
            ("+8613600000000", True),
            ("+8613700000000", False),
        ]


@pytest.mark.parametrize("text", ["/tag rename 老客户 常客", "标签 改名 #老客户 #常客"])
def test_a_tag_is_renamed_and_nobody_who_has_it_is_lost(shop: Talk, text: str) -> None:
    """AT C08."""
    bob, mary = shop.staff(1, "Bob"), shop.staff(2, "Mary", Role.MANAGER)
    bob.say("/tag C1 老客户 茶")
    customer(shop, "张三", tags=["老客户", "常客"])
    customer(shop, "李四", tags=["别的"])

    [refused] = bob.say(text)
    [renamed] = mary.say(text)
    [unknown] = mary.say(text)

    assert refused.text.startswith('This needs the role "manager".')
    assert renamed.text == "🏷 <b>#老客户</b> is now <b>#常客</b> for 2 customers."
    assert unknown.text.startswith("No customer has the tag <b>#老客户</b>.")
    with transaction(shop.engine) as session:
        found = session.exec(select(CustomerTag).order_by(CustomerTag.customer_id, CustomerTag.tag))  # type: ignore[arg-type]
        assert [(one.customer_id, one.tag) for one in found] == [
            (1, "常客"),
            (1, "茶"),
            (2, "常客"),
            (3, "别的"),
        ]


def test_of_one_customer_the_new_name_of_a_tag_is_taken_back_like_any_change(shop: Talk) -> None:
    mary = shop.staff(2, "Mary", Role.MANAGER)
    mary.say("/tag C1 老客户")
    mary.say("/tag rename 老客户 常客")

    mary.tap(tapped(mary.say("/undo C1")[0], "↩️ Undo"))

    assert kept(shop, "tags") == [["老客户"]]
