"""What one customer bought, and the rule of thumb."""

from datetime import date, timedelta

from sqlalchemy import Engine

from crm_store.analysis import bought
from crm_store.analysis.bought import Bought
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from tests.crm_store.analysis.buying import ZONE, customers, noon, refund, sale

DAY = date(2026, 3, 2)


def test_history_is_net_of_refunds_and_of_one_currency(engine: Engine) -> None:
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=noon(DAY))
        sale(session, ann, DAY, 10_000)
        sale(session, ann, DAY, 2_000)
        back = sale(session, ann, DAY + timedelta(days=10), 8_000)
        refund(session, back, 3_000, noon(DAY + timedelta(days=12)))
        sale(session, ann, DAY + timedelta(days=40), 1_000)
        sale(session, ann, DAY + timedelta(days=50), 9_000, currency="USD")
        sale(session, ann, DAY + timedelta(days=60), state=OrderState.DRAFT)
        sale(session, ann, DAY + timedelta(days=60), state=OrderState.CANCELLED, cancelled_at=noon(DAY))

        found = bought.of(session, customer=session.get_one(Customer, ann), zone=ZONE, currency="CNY")

    assert found == Bought(4, 18_000, DAY, DAY + timedelta(days=40), 20.0)
    assert found.average_order == 4_500


def test_who_never_bought_has_no_average_and_no_pace(engine: Engine) -> None:
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=noon(DAY))

        found = bought.of(session, customer=session.get_one(Customer, ann), zone=ZONE, currency="CNY")

    assert found == Bought(0, 0, None, None, None)
    assert (found.average_order, found.orders_per_year(DAY)) == (0, 0.0)


def test_orders_a_year_are_those_there_were_until_a_year_has_passed() -> None:
    young = Bought(3, 300_000, DAY, DAY, None)
    old = Bought(9, 900_000, DAY - timedelta(days=1096), DAY, 120.0)

    assert young.orders_per_year(DAY + timedelta(days=40)) == 3
    assert round(old.orders_per_year(DAY), 2) == 3.0


def test_the_rule_of_thumb_counts_everything_once() -> None:
    """¥1,000 × 3 a year × 5 years × 30 % is ¥4,500, not ¥45,000."""
    assert bought.rule_of_thumb(average_order=100_000, orders_per_year=3, years=5, margin=0.3) == 450_000
