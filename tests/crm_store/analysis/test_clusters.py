"""Groups found: scaled, stable, and none where there is none."""

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from crm_store.analysis import clusters
from crm_store.analysis.clusters import Floats, Ints


def planted(groups: Sequence[tuple[float, float, float]], size: int = 150) -> tuple[Floats, Ints, Ints]:
    """(features, revenue, group) of customers around these middles: days away, orders, net in yuan. Within a
    group the amounts differ far more than between groups in days and orders."""
    chance = np.random.default_rng(7)
    rows = [
        np.stack(
            (
                days * np.exp(chance.normal(0, 0.15, size)),
                orders * np.exp(chance.normal(0, 0.15, size)),
                100 * net * np.exp(chance.normal(0, 0.15, size)),
            ),
            axis=1,
        )
        for days, orders, net in groups
    ]
    values = np.concatenate(rows)
    return np.log1p(values), values[:, 2].astype(np.int64), np.repeat(np.arange(len(groups)), size)


def test_two_planted_groups_are_found_exactly_and_only_when_scaled() -> None:
    """Three of the best spend two hundred times as much: unscaled, nothing else is seen."""
    values, _, truth = planted([(5, 20, 3_000), (200, 2, 600)])
    values[:150:50, 2] += np.log(200)
    revenue = np.expm1(values[:, 2]).astype(np.int64)

    found = clusters.find(values, revenue)
    unscaled = KMeans(2, n_init=10, random_state=0).fit_predict(np.expm1(values))

    assert found is not None
    assert adjusted_rand_score(truth, found.label) == 1.0
    chosen = next(one for one in found.tried if one["k"] == len(found.centres))
    assert (chosen["stability"] >= 0.85, chosen["smallest"] >= 0.05) == (True, True)
    assert found.assign(values).tolist() == found.label.tolist()
    assert adjusted_rand_score(truth, unscaled) < 0.05


def test_the_group_that_brings_most_is_the_first() -> None:
    values, revenue, truth = planted([(200, 1, 50), (5, 20, 9_000), (60, 4, 700)])

    found = clusters.find(values, revenue)

    assert found is not None
    brought = [revenue[found.label == one].sum() for one in (1, 2, 3)]
    assert brought == sorted(brought, reverse=True)
    assert [int(found.label[truth == one][0]) for one in (1, 2, 0)] == [1, 2, 3]


def test_the_typical_customer_of_a_group_is_the_one_nearest_to_all_others() -> None:
    """Of 1, 2 and 30 the mean, 11, is nobody; the medoid is 2."""
    scaled = np.array([[1.0], [2.0], [30.0], [99.0]])

    assert clusters._typical(scaled, np.array([0, 1, 2])) == 1
    assert clusters._typical(scaled, np.array([3])) == 3


def test_customers_in_another_order_are_in_the_same_groups() -> None:
    values, revenue, _ = planted([(5, 20, 9_000), (60, 4, 700), (300, 1, 60)])
    turn = np.random.default_rng(3).permutation(len(values))

    found, turned = clusters.find(values, revenue), clusters.find(values[turn], revenue[turn])

    assert found is not None
    assert turned is not None
    assert turned.label.tolist() == found.label[turn].tolist()


def test_the_last_centres_keep_the_groups_what_they_were() -> None:
    values, revenue, _ = planted([(5, 20, 9_000), (60, 4, 700)])
    first = clusters.find(values, revenue)
    assert first is not None
    centres = first.centres * first.deviation + first.mean

    later = clusters.find(values[20:], revenue[20:], last=centres)

    assert later is not None
    assert later.label.tolist() == first.label[20:].tolist()


@pytest.mark.parametrize("count", [0, 1, 30, 99])
def test_too_few_customers_have_no_groups(count: int) -> None:
    values, revenue, _ = planted([(5, 20, 9_000)], size=count)

    assert clusters.find(values, revenue) is None


def test_where_all_are_alike_there_are_no_groups() -> None:
    assert clusters.find(np.ones((300, 3)), np.ones(300, np.int64)) is None
    cloud = np.random.default_rng(5).normal(0, 1, (400, 3))
    assert clusters.find(cloud, np.ones(400, np.int64)) is None
