"""The clock closes the books of orders, in batches, after the time the shop set."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.clock import BATCH, Clock
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.sales import payments, shipments
from crm_store.sales.tables import Order
from handlers.desk import Desk
from tests.crm_store.people import NOW, customer, staff
from tests.crm_store.sales.shop import TEA, order
from tests.talk import DESK, WORDS


@pytest.fixture
def writer(engine: Engine) -> Writer:
    return Writer(engine)


def _completed(writer: Writer, count: int) -> None:
    with transaction(writer.engine) as session:
        ann, bob = customer(session), staff(session)
        for _ in range(count):
            made = order(session, ann, bob, [TEA])
            about = {"order": made, "actor": bob, "now": NOW}
            payments.pay(session, amount=made.total, method="cash", reference=None, **about)
            shipments.ship(session, carrier="sf", tracking_number=None, **about)
            shipments.deliver(session, **about)


def _tick(writer: Writer, desk: Desk, **later: float) -> tuple[bool, int]:
    """Whether there is more to do, and how many orders are settled."""
    clock = Clock(writer, desk=desk, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None)
    more = clock.tick(NOW + timedelta(**later))
    with transaction(writer.engine) as session:
        settled = select(func.count()).select_from(Order).where(Order.settled_at.is_not(None))  # type: ignore[union-attr]
        return more, session.scalars(settled).one()


def test_books_are_closed_after_a_week(writer: Writer) -> None:
    _completed(writer, 2)

    assert [_tick(writer, DESK, days=days) for days in (6, 7, 8)] == [(False, 0), (False, 2), (False, 2)]


def test_many_are_closed_in_batches(writer: Writer) -> None:
    _completed(writer, BATCH + 1)

    assert [_tick(writer, DESK, days=8), _tick(writer, DESK, days=8)] == [(True, BATCH), (False, BATCH + 1)]
