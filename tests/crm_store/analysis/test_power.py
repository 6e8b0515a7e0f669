"""What a comparison can see is told before it is made: the table of 80 % power."""

import pytest

from crm_store.analysis.power import smallest_rise

TABLE = {
    0.01: {200: 4.7, 500: 2.5, 1000: 1.6, 5000: 0.6},
    0.03: {200: 6.6, 500: 3.7, 1000: 2.5, 5000: 1.0},
    0.10: {200: 9.9, 500: 5.9, 1000: 4.1, 5000: 1.7},
}
"""Points a share must rise, by the share and by the people in each of two groups."""


@pytest.mark.parametrize("base", TABLE)
def test_the_smallest_rise_is_that_of_the_published_table(base: float) -> None:
    found = {n: 100 * (smallest_rise(base, treated=n, compared=n) or 0) for n in TABLE[base]}

    assert found == pytest.approx(TABLE[base], abs=0.06)  # it has one decimal


def test_a_small_hold_out_sees_less_than_halves() -> None:
    halves = smallest_rise(0.1, treated=500, compared=500)
    tenth = smallest_rise(0.1, treated=900, compared=100)

    assert halves is not None
    assert tenth is not None
    assert tenth > 1.5 * halves


def test_nothing_can_be_seen_with_nobody_to_compare_with() -> None:
    assert smallest_rise(0.1, treated=0, compared=100) is None
    assert smallest_rise(0.1, treated=100, compared=0) is None
    assert smallest_rise(0.9, treated=3, compared=3) is None
