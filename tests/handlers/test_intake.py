"""What other systems send in meets what the chat knows: one customer, their orders, and what they hear."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from crm_store.customers import customers, merging, records
from crm_store.customers.tables import ContactKind, Customer, DuplicatePair, Event, Touchpoint
from crm_store.engine import transaction
from crm_store.exchange import keys, refs
from crm_store.exchange.events import NewEvent
from crm_store.sales.states import OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order, Payment
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.intake import happenings, people, purchases
from handlers.intake.teller import Teller
from handlers.intake.told import (
    Outcome,
    Rejected,
    TellingCustomer,
    TellingLine,
    TellingOrder,
    TellingPayment,
    TellingShipment,
)
from handlers.voice import Voice
from tests.talk import DESK, START, WORDS, Person, Talk, texts

ANN = 'Ann <3 & "张"'
PHONE = (ContactKind.PHONE, "+8613800000000")


@pytest.fixture
def talk(engine: Engine) -> Talk:
    """On both databases."""
    return Talk(engine)


def teller(session: Session, *, now: datetime = START, name: str = "shop") -> Teller:
    known = [one for one in keys.in_use(session) if one.name == name]
    if known:
        return Teller(known[0], Voice(DESK, WORDS), now)
    [olga] = staff_verbs.of_role(session, role=Role.OWNER)
    key = keys.make(session, name=name, signed=False, by=olga, now=now).key
    return Teller(key, Voice(DESK, WORDS), now)


def telling(**about: Any) -> TellingCustomer:
    return TellingCustomer(**{"external_id": "u-1", "name": ANN, "contacts": (PHONE,)} | about)


def ordering(**about: Any) -> TellingOrder:
    lines = (TellingLine(price=12_475, quantity=9_500, name="Kettle <b>"),)
    return TellingOrder(
        **{"external_id": "A-1", "customer": telling(), "lines": lines, "currency": "CNY", "placed_at": START}
        | about
    )


@pytest.fixture
def ann(talk: Talk) -> Person:
    """A customer in the chat who came through a store's link, and whose phone staff know."""
    talk.staff(1, "Olga", Role.OWNER)
    ann = talk.customer()
    ann.say("/start store-2")
    with transaction(talk.engine) as session:
        customer = customers.by_user_id(session, user_id=ann.id)
        assert customer is not None
        records.change(
            session, customer=customer, changes={"phone": "13800000000"}, actor="cli", now=talk.now
        )
    return ann


def test_one_person_through_link_http_and_staff_is_one_customer_with_the_first_source(
    talk: Talk, ann: Person
) -> None:
    with transaction(talk.engine) as session:
        customer, outcome = people.keep(session, teller(session), telling(source="web"))
        again, _ = people.keep(session, teller(session, name="app"), telling(external_id="7", source="app"))

        touches = session.scalars(select(Touchpoint).order_by(Touchpoint.id)).all()  # type: ignore[arg-type]
        assert (outcome, again.id) == (Outcome.MATCHED, customer.id)
        assert customer.source == "store-2"
        assert [one.source for one in touches][-2:] == ["web", "app"]
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_an_order_from_the_web_shop_is_heard_of_in_the_chat_step_by_step(talk: Talk, ann: Person) -> None:
    paid = TellingPayment("微信", "wx-1", 118_513, at=START + timedelta(minutes=1))
    sent = TellingShipment("顺丰", "sf123", sent_at=START + timedelta(hours=1))
    arrived = TellingShipment("顺丰", "SF123", delivered_at=START + timedelta(days=1))
    steps = [
        ordering(),
        ordering(payments=(paid,)),
        ordering(payments=(paid,), shipments=(sent,)),
        ordering(payments=(paid,), shipments=(arrived,)),
    ]

    heard = []
    for told in [*steps, *steps]:  # a shop that sends everything twice
        newest = talk.outbox()[-1].row.id
        with transaction(talk.engine) as session:
            purchases.keep(session, teller(session), told)
        heard.append(texts(talk.outbox(after=newest), ann))

    assert [len(one) for one in heard] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert "O1" in heard[0][0]
    with transaction(talk.engine) as session:
        order = session.get_one(Order, 1)
        assert (order.state, order.payment_state, order.shipment_state) == (
            OrderState.COMPLETED,
            PaymentState.PAID,
            ShipmentState.DELIVERED,
        )
        [payment] = session.scalars(select(Payment))
        assert (payment.method, payment.reference, payment.at) == ("wechat", "wx-1", paid.at)


def test_a_payment_that_staff_entered_by_hand_is_not_entered_again(talk: Talk, ann: Person) -> None:
    with transaction(talk.engine) as session:
        purchases.keep(session, teller(session), ordering())
    olga = talk.person(1, "Olga")
    olga.say("/pay O1 1185.13 微信 wx-1")

    with transaction(talk.engine) as session:
        told = ordering(payments=(TellingPayment("wechat", "wx-1", 118_513),))
        order, outcome = purchases.keep(session, teller(session), told)

        assert (outcome, order.paid) == (Outcome.SAME, 118_513)
        assert session.scalar(select(func.count()).select_from(Payment)) == 1


def test_the_customer_sees_the_web_shops_order_in_the_chat(talk: Talk, ann: Person) -> None:
    with transaction(talk.engine) as session:
        purchases.keep(session, teller(session), ordering())

    assert any("O1" in one.text or any("O1" in label for label in one.buttons) for one in ann.say("/orders"))


def test_who_cannot_be_reached_still_has_their_order(talk: Talk) -> None:
    talk.staff(1, "Olga", Role.OWNER)
    with transaction(talk.engine) as session:
        order, outcome = purchases.keep(session, teller(session), ordering())

        assert (outcome, order.customer_id) == (Outcome.CREATED, 1)
        assert session.get_one(Customer, 1).chat_id is None


def test_a_number_of_theirs_follows_a_merged_customer(talk: Talk, ann: Person) -> None:
    with transaction(talk.engine) as session:
        other, _ = people.keep(session, teller(session), telling(name="李雷", contacts=()))
        [olga] = staff_verbs.of_role(session, role=Role.OWNER)
        kept = customers.get(session, customer_id=1)
        merging.merge(session, kept=kept, gone=other, by=olga, now=talk.now)

    with transaction(talk.engine) as session:
        order, _ = purchases.keep(
            session, teller(session), ordering(customer=telling(name=None, contacts=()))
        )
        [(event, _)] = happenings.keep(session, teller(session), [NewEvent("e1", "view", START, "u-1")])

        assert (order.customer_id, event.customer_id) == (1, 1)


def test_a_family_that_shares_a_phone_stays_two_people(talk: Talk, ann: Person) -> None:
    with transaction(talk.engine) as session:
        other, outcome = people.keep(session, teller(session), telling(name="李雷"))

        assert (outcome, other.id) == (Outcome.CREATED, 2)
        [pair] = session.scalars(select(DuplicatePair))
        assert (pair.a_id, pair.b_id) == (1, 2)


def test_a_refused_telling_leaves_nothing(talk: Talk, ann: Person) -> None:
    bad = ordering(
        payments=(TellingPayment("card", "c-1", 118_514),), customer=telling(name="New", contacts=())
    )

    with (
        pytest.raises(Rejected) as rejected,
        transaction(talk.engine) as session,
    ):
        purchases.keep(session, teller(session), bad)

    assert (rejected.value.path, rejected.value.clash) == ("payments[0].amount", True)
    with transaction(talk.engine) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0
        assert refs.find(session, system="shop", entity=refs.CUSTOMER, external_id="u-1") is None


def test_a_late_event_is_kept_at_its_own_time_and_joined_when_the_customer_is_told(
    talk: Talk, ann: Person
) -> None:
    happened = datetime(2026, 11, 18, 15, 59, 59, tzinfo=UTC)
    with transaction(talk.engine) as session:
        happenings.keep(session, teller(session), [NewEvent("e1", "view", happened, "u-1")])
        people.keep(session, teller(session), telling())

    with transaction(talk.engine) as session:
        [event] = session.scalars(select(Event))
        assert (event.customer_id, event.at, event.received_at) == (1, happened, START)
