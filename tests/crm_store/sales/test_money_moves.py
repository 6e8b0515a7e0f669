"""Payments and refunds: never more than is due, never more than was paid, the same payment once."""

import pytest
from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.refusals import NotAllowed
from crm_store.sales import payments, refunds
from crm_store.sales.refusals import (
    IllegalOrderStep,
    NotPositive,
    Overpayment,
    OwnRefund,
    ReferenceUsed,
    RefundDecided,
    RefundTooLarge,
)
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, customer, staff, trail
from tests.crm_store.sales.shop import KETTLE, held, order, states


def test_more_than_is_due_is_refused_with_what_is_due(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, [KETTLE])
        about = {"order": made, "method": "cash", "reference": None, "actor": bob, "now": NOW}
        payments.pay(session, amount=100_000, **about)

        with pytest.raises(Overpayment) as refused:
            payments.pay(session, amount=18_514, **about)

        assert refused.value.facts == {"order": made, "amount": 18_514, "due": 18_513}
        assert (made.paid, states(made)) == (100_000, ("confirmed", "partial", "none"))
        payments.pay(session, amount=18_513, **about)
        assert (made.paid, states(made)) == (118_513, ("confirmed", "paid", "none"))
        with pytest.raises(Overpayment):
            payments.pay(session, amount=1, **about)


def test_the_same_callback_twice_pays_once(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, [KETTLE])
        about = {"order": made, "amount": 118_513, "method": "wechat", "actor": bob, "now": NOW}

        first = payments.pay(session, reference="42", **about)
        again = payments.pay(session, reference="42", **about)

        assert again is first
        assert (made.paid, len(held(session, made).payments)) == (118_513, 1)
        assert [action for _, action, _, _ in trail(session, "order")] == ["placed", "paid"]


def test_a_reference_belongs_to_one_payment(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        first, second = order(session, ann, bob, [KETTLE]), order(session, ann, bob, [KETTLE])
        about = {"method": "wechat", "reference": "42", "actor": bob, "now": NOW}
        payment = payments.pay(session, order=first, amount=500, **about)

        for made, amount in ((second, 500), (first, 501)):
            with pytest.raises(ReferenceUsed) as refused:
                payments.pay(session, order=made, amount=amount, **about)
            assert refused.value.facts == {"payment": payment, "order": first}
        payments.pay(session, order=second, amount=500, **{**about, "method": "bank"})

        assert (first.paid, second.paid) == (500, 500)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_is_neither_paid_nor_refunded(engine: Engine, amount: int) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, [KETTLE])
        about = {"order": made, "amount": amount, "now": NOW}

        with pytest.raises(NotPositive):
            payments.pay(session, method="cash", reference=None, actor=bob, **about)
        with pytest.raises(NotPositive):
            refunds.ask(session, reason="", by=bob, approval_above=None, **about)


def _paid(session, amount: int = 118_513) -> Order:  # type: ignore[no-untyped-def]
    bob = staff(session, "Bob")
    made = order(session, customer(session), bob, [KETTLE])
    payments.pay(session, order=made, amount=amount, method="cash", reference=None, actor=bob, now=NOW)
    return made


def test_never_more_is_refunded_than_was_paid(engine: Engine) -> None:
    with transaction(engine) as session:
        made = _paid(session, 1_000)
        bob = staff(session, "Carol")
        about = {"order": made, "reason": "", "by": bob, "approval_above": None, "now": NOW}
        refunds.ask(session, amount=400, **about)

        with pytest.raises(RefundTooLarge) as refused:
            refunds.ask(session, amount=601, **about)

        assert refused.value.facts == {"order": made, "amount": 601, "most": 600}
        assert (made.refunded, states(made)[1]) == (400, "partial")
        refunds.ask(session, amount=600, **about)
        assert (made.refunded, states(made)[1]) == (1_000, "refunded")


def test_above_the_limit_a_second_person_decides(engine: Engine) -> None:
    with transaction(engine) as session:
        made = _paid(session)
        carol, olga = staff(session, "Carol"), staff(session, "Olga", Role.MANAGER)
        about = {"order": made, "reason": "lid", "by": carol, "approval_above": 50_000, "now": NOW}

        small = refunds.ask(session, amount=50_000, **about)
        large = refunds.ask(session, amount=1, **about)  # with the first it is above

        assert (small.state, large.state) == ("done", "requested")
        assert (made.refunded, held(session, made).refundable) == (50_000, 68_512)
        with pytest.raises(NotAllowed):
            refunds.approve(session, refund=large, by=carol, now=NOW)
        refunds.approve(session, refund=large, by=olga, now=NOW)
        assert (made.refunded, large.state, large.decided_by) == (50_001, "done", olga.id)
        for decide in (refunds.approve, refunds.reject):
            with pytest.raises(RefundDecided):
                decide(session, refund=large, by=olga, now=NOW)
        assert made.refunded == 50_001


def test_a_manager_does_not_approve_their_own_request(engine: Engine) -> None:
    with transaction(engine) as session:
        made = _paid(session)
        olga, mia = staff(session, "Olga", Role.MANAGER), staff(session, "Mia", Role.OWNER)
        asked = refunds.ask(
            session, order=made, amount=60_000, reason="", by=olga, approval_above=50_000, now=NOW
        )
        assert asked.state == "requested"

        with pytest.raises(OwnRefund):
            refunds.approve(session, refund=asked, by=olga, now=NOW)
        refunds.reject(session, refund=asked, by=mia, now=NOW)

        assert (asked.state, made.refunded, held(session, made).refundable) == ("rejected", 0, 118_513)


def test_who_is_alone_needs_no_second_person(engine: Engine) -> None:
    with transaction(engine) as session:
        olga = staff(session, "Olga", Role.OWNER)
        made = order(session, customer(session), olga, [KETTLE])
        payments.pay(session, order=made, amount=118_513, method="cash", reference=None, actor=olga, now=NOW)
        asked = refunds.ask(
            session, order=made, amount=60_000, reason="", by=olga, approval_above=50_000, now=NOW
        )

        assert (asked.state, made.refunded) == ("done", 60_000)


def test_who_asked_may_take_a_request_back(engine: Engine) -> None:
    with transaction(engine) as session:
        made = _paid(session)
        staff(session, "Olga", Role.OWNER)
        carol, dan = staff(session, "Carol"), staff(session, "Dan")
        asked = refunds.ask(session, order=made, amount=9, reason="", by=carol, approval_above=0, now=NOW)

        with pytest.raises(NotAllowed):
            refunds.reject(session, refund=asked, by=dan, now=NOW)
        refunds.reject(session, refund=asked, by=carol, now=NOW)

        assert asked.state == "rejected"


def test_what_is_requested_is_not_refunded_twice(engine: Engine) -> None:
    with transaction(engine) as session:
        made = _paid(session, 1_000)
        staff(session, "Olga", Role.OWNER)
        carol = staff(session, "Carol")
        about = {"order": made, "reason": "", "by": carol, "now": NOW}
        refunds.ask(session, amount=700, approval_above=0, **about)

        with pytest.raises(RefundTooLarge):
            refunds.ask(session, amount=301, approval_above=None, **about)


def test_a_draft_takes_no_money(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        made = order(session, customer(session), bob, [KETTLE], confirmed=False)

        with pytest.raises(IllegalOrderStep):
            payments.pay(session, order=made, amount=1, method="cash", reference=None, actor=bob, now=NOW)
        with pytest.raises(IllegalOrderStep):
            refunds.record(session, order=made, amount=1, reason="", actor="web", now=NOW)
