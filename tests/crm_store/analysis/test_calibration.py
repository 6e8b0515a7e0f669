"""Chances that come true: whatever the scale of the scores, and never falling where they rise."""

import numpy as np
import pytest

from crm_store.analysis import calibration


def happened(scores: np.ndarray, seed: int) -> np.ndarray:
    """Steep in the middle and flat at both ends: no straight line in log-odds."""
    chance = np.where(scores < 0, 0.1, np.where(scores < 1, 0.1 + 0.7 * scores, 0.8))
    return (np.random.default_rng(seed).random(len(scores)) < chance).astype(np.int64)


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1e6])
def test_of_those_said_to_have_so_many_in_ten_so_many_do_it(unit: float) -> None:
    learnt, later = np.random.default_rng(1).uniform(-2, 3, (2, 4_000))
    scale = calibration.scale(learnt * unit, happened(learnt, 2))

    found = calibration.groups(scale.chances(later * unit), happened(later, 3))

    assert calibration.error(found) <= 0.03
    assert [one.n for one in found] == [400] * 10
    assert [one.said for one in found] == sorted(one.said for one in found)


def test_a_higher_score_never_means_a_smaller_chance() -> None:
    scores = np.random.default_rng(4).normal(size=500)
    chances = calibration.scale(scores, happened(scores, 5)).chances(np.linspace(-5, 5, 200))

    assert (np.diff(chances) >= 0).all()
    assert ((chances > 0) & (chances < 1)).all()


def test_scores_that_say_nothing_give_everybody_the_same_chance() -> None:
    truth = np.array([0, 1] * 100)

    assert calibration.scale(np.ones(200), truth).chances(np.array([1.0, 7.0])) == pytest.approx([0.5, 0.5])


def test_scores_the_wrong_way_round_are_not_turned() -> None:
    scores = np.random.default_rng(6).uniform(-2, 3, 2_000)
    chances = calibration.scale(-scores, happened(scores, 7)).chances(np.array([-2.0, 1.0]))

    assert chances[0] == pytest.approx(chances[1])


def test_of_ten_thousand_the_surest_are_told_from_the_merely_likely() -> None:
    scores = np.linspace(0, 1, 10_000)
    truth = np.where(scores > 0.98, 1, np.arange(10_000) % 10 == 0).astype(np.int64)

    chances = calibration.scale(scores, truth).chances(np.array([0.5, 0.95, 0.995]))

    assert chances.round(1).tolist() == [0.1, 0.1, 1.0]
