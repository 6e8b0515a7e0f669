"""Three states, each with its guards: what may follow what, and what they are computed from."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.engine import transaction
from crm_store.refusals import Refusal
from crm_store.sales import lines, orders, payments, refunds, returns, settling, shipments
from crm_store.sales.refusals import EmptyOrder, IllegalOrderStep
from crm_store.sales.states import (
    Moved,
    OrderEvent,
    PaymentState,
    ShipmentState,
    payment_state,
    shipment_state,
)
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff, trail
from tests.crm_store.sales.shop import TEA, held, order, states

E = OrderEvent
Step = Callable[[Session, Order, Staff], object]


def pay(session: Session, made: Order, by: Staff, amount: int = 0) -> None:
    amount = amount or held(session, made).due
    payments.pay(session, order=made, amount=amount, method="cash", reference=None, actor=by, now=NOW)


def ship(session: Session, made: Order, by: Staff) -> None:
    shipments.ship(session, order=made, carrier="sf", tracking_number=None, actor=by, now=NOW)


def ship_some(session: Session, made: Order, by: Staff) -> None:
    some = {held(session, made).lines[0].id: 1_000}
    shipments.ship(
        session, order=made, carrier="sf", tracking_number=None, quantities=some, actor=by, now=NOW
    )


def deliver(session: Session, made: Order, by: Staff) -> None:
    shipments.deliver(session, order=made, actor=by, now=NOW)


def give_back(session: Session, made: Order, by: Staff, amount: int = 0) -> None:
    amount = amount or held(session, made).refundable
    refunds.ask(session, order=made, amount=amount, reason="", by=by, approval_above=None, now=NOW)


def take_back(session: Session, made: Order, by: Staff) -> None:
    returns.ask(session, order=made, reason="", actor=by, now=NOW)


def agree(session: Session, made: Order, by: Staff) -> None:
    returns.approve(session, asked=held(session, made).returns[-1].asked, by=by, now=NOW)


def receive(session: Session, made: Order, by: Staff) -> None:
    returns.receive(session, asked=held(session, made).returns[-1].asked, actor=by, now=NOW)


def refuse(session: Session, made: Order, by: Staff) -> None:
    returns.refuse(session, asked=held(session, made).returns[-1].asked, by=by, now=NOW)


STEPS: dict[OrderEvent, Step] = {
    E.AMEND: lambda session, made, by: lines.add(session, order=made, new=[TEA], actor=by, now=NOW),
    E.CONFIRM: lambda session, made, by: orders.confirm(session, order=made, actor=by, now=NOW),
    E.PAY: lambda session, made, by: pay(session, made, by, 1),
    E.SHIP: ship,
    E.DELIVER: deliver,
    E.RETURN: take_back,
    E.REFUND: lambda session, made, by: give_back(session, made, by, 1),
    E.COMPLETE: lambda session, made, by: orders.complete(session, order=made, actor=by, now=NOW),
    E.CANCEL: lambda session, made, by: orders.cancel(session, order=made, reason="", actor=by, now=NOW),
}


def confirm(session: Session, made: Order, by: Staff) -> None:
    orders.confirm(session, order=made, actor=by, now=NOW)


def cancel(session: Session, made: Order, by: Staff) -> None:
    orders.cancel(session, order=made, reason="", actor=by, now=NOW)


def half_paid(session: Session, made: Order, by: Staff) -> None:
    pay(session, made, by, 500)


JOURNEYS: dict[str, tuple[list[Step], tuple[str, str, str], set[OrderEvent]]] = {
    # what happened, the three states then, and all that may happen next
    "draft": ([], ("draft", "unpaid", "none"), {E.AMEND, E.CONFIRM, E.CANCEL}),
    "confirmed": ([confirm], ("confirmed", "unpaid", "none"), {E.PAY, E.SHIP, E.CANCEL}),
    "partly paid": (
        [confirm, half_paid],
        ("confirmed", "partial", "none"),
        {E.PAY, E.SHIP, E.REFUND, E.CANCEL},
    ),
    "paid": ([confirm, pay], ("confirmed", "paid", "none"), {E.SHIP, E.REFUND, E.CANCEL}),
    "paid and refunded": (
        [confirm, pay, give_back],
        ("confirmed", "refunded", "none"),
        {E.PAY, E.SHIP, E.CANCEL},
    ),
    "partly shipped": (
        [confirm, ship_some],
        ("confirmed", "unpaid", "partial"),
        {E.PAY, E.SHIP, E.DELIVER},
    ),
    "shipped": ([confirm, ship], ("confirmed", "unpaid", "shipped"), {E.PAY, E.DELIVER}),
    "a part delivered": (
        [confirm, ship_some, deliver],
        ("confirmed", "unpaid", "partial"),
        {E.PAY, E.SHIP, E.RETURN},
    ),
    "a part delivered, paid": (
        [confirm, pay, ship_some, deliver],
        ("confirmed", "paid", "partial"),
        {E.SHIP, E.RETURN, E.REFUND, E.COMPLETE},
    ),
    "delivered unpaid": (
        [confirm, ship, deliver],
        ("confirmed", "unpaid", "delivered"),
        {E.PAY, E.RETURN},
    ),
    "paid, then delivered": (
        [confirm, pay, ship, deliver],
        ("completed", "paid", "delivered"),
        {E.RETURN, E.REFUND},
    ),
    "delivered, then paid": (
        [confirm, ship, deliver, pay],
        ("completed", "paid", "delivered"),
        {E.RETURN, E.REFUND},
    ),
    "a return asked for": (
        [confirm, pay, ship, deliver, take_back],
        ("completed", "paid", "delivered"),
        {E.REFUND},
    ),
    "a return agreed to": (
        [confirm, pay, ship, deliver, take_back, agree],
        ("completed", "paid", "returning"),
        {E.REFUND},
    ),
    "a return refused": (
        [confirm, pay, ship, deliver, take_back, refuse],
        ("completed", "paid", "delivered"),
        {E.RETURN, E.REFUND},
    ),
    "returned": (
        [confirm, pay, ship, deliver, take_back, agree, receive],
        ("completed", "paid", "returned"),
        {E.REFUND},
    ),
    "returned and refunded": (
        [confirm, pay, ship, deliver, take_back, agree, receive, give_back],
        ("completed", "refunded", "returned"),
        {E.PAY},
    ),
    "cancelled draft": ([cancel], ("cancelled", "unpaid", "none"), set()),
    "cancelled": ([confirm, cancel], ("cancelled", "unpaid", "none"), set()),
    "cancelled when paid": ([confirm, pay, cancel], ("cancelled", "paid", "none"), {E.REFUND}),
    "cancelled and refunded": (
        [confirm, pay, cancel, give_back],
        ("cancelled", "refunded", "none"),
        set(),
    ),
}


def travel(session: Session, name: str) -> tuple[Order, Staff]:
    bob = staff(session)
    made = order(session, customer(session), bob, confirmed=False)
    for step in JOURNEYS[name][0]:
        step(session, made, bob)
    return made, bob


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_states_are_what_the_rows_say(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        made, _ = travel(session, name)

        assert states(made) == JOURNEYS[name][1]
        assert set(held(session, made).allowed) == JOURNEYS[name][2]


@pytest.mark.parametrize("name", JOURNEYS)
def test_every_step_is_taken_or_refused_with_what_is_allowed(sqlite: Engine, name: str) -> None:
    with transaction(sqlite) as session:
        made, bob = travel(session, name)
        allowed = held(session, made).allowed
        before = (states(made), made.version, len(trail(session, "order")))
        for event in OrderEvent:
            with session.begin_nested() as tried:
                if event in allowed:
                    STEPS[event](session, made, bob)
                    assert (made.version > before[1], len(trail(session, "order"))) == (True, before[2] + 1)
                else:
                    with pytest.raises(Refusal) as refused:
                        STEPS[event](session, made, bob)
                    assert (states(made), made.version, len(trail(session, "order"))) == before
                    if isinstance(refused.value, IllegalOrderStep):
                        assert refused.value.facts == {"order": made, "event": event, "allowed": allowed}
                tried.rollback()


def test_a_draft_without_lines_is_not_confirmed(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        empty = orders.start(session, customer=ann, currency="CNY", taken_by=bob, now=NOW)

        with pytest.raises(EmptyOrder):
            confirm(session, empty, bob)

        assert empty.state == "draft"


def test_a_free_order_owes_nothing_once_it_is_confirmed(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        gift = order(session, ann, bob, [TEA], discount=13_600, confirmed=False)
        assert states(gift) == ("draft", "unpaid", "none")

        confirm(session, gift, bob)

        assert states(gift) == ("confirmed", "paid", "none")
        assert states(order(session, ann, bob, [TEA], discount=13_600)) == ("confirmed", "paid", "none")


@pytest.mark.parametrize(
    ("total", "paid", "refunded", "state"),
    [
        (500, 0, 0, PaymentState.UNPAID),
        (500, 1, 0, PaymentState.PARTIAL),
        (500, 500, 0, PaymentState.PAID),
        (500, 500, 1, PaymentState.PARTIALLY_REFUNDED),
        (500, 500, 500, PaymentState.REFUNDED),
        (500, 100, 100, PaymentState.REFUNDED),
        (500, 100, 20, PaymentState.PARTIAL),  # of a deposit: the rest is still owed
        (500, 600, 150, PaymentState.PARTIALLY_REFUNDED),
        (500, 1000, 500, PaymentState.PAID),  # refunded by mistake, and paid again
        (0, 0, 0, PaymentState.PAID),
    ],
)
def test_the_payment_state_follows_from_three_sums(
    total: int, paid: int, refunded: int, state: PaymentState
) -> None:
    assert payment_state(total=total, paid=paid, refunded=refunded, accepted=True) == state


G = ShipmentState


@pytest.mark.parametrize(
    ("lines", "returning", "state"),
    [
        ([], False, G.NONE),
        ([(2, 0, 0, 0)], False, G.NONE),
        ([(2, 1, 0, 0)], False, G.PARTIAL),
        ([(2, 1, 1, 0)], False, G.PARTIAL),
        ([(2, 2, 0, 0)], False, G.SHIPPED),
        ([(2, 2, 1, 0)], False, G.SHIPPED),
        ([(2, 2, 2, 0), (1, 0, 0, 0)], False, G.PARTIAL),
        ([(2, 2, 2, 0), (1, 1, 0, 0)], False, G.SHIPPED),
        ([(2, 2, 2, 0), (1, 1, 1, 0)], False, G.DELIVERED),
        ([(2, 2, 2, 0), (1, 1, 1, 0)], True, G.RETURNING),
        ([(2, 2, 2, 2), (1, 1, 1, 0)], False, G.DELIVERED),
        ([(2, 2, 2, 2), (1, 1, 1, 1)], False, G.RETURNED),
        ([(2, 2, 2, 2), (1, 0, 0, 0)], False, G.RETURNED),
    ],
)
def test_the_shipment_state_follows_from_the_quantities(
    lines: list[tuple[int, int, int, int]], returning: bool, state: ShipmentState
) -> None:
    assert shipment_state([Moved(*one) for one in lines], returning=returning) == state


def test_an_order_is_settled_a_week_after_its_completion(engine: Engine) -> None:
    with transaction(engine) as session:
        made, _ = travel(session, "paid, then delivered")
        almost, then = NOW + timedelta(days=7, seconds=-1), NOW + timedelta(days=7)

        assert settling.settle_due(session, now=almost, limit=9) == 0
        assert settling.settle_due(session, now=then, limit=9) == 1
        assert settling.settle_due(session, now=then, limit=9) == 0
        session.flush()

        assert made.settled_at == then
        assert trail(session, "order")[-1] == ("clock", "settled", None, None)


@pytest.mark.parametrize(
    "name", ["paid", "delivered unpaid", "cancelled when paid", "a return asked for", "a return agreed to"]
)
def test_what_is_open_is_not_settled(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        travel(session, name)

        assert settling.settle_due(session, now=NOW + timedelta(days=99), limit=9) == 0


def test_a_return_opens_settled_books_and_the_week_passes_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        made, bob = travel(session, "paid, then delivered")
        later = NOW + timedelta(days=10)
        settling.settle_due(session, now=later, limit=9)
        back = returns.ask(session, order=made, reason="", actor=bob, now=later)
        assert made.settled_at is None

        returns.approve(session, asked=back, by=bob, now=later)
        assert settling.settle_due(session, now=later + timedelta(days=30), limit=9) == 0
        arrived = later + timedelta(days=30)
        returns.receive(session, asked=back, actor=bob, now=arrived)

        assert settling.settle_due(session, now=arrived + timedelta(days=6), limit=9) == 0
        assert settling.settle_due(session, now=arrived + timedelta(days=7), limit=9) == 1


def test_settling_takes_no_more_than_a_batch(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        for _ in range(3):
            made = order(session, ann, bob, [TEA])
            for step in (pay, ship, deliver):
                step(session, made, bob)
        done = [settling.settle_due(session, now=NOW + timedelta(days=8), limit=2) for _ in range(3)]

        assert done == [2, 1, 0]
