"""Which amounts do not belong with the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm_store.analysis.unusual import LEAST, NEVER, usual, which

HUNDREDS = [10_000, 9_800, 10_200, 9_900, 10_100, 10_000, 10_050, 9_950]


def test_ten_million_among_hundreds_is_unusual() -> None:
    """AT C11."""
    assert which([*HUNDREDS, 999_999_900]) == [False] * len(HUNDREDS) + [True]


def test_so_is_a_cent() -> None:
    assert which([1, *HUNDREDS]) == [True] + [False] * len(HUNDREDS)


def test_where_all_are_alike_a_little_more_is_not_unusual() -> None:
    assert which([10_000] * 20 + [12_000, 8_000]) == [False] * 22
    assert which([10_000] * 20 + [999_999_900]) == [False] * 20 + [True]


def test_where_half_are_alike_the_others_are_judged_by_the_quartiles() -> None:
    """Their median deviation is nothing, but a shop that sells at two prices has no unusual half."""
    assert which([10_000] * 11 + [200_000] * 9) == [False] * 20


def test_two_wrong_ones_do_not_hide_each_other() -> None:
    assert which([*HUNDREDS, 999_999_900, 888_888_800]) == [False] * len(HUNDREDS) + [True, True]


def test_too_few_say_nothing() -> None:
    few = HUNDREDS[: LEAST - 2]

    assert which([*few, 999_999_900]) is None
    assert usual(few) is None
    assert which([*few, 10_000, 999_999_900]) == [False] * (LEAST - 1) + [True]


def test_what_costs_nothing_is_not_compared() -> None:
    assert which([0, -500, *HUNDREDS]) == [False] * (2 + len(HUNDREDS))
    assert which([0] * 20 + HUNDREDS[:3]) is None


def test_the_middle_is_the_median_in_minor_units() -> None:
    found = usual([*HUNDREDS, 999_999_900])

    assert found is not None
    assert found.middle == 10_000


AMOUNTS = some.lists(some.integers(1, 10**13), min_size=LEAST, max_size=60)


@given(AMOUNTS)
def test_the_order_they_come_in_makes_no_difference(amounts: list[int]) -> None:
    assert sorted(zip(amounts, which(amounts) or [], strict=True)) == sorted(
        zip(reversed(amounts), which(amounts[::-1]) or [], strict=True)
    )


@given(AMOUNTS)
def test_most_are_never_unusual_nor_are_those_near_the_middle(amounts: list[int]) -> None:
    found, flags = usual(amounts), which(amounts)

    assert found is not None
    assert flags is not None
    assert 2 * sum(flags) < len(flags)
    # A cent's rounding of the middle itself aside.
    near = [one for one in amounts if found.middle / NEVER + 1 < one < found.middle * NEVER - NEVER]
    assert all(found.holds(one) for one in near)


@pytest.mark.parametrize("times", [1, 7, 1_000])
def test_the_currency_makes_no_difference(times: int) -> None:
    amounts = [*HUNDREDS, 999_999_900, 25_000]

    assert which([one * times for one in amounts]) == which(amounts)
