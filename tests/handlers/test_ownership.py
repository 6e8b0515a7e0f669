"""Whose contacts staff see: agents those of their own customers, managers all. Every command and every
button, about a customer of one's own, of nobody and of a colleague."""

from datetime import timedelta

import pytest

from crm_store.customers import interactions, records
from crm_store.customers.tables import Customer, InteractionKind
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.commands import Command, Tapped
from handlers.registry import HANDLERS
from tests.crm_store.people import trail
from tests.handlers.test_matrix import COMMANDS, STAFF_TAPS, _any, toasts
from tests.talk import Person, Sent, Talk

NAME = "张小芳"
PHONE, FORMER, EMAIL = "13812345678", "13987654321", "fang.zhang@example.com"
SECRETS = (PHONE, FORMER, EMAIL, "fang.zhang")
FORMS = (
    "{name} C1",
    "{name} T1",
    "{name} " + NAME,
    "{name} C1 " + NAME,
    "{name} C1 5678",
    "{name} C1 phone=1",
)
UNMASKS = "cshow"
"""The one button that shows contacts to whoever asks; it is written down (test_customer_card)."""


@pytest.fixture
def shop(talk: Talk) -> Talk:
    """C1 has a phone, a former one and an e-mail, a ticket, notes, and a history; Carl is their owner."""
    talk.staff(31, "Carl")
    fang = talk.person(700, NAME, "zh-hans")
    fang.say("你好，我想买茶叶，预算500")
    with transaction(talk.engine) as session:
        customer = session.get(Customer, 1)
        assert customer is not None
        owner = session.get(Staff, 1)
        assert owner is not None
        for phone in (FORMER, PHONE):
            records.change(
                session,
                customer=customer,
                changes={"phone": phone, "email": EMAIL, "city": "北京", "tags": ["tea"]},
                actor="cli",
                now=talk.now,
            )
        records.change(session, customer=customer, changes={"owner_id": owner.id}, actor="cli", now=talk.now)
        interactions.log(
            session,
            customer=customer,
            kind=InteractionKind.CALL,
            way=None,
            duration_seconds=60,
            text="asked for tea",
            by=owner,
            at=talk.now,
            now=talk.now + timedelta(seconds=1),
        )
    return talk


def secrets_in(sent: list[Sent], reader: Person) -> list[str]:
    """What of the contacts somebody gets to read, in texts, on buttons, in what buttons carry."""
    seen = []
    for one in sent:
        if one.to == reader.id:
            plain = "".join(" ".join((one.text, *one.buttons, *one.data)).split()).replace("-", "")
            seen += [secret for secret in SECRETS if secret in plain]
    return seen


@pytest.mark.parametrize("command", [one.name for one in COMMANDS if one.role.includes(Role.AGENT)])
def test_no_command_shows_a_colleagues_customers_contacts(shop: Talk, command: str) -> None:
    bob = shop.staff(41, "Bob")

    seen = []
    for form in FORMS:
        sent = bob.say("/" + form.format(name=command))
        assert shop.group.failed == 0, form
        seen += secrets_in(sent, bob)
        bob.say("/cancel")

    assert seen == []


@pytest.mark.parametrize(
    "matcher", [one for one in STAFF_TAPS if one.tap.verb != UNMASKS], ids=lambda one: one.tap.verb
)
def test_no_button_shows_a_colleagues_customers_contacts(shop: Talk, matcher: Tapped) -> None:
    bob = shop.staff(41, "Bob")

    sent = bob.tap(_any(matcher.tap))
    said = " ".join(toasts(shop)).replace(" ", "")

    assert shop.group.failed == 0
    assert secrets_in(sent, bob) == []
    assert not any(secret in said for secret in SECRETS)


SHOWN = ["/customer C1", "C1", "/history C1"]


@pytest.mark.parametrize("text", SHOWN)
@pytest.mark.parametrize(("role", "sees"), [(Role.AGENT, False), (Role.MANAGER, True), (Role.OWNER, True)])
def test_managers_see_every_customers_contacts(shop: Talk, text: str, role: Role, sees: bool) -> None:
    reader = shop.staff(41, "Robin", role)

    assert (PHONE in secrets_in(reader.say(text), reader)) is sees


@pytest.mark.parametrize("text", SHOWN)
def test_an_agent_sees_their_own_customers_contacts(shop: Talk, text: str) -> None:
    carl = shop.person(31, "Carl")

    assert PHONE in secrets_in(carl.say(text), carl)


def test_who_takes_a_customer_sees_them_and_who_gives_them_away_no_more(shop: Talk) -> None:
    bob, mary = shop.staff(41, "Bob"), shop.staff(42, "Mary", Role.MANAGER)
    carl = shop.person(31, "Carl")

    mary.say("/owner C1 Bob")

    assert PHONE in secrets_in(bob.say("/customer C1"), bob)
    assert secrets_in(carl.say("/customer C1"), carl) == []


def test_of_a_customer_nobody_has_an_agent_sees_no_contacts_until_they_take_them(shop: Talk) -> None:
    bob, mary = shop.staff(41, "Bob"), shop.staff(42, "Mary", Role.MANAGER)
    mary.say("/set C1 owner=")

    before = secrets_in(bob.say("/customer C1"), bob)
    bob.say("/owner C1 me")

    assert before == []
    assert PHONE in secrets_in(bob.say("/customer C1"), bob)


def test_two_who_edit_a_phone_at_once_do_not_read_it_from_each_other(shop: Talk) -> None:
    bob, mary = shop.staff(41, "Bob"), shop.staff(42, "Mary", Role.MANAGER)
    [asked] = bob.tap("cfield:1:phone")
    mary.say("/set C1 phone=13611112222")

    [both] = bob.say("13533334444")

    assert "138****5678" in asked.text
    assert "136****2222" in both.text
    assert "135 3333 4444" in both.text  # they typed it themselves
    assert "13611112222" not in both.text.replace(" ", "")


def test_a_new_customer_with_the_same_phone_does_not_show_it_to_who_asks_by_tail(shop: Talk) -> None:
    bob = shop.staff(41, "Bob")

    sent = bob.say(f"/new {NAME} 北京")

    assert secrets_in(sent, bob) == []


def test_asking_for_contacts_shows_them_once_and_is_written_down(shop: Talk) -> None:
    bob = shop.staff(41, "Bob")

    shown = secrets_in(bob.tap(f"{UNMASKS}:1"), bob)
    after = secrets_in(bob.say("/customer C1"), bob)

    assert PHONE in shown
    assert after == []
    with transaction(shop.engine) as session:
        assert [one[1] for one in trail(session, "customer")].count("unmasked") == 1


def test_a_customer_reaches_no_record_by_any_staff_command(shop: Talk) -> None:
    fang = shop.person(700, NAME, "zh-hans")
    names = [one.name for one in HANDLERS if isinstance(one, Command) and one.role.includes(Role.AGENT)]

    sent = [one for name in names for one in fang.say(f"/{name} C1") if one.to == fang.id]

    assert {one.text for one in sent} == {shop.render("refused/unknown_command.html.j2", language="zh")}


def test_a_known_phone_finds_its_customer_without_telling_the_rest(shop: Talk) -> None:
    """Whoever knows the number may find the person; the other contacts stay hidden."""
    bob = shop.staff(41, "Bob")

    sent = bob.say(f"/find {PHONE}")

    told = [secret for secret in secrets_in(sent, bob) if secret != PHONE]
    assert told == []
