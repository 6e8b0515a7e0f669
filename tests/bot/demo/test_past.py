"""The demo shop's past: as large as a shop's, the same each time, and true to the rules of the store."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session, col

from bot.demo.past import tell_the_past
from crm_store.analysis.service_summary import Window
from crm_store.customers import customers
from crm_store.customers.tables import ContactMethod, Customer
from crm_store.engine import transaction
from crm_store.sales import costs, keeping, margins, whole
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order, OrderLine

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZONE)
REGULAR = ('Ann <3 & "张"', "+8613900000001")


def tell(engine: Engine, language: str = "zh") -> None:
    with transaction(engine) as session:
        tell_the_past(session, language=language, currency="CNY", regular=REGULAR, now=NOW)


def sold(session: Session) -> int:
    return session.scalar(select(func.sum(Order.total)).where(col(Order.state).in_(ACCEPTED))) or 0


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shop_has_two_thousand_customers_and_twelve_thousand_orders(
    sqlite: Engine, language: str
) -> None:
    tell(sqlite, language)

    with transaction(sqlite) as session:
        assert 2000 <= count(session, Customer) <= 2060
        assert 11_500 <= count(session, Order) <= 12_500
        assert session.connection().execute(text("PRAGMA foreign_key_check")).all() == []
        first, last = session.execute(select(func.min(Order.placed_at), func.max(Order.placed_at))).one()
        assert (NOW - first).days > 500
        assert (NOW - last).days == 0


def test_every_order_is_what_its_rows_say(sqlite: Engine) -> None:
    tell(sqlite)

    with transaction(sqlite) as session:
        lines = dict(
            session.execute(
                select(OrderLine.order_id, func.sum(OrderLine.total)).group_by(OrderLine.order_id)
            ).all()
        )
        year = margins.of_window(
            session, window=Window(NOW - timedelta(days=365), NOW), zone=ZONE, currency="CNY", percent=0
        )
        assert (year.known, 0.4 < (year.share or 0) < 0.6) == (1.0, True)
        assert 0.5 < costs.of_orders(session, where=[])["CNY"].known / sold(session) < 0.9
        orders = session.scalars(select(Order)).all()
        assert {one.id: one.total + one.discount for one in orders} == lines
        for order in orders[::40]:
            told = (order.state, order.payment_state, order.shipment_state, order.paid, order.refunded)
            keeping.set_states(whole.of(session, order=order))
            assert told == (
                order.state,
                order.payment_state,
                order.shipment_state,
                order.paid,
                order.refunded,
            )


def test_a_regular_bought_before_writing_to_the_bot(sqlite: Engine) -> None:
    tell(sqlite)

    with transaction(sqlite) as session:
        [contact] = session.scalars(select(ContactMethod).where(ContactMethod.value == REGULAR[1])).all()
        regular = customers.get(session, customer_id=contact.customer_id)
        orders = session.scalars(select(Order).where(Order.customer_id == regular.id)).all()
        assert (regular.name, regular.user_id, len(orders)) == (REGULAR[0], None, 3)
        assert regular.last_order_at == max(order.placed_at for order in orders)


def test_the_past_is_the_same_each_time(sqlite: Engine, postgres: Engine) -> None:
    tell(sqlite)
    tell(postgres)

    told = []
    for engine in (sqlite, postgres):
        with transaction(engine) as session:
            rows = session.execute(select(Order.customer_id, Order.total, Order.state)).all()
            told.append(Counter(rows))
    assert told[0] == told[1]
