"""How a shop is thought of: who comes again, and who was sent by others."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis.brand import Counts, brand, counts
from crm_store.analysis.calendar import begins
from crm_store.analysis.service_summary import Window
from crm_store.analysis.shares import newcombe, wilson
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from tests.crm_store.analysis import buying
from tests.crm_store.analysis.books import clock
from tests.crm_store.analysis.buying import ZONE, noon, sale

OCTOBER, NOVEMBER, DECEMBER = (begins(date(2026, month, 1), ZONE) for month in (10, 11, 12))
WINDOW, BEFORE = Window(NOVEMBER, DECEMBER), Window(OCTOBER, NOVEMBER)
OF: dict[str, Any] = {"zone": ZONE, "currency": "CNY"}


def shop(session: Session) -> None:
    """In November 30 people bought, of whom 12 had before; of 20 who were new 5 were sent by others. In
    October 40 bought, 12 of them again, and nobody was new."""
    old = buying.customers(session, 40, at=noon(date(2026, 1, 1)))
    new = buying.customers(session, 20, at=noon(date(2026, 11, 2)))
    for id in old[:12]:
        sale(session, id, date(2026, 1, 5), 100)
    for id in old:
        sale(session, id, date(2026, 10, 10), 1_000)
    for id in old[:12]:
        sale(session, id, date(2026, 11, 10), 2_000)
    for id in new[:18]:
        sale(session, id, date(2026, 11, 3), 1_000)
    sale(session, new[0], date(2026, 11, 4), 500)  # again in the same month: one buyer, and she was new
    sale(session, old[20], date(2026, 11, 5), 9, state=OrderState.CANCELLED)
    sale(session, old[21], date(2026, 11, 5), 9, currency="USD")
    for id in new[1:4]:
        session.get_one(Customer, id).referred_by_id = old[0]
    for id, source in zip(new[4:8], ("朋友介绍", "Referral", "weibo", None), strict=True):
        session.get_one(Customer, id).source = source
    session.get_one(
        Customer, buying.customers(session, 1, at=noon(date(2026, 11, 9)))[0]
    ).merged_into_id = old[0]
    session.flush()


def test_who_comes_again_and_who_was_sent_counted_live_and_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        shop(session)

        live = counts(session, window=WINDOW, **OF)

        assert live == Counts(
            buyers=30, again=12, orders=31, revenue=42_500, again_revenue=24_500, new=20, sent=5
        )
        clock(session, zone=ZONE, now=DECEMBER + timedelta(hours=1))
        clock(session, zone=ZONE, now=DECEMBER + timedelta(hours=2))
        assert counts(session, window=WINDOW, **OF) == live


def test_shares_have_a_range_an_n_and_their_change(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        shop(session)

        found = brand(session, window=WINDOW, before=BEFORE, **OF)

        again, moved, sent = wilson(12, 30), newcombe(12, 30, 12, 40), wilson(5, 20)
        assert found == {
            "repeat": {
                "hits": 12, "n": 30, "value": again.value, "low": again.low, "high": again.high,
                "change": {"value": moved.value, "low": moved.low, "high": moved.high, "may_be_chance": True},
            },
            "referral": {
                "hits": 5, "n": 20, "value": sent.value, "low": sent.low, "high": sent.high, "change": None,
            },
            "orders": 31,
            "revenue_again": 24_500 / 42_500,
        }  # fmt: skip
        alone = brand(session, window=WINDOW, before=None, **OF)
        assert alone["repeat"]["change"] is None


def test_few_are_counted_and_no_share_is_made_of_them(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        for id in buying.customers(session, 9, at=noon(date(2026, 11, 2))):
            sale(session, id, date(2026, 11, 3))

        nothing = {"value": None, "low": None, "high": None, "change": None}
        assert brand(session, window=WINDOW, before=BEFORE, **OF) == {
            "repeat": {"hits": 0, "n": 9, **nothing},
            "referral": {"hits": 0, "n": 9, **nothing},
            "orders": 9,
            "revenue_again": None,
        }
