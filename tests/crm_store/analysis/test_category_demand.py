"""Demand of categories: each figure by its own unit, a trend only where there is one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis.category_demand import PERIODS, by_category, by_product, trend
from crm_store.engine import transaction
from tests.crm_store.analysis.buying import ZONE
from tests.crm_store.analysis.shelves import AS_OF, Bought, fill, goods


def test_customers_orders_pieces_and_money_are_counted_apart(engine: Engine) -> None:
    orders = [
        Bought(0, 1, ("tea", "tea")),
        Bought(0, 28, ("tea",)),
        Bought(1, 3, ("tea", "cake")),
        Bought(1, 29, ("tea",)),
        Bought(1, 281, ("tea",)),
    ]
    with transaction(engine) as session:
        fill(session, orders)
        fill(session, [Bought(0, 1, ("tea",))], currency="USD")

    with Session(engine) as session:
        found = by_category(session, as_of=AS_OF, zone=ZONE, currency="CNY")

    assert by_product(goods(orders)) == found  # each product is its own category here
    assert by_product(replace(goods(orders), one_in=3))[0]["quantity"] == 12_000
    tea, cake = found
    assert tea == {
        "name": "tea",
        "customers": 2,
        "orders": 3,
        "quantity": 4_000,
        "revenue": 4_000,
        "before": 1_000,
        "series": [0] * (PERIODS - 2) + [1_000, 4_000],
        "trend": None,
    }
    assert (cake["name"], cake["customers"], cake["orders"], cake["quantity"]) == ("cake", 1, 1, 1_000)


def test_a_planted_rise_is_found_with_its_range_and_a_flat_series_is_not_one() -> None:
    rising = trend([1_000 * at for at in range(10, 20)])
    flat = trend([10_000, 12_000, 9_000, 11_000, 10_000, 8_000, 12_000, 10_000, 11_000, 9_000])

    assert rising is not None
    assert flat is not None
    assert rising["change"] == pytest.approx(1 / 14.5, abs=1e-4)
    assert rising["next"] == [20_000, 20_000, 20_000]
    assert rising["range"][0] > 0
    assert flat["range"][0] < 0 < flat["range"][1]


@pytest.mark.parametrize("series", [[0] * 10, [0] * 5 + [1] * 5, [5]])
def test_too_few_periods_have_no_trend(series: list[int]) -> None:
    assert trend(series) is None


def test_pieces_are_never_expected_to_be_less_than_none() -> None:
    found = trend([9_000, 8_000, 6_000, 5_000, 3_000, 2_000, 0, 0, 0, 0])

    assert found is not None
    assert found["next"][0] == 0


def test_the_same_day_counts_by_the_desks_clocks(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session, [Bought(0, 28, ("tea",))])

    with Session(engine) as session:
        now = by_category(session, as_of=AS_OF, zone=ZONE, currency="CNY")
        later = by_category(session, as_of=AS_OF + timedelta(days=1), zone=ZONE, currency="CNY")

    assert [one["series"][-2:] for one in (*now, *later)] == [[0, 1_000], [1_000, 0]]
