"""RFM: fifths by average rank, tiers, a month ago, and what must not change them."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import clusters, nightly, rfm, standings
from crm_store.analysis.night import Night
from crm_store.analysis.purchase_rows import Rows, pack
from crm_store.analysis.purchases import Ledger
from crm_store.engine import transaction
from tests.crm_store.analysis.buying import ZONE, customers, noon, refund, sale

AS_OF = datetime(2026, 11, 1, tzinfo=ZONE)
LAST = date(2026, 10, 31).toordinal()

Sale = tuple[int, int, int]
"""Customer, days before the last day, amount."""


def ledger(sales: list[Sale], *, as_of: datetime = AS_OF) -> Ledger:
    rows = np.array(sales, np.int64).reshape(-1, 3)
    last = as_of.toordinal() - 1
    key = pack(rows[:, 0], last - rows[:, 1])
    turn = np.argsort(key, kind="stable")
    found = Rows(key[turn], rows[turn, 2], np.ones(len(rows), np.int8), 0)
    return Ledger(as_of, None, ZONE, "CNY", found, {})


def scored(sales: list[Sale], *, as_of: datetime = AS_OF) -> dict[int, tuple[Any, ...]]:
    """By customer: days since, orders, net, r, f, m, tier."""
    books = ledger(sales, as_of=as_of)
    found = rfm.score(books.purchases(days=rfm.WINDOW_DAYS), ever=books.purchases())
    if found is None:
        return {}
    columns = (found.recency_days, found.orders, found.net, found.r, found.f, found.m)
    rows = zip(found.customer_id.tolist(), *(one.tolist() for one in columns), found.tiers(), strict=True)
    return {row[0]: row[1:] for row in rows}


def test_equals_get_the_same_fifth() -> None:
    """The counts that Online Retail's orders are spread over: average rank leaves the second fifth empty."""
    orders = np.repeat([1, 2, 3, 4], [1493, 835, 508, 1502])

    found = rfm.fifths(orders)

    assert [len({int(one) for one in found[orders == n]}) for n in (1, 2, 3, 4)] == [1, 1, 1, 1]
    assert np.bincount(found, minlength=6)[1:].tolist() == [1493, 0, 835 + 508, 0, 1502]


def test_five_hundred_in_a_row_make_fifths_of_a_hundred() -> None:
    assert np.bincount(rfm.fifths(np.arange(500)))[1:].tolist() == [100] * 5


def shop() -> list[Sale]:
    """Fifty customers: number n bought last n * 7 days ago, and less often and less the later."""
    return [
        (n, n * 7 + 10 * time, 100_000 - 1_500 * n)
        for n in range(1, 51)
        for time in range(max(1, 10 - n // 5))
    ]


def test_tiers_say_what_customers_do() -> None:
    sales = shop()
    sales += [
        (60, 3, 500),
        (61, 300, 900_000),
        *((61, 320 + n, 900_000) for n in range(12)),
        (62, 400, 50_000),
    ]

    found = {customer: row[-1] for customer, row in scored(sales).items()}

    assert found[1] == "champions"
    assert found[60] == "new"
    assert found[61] == "cant_lose"
    assert found[62] == "lost"
    assert found[50] == "hibernating"


def test_nobody_is_loyal_who_bought_on_one_day_only() -> None:
    sales = [(n, n, 10_000 * n) for n in range(1, 60)]

    tiers = {row[-1] for row in scored(sales).values()}

    assert not tiers & {"champions", "loyal"}
    assert "new" in tiers


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 500), st.integers(1, 10**6)), max_size=250),
    st.randoms(use_true_random=False),
    st.integers(1, 3000),
)
def test_the_order_of_rows_and_a_shift_of_all_dates_change_nothing(
    sales: list[Sale], chance: Any, days: int
) -> None:
    turned = sales.copy()
    chance.shuffle(turned)

    assert scored(turned) == scored(sales)
    assert scored(sales, as_of=AS_OF + timedelta(days=days)) == scored(sales)


def night(session: Session, *, now: datetime = AS_OF) -> Night:
    return nightly.begin(session, as_of=AS_OF, zone=ZONE, currency="CNY", now=now)


def filled(session: Session) -> list[int]:
    """Forty customers with one to eight sales each."""
    ids = customers(session, 40, at=AS_OF)
    for place, id in enumerate(ids):
        for n in range(8 - place // 5):
            sale(
                session, id, date(2026, 10, 30) - timedelta(days=5 * place + 20 * n), 100_000 - 2_000 * place
            )
    return ids


def columns(session: Session) -> dict[str, list[Any]]:
    found = night(session)
    rfm.nightly(found)
    return {name: [None if one != one else one for one in values] for name, values in found.scores.items()}


def test_what_happens_after_the_cut_and_customers_without_orders_change_nothing(engine: Engine) -> None:
    """The leak test, A15: last month's scores are what they were."""
    with transaction(engine) as session:
        ids = filled(session)
        first = sale(session, ids[3], date(2026, 9, 1))
    with Session(engine) as session:
        before = columns(session)
    with transaction(engine) as session:
        customers(session, 5, at=AS_OF)
        refund(session, first, 5_000, noon(date(2026, 11, 2)))
        for id in ids[20:]:
            sale(session, id, date(2026, 11, 3), 10_000_000)
    with Session(engine) as session:
        assert columns(session) == before


def test_the_table_of_tiers_and_who_moved_since_last_month(engine: Engine) -> None:
    with transaction(engine) as session:
        filled(session)
    with Session(engine) as session:
        found = rfm.nightly(night(session))

    assert (found.n, found.method) == (40, "rfm 1")
    standing = standings.of(found.result["tiers"])
    assert (standing.customers, standing.net) == (40, sum(one["net"] for one in found.result["tiers"]))
    assert sum(one.part or 0 for one in standing.rows) == pytest.approx(1)
    assert sum(sum(one.values()) for one in found.result["moved"].values()) <= 40


@pytest.mark.parametrize("buyers", [0, 1, 29])
def test_too_few_buyers_are_counted_and_not_scored(engine: Engine, buyers: int) -> None:
    with transaction(engine) as session:
        for id in customers(session, buyers, at=AS_OF):
            sale(session, id, date(2026, 10, 1))
    with Session(engine) as session:
        tonight = night(session)
        found = rfm.nightly(tonight)

        assert "tiers" not in found.result
        assert (found.result["buyers"], found.result["needed"]) == (buyers, 30)
        assert tonight.scores["orders"].tolist() == [1] * buyers
        assert clusters.nightly(tonight).result == {"window_days": 365, "buyers": buyers, "needed": 100}


@pytest.mark.parametrize("case", ["all once", "all given back", "one day", "two currencies"])
def test_degenerate_shops_have_plain_figures(engine: Engine, case: str) -> None:
    with transaction(engine) as session:
        for place, id in enumerate(customers(session, 120, at=AS_OF)):
            on = date(2026, 10, 1) if case == "one day" else date(2026, 10, 1) - timedelta(days=place)
            currency = "USD" if case == "two currencies" and place % 2 else "CNY"
            made = sale(session, id, on, 10_000, currency=currency)
            if case == "all given back":
                refund(session, made, 10_000, noon(on))
    with Session(engine) as session:
        tonight = night(session)
        found, groups = rfm.nightly(tonight), clusters.nightly(tonight)

    assert found.result["left_out"] == ({"USD": 60} if case == "two currencies" else {})
    assert sum(one["customers"] for one in found.result["tiers"]) == (60 if case == "two currencies" else 120)
    assert np.isfinite([one["net"] for one in found.result["tiers"]]).all()
    assert groups.n in (60, 120)
