"""Customer value: what holds whatever the shop is like, what came true, and what it says with little data."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crm_store.analysis.value_check import MOST_SCALED
from tests.crm_store.analysis.cdnow import CUT
from tests.crm_store.analysis.cdnow import purchases as cdnow_purchases
from tests.crm_store.analysis.ledger import FIRST, Sales, shop

END = FIRST + 546
"""The day after 78 weeks."""


@pytest.fixture(scope="module")
def sales() -> Sales:
    return shop(1_000)


def cdnow() -> Sales:
    return Sales.of((one.customer, one.day.toordinal(), one.cents) for one in cdnow_purchases())


def test_on_published_data_the_check_says_what_came() -> None:
    """Cut a quarter before 30 September 1997."""
    found = cdnow().valued(CUT.toordinal() + 1)

    assert found.method == "bg_nbd"
    said, came = found.result["check"]["value"]
    assert (found.result["n"], found.result["repeat_orders"]) == (2357, 2457)
    assert came == sum(one.cents for one in cdnow_purchases() if date(1997, 7, 2) <= one.day <= CUT)
    assert abs(said / came - 1) <= 0.16
    assert found.result["check"]["error"] < found.result["check"]["plain_error"]


def test_more_money_for_the_same_goods_is_more_value_in_proportion(sales: Sales) -> None:
    dear = replace(sales, amount=sales.amount * 100)

    once, hundredfold = sales.valued(END), dear.valued(END)

    assert once.expected is not None
    assert hundredfold.expected is not None
    assert hundredfold.expected.value == pytest.approx(once.expected.value * 100, rel=1e-4)
    assert hundredfold.expected.orders == pytest.approx(once.expected.orders, rel=1e-4)


def test_the_order_of_the_rows_and_the_date_make_no_difference(sales: Sales) -> None:
    order = np.random.default_rng(1).permutation(len(sales.day))
    mixed = Sales(sales.customer[order], sales.day[order] + 400, sales.amount[order])

    once, again = sales.valued(END), mixed.valued(END + 400)

    assert once.expected is not None
    assert again.expected is not None
    assert (once.of.customer_id == again.of.customer_id).all()
    assert (once.expected.value == again.expected.value).all()
    assert (once.expected.low == again.expected.low).all()


def test_four_of_five_ranges_hold_in_the_next_year() -> None:
    sales = shop(3_000, weeks=130.0)
    found = sales.valued(END)
    assert found.expected is not None
    later = sales.until(END + 365).purchases(days=365)
    came = np.zeros(len(found.of))
    at = np.searchsorted(found.of.customer_id, later.customer_id).clip(max=len(came) - 1)
    known = found.of.customer_id[at] == later.customer_id
    came[at[known]] = later.net[known]
    again = found.of.days > 1

    within = (came >= np.floor(found.expected.low)) & (came <= np.ceil(found.expected.high))

    total, low, high = found.result["total"]
    assert 0.8 <= within[again].mean() <= 0.95
    assert low <= came.sum() <= high
    assert (found.expected.low <= found.expected.value).all()
    assert (found.expected.value <= found.expected.high).all()
    assert total == round(found.expected.value.sum())


def test_a_shop_that_the_model_does_not_understand_keeps_to_the_plain_rate() -> None:
    """Everybody comes as if by the clock, every 30 days or every 120, and nobody leaves."""
    gap = {0: 30, 1: 120}
    sales = Sales.of(
        (who, day, 10_000)
        for who in range(1, 301)
        for day in range(FIRST + who * 37 % gap[who % 2], END, gap[who % 2])
    )

    found = sales.valued(END)

    check = found.result["check"]
    assert (found.method, check["plain_error"] < check["error"]) == ("same_rate", True)
    assert found.expected is not None
    seldom = found.of.customer_id % 2 == 1
    assert found.expected.value[seldom].mean() == pytest.approx(365 / 120 * 10_000, rel=0.15)
    assert (found.expected.low < found.expected.value).all()


def test_a_sum_that_was_far_off_follows_the_forecast() -> None:
    """A shop whose prices rose to the threefold shortly before the cut: most of what is known is older."""
    sales = shop(2_000, seed=11)
    later = sales.day >= END - 91 - 28
    dearer = replace(sales, amount=np.where(later, sales.amount * 3, sales.amount))

    found = dearer.valued(END)
    said, came = found.result["check"]["value"]

    assert abs(said / came - 1) > 0.16
    assert 1.0 < found.result["scale"] <= MOST_SCALED


def test_a_sum_that_was_right_is_left_alone(sales: Sales) -> None:
    said, came = sales.valued(END).result["check"]["value"]

    assert abs(said / came - 1) <= 0.16
    assert sales.valued(END).result["scale"] is None


def test_it_warns_where_how_often_and_how_much_hang_together(sales: Sales) -> None:
    """Whoever comes often spends more each time."""
    often = np.bincount(sales.customer)[sales.customer]
    together = replace(sales, amount=10_000 * often + sales.amount // 10)

    assert (sales.valued(END).result["linked"], together.valued(END).result["linked"]) == (False, True)


def test_margin_and_interest_take_their_part(sales: Sales) -> None:
    whole, kept = sales.valued(END), sales.valued(END, margin=0.3)
    later = sales.valued(END, discount=0.1)

    assert whole.expected is not None
    assert kept.expected is not None
    assert later.expected is not None
    assert kept.expected.value == pytest.approx(whole.expected.value * 0.3)
    assert (kept.result["margin"], whole.result["margin"]) == (0.3, None)
    assert 0.9 < later.expected.value.sum() / whole.expected.value.sum() < 0.97


def every_day(customers: int, visits: int, amount: int = 10_000) -> Sales:
    return Sales.of(
        (who, FIRST + who % 90 + 30 * visit, amount) for who in range(customers) for visit in range(visits)
    )


LITTLE = {
    "nobody": Sales.of([]),
    "one customer": every_day(1, 1),
    "thirty customers": every_day(30, 3),
    "all bought once": every_day(300, 1),
}


@pytest.mark.parametrize("sales", LITTLE.values(), ids=LITTLE.keys())
def test_with_little_data_nothing_is_guessed(sales: Sales) -> None:
    found = sales.valued(END)

    assert (found.method, found.expected) == ("too_little", None)
    assert json.dumps(found.result, allow_nan=False)


ODD = {
    "all was given back": every_day(200, 4, amount=0),
    "more was given back than paid": every_day(200, 4, amount=-5_000),
    "all at one moment": Sales.of((who, FIRST + 100, 10_000) for who in range(200)),
    "all on two days": Sales.of((who, FIRST + day, 10_000) for who in range(200) for day in (100, 300)),
    "all the same": every_day(200, 6),
    "yesterday": Sales.of((who, END - 2 + day, 10_000) for who in range(200) for day in (0, 1)),
}


@pytest.mark.parametrize("sales", ODD.values(), ids=ODD.keys())
def test_odd_shops_get_plain_numbers_or_none(sales: Sales) -> None:
    found = sales.valued(END)

    assert json.dumps(found.result, allow_nan=False)
    if found.expected is not None:
        columns = (found.expected.orders, found.expected.value, found.expected.low, found.expected.high)
        assert all(np.isfinite(one).all() and (one >= 0).all() for one in columns)
