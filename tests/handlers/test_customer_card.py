"""The customer's card: everything on one screen, contacts only for whom they are."""

from datetime import timedelta

import pytest
from sqlmodel import select

from crm_store.customers import consents, customers, fields, needs, preferences
from crm_store.customers.tables import (
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    FieldKind,
    Purpose,
)
from crm_store.engine import transaction
from crm_store.sales.states import OrderState, PaymentState
from crm_store.sales.tables import Order
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit
from tests.handlers.desk import notice, to
from tests.handlers.shop import customer, order
from tests.talk import Person, Sent, Talk, texts

PHONE, EMAIL, WECHAT = ContactKind.PHONE, ContactKind.EMAIL, ContactKind.WECHAT
SHOW = "👁 Show contacts"


def card(sent: list[Sent], person: Person) -> Sent:
    [found] = to(sent, person)
    return found


def unmaskings(talk: Talk) -> list[tuple[str, int]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(Audit).where(Audit.action == "unmasked"))
        return [(one.actor, one.entity_id) for one in found]


def test_everything_is_on_one_screen(talk: Talk) -> None:
    """C20 and AT C01, C02: who they are, whose, what they bought, what is open, what they like."""
    bob = talk.staff(1, "Bob", Role.MANAGER)
    number = customer(
        talk, "张三", (PHONE, "13800000000"), (EMAIL, "Z@example.com"), city="北京", street="建国路1号",
        company="Tea & <Co>", salutation="张总", remark="老张", tier="VIP", tags=["vip", "批发"], owner=bob,
    )  # fmt: skip
    for age, paid in ((30, 100_000), (20, 200_000), (10, 300_000)):
        order(talk, number, paid, at=talk.now - timedelta(days=age), refunded=50_000 if age == 20 else 0)
    with transaction(talk.engine) as session:
        found, boss = session.get(Customer, number), staff_verbs.by_user_id(session, user_id=bob.id)
        assert found is not None
        assert boss is not None
        consents.record(
            session, customer=found, purpose=Purpose.MARKETING, state=ConsentState.GRANTED, source="chat",
            actor="test", now=talk.now,
        )  # fmt: skip
        preferences.state(session, customer=found, text="不要电话", actor="test", now=talk.now)
        preferences.infer(
            session,
            customer=found,
            topic="channel",
            value="phone",
            confidence=0.9,
            actor="clock",
            now=talk.now,
        )
        needs.add(
            session,
            customer=found,
            category="tea sets",
            text="six <cups>",
            budget=50_000,
            by=boss,
            now=talk.now,
        )
        birthday = fields.define(session, name="Birthday", kind=FieldKind.DATE, by=boss, now=talk.now)
        fields.put(session, customer=found, field=birthday, value="1990-01-05")
    bob.say("/note C1 likes <oolong>")

    shown = card(bob.say("/customer C1"), bob)

    assert shown.text == (
        "👤 <b>C1</b> · <b>张三</b> / 老张 · VIP\n"
        "张总 · Tea &amp; &lt;Co&gt;\n"
        "Phone: <code>138 0000 0000</code>\n"
        "E-mail: <code>z@example.com</code>\n"
        "💬 Not on Telegram. Reach them by e-mail: z@example.com\n"
        "📍 北京市建国路1号\n"
        "Owner: Bob · tags: vip, 批发\n"
        "Marketing messages: agreed\n"
        "Since 20 Nov 2026 · came by test\n\n"
        "🧾 <b>3 orders</b> · net ¥5,500.00 · last purchase 10 Nov 2026\n"
        "Mean ¥2,000.00 an order\n"
        "O3 · ¥3,000.00 · 10 Nov 2026 · paid · not shipped\n"
        "O2 · ¥2,000.00 · 31 Oct 2026 · paid · not shipped\n"
        "O1 · ¥1,000.00 · 21 Oct 2026 · paid · not shipped\n\n"
        "🎯 tea sets: six &lt;cups&gt; · budget ¥500.00\n\n"
        "💡 How to reach them: 不要电话 (they said so)\n\n"
        "Birthday: 5 Jan 1990\n\n"
        "📝 likes &lt;oolong&gt;\n"
        "    Bob · 10:00\n\n"
        "📋 85% complete; missing: a confirmed phone"
    )
    assert shown.buttons == (
        "🕓 Timeline", "✏️ Edit", "🧾 Orders", "🎫 Tickets", "➕ New order", "📜 Changes",
        "📞 Log a call", "📝 Note",
    )  # fmt: skip


def test_a_chinese_card_is_chinese(talk: Talk) -> None:
    li = talk.staff(1, "李", Role.MANAGER, language_code="zh")
    customer(talk, "张三", (PHONE, "13800000000"), city="北京", street="建国路1号")

    shown = card(li.say("客户C1"), li)

    assert shown.text == (
        "👤 <b>C1</b> · <b>张三</b>\n"
        "电话：<code>138 0000 0000</code>\n"
        "💬 不在 Telegram 上，请打电话：138 0000 0000\n"
        "📍 北京市建国路1号\n"
        "负责人：–\n"
        "建档：2026年11月20日 · 来源：test\n\n"
        "📋 完整度 60%，缺：已核实的电话、其他联系方式、负责人、标签或等级"
    )


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ({"province": "北京市", "city": "北京市", "street": "长江路235号"}, "北京市长江路235号"),
        ({"province": "吉林省", "city": "吉林市"}, "吉林省吉林市"),
        ({"city": "北京市", "street": "Building 5, Foo Rd"}, "北京市 Building 5, Foo Rd"),
        ({"city": "London", "street": "1 Foo St", "province": "England"}, "1 Foo St, London, England"),
    ],
)  # fmt: skip
def test_an_address_reads_as_it_is_written_where_it_is(talk: Talk, place: dict[str, str], line: str) -> None:
    bob = talk.staff(1, "Bob")
    number = customer(talk, "Ann")
    with transaction(talk.engine) as session:
        found = session.get(Customer, number)
        assert found is not None
        for key, value in place.items():
            setattr(found, key, value)
        session.add(found)

    assert f"\n📍 {line}\n" in card(bob.say("C1"), bob).text


@pytest.mark.parametrize(
    "text", ["/customer C1", "/customer c1", "/customer 1", "客户 C1", "客户1", "C1", "c 1", "#C1", "Ｃ1"]
)
def test_a_card_opens_by_command_or_by_the_number_alone(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    assert card(bob.say(text), bob).text.startswith("👤 <b>C1</b> · <b>张三</b>")


def test_a_reply_to_a_ticket_opens_its_customer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    customer(talk, "张三")
    shown = notice(talk, ann, bob)

    found = card(bob.say("/customer", reply_to=shown), bob)

    assert found.text.startswith("👤 <b>C2</b>")
    assert "🎫 <b>Open tickets: 1</b>\nT1 · P3 · not sorted yet · new" in found.text


def test_the_tickets_card_leads_to_the_customer_and_back_to_the_ticket(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    ticket = card(bob.say("/t T1"), bob)

    shown = card(bob.tap(ticket.data[ticket.buttons.index("👤 Customer")]), bob)
    tickets = card(bob.tap(shown.data[shown.buttons.index("🎫 Tickets")]), bob)

    assert shown.method == "sendMessage"  # the ticket stays where it is
    assert tickets.text.endswith("🎫 <b>T1</b> · not sorted yet · new · 20 Nov 2026")
    assert tickets.data == ("t:1", "ccard:1")


def test_another_agents_customer_is_masked_until_asked_which_is_written_down(talk: Talk) -> None:
    """AT C20, Q08: who asks sees them once, and that they asked."""
    bob, carol = talk.staff(1, "Bob"), talk.staff(2, "Carol")
    customer(
        talk, "张三", (PHONE, "13800008888"), (EMAIL, "zhang@example.com"), (WECHAT, "zhang_3"), owner=bob
    )

    shown = card(carol.say("C1"), carol)
    unmasked = card(carol.tap(shown.data[shown.buttons.index(SHOW)]), carol)
    told = [one.params["text"] for one in talk.group.asides]
    again = card(carol.say("C1"), carol)

    hidden = "Phone: 138****8888\nE-mail: z****@example.com\nWeChat: z****"
    assert hidden in shown.text
    assert not any(part in shown.text for part in ("13800008888", "138 0000", "zhang@", "zhang_3"))
    assert "Phone: <code>138 0000 8888</code>\nE-mail: <code>zhang@example.com</code>" in unmasked.text
    assert (SHOW in unmasked.buttons, again.text) == (False, shown.text)
    assert told == ["Contacts shown in full; it has been written down"]
    assert unmaskings(talk) == [("staff:2", 1)]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
def test_managers_see_contacts_without_asking(talk: Talk, role: Role) -> None:
    olga = talk.staff(1, "Olga", role)
    customer(talk, "张三", (PHONE, "13800008888"))

    shown = card(olga.say("C1"), olga)
    olga.tap("cshow:1")

    assert "138 0000 8888" in shown.text
    assert (SHOW in shown.buttons, unmaskings(talk)) == (False, [])


def test_ones_own_customer_is_not_masked(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三", (PHONE, "13800008888"), owner=bob)

    assert "138 0000 8888" in card(bob.say("C1"), bob).text


def test_a_field_for_managers_is_not_on_an_agents_card(talk: Talk) -> None:
    bob, olga = talk.staff(1, "Bob"), talk.staff(2, "Olga", Role.OWNER)
    number = customer(talk, "张三")
    with transaction(talk.engine) as session:
        boss = staff_verbs.by_user_id(session, user_id=olga.id)
        found = session.get(Customer, number)
        assert boss is not None
        assert found is not None
        limit = fields.define(
            session, name="Limit", kind=FieldKind.MONEY, role=Role.MANAGER, by=boss, now=talk.now
        )
        fields.put(session, customer=found, field=limit, value="123400")

    assert "Limit" not in card(bob.say("C1"), bob).text
    assert "Limit: ¥1,234.00" in card(olga.say("C1"), olga).text


def test_a_contact_that_fails_or_was_confirmed_long_ago_says_so(talk: Talk) -> None:
    olga = talk.staff(1, "Olga", Role.OWNER)
    customer(talk, "张三", (PHONE, "13800008888"), (PHONE, "13911112222"))
    with transaction(talk.engine) as session:
        first, second = session.exec(select(ContactMethod).order_by(ContactMethod.id)).all()  # type: ignore[arg-type]
        first.verified_at, second.invalid = talk.now - timedelta(days=400), True
        session.add_all([first, second])

    shown = card(olga.say("C1"), olga).text

    assert "<code>138 0000 8888</code> ✓ confirmed 16 Oct 2025, over a year ago\n" in shown
    assert "<code>139 1111 2222</code> (does not work)\n" in shown


def test_of_one_who_blocked_the_bot_the_card_says_how_to_reach_them(talk: Talk) -> None:
    """AT C18."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say("hello, my kettle leaks")
    with transaction(talk.engine) as session:
        found = session.exec(select(Customer)).one()
        customers.lose(session, customer=found, now=talk.now)
    alone = card(bob.say("C1"), bob).text
    with transaction(talk.engine) as session:
        session.add(ContactMethod(customer_id=1, kind=PHONE, value="+8613800008888", created_at=talk.now))
    by_phone = card(bob.say("C1"), bob).text

    assert (
        "🚫 Has blocked the bot, and no other contact can be used: ask for one at the next visit\n" in alone
    )
    assert "🚫 Has blocked the bot. Reach them by phone: 138****8888\n" in by_phone


def test_a_merged_number_says_so_and_shows_who_took_it_in(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    kept, gone = customer(talk, "张三"), customer(talk, "张三丰")
    with transaction(talk.engine) as session:
        found = session.get(Customer, gone)
        assert found is not None
        found.merged_into_id = kept
        session.add(found)

    for text in ("/customer C2", "C2", "/find C2"):
        assert card(bob.say(text), bob).text.startswith(
            "👤 <b>C1</b> · <b>张三</b>\n🔀 C2 was merged into this customer.\n"
        )


def test_states_of_orders_that_are_not_under_way_are_said_alone(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    number = customer(talk, "张三")
    order(talk, number, 100)
    with transaction(talk.engine) as session:
        row = session.get(Order, 1)
        assert row is not None
        row.state, row.payment_state = OrderState.CANCELLED, PaymentState.REFUNDED
        session.add(row)

    assert "O1 · ¥1.00 · 20 Nov 2026 · cancelled\n" in card(bob.say("C1"), bob).text


@pytest.mark.parametrize("text", ["C99", "/customer C99", "/customer C0", "/customer C9999999999"])
def test_a_number_that_is_nobodys(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")

    [said] = texts(bob.say(text), bob)

    assert "/find" in said
    assert talk.group.failed == 0


def test_a_customer_who_types_a_number_sees_no_card(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    customer(talk, "张三")

    sent = ann.say("C1")

    assert not any("张三" in text for text in texts(sent, ann))
    assert to(sent, bob)[0].text.startswith("🆕 <b>T1</b>")


def test_looking_at_another_customer_ends_the_answer_to_the_first(talk: Talk) -> None:
    """What is written next must not reach the wrong person."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    customer(talk, "张三")
    bob.tap("answer:1")

    bob.say("C1")
    same = bob.say("for Ann still")
    bob.say("C2")
    other = bob.say("for whom now?")

    assert len(texts(same, ann)) == 1
    assert texts(other, ann) == []


def test_long_cards_are_whole(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张" * 200, street="路" * 200)
    with transaction(talk.engine) as session:
        found = session.get(Customer, 1)
        assert found is not None
        for number in range(60):
            preferences.state(
                session, customer=found, text=f"topic {number}: {'x' * 100}", actor="test", now=talk.now
            )

    sent = to(bob.say("C1"), bob)

    assert len(sent) > 1
    assert all(f"topic {number}:" in "".join(one.text for one in sent) for number in range(60))
    assert sent[-1].buttons[0] == "🕓 Timeline"
