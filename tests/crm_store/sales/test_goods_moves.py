"""Parcels and returns: never more than was ordered, never more back than was delivered; and any walk through
an order keeps its sums."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.engine import transaction
from crm_store.refusals import Refusal
from crm_store.sales import orders, payments, refunds, returns, shipments, totals
from crm_store.sales.keeping import is_done
from crm_store.sales.lines import NewLine
from crm_store.sales.refusals import (
    IllegalOrderStep,
    NoSuchLine,
    NothingChosen,
    QuantityTooLarge,
    ReturnDecided,
)
from crm_store.sales.states import ACCEPTED, RefundState, payment_state, shipment_state
from crm_store.sales.tables import Order, Return
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff
from tests.crm_store.sales.shop import held, order, states

TWO = (NewLine("oolong", 6_800, 2_000), NewLine("box", 500, 1_500))


def _ship(session: Session, made: Order, by: Staff, quantities: dict[int, int] | None = None) -> int:
    return shipments.ship(
        session,
        order=made,
        carrier="sf",
        tracking_number="SF1",
        quantities=quantities,
        actor=by,
        now=NOW,
    ).id


def _pay_all(session: Session, made: Order, by: Staff) -> None:
    payments.pay(session, order=made, amount=made.total, method="cash", reference=None, actor=by, now=NOW)


def test_two_parcels_of_one_order_are_partly_shipped_until_both_left(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, TWO)
        tea, box = (line.id for line in held(session, made).lines)
        seen = []

        first = _ship(session, made, bob, {tea: 1_000})
        seen.append(states(made)[2])
        second = _ship(session, made, bob, {tea: 1_000, box: 1_500})
        seen.append(states(made)[2])
        for parcel in (first, first, second):
            arrived = shipments.deliver(session, order=made, shipment_id=parcel, actor=bob, now=NOW)
            seen.append((len(arrived), states(made)[2]))

        assert seen == ["partial", "shipped", (1, "shipped"), (0, "shipped"), (1, "delivered")]
        parcels = held(session, made).parcels
        assert [[(one.line.name, one.quantity) for one in parcel.goods] for parcel in parcels] == [
            [("oolong", 1_000)],
            [("oolong", 1_000), ("box", 1_500)],
        ]


def test_a_parcel_holds_no_more_than_is_left(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made, other = (order(session, customer(session, who), bob, TWO) for who in (1, 2))
        tea, _ = (line.id for line in held(session, made).lines)
        foreign = held(session, other).lines[0].id
        _ship(session, made, bob, {tea: 1_500})

        with pytest.raises(QuantityTooLarge) as refused:
            _ship(session, made, bob, {tea: 501})
        assert refused.value.facts["most"] == 500
        with pytest.raises(NothingChosen):
            _ship(session, made, bob, {tea: 0})
        with pytest.raises(NoSuchLine):
            _ship(session, made, bob, {foreign: 1})
        _ship(session, made, bob)  # all that is left
        with pytest.raises(IllegalOrderStep):
            _ship(session, made, bob)


def _delivered(session: Session) -> tuple[Order, Staff]:
    bob = staff(session)
    made = order(session, customer(session), bob, TWO, discount=1_350)
    payments.pay(session, order=made, amount=made.total, method="cash", reference=None, actor=bob, now=NOW)
    _ship(session, made, bob)
    shipments.deliver(session, order=made, actor=bob, now=NOW)
    return made, bob


def _ask(session: Session, made: Order, by: Staff, quantities: dict[int, int] | None = None) -> Return:
    return returns.ask(session, order=made, reason="lid", quantities=quantities, actor=by, now=NOW)


def test_no_more_comes_back_than_was_delivered(engine: Engine) -> None:
    with transaction(engine) as session:
        made, bob = _delivered(session)
        tea, box = (line.id for line in held(session, made).lines)
        first = _ask(session, made, bob, {tea: 1_500})

        with pytest.raises(QuantityTooLarge):
            _ask(session, made, bob, {tea: 501})
        returns.refuse(session, asked=first, by=bob, now=NOW)
        second = _ask(session, made, bob, {tea: 2_000})
        returns.approve(session, asked=second, by=bob, now=NOW)
        returns.receive(session, asked=second, actor=bob, now=NOW)
        with pytest.raises(QuantityTooLarge):
            _ask(session, made, bob, {tea: 1})

        assert states(made)[2] == "delivered"
        third = _ask(session, made, bob)
        assert [(one.line.id, one.quantity) for one in held(session, made).returns[-1].goods] == [
            (box, 1_500)
        ]
        returns.approve(session, asked=third, by=bob, now=NOW)
        returns.receive(session, asked=third, actor=bob, now=NOW)
        assert states(made)[2] == "returned"


def test_what_came_back_is_worth_its_share_of_what_was_paid(engine: Engine) -> None:
    with transaction(engine) as session:
        made, bob = _delivered(session)  # 136.00 + 7.50 − 13.50 = 130.00
        tea, _ = (line.id for line in held(session, made).lines)
        back = _ask(session, made, bob, {tea: 1_000})
        returns.approve(session, asked=back, by=bob, now=NOW)

        owed = returns.receive(session, asked=back, actor=bob, now=NOW)

        assert owed == totals.half_up(6_800 * 13_000, 14_350) == 6_160


@pytest.mark.parametrize(("currency", "price"), [("CNY", 3_333), ("JPY", 7), ("KWD", 1_234)])
def test_goods_that_come_back_one_by_one_come_to_what_was_paid(
    sqlite: Engine, currency: str, price: int
) -> None:
    with transaction(sqlite) as session:
        bob = staff(session)
        new = [NewLine("tea", price, 3_000), NewLine("tin", price + 1, 1_500)]
        made = order(session, customer(session), bob, new, currency=currency, discount=price // 2)
        _pay_all(session, made, bob)
        _ship(session, made, bob)
        shipments.deliver(session, order=made, actor=bob, now=NOW)
        tea, tin = (line.id for line in held(session, made).lines)
        owed = []

        for chosen in ({tea: 1_000}, {tin: 500}, {tea: 1_000, tin: 700}, {tea: 1_000, tin: 300}):
            back = _ask(session, made, bob, chosen)
            returns.approve(session, asked=back, by=bob, now=NOW)
            owed.append(returns.receive(session, asked=back, actor=bob, now=NOW))

        assert sum(owed) == made.total == made.paid
        assert min(owed) > 0


def test_a_return_is_decided_once_and_received_once(engine: Engine) -> None:
    with transaction(engine) as session:
        made, bob = _delivered(session)
        back = _ask(session, made, bob)
        with pytest.raises(ReturnDecided):
            returns.receive(session, asked=back, actor=bob, now=NOW)
        returns.approve(session, asked=back, by=bob, now=NOW)
        for decide in (returns.approve, returns.refuse):
            with pytest.raises(ReturnDecided):
                decide(session, asked=back, by=bob, now=NOW)
        returns.receive(session, asked=back, actor=bob, now=NOW)
        with pytest.raises(ReturnDecided):
            returns.receive(session, asked=back, actor=bob, now=NOW)


STEPS = ["pay", "refund", "ship", "deliver", "ask", "approve", "refuse", "receive", "complete", "cancel"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 20_000)), max_size=14))
def test_no_walk_through_an_order_breaks_its_sums(sqlite: Engine, walk: list[tuple[str, int]]) -> None:
    with transaction(sqlite) as session:
        bob = staff(session)
        made = order(session, customer(session, 7_000_000_000 + bob.id), bob, TWO)
        for step, amount in walk:
            try:
                _take(session, made, bob, step, amount)
            except Refusal:
                continue
            _check(session, made)


def _take(session: Session, made: Order, by: Staff, step: str, amount: int) -> None:
    now_is = held(session, made)
    asked = [one.asked for one in now_is.returns]
    some = {now_is.lines[amount % 2].id: amount % 2_500}
    match step:
        case "pay":
            payments.pay(session, order=made, amount=amount, method="cash", reference=None, actor=by, now=NOW)
        case "refund":
            refunds.ask(session, order=made, amount=amount, reason="", by=by, approval_above=None, now=NOW)
        case "ship":
            _ship(session, made, by, some)
        case "deliver":
            shipments.deliver(session, order=made, actor=by, now=NOW)
        case "ask":
            _ask(session, made, by, some)
        case "approve" | "refuse" if asked:
            getattr(returns, step)(session, asked=asked[amount % len(asked)], by=by, now=NOW)
        case "receive" if asked:
            returns.receive(session, asked=asked[amount % len(asked)], actor=by, now=NOW)
        case "complete":
            orders.complete(session, order=made, actor=by, now=NOW)
        case "cancel":
            orders.cancel(session, order=made, reason="", actor=by, now=NOW)


def _check(session: Session, made: Order) -> None:
    session.expire_all()
    now_is = held(session, made)
    assert made.paid == sum(one.amount for one in now_is.payments)
    assert made.refunded == sum(one.amount for one in now_is.refunds if one.state == RefundState.DONE)
    assert 0 <= now_is.kept <= made.total
    for part in now_is.parts:
        back = part.returned + part.coming_back
        assert 0 <= back <= part.delivered <= part.shipped <= part.line.quantity
    assert made.payment_state == payment_state(
        total=made.total, paid=made.paid, refunded=made.refunded, accepted=made.state in ACCEPTED
    )
    assert made.shipment_state == shipment_state(
        [part.moved for part in now_is.parts], returning=now_is.is_returning
    )
    assert not (made.state == "confirmed" and is_done(made))
