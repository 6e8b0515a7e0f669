"""Cohorts by the month of the first purchase."""

from datetime import date, datetime

from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.analysis import cohorts, purchases
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from tests.crm_store.analysis import buying
from tests.crm_store.analysis.buying import ZONE, bought, customers

AS_OF = datetime(2026, 4, 10, tzinfo=ZONE)


def found(engine: Engine, *, as_of: datetime = AS_OF) -> dict[str, object]:
    with Session(engine) as session:
        return cohorts.by_month(purchases.read(session, as_of=as_of, zone=ZONE, currency="CNY"))


def fill(session: Session) -> None:
    ann, bob, eve, dan = customers(session, 4, at=AS_OF)
    bought(session, ann, [date(2026, 1, 5), date(2026, 1, 9), date(2026, 3, 1), date(2026, 4, 2)])
    bought(session, bob, [date(2026, 1, 31), date(2026, 2, 1)])
    bought(session, eve, [date(2026, 2, 10)])
    bought(session, dan, [date(2026, 4, 9), date(2026, 4, 12)])


def test_month_nought_is_everybody_and_the_month_that_is_not_over_is_marked(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session)

    assert found(engine) == {
        "n": 4,
        "partial": True,
        "cohorts": [
            {"month": "2026-01-01", "n": 2, "bought": [2, 1, 1, 1]},
            {"month": "2026-02-01", "n": 1, "bought": [1, 0, 0]},
            {"month": "2026-04-01", "n": 1, "bought": [1]},
        ],
        "later": [[1, 3], [1, 2]],
        "again": [1, 1],
        "again_days": 90,
    }


def test_on_the_first_of_a_month_every_month_is_over(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session)

    april = found(engine, as_of=datetime(2026, 4, 1, tzinfo=ZONE))

    assert april["partial"] is False
    assert april["cohorts"] == [
        {"month": "2026-01-01", "n": 2, "bought": [2, 1, 1]},
        {"month": "2026-02-01", "n": 1, "bought": [1, 0]},
    ]


def test_what_was_given_back_was_bought_all_the_same(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        (ann,) = customers(session, 1, at=AS_OF)
        order = buying.sale(session, ann, date(2026, 3, 5))
        buying.refund(session, order, order.total, buying.noon(date(2026, 3, 7)))

    assert found(sqlite)["cohorts"] == [{"month": "2026-03-01", "n": 1, "bought": [1, 0]}]


def test_a_shop_without_sales_has_no_cohorts(engine: Engine) -> None:
    assert found(engine) == {
        "n": 0,
        "partial": True,
        "cohorts": [],
        "later": [],
        "again": [0, 0],
        "again_days": 90,
    }


def test_channels_are_those_of_most_customers_each_with_its_own_table(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session)
        for one, source in zip(
            session.scalars(select(Customer)).all(), ("web", "web", "", None), strict=True
        ):
            one.source = source
            session.add(one)

    with Session(engine) as session:
        ledger = purchases.read(session, as_of=AS_OF, zone=ZONE, currency="CNY")
        ((source, only),) = cohorts.channels(session)

    assert source == "web"
    assert cohorts.by_month(ledger, only=only)["cohorts"] == [
        {"month": "2026-01-01", "n": 2, "bought": [2, 1, 1, 1]}
    ]
