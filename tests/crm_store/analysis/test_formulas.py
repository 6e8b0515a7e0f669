"""The small formulas of reports, each in its right version."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from crm_store import moments
from crm_store.analysis import clusters, distance, gain, regression
from tests.crm_store.analysis.test_clusters import planted

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEIJING_PLACE, SHANGHAI_PLACE = (39.9042, 116.4074), (31.2304, 121.4737)

WEATHER = {
    "sunny": [0, 0, 0, 1, 1],
    "overcast": [1, 1, 1, 1],
    "rainy": [1, 1, 0, 1, 0],
}
"""Play or not by outlook: the fourteen days of Quinlan (1986)."""


def test_outlook_tells_0_247_bits_of_whether_to_play() -> None:
    outlook = np.array([name for name, played in WEATHER.items() for _ in played])
    played = np.array([one for each in WEATHER.values() for one in each])

    assert round(gain.entropy(played), 3) == 0.940
    assert round(gain.gain(outlook, played), 3) == 0.247


def test_what_is_the_same_for_all_tells_nothing_and_of_nothing_there_is_nothing_to_tell() -> None:
    played = np.array([0, 1, 1, 0])

    assert gain.gain(np.zeros(4), played) == 0
    assert gain.gain(played, played) == 1
    assert gain.gain(np.zeros(0), np.zeros(0)) == 0


def test_distance_has_any_number_of_dimensions() -> None:
    assert distance.euclidean(np.array([0, 0]), np.array([3, 4])) == 5
    assert distance.euclidean(np.zeros(4), np.ones(4)) == 2


def test_no_unit_outweighs_another() -> None:
    rows = np.array([[1.0, 100_000], [2.0, 200_000], [3.0, 300_000], [4.0, 400_000]])

    scaled = distance.standardised(rows)

    assert np.allclose(scaled[:, 0], scaled[:, 1])
    assert np.array_equal(distance.standardised(np.ones((3, 2))), np.zeros((3, 2)))
    assert distance.standardised(np.zeros((0, 2))).shape == (0, 2)


def test_from_beijing_to_shanghai_it_is_1067_km() -> None:
    assert distance.haversine(BEIJING_PLACE, SHANGHAI_PLACE) == pytest.approx(1067, abs=5)
    assert distance.haversine(SHANGHAI_PLACE, SHANGHAI_PLACE) == 0
    assert distance.haversine((0, 0), (0, 180)) == pytest.approx(np.pi * distance.EARTH_KM)


def test_two_minutes_over_midnight_are_two_minutes_and_a_day_of_the_calendar() -> None:
    before = datetime(2026, 3, 1, 23, 59, tzinfo=SHANGHAI)
    after = before + timedelta(minutes=2)

    assert moments.elapsed(before, after) * 24 * 60 == pytest.approx(2)
    assert moments.calendar_days(before, after, zone=SHANGHAI) == 1
    assert moments.calendar_days(before, after, zone=ZoneInfo("UTC")) == 0
    assert moments.elapsed(before, before + timedelta(days=30)) == 30


def test_what_is_one_half_life_old_weighs_half() -> None:
    assert distance.decayed(np.array([0, 30, 60]), half_life=30).tolist() == [1, 0.5, 0.25]


def test_a_centre_may_be_nowhere_and_a_medoid_is_one_of_them() -> None:
    assert distance.centroid(np.array([[0, 0], [2, 0], [1, 3]])).tolist() == [1, 1]
    assert distance.medoid(np.array([[0, 0], [1, 0], [2, 0], [50, 0]])) == 1


def test_a_groups_centre_is_the_mean_of_its_members_who_are_nearer_to_it_than_to_any_other() -> None:
    """k-means: the centre is one thing, the group another."""
    values, revenue, _ = planted([(5, 20, 9_000), (60, 4, 700), (300, 1, 60)])

    found = clusters.find(values, revenue)

    assert found is not None
    scaled = distance.standardised(values)
    for group, centre in enumerate(found.centres, 1):
        members = scaled[found.label == group]
        assert distance.centroid(members) == pytest.approx(centre)
        others = [one for one in found.centres if one is not centre]
        for member in members[::20]:
            assert all(
                distance.euclidean(member, centre) <= distance.euclidean(member, one) for one in others
            )


def test_a_planted_line_is_found() -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=(400, 2))
    y = 3 + 2 * x[:, 0] - 5 * x[:, 1] + random.normal(0, 0.5, 400)

    line = regression.fit(x, y)

    assert line is not None
    assert line.coefficients == pytest.approx([3, 2, -5], abs=0.1)
    assert line.spread == pytest.approx(0.5, abs=0.05)
    low, high = line.interval(1)
    assert low < 2 < high


def test_eight_of_ten_new_figures_lie_in_the_range_that_was_said() -> None:
    random = np.random.default_rng(6)
    held = 0
    for _ in range(1000):
        x = random.uniform(0, 10, 9)
        line = regression.fit(x[:8], 1 + 2 * x[:8] + random.normal(0, 3, 8))
        assert line is not None
        low, high = line.predicted(x[8:])
        held += low <= 1 + 2 * x[8] + random.normal(0, 3) <= high

    assert held / 1000 == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0], [2.0, 2.0, 2.0, 2.0]])
def test_too_few_figures_or_the_same_again_and_again_make_no_line(x: list[float]) -> None:
    assert regression.fit(np.array(x), np.arange(len(x), dtype=np.float64)) is None
