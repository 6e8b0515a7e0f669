"""Differences, with their ranges: published figures, planted lifts, planted nothings."""

import numpy as np
import pytest
from numpy.typing import NDArray

from crm_store.analysis import lift, shares, stats
from crm_store.analysis.lift import Compared, Group, Unshown, Verdict
from crm_store.analysis.shares import Estimate
from crm_store.analysis.stats import Sample

VISITS = {"none": (2262, 21_306), "men": (3894, 21_307), "women": (3238, 21_387)}
CONVERSIONS = {"none": (122, 21_306), "men": (267, 21_307), "women": (189, 21_387)}
SPENT = {
    "none": (0.65279, 11.588, 21_306),
    "men": (1.42262, 17.754, 21_307),
    "women": (1.07720, 15.12, 21_387),
}
"""Hillstrom's e-mail test: mean, standard deviation (as the published ranges imply), people."""


@pytest.mark.parametrize(
    ("counts", "group", "expected"),
    [
        (VISITS, "men", (0.07659, 0.06995, 0.08323)),
        (VISITS, "women", (0.04523, 0.03889, 0.05157)),
        (CONVERSIONS, "men", (0.00681, 0.00501, 0.00864)),
        (CONVERSIONS, "women", (0.00311, 0.00150, 0.00475)),
    ],
)
def test_hillstroms_rates_come_out_as_published(
    counts: dict[str, tuple[int, int]], group: str, expected: tuple[float, float, float]
) -> None:
    found = shares.newcombe(*counts[group], *counts["none"])

    assert (round(found.value, 5), round(found.low, 5), round(found.high, 5)) == expected


def test_hillstroms_spending_comes_out_as_published() -> None:
    def against(one: str, other: str) -> Estimate:
        (mean, deviation, n), (mean2, deviation2, n2) = SPENT[one], SPENT[other]
        return stats.welch(mean, deviation**2, n, mean2, deviation2**2, n2)

    men, women, between = against("men", "none"), against("women", "none"), against("men", "women")

    assert (men.value, men.low, men.high) == pytest.approx((0.7698, 0.4851, 1.0545), abs=5e-4)
    assert (women.value, women.low, women.high) == pytest.approx((0.4244, 0.1690, 0.6799), abs=5e-4)
    assert (round(between.value, 3), round(between.p or 1, 2)) == (0.345, 0.03)


def test_hillstroms_groups_are_as_large_as_planned() -> None:
    assert round(stats.fair([n for _, n in VISITS.values()], [1, 1, 1]), 3) == 0.904


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80 (Newcombe 1998, table II, a)."""
    found = shares.newcombe(56, 70, 48, 80)

    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_a_difference_is_the_same_from_either_side() -> None:
    one, other = shares.newcombe(56, 70, 48, 80), shares.newcombe(48, 80, 56, 70)

    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert one.p == pytest.approx(other.p)


def test_holms_correction() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([]) == []
    assert stats.holm([0.9, 0.8]) == [1.0, 1.0]


def test_one_large_order_does_not_decide_where_the_largest_are_capped() -> None:
    chance = np.random.default_rng(1)
    usual = chance.integers(5_000, 15_000, size=400)
    one, other = Sample(2000, np.append(usual[:200], 90_000_000)), Sample(2000, usual[200:])

    plain, capped = stats.means(one, other), stats.means(*stats.winsorised(one, other))

    assert plain.value > 40_000
    assert abs(capped.value) < 200


def test_drawing_anew_agrees_with_welch_where_there_are_many() -> None:
    chance = np.random.default_rng(2)
    one, other = (Sample(4000, chance.lognormal(9, 0.5, size).astype(np.int64)) for size in (500, 400))

    drawn, welch = stats.bootstrap(one, other, seed=3), stats.means(one, other)

    assert drawn == stats.bootstrap(one, other, seed=3)
    assert drawn.value == welch.value
    width = welch.high - welch.low
    assert abs(drawn.low - welch.low) < width * 0.05
    assert abs(drawn.high - welch.high) < width * 0.05


def group(chance: np.random.Generator, name: str, n: int, share: float, *, weight: float) -> Group:
    bought = int(chance.binomial(n, share))
    return Group(name, n, bought, weight, chance.lognormal(9, 0.6, bought).astype(np.int64))


def campaign(seed: int, *, base: float, rise: float) -> tuple[list[Group], Group]:
    """Two arms of 4000, a hold-out of 2000."""
    chance = np.random.default_rng(seed)
    arms = [group(chance, name, 4000, base * (1 + rise), weight=0.4) for name in "AB"]
    return arms, group(chance, "", 2000, base, weight=0.2)


def test_a_planted_rise_by_a_fifth_is_found() -> None:
    found = [lift.measure(*campaign(seed, base=0.2, rise=0.2), seed=seed, draws=500) for seed in range(40)]

    verdicts = [one.verdict for one in found]

    # 80 % power sees a rise from 20 % by 2.8 points; this one is by 4 points.
    assert verdicts.count(Verdict.RAISED) >= 36
    assert Verdict.LOWERED not in verdicts
    assert sum(one.rate.low <= 0.04 <= one.rate.high for one in found) >= 36


def test_of_campaigns_that_change_nothing_few_seem_to() -> None:
    """A/A: at most one in twenty, counting both ways; 400 of them, so up to 30 by chance (2.5 sigma)."""
    found = [lift.measure(*campaign(seed, base=0.05, rise=0.0), seed=seed, draws=500) for seed in range(400)]

    assert sum(one.verdict != Verdict.UNPROVEN for one in found) <= 30
    assert sum(one.money.verdict != Verdict.UNPROVEN for one in found) <= 30


@pytest.mark.parametrize(("treated", "held", "base"), [(8000, 2000, 0.05), (900, 100, 0.03), (450, 50, 0.1)])
def test_a_wrong_alarm_is_as_rare_as_promised(treated: int, held: int, base: float) -> None:
    """10,000 campaigns that change nothing: one in twenty seems to, and half a point for chance."""
    chance = np.random.default_rng(11)
    counts = zip(chance.binomial(treated, base, 10_000), chance.binomial(held, base, 10_000), strict=True)

    found = [shares.newcombe(int(one), treated, int(other), held) for one, other in counts]

    assert sum(one.low > 0 or one.high < 0 for one in found) / len(found) <= 0.055


def test_of_arms_that_change_nothing_few_seem_to_however_many_there_are() -> None:
    wrong = 0
    for seed in range(300):
        chance = np.random.default_rng(seed)
        arms = [group(chance, name, 1000, 0.1, weight=0.2) for name in "ABCD"]
        held = group(chance, "", 1000, 0.1, weight=0.2)
        found = lift.several([(one, held) for one in arms])
        wrong += any(one.verdict != Verdict.UNPROVEN for one in found)

    assert wrong <= 24  # 15 expected at most, and 2.4 sigma


def empty() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def test_what_cannot_be_compared_says_why() -> None:
    def of(n: int, weight: float) -> Group:
        return Group("A", n, 1, weight, empty())

    assert lift.unshown([of(900, 1.0)], of(0, 0.0)) == Unshown.NO_HOLDOUT
    assert lift.unshown([of(900, 0.99)], of(9, 0.01)) == Unshown.FEW
    assert lift.unshown([of(0, 0.5)], of(500, 0.5)) == Unshown.FEW
    assert lift.unshown([of(900, 0.9)], of(200, 0.1)) == Unshown.SRM
    assert lift.unshown([of(900, 0.9)], of(110, 0.1)) is None


def test_where_nothing_is_proven_it_says_how_many_more_it_takes() -> None:
    arms, held = [Group("A", 400, 48, 0.5, empty())], Group("", 400, 40, 0.5, empty())

    found = lift.measure(arms, held, seed=1)

    assert (found.verdict, found.more) == (Verdict.UNPROVEN, 3435)
    larger = [Group("A", 3835, 460, 0.5, empty())], Group("", 3835, 384, 0.5, empty())
    assert lift.measure(*larger, seed=1).verdict == Verdict.RAISED
    assert lift.measure([held], held, seed=1).more is None


def test_groups_where_nobody_or_everybody_bought_are_compared_without_a_fault() -> None:
    nobody, everybody = Group("A", 50, 0, 0.5, empty()), Group("", 50, 50, 0.5, np.full(50, 900))

    same, all_of_them = lift.measure([nobody], nobody, seed=1), lift.measure([everybody], nobody, seed=1)

    assert (same.verdict, same.rate.value, same.money.verdict) == (Verdict.UNPROVEN, 0.0, Verdict.UNPROVEN)
    assert (all_of_them.verdict, all_of_them.money.mean.value) == (Verdict.RAISED, 900.0)
    assert lift.several([]) == []
    assert lift.several([(nobody, nobody)]) == [Compared("A", "A", same.rate, 1.0, Verdict.UNPROVEN)]
    assert lift.several([(nobody, Group("B", 9, 9, 0.5, np.full(9, 900)))]) == []
