"""What a card shows: figures that are right, what counts first, and how to reach whom the bot cannot."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers import contacts, customers, interactions, preferences
from crm_store.customers.overview import Net, Overview, overview, phone_tails
from crm_store.customers.reach import best
from crm_store.customers.tables import (
    ContactKind,
    ContactMethod,
    Customer,
    InteractionKind,
    Preference,
    PreferenceSource,
    Way,
)
from crm_store.engine import transaction
from crm_store.sales import orders, payments, refunds
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.service import conversation, tickets
from crm_store.staff.roles import Role
from tests.crm_store import people
from tests.crm_store.people import NOW


def seen(session: Session, customer: Customer) -> Overview:
    return overview(session, customer=customer, now=NOW)


def bought(session: Session, customer: Customer, yuan: int, *, days_ago: int) -> Order:
    """A confirmed order, paid."""
    at = NOW - timedelta(days=days_ago)
    order = orders.intake(
        session, customer=customer, lines=[NewLine("tea", yuan * 100, 1000)], currency="CNY", source="test",
        placed_at=at, confirmed=True, actor="test", now=at,
    )  # fmt: skip
    payments.pay(
        session, order=order, amount=yuan * 100, method="wechat", reference=f"R{yuan}", actor="test", now=at
    )
    return order


def test_lifetime_net_is_paid_less_refunded(engine: Engine) -> None:
    """AT C02: 1,000, 2,000 and 3,000 yuan paid and 500 given back are 5,500.00 in three orders."""
    with transaction(engine) as session:
        ann, boss = people.customer(session), people.staff(session, "Olga", Role.OWNER)
        bought(session, ann, 1000, days_ago=30)
        order = bought(session, ann, 2000, days_ago=20)
        last = bought(session, ann, 3000, days_ago=10)
        refunds.ask(session, order=order, amount=50_000, reason="late", by=boss, approval_above=None, now=NOW)
        orders.start(session, customer=ann, currency="CNY", taken_by=boss, now=NOW)  # a draft is no purchase
        session.flush()

        found = seen(session, ann)

    assert (found.orders, found.net, found.last_purchase_at) == (
        3,
        [Net("CNY", 550_000)],
        NOW - timedelta(days=10),
    )
    assert [one.id for one in found.latest_orders][1:] == [last.id, order.id, order.id - 1]


def test_each_currency_is_summed_by_itself(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        for currency, paid in (("USD", 900), ("CNY", 100), ("USD", 1), ("EUR", 0)):
            session.add(
                Order(
                    customer_id=ann.id,
                    currency=currency,
                    total=paid,
                    paid=paid,
                    placed_at=NOW,
                    updated_at=NOW,
                )
            )
        session.flush()

        assert seen(session, ann).net == [Net("CNY", 100), Net("USD", 901)]


def test_a_new_customers_card_is_empty_not_broken(engine: Engine) -> None:
    with transaction(engine) as session:
        found = seen(session, people.customer(session))

    assert (found.orders, found.net, found.last_purchase_at, found.last_contact_at) == (0, [], None, None)
    assert (found.owner, found.tags, found.notes, found.needs, found.reach_by) == (None, [], [], [], None)


def test_a_note_is_no_contact_a_call_is(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.staff(session)
        ticket = people.ticket(session, ann)
        conversation.receive(
            session, customer=ann, incoming=people.written(1, 1), now=NOW - timedelta(days=3)
        )
        conversation.note(session, ticket=ticket, by=bob, incoming=people.written(1, 2), now=NOW)

        def log(kind: InteractionKind, days_ago: int) -> None:
            at = NOW - timedelta(days=days_ago)
            interactions.log(
                session, customer=ann, kind=kind, way=Way.OUT, duration_seconds=None, text="x", by=bob, at=at,
                now=NOW,
            )  # fmt: skip

        log(InteractionKind.NOTE, 0)
        written = seen(session, ann).last_contact_at
        log(InteractionKind.CALL, 1)
        log(InteractionKind.VISIT, -5)  # is still to come
        called = seen(session, ann).last_contact_at

    assert (written, called) == (NOW - timedelta(days=3), NOW - timedelta(days=1))


def test_only_open_tickets_are_shown(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.staff(session)
        done, waits = people.ticket(session, ann), people.ticket(session, ann)
        tickets.resolve(session, ticket=done, by=bob, reason="", now=NOW)

        found = seen(session, ann)

        assert ([one.id for one in found.tickets], found.open_tickets) == ([waits.id], 1)


def test_what_they_stated_stands_before_what_was_concluded(engine: Engine) -> None:
    """AT C04: a stated "no calls" beats the inferred best channel."""
    with transaction(engine) as session:
        ann = people.customer(session)
        preferences.infer(
            session, customer=ann, topic="channel", value="phone", confidence=0.9, actor="clock", now=NOW
        )
        preferences.infer(
            session, customer=ann, topic="hour", value="evenings", confidence=0.7, actor="clock", now=NOW
        )
        preferences.state(session, customer=ann, text="不要电话", actor="test", now=NOW)

        found = [(one.source, one.value) for one in seen(session, ann).preferences]

    assert found == [(PreferenceSource.STATED, "不要电话"), (PreferenceSource.INFERRED, "evenings")]


def test_one_who_blocked_the_bot_is_reached_by_what_they_like_then_by_phone(engine: Engine) -> None:
    """AT C18."""
    with transaction(engine) as session:
        ann = people.customer(session)
        for kind, value in (
            (ContactKind.EMAIL, "a@example.com"),
            (ContactKind.PHONE, "13800000001"),
            (ContactKind.WECHAT, "ann_333"),
        ):
            contacts.add(session, customer=ann, kind=kind, value=value, actor="test", now=NOW)
        assert seen(session, ann).reach_by is None

        customers.lose(session, customer=ann, now=NOW)
        by_phone = seen(session, ann).reach_by
        preferences.state(session, customer=ann, text="不要电话", actor="test", now=NOW)
        without_phone = seen(session, ann).reach_by
        preferences.state(session, customer=ann, text="channel: e-mail please", actor="test", now=NOW)
        by_mail = seen(session, ann).reach_by

        ways = [by_phone, without_phone, by_mail]
        assert [one.kind for one in ways if one] == [ContactKind.PHONE, ContactKind.WECHAT, ContactKind.EMAIL]


def way(kind: ContactKind, *, invalid: bool = False) -> ContactMethod:
    return ContactMethod(customer_id=1, kind=kind, value="x", invalid=invalid, created_at=NOW)


def likes(value: str, source: PreferenceSource = PreferenceSource.STATED) -> Preference:
    return Preference(customer_id=1, topic="channel", value=value, source=source, at=NOW)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ([], ContactKind.PHONE),
        (["微信联系"], ContactKind.WECHAT),
        (["please call me"], ContactKind.PHONE),
        (["Never call, mail me"], ContactKind.EMAIL),
        (["don't call"], ContactKind.WECHAT),
        (["别打电话"], ContactKind.WECHAT),
        (["特别喜欢微信"], ContactKind.WECHAT),
        (["recall the spring teas"], ContactKind.PHONE),
        (["不要电话", "不要微信", "no e-mail"], None),
    ],
)
def test_the_way_they_like(said: list[str], kind: ContactKind | None) -> None:
    ways = [way(ContactKind.EMAIL), way(ContactKind.PHONE), way(ContactKind.WECHAT)]

    found = best(ways, [likes(one) for one in said])

    assert (found.kind if found else None) == kind


def test_a_contact_that_does_not_work_reaches_nobody() -> None:
    assert best([way(ContactKind.PHONE, invalid=True)], []) is None


def test_a_tail_tells_people_of_one_name_apart(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.customer(session, 8)
        for value in ("13800001111", "13800002222"):
            contacts.add(session, customer=ann, kind=ContactKind.PHONE, value=value, actor="test", now=NOW)

        assert list(phone_tails(session, customers=[ann, bob])) == [ann.id]
        assert phone_tails(session, customers=[ann])[ann.id] in {"1111", "2222"}
