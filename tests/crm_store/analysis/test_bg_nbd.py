"""BG/NBD and MBG/NBD: the published figures, the closed forms against integrals, parameters found again."""

from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from crm_store.analysis import bg_nbd
from crm_store.analysis.bg_nbd import BgNbd, Histories, NoFit, histories
from crm_store.analysis.leaderboard import auc
from crm_store.analysis.value_model import history
from tests.crm_store.analysis.cdnow import WEEKS, Cdnow, cdnow
from tests.crm_store.analysis.ledger import FIRST, shop


@pytest.fixture(scope="module")
def published() -> Cdnow:
    return cdnow()


@pytest.fixture(scope="module")
def fitted(published: Cdnow) -> BgNbd:
    return bg_nbd.fit(seen(published))


def seen(data: Cdnow) -> Histories:
    return histories(x=data.x, t_x=data.t_x, t=data.t)


def parameters(model: BgNbd) -> tuple[float, ...]:
    return model.r, model.alpha, model.a, model.b


def test_the_data_are_the_published_ones(published: Cdnow) -> None:
    assert (len(published.x), published.x.sum(), published.later.sum()) == (2357, 2457, 1882)


def test_equal_customers_are_one_history(published: Cdnow) -> None:
    found = seen(published)

    assert (len(found.x), found.count.sum()) == (1016, 2357)
    assert (found.x[found.place] == published.x).all()
    assert (found.t_x[found.place] == published.t_x).all()
    assert (found.t[found.place] == published.t).all()


def test_the_fit_is_the_published_one_to_three_digits(fitted: BgNbd) -> None:
    assert parameters(fitted) == pytest.approx((0.2426, 4.4136, 0.7929, 2.4259), abs=5e-4)
    assert tuple(round(one, 3) for one in parameters(fitted)) == (0.243, 4.414, 0.793, 2.426)
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=0.005)


def test_what_a_customer_is_expected_to_order_is_as_published(fitted: BgNbd) -> None:
    assert fitted.orders(WEEKS, x=[2], t_x=[30.43], t=[38.86]) == pytest.approx([1.2260], abs=2e-4)


def test_the_hold_out_comes_out_as_measured(fitted: BgNbd, published: Cdnow) -> None:
    expected = fitted.orders(WEEKS, x=published.x, t_x=published.t_x, t=published.t)
    same_rate = published.x / published.t * WEEKS

    assert np.abs(expected - published.later).mean() == pytest.approx(0.785, abs=5e-4)
    assert np.corrcoef(expected, published.later)[0, 1] == pytest.approx(0.626, abs=5e-4)
    assert expected.sum() == pytest.approx(1653, abs=1)
    assert np.abs(same_rate - published.later).mean() == pytest.approx(1.024, abs=5e-3)


def test_mbg_nbd_is_as_measured_and_tells_who_is_alive_where_bg_nbd_cannot(
    fitted: BgNbd, published: Cdnow
) -> None:
    model = bg_nbd.fit(seen(published), at_once=True)
    rows = {"x": published.x, "t_x": published.t_x, "t": published.t}
    came = (published.later > 0).astype(np.int64)
    once = published.x == 0

    assert parameters(model) == pytest.approx((0.5248, 6.1831, 0.8914, 1.6140), abs=5e-4)
    assert model.log_likelihood == pytest.approx(-9582.14, abs=0.005)
    assert np.abs(model.orders(WEEKS, **rows) - published.later).mean() == pytest.approx(0.765, abs=5e-4)
    assert model.orders(WEEKS, **rows).sum() == pytest.approx(1577, abs=1)
    assert auc(came, model.alive(**rows)) == pytest.approx(0.687, abs=5e-4)
    assert (fitted.alive(**rows)[once] == 1).all()
    assert auc(came, fitted.alive(**rows)) == pytest.approx(0.316, abs=5e-4)
    assert auc(came, fitted.orders(WEEKS, **rows)) == pytest.approx(0.773, abs=6e-4)


def test_the_penalty_moves_the_fit_as_measured(published: Cdnow) -> None:
    model = bg_nbd.fit(seen(published), penalty=bg_nbd.PENALTY)

    assert (model.r, model.alpha) == pytest.approx((0.2409, 4.277), abs=5e-4)


CASES = [
    # r, alpha, a, b, at_once, x, t_x, t, weeks
    (0.243, 4.414, 0.793, 2.426, False, 2, 30.43, 38.86, 39),
    (0.243, 4.414, 0.793, 2.426, False, 0, 0.0, 10.0, 52),
    (0.8, 10.0, 1.0, 2.5, False, 5, 20.0, 30.0, 52),  # a is 1: the formula as printed divides by nothing
    (0.8, 10.0, 1.0 + 1e-7, 2.5, True, 5, 20.0, 30.0, 52),
    (0.5, 6.2, 0.9, 1.6, True, 0, 0.0, 30.0, 52),
    (0.2, 1.0, 3.0, 0.4, False, 1, 0.1, 150.0, 52),
    (2.0, 5.0, 0.05, 8.0, False, 400, 150.0, 150.5, 52),  # 2F1 as printed overflows
    (2.0, 0.5, 0.3, 40.0, True, 1500, 155.0, 156.0, 520),
    (0.01, 500.0, 0.5, 100.0, False, 3, 2.0, 100.0, 1),
    (0.56, 0.72, 685.0, 8103.0, False, 30, 50.0, 51.0, 52),  # everybody leaves alike: its factors vanish
    (0.56, 0.72, 19.9, 200.0, True, 200, 90.0, 91.0, 52),
]


@pytest.mark.parametrize(("r", "alpha", "a", "b", "at_once", "x", "t_x", "t", "weeks"), CASES)
def test_the_closed_form_is_the_integral(
    r: float, alpha: float, a: float, b: float, at_once: bool, x: float, t_x: float, t: float, weeks: float
) -> None:
    """E[Y] of who is alive, given the chance to leave p, is (1 − E[exp(−λpt)]) / p: integrated over p."""
    model = BgNbd(r, alpha, a, b, at_once, n=1, log_likelihood=0.0)

    def given(p: float) -> float:
        orders = -np.expm1(-(r + x) * np.log1p(p * weeks / (alpha + t))) / p
        return float(orders * beta.pdf(p, a, b + x + at_once))

    parts = [0.0, *np.logspace(-9, 0, 40)]
    whole = sum(quad(given, low, high, limit=200)[0] for low, high in pairwise(parts))
    expected = model.alive(x=[x], t_x=[t_x], t=[t])[0] * whole

    assert model.orders(weeks, x=[x], t_x=[t_x], t=[t])[0] == pytest.approx(expected, rel=1e-5)
    assert model.spread(weeks, x=[x], t_x=[t_x], t=[t]).mean[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("at_once", [True, False])
def test_range_and_chance_of_none_are_those_of_simulated_customers(at_once: bool) -> None:
    model = BgNbd(0.5, 5.0, 0.8, 2.4, at_once, n=1, log_likelihood=0.0)
    random, many, weeks = np.random.default_rng(5), 200_000, 52.0
    x, t_x, t = 3.0, 25.0, 30.0
    rate = random.gamma(model.r + x, 1 / (model.alpha + t), many)
    leaves = random.beta(model.a, model.b + x + at_once, many)
    alive = random.random(many) < model.alive(x=[x], t_x=[t_x], t=[t])[0]
    clock, orders = np.zeros(many), np.zeros(many)
    while alive.any():
        clock += random.exponential(1 / rate)
        alive &= clock < weeks
        orders += alive
        alive &= random.random(many) >= leaves

    found = model.spread(weeks, x=[x], t_x=[t_x], t=[t])

    said = [float(column[0]) for column in astuple(found)]
    assert said == pytest.approx([orders.mean(), orders.var(), (orders == 0).mean()], rel=0.03)


@pytest.mark.parametrize("at_once", [True, False])
def test_planted_parameters_are_found_again(at_once: bool) -> None:
    x, t_x, t = history(shop(20_000, at_once=at_once).until(FIRST + 546).purchases())

    model = bg_nbd.fit(histories(x=x, t_x=t_x, t=t), at_once=at_once)

    assert parameters(model) == pytest.approx((0.8, 10.0, 0.9, 2.5), rel=0.12)


def test_a_small_shop_gets_parameters_that_can_be_believed() -> None:
    """Without the penalty one fit in five of a hundred customers runs to its bounds."""
    for seed in range(10):
        x, t_x, t = history(shop(100, seed=seed).until(FIRST + 546).purchases())
        model = bg_nbd.fit(histories(x=x, t_x=t_x, t=t))
        assert all(0.01 < one < 200 for one in parameters(model))


@pytest.mark.parametrize("customers", [0, 1, 30])
def test_without_a_second_order_there_is_no_fit(customers: int) -> None:
    with pytest.raises(NoFit):
        bg_nbd.fit(histories(x=np.zeros(customers), t_x=np.zeros(customers), t=np.full(customers, 9.0)))
