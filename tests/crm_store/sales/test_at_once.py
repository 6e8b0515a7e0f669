"""Two people at one order at once: on PostgreSQL the second waits and sees what the first did."""

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.refusals import Refusal
from crm_store.sales import lines, orders, payments, refunds, shipments
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff
from tests.crm_store.sales.shop import KETTLE, TEA, held, order, states

DAY = timedelta(days=1)
Do = Callable[[Session, Order, Staff], object]


def at_once(engine: Engine, *deeds: Do) -> list[str]:
    """Each in a transaction of its own, all having read the order before any of them changes it. What became
    of each: "done", or the refusal."""
    ready = threading.Barrier(len(deeds))
    outcomes = [""] * len(deeds)

    def run(at: int, do: Do) -> None:
        try:
            with transaction(engine) as session:
                made, by = session.get_one(Order, 1), session.get_one(Staff, 1)
                ready.wait(10)
                do(session, made, by)
            outcomes[at] = "done"
        except Refusal as refusal:
            outcomes[at] = refusal.template

    threads = [threading.Thread(target=run, args=(at, do)) for at, do in enumerate(deeds)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return sorted(outcomes)


def _given(engine: Engine, *, confirmed: bool = True, paid: int = 0) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, [KETTLE], confirmed=confirmed)
        if paid:
            _pay(paid)(session, made, bob)


def _pay(amount: int, reference: str | None = None) -> Do:
    def pay(session: Session, made: Order, by: Staff) -> None:
        payments.pay(
            session, order=made, amount=amount, method="wechat", reference=reference, actor=by, now=NOW
        )

    return pay


def _cancel(session: Session, made: Order, by: Staff) -> None:
    orders.cancel(session, order=made, reason="", actor=by, now=NOW)


def _ship(session: Session, made: Order, by: Staff) -> None:
    shipments.ship(session, order=made, carrier="sf", tracking_number=None, actor=by, now=NOW)


def _refund(session: Session, made: Order, by: Staff) -> None:
    refunds.ask(session, order=made, amount=80_000, reason="", by=by, approval_above=None, now=NOW)


def _add(session: Session, made: Order, by: Staff) -> None:
    lines.add(session, order=made, new=[TEA], actor=by, now=NOW)


def test_payments_at_once_never_exceed_the_total(postgres: Engine) -> None:
    _given(postgres)

    assert at_once(postgres, *[_pay(60_000)] * 3) == ["done", "overpayment", "overpayment"]
    with transaction(postgres) as session:
        made = session.get_one(Order, 1)
        assert (made.paid, len(held(session, made).payments)) == (60_000, 1)


def test_the_same_callback_at_once_pays_once(postgres: Engine) -> None:
    _given(postgres)

    assert at_once(postgres, *[_pay(60_000, "42")] * 3) == ["done", "done", "done"]
    with transaction(postgres) as session:
        made = session.get_one(Order, 1)
        assert (made.paid, len(held(session, made).payments)) == (60_000, 1)


def test_one_reference_for_two_orders_at_once_pays_one_of_them(postgres: Engine) -> None:
    _given(postgres)
    with transaction(postgres) as session:
        order(session, session.get_one(Customer, 1), session.get_one(Staff, 1), [KETTLE])

    def pay_another(session: Session, made: Order, by: Staff) -> None:
        _pay(60_000, "42")(session, session.get_one(Order, 2), by)

    assert at_once(postgres, _pay(60_000, "42"), pay_another) == ["done", "reference_used"]
    with transaction(postgres) as session:
        made = [session.get_one(Order, one) for one in (1, 2)]
        assert sorted((one.paid, len(held(session, one).payments)) for one in made) == [(0, 0), (60_000, 1)]


def test_paying_and_cancelling_at_once_leave_one_story(postgres: Engine) -> None:
    _given(postgres)

    outcomes = at_once(postgres, _pay(118_513), _cancel)

    with transaction(postgres) as session:
        made = session.get_one(Order, 1)
        if outcomes == ["done", "done"]:  # paid first, then cancelled: the money has to go back
            assert states(made) == ("cancelled", "paid", "none")
        else:
            assert outcomes == ["done", "illegal_order_step"]
            assert (states(made), made.paid) == (("cancelled", "unpaid", "none"), 0)


def test_shipping_and_cancelling_at_once_do_one_of_both(postgres: Engine) -> None:
    _given(postgres)

    assert at_once(postgres, _ship, _cancel) == ["done", "illegal_order_step"]


def test_shipping_twice_at_once_sends_the_goods_once(postgres: Engine) -> None:
    _given(postgres)

    assert at_once(postgres, _ship, _ship) == ["done", "illegal_order_step"]


def test_refunds_at_once_never_exceed_what_was_paid(postgres: Engine) -> None:
    _given(postgres, paid=118_513)

    assert at_once(postgres, _refund, _refund) == ["done", "refund_too_large"]


def test_lines_added_at_once_are_all_in_the_total(postgres: Engine) -> None:
    _given(postgres, confirmed=False)

    assert at_once(postgres, _add, _add, _add) == ["done", "done", "done"]
    with transaction(postgres) as session:
        made = session.get_one(Order, 1)
        assert made.total == sum(line.total for line in held(session, made).lines) == 118_513 + 3 * 13_600


def test_orders_of_one_customer_at_once_are_all_taken(postgres: Engine) -> None:
    _given(postgres)

    def come_in(session: Session, made: Order, by: Staff) -> None:
        order(session, session.get_one(Customer, made.customer_id), by, [TEA], placed_at=NOW + DAY)

    assert at_once(postgres, come_in, come_in, _cancel) == ["done", "done", "done"]
    with transaction(postgres) as session:
        assert session.get_one(Customer, 1).last_order_at == NOW + DAY
