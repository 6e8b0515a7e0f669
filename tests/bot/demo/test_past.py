"""The demo shop's past: as large as a shop's, the same each time, and true to the rules of the store."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session, col

from bot.demo.past import tell_the_past
from bot.demo.visits import DAYS
from crm_store.analysis import behaviour
from crm_store.analysis.service_summary import Window
from crm_store.customers import customers
from crm_store.customers.tables import ContactMethod, Customer
from crm_store.engine import open_engine, transaction
from crm_store.sales import costs, keeping, margins, whole
from crm_store.sales.states import ACCEPTED, OrderState
from crm_store.sales.tables import Order, OrderLine
from crm_store.tables import metadata

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZONE)
REGULAR = ('Ann <3 & "张"', "+8613900000001")


def tell(engine: Engine, language: str = "zh") -> None:
    with transaction(engine) as session:
        tell_the_past(session, language=language, currency="CNY", regular=REGULAR, now=NOW)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with the Chinese shop's past in it; nobody changes it."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('past')}/store.db")
    metadata.create_all(engine)
    tell(engine)
    yield engine
    engine.dispose()


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


def test_every_order_is_what_its_rows_say(past: Engine) -> None:
    with transaction(past) as session:
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


def test_the_web_page_told_of_visits_that_are_true(past: Engine) -> None:
    with transaction(past) as session:
        found = behaviour.behave(behaviour.read(session, as_of=NOW))
        placed = select(func.count()).where(Order.source == "网店", Order.state != OrderState.DRAFT)
        orders = session.scalar(placed.where(Order.placed_at >= NOW - timedelta(days=DAYS)))
    reached = dict(found["steps"])
    assert reached["bought"] == orders
    assert found["visits"] == reached["viewed"] > reached["wanted"] > reached["checkout"] > reached["bought"]


def test_a_regular_bought_before_writing_to_the_bot(past: Engine) -> None:
    with transaction(past) as session:
        [contact] = session.scalars(select(ContactMethod).where(ContactMethod.value == REGULAR[1])).all()
        regular = customers.get(session, customer_id=contact.customer_id)
        orders = session.scalars(select(Order).where(Order.customer_id == regular.id)).all()
        assert (regular.name, regular.user_id, len(orders)) == (REGULAR[0], None, 3)
        assert regular.last_order_at == max(order.placed_at for order in orders)


def test_the_past_is_the_same_each_time(past: Engine, postgres: Engine) -> None:
    tell(postgres)

    told = []
    for engine in (past, postgres):
        with transaction(engine) as session:
            rows = session.execute(select(Order.customer_id, Order.total, Order.state)).all()
            told.append(Counter(rows))
    assert told[0] == told[1]
