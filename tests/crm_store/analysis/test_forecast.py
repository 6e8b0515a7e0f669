"""The weeks to come: never worse than the bar where it was tried, and ranges that hold what they say."""

from datetime import date, timedelta

import numpy as np
import pytest

from crm_store.analysis import forecast
from crm_store.analysis.forecast import BAR, HORIZON, RULES, ahead, back_test, choose, weekly


def plain(weeks: int, *, seed: int = 1) -> np.ndarray:
    """Nothing but chance about a level."""
    return np.round(np.random.default_rng(seed).normal(100_000, 10_000, weeks))


def growing(weeks: int, *, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.round(50_000 + 3_000 * np.arange(weeks) + random.normal(0, 2_000, weeks))


def test_the_mean_of_four_weeks_is_the_bar_that_chance_does_not_beat() -> None:
    names = [ahead(plain(80, seed=seed))["rule"] for seed in range(8)]

    assert set(names) <= {BAR, "mean_13", "smoothed"}
    assert ahead(growing(80))["rule"] in {"damped", "theta", "average"}


@pytest.mark.parametrize("make", [plain, growing])
def test_the_rule_used_was_never_worse_than_the_bar(make: object) -> None:
    for seed in range(5):
        past = make(60, seed=seed)  # type: ignore[operator]
        tests = {name: back_test(past, rule) for name, rule in RULES.items()}

        used = tests[choose(tests)]

        assert np.abs(used.total_errors).mean() <= np.abs(tests[BAR].total_errors).mean()


def test_eight_of_ten_totals_came_within_the_range_that_was_said() -> None:
    held = of = 0
    for seed in range(40):
        past = plain(52 + HORIZON, seed=seed)
        found = ahead(past[:-HORIZON])
        _, low, high = found["total"]
        held += low <= past[-HORIZON:].sum() <= high
        of += 1

    assert 0.7 <= held / of <= 0.9


def test_the_range_is_checked_on_past_origins_and_told() -> None:
    held, of = ahead(plain(120))["covered"]

    assert of > 50
    assert 0.6 <= held / of <= 0.95


def test_weeks_and_total_are_whole_minor_units_within_their_ranges() -> None:
    found = ahead(plain(60))

    assert all(low <= said <= high for said, low, high in [*found["weeks"], found["total"]])
    assert all(isinstance(one, int) for row in found["weeks"] for one in row)
    assert len(found["weeks"]) == HORIZON


def test_what_comes_after_an_origin_changes_nothing_that_was_said_there() -> None:
    past = growing(60)
    changed = past.copy()
    changed[50:] *= 7

    for rule in RULES.values():
        assert back_test(past[:54], rule).errors[:20] == pytest.approx(
            back_test(changed[:54], rule).errors[:20]
        )


def test_ten_times_the_money_is_ten_times_the_forecast() -> None:
    one, ten = ahead(plain(60)), ahead(plain(60) * 10)

    assert ten["rule"] == one["rule"]
    assert ten["total"] == pytest.approx([value * 10 for value in one["total"]], abs=10)


@pytest.mark.parametrize("past", [[], [5.0], [100.0] * 35, [0.0] * 200])
def test_too_little_history_says_so(past: list[float]) -> None:
    assert ahead(np.array(past)) == {"too_little": True, "weeks_needed": 36}


def test_a_business_that_never_changes_is_foretold_exactly() -> None:
    found = ahead(np.full(60, 1_000.0))

    assert (found["rule"], found["total"]) == (BAR, [4_000, 4_000, 4_000])


def test_a_shop_that_stopped_selling_is_foretold_nothing_and_no_nonsense() -> None:
    found = ahead(np.concatenate([plain(40), np.zeros(20)]))

    assert found["weeks"][0][0] >= 0
    assert all(np.isfinite(one) for row in found["weeks"] for one in row)


def test_last_years_weeks_compete_from_two_years_on() -> None:
    def season(weeks: int) -> np.ndarray:
        noise = np.random.default_rng(3).normal(0, 1_000, weeks)
        return np.round(100_000 * (1 + 0.8 * np.sin(np.arange(weeks) * 2 * np.pi / 52)) + noise)

    assert "last_year" not in [one[0] for one in ahead(season(103))["errors"]]
    assert ahead(season(140))["rule"] == "last_year"


def test_the_week_in_which_a_shop_began_and_days_before_are_no_weeks() -> None:
    monday = date(2026, 1, 5)
    by_day = {monday + timedelta(days=at): 10 if at >= 10 else 0 for at in range(28)}

    assert weekly(by_day, first=monday) == [(date(2026, 1, 19), 70), (date(2026, 1, 26), 70)]
    assert weekly({}, first=monday) == []


def test_the_average_lies_between_the_three_it_is_made_of() -> None:
    past = growing(40)
    three = [RULES[name](past, 4) for name in ("smoothed", "damped", "theta")]

    assert forecast.average(past, 4) == pytest.approx(sum(three) / 3)


def test_what_is_said_lies_in_its_range_also_where_it_always_said_too_little() -> None:
    assert forecast.span(np.array([5.0, 6.0, 9.0]), np.full(3, 100.0), level=200.0) == (
        0.0,
        pytest.approx(16.8),
    )


@pytest.mark.parametrize(
    ("monday", "told"),
    [
        ("2026-12-28", None),
        ("2027-01-04", "2027-02-06"),
        ("2027-02-08", "2027-02-06"),
        ("2027-02-15", None),
        ("2099-01-05", None),
    ],
)
def test_weeks_that_the_spring_festival_touches_are_told(monday: str, told: str | None) -> None:
    assert forecast.festival(date.fromisoformat(monday)) == told


def test_theta_of_a_straight_line_goes_on_half_as_steep() -> None:
    """Its drift is half the slope (Hyndman & Billah 2003)."""
    said = forecast.theta(np.arange(40, dtype=np.float64), 3)

    assert np.diff(said) == pytest.approx([0.5, 0.5])
