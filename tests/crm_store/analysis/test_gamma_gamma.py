"""Gamma-Gamma: the published figures, what it does to small customers, parameters found again."""

import numpy as np
import pytest

from crm_store.analysis import bg_nbd, gamma_gamma
from crm_store.analysis.bg_nbd import NoFit, histories
from crm_store.analysis.gamma_gamma import GammaGamma
from tests.crm_store.analysis.cdnow import WEEKS, cdnow


@pytest.fixture(scope="module")
def fitted() -> GammaGamma:
    data = cdnow()
    return gamma_gamma.fit(x=data.x, z=data.z)


def test_the_fit_is_the_published_one(fitted: GammaGamma) -> None:
    found = (round(fitted.p, 2), round(fitted.q, 2), round(fitted.gamma, 2), fitted.n)

    assert found == (6.25, 3.74, 15.44, 946)
    assert (fitted.p, fitted.q, fitted.gamma) == pytest.approx((6.250, 3.744, 15.444), abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.005)


def test_the_spend_of_the_hold_out_comes_out_as_measured(fitted: GammaGamma) -> None:
    data = cdnow()
    model = bg_nbd.fit(histories(x=data.x, t_x=data.t_x, t=data.t))
    expected = model.orders(WEEKS, x=data.x, t_x=data.t_x, t=data.t) * fitted.value(x=data.x, z=data.z)
    off = expected - data.later_spend

    assert np.abs(off).mean() == pytest.approx(30.4, abs=0.05)
    assert np.sqrt((off**2).mean()) == pytest.approx(72.3, abs=0.05)
    assert expected.sum() / data.later_spend.sum() - 1 == pytest.approx(-0.16, abs=0.005)
    assert np.abs(data.spend - data.later_spend).mean() == pytest.approx(61.7, abs=0.05)


def test_how_often_and_how_much_hang_together_as_measured() -> None:
    data = cdnow()

    assert gamma_gamma.linked(x=data.x, z=data.z) == pytest.approx(0.11, abs=0.005)


def test_one_order_says_little_and_many_say_all(fitted: GammaGamma) -> None:
    """The estimate lies between the customer's own mean and everybody's."""
    seldom, often = fitted.value(x=[1, 100], z=[200.0, 200.0])

    assert fitted.mean < seldom < often < 200
    assert often == pytest.approx(200, rel=0.02)
    assert fitted.value(x=[0], z=[0.0]) == pytest.approx([fitted.mean])


def test_the_unit_of_money_makes_no_difference() -> None:
    data = cdnow()
    dollars = gamma_gamma.fit(x=data.x, z=data.z, penalty=0.001)
    cents = gamma_gamma.fit(x=data.x, z=data.z * 100, penalty=0.001)

    assert (cents.p, cents.q, cents.gamma / 100) == pytest.approx((dollars.p, dollars.q, dollars.gamma))


def test_planted_parameters_are_found_again() -> None:
    random = np.random.default_rng(3)
    x = random.integers(1, 12, 100_000).astype(float)
    scale = 1 / random.gamma(4.0, 1 / 15.0, 100_000)
    z = random.gamma(6.0 * x, scale) / x

    found = gamma_gamma.fit(x=x, z=z)

    assert (found.p, found.q, found.gamma) == pytest.approx((6.0, 4.0, 15.0), rel=0.06)


@pytest.mark.parametrize(
    ("x", "z"),
    [
        ([], []),
        ([1.0] * 5, [10.0] * 5),  # too few
        ([0.0] * 50, [0.0] * 50),  # nobody came again
        ([1.0] * 50, [-3.0] * 50),  # all was given back
        ([1.0] * 50, [10.0] * 50),  # every order alike
    ],
)
def test_where_nothing_can_be_learnt_it_says_so(x: list[float], z: list[float]) -> None:
    with pytest.raises(NoFit):
        gamma_gamma.fit(x=x, z=z)
