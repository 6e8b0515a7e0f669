"""How often customers come again, and whether they still will: BG/NBD and MBG/NBD.

While a customer is alive, orders come at their own steady rate (gamma over customers); after each one they
may leave for good (beta over customers). Fader, Hardie & Lee (2005), Marketing Science 24(2). With
``at_once`` a customer may also leave before ever coming again: Batislam, Denizel & Filiztekin (2007), which
is what makes a chance of being alive of those who bought once.

Time is in weeks. Of each customer: ``x``, on how many days they came again; ``t_x``, weeks from the first
day to the last; ``t``, weeks from the first day to the cut.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, hyp2f1

from crm_store.analysis.quadrature import beta_nodes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PENALISED_BELOW = 500
"""Customers. With fewer, one fit in five runs off to where nobody ever leaves or everybody does."""

PENALTY = 0.001
STARTS = ((0.5, 5.0, 1.0, 2.5), (1.0, 20.0, 0.5, 5.0), (0.2, 1.0, 2.0, 2.0))
BOUND = 9.0
"""Of the logarithm of each parameter, either way."""

TRIED_ON = 20_000
"""Different histories to try the starts on; only the best goes on with all."""

CLOSED_FORM_UP_TO = 20.0
"""Of ``a``: beyond that (customers who hardly differ in leaving) its factors under- and overflow."""


class NoFit(Exception):
    """The likelihood has no maximum within bounds that could be believed."""


@dataclass(frozen=True)
class Histories:
    """Different histories, each once: ``count`` customers have the one at a place, ``place`` is where each
    customer's is."""

    x: Floats
    t_x: Floats
    t: Floats
    count: Floats
    place: Ints

    @property
    def customers(self) -> int:
        return len(self.place)


def histories(*, x: Any, t_x: Any, t: Any) -> Histories:
    """Equal customers grouped: a million of them have some thousand histories."""
    x, t_x, t = (np.asarray(one, np.float64) for one in (x, t_x, t))
    if not len(x):
        return Histories(x, t_x, t, np.zeros(0), np.zeros(0, np.int64))
    order = np.lexsort((t, t_x, x))
    differs = np.zeros(len(x), bool)
    for one in (x, t_x, t):
        differs[1:] |= np.diff(one[order]) != 0
    group = np.cumsum(differs)
    place = np.empty(len(x), np.int64)
    place[order] = group
    first = order[np.concatenate(([True], differs[1:]))]
    return Histories(x[first], t_x[first], t[first], np.bincount(group).astype(np.float64), place)


@dataclass(frozen=True)
class BgNbd:
    """A fitted model. ``log_likelihood`` is the sum over ``n`` customers."""

    r: float
    alpha: float
    a: float
    b: float
    at_once: bool
    n: int
    log_likelihood: float

    def orders(self, weeks: float, *, x: Any, t_x: Any, t: Any) -> Floats:
        """E[Y(weeks)]: on how many days each customer is expected to buy in the weeks after the cut."""
        x, t_x, t = (np.asarray(one, np.float64) for one in (x, t_x, t))
        if weeks <= 0:
            return np.zeros(len(x))
        if self.a > CLOSED_FORM_UP_TO:
            return self.spread(weeks, x=x, t_x=t_x, t=t).mean
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula divides by a − 1
        c = a + self.b + x - 1 + self.at_once
        z = weeks / (self.alpha + t + weeks)
        # ((α+T)/(α+T+t))^(r+x) · 2F1(r+x, b+x; c; z) turned by Euler and Pfaff into one whose first two
        # arguments do not grow with x: nothing overflows, and the larger x, the faster the terms fall off.
        rest = (1 - z) ** (a - 1) * hyp2f1(c - self.r - x, a - 1, c, z)
        expected = c / (a - 1) * (1 - rest) * self.alive(x=x, t_x=t_x, t=t)
        bad = ~np.isfinite(expected) | (expected < 0)
        if bad.any():
            expected[bad] = self.spread(weeks, x=x[bad], t_x=t_x[bad], t=t[bad]).mean
        return np.asarray(expected, np.float64)

    def alive(self, *, x: Any, t_x: Any, t: Any) -> Floats:
        """The chance that each is still a customer. Without ``at_once`` it is 1 of who bought once, which
        says nothing: it is no risk of churn."""
        x, t_x, t = (np.asarray(one, np.float64) for one in (x, t_x, t))
        log_odds = _log_left(self, x) + (self.r + x) * np.log((self.alpha + t) / (self.alpha + t_x))
        return np.asarray(1 / (1 + np.exp(np.minimum(log_odds, 700))), np.float64)

    def none(self, weeks: float, *, x: Any, t_x: Any, t: Any) -> Floats:
        """The chance that each does not buy at all in the weeks after the cut."""
        x, t_x, t = (np.asarray(one, np.float64) for one in (x, t_x, t))
        alive = self.alive(x=x, t_x=t_x, t=t)
        quiet = np.exp((self.r + x) * np.log((self.alpha + t) / (self.alpha + t + weeks)))
        return np.asarray(1 - alive * (1 - quiet), np.float64)

    def spread(self, weeks: float, *, x: Any, t_x: Any, t: Any) -> "Spread":
        """Mean, variance and chance of none of a customer's orders in the weeks after the cut: by quadrature
        over the chance to leave, of who is alive the closed forms given it."""
        x, t_x, t = (np.asarray(one, np.float64) for one in (x, t_x, t))
        size, shift = self.r + x, self.b + x + self.at_once
        mean, twice = np.zeros(len(x)), np.zeros(len(x))
        for own in np.unique(shift):
            rows = np.flatnonzero(shift == own)
            for p, weight in zip(*beta_nodes(self.a, float(own)), strict=True):
                step = p * weeks / (self.alpha + t[rows])
                stays = np.exp(-size[rows] * np.log1p(step))
                once = -np.expm1(-size[rows] * np.log1p(step)) / p
                many = 1 - stays * (1 + size[rows] * step / (1 + step))
                small = size[rows] * step < 1e-4  # where the difference above has no digits left
                many[small] = (size[rows] * (size[rows] + 1) * step**2 / 2)[small]
                mean[rows] += weight * once
                twice[rows] += weight * 2 * (1 - p) / p**2 * many
        alive = self.alive(x=x, t_x=t_x, t=t)
        none = self.none(weeks, x=x, t_x=t_x, t=t)
        mean, twice = alive * mean, alive * twice
        return Spread(mean, np.maximum(twice + mean - mean**2, 1e-12), none)


@dataclass(frozen=True)
class Spread:
    """Of each customer's orders in some weeks: ``none`` is the chance that there are none."""

    mean: Floats
    variance: Floats
    none: Floats


def fit(seen: Histories, *, at_once: bool = False, penalty: float | None = None) -> BgNbd:
    """The likeliest model. ``penalty`` on the squared logarithms of the parameters; by default none from
    ``PENALISED_BELOW`` customers on. Raises NoFit."""
    if not seen.customers or not seen.x.any():
        raise NoFit("nobody came a second time")
    if penalty is None:
        penalty = PENALTY if seen.customers < PENALISED_BELOW else 0.0
    tried = _some(seen)
    best = min(
        (_minimise(start, tried, at_once, penalty) for start in STARTS), key=lambda one: float(one.fun)
    )
    if not np.isfinite(best.fun):
        raise NoFit("the likelihood is not finite")
    found = _minimise(np.exp(best.x), seen, at_once, penalty)
    r, alpha, a, b = (float(one) for one in np.exp(found.x))
    total, _ = _log_likelihood(np.exp(found.x), seen, at_once)
    if not np.isfinite(total):
        raise NoFit("the likelihood is not finite")
    return BgNbd(r, alpha, a, b, at_once, seen.customers, total)


def _some(seen: Histories) -> Histories:
    """Enough histories to tell the starts apart, evenly picked over all of them."""
    step = max(1, len(seen.x) // TRIED_ON)
    if step == 1:
        return seen
    return Histories(seen.x[::step], seen.t_x[::step], seen.t[::step], seen.count[::step], seen.place)


def _minimise(start: Any, seen: Histories, at_once: bool, penalty: float) -> Any:
    n = seen.count.sum()

    def cost(logs: Floats) -> tuple[float, Floats]:
        theta = np.exp(logs)
        total, slope = _log_likelihood(theta, seen, at_once)
        return (
            float(-total / n + penalty * (logs**2).sum()),
            -slope * theta / n + 2 * penalty * logs,
        )

    return minimize(
        cost,
        np.log(np.asarray(start)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * 4,
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
    )


def _log_likelihood(theta: Floats, seen: Histories, at_once: bool) -> tuple[float, Floats]:
    """The sum over customers, and its slope in r, α, a and b."""
    r, alpha, a, b = (float(one) for one in theta)
    own, place = np.unique(seen.x, return_inverse=True)  # what hangs on x alone is worked out once for each
    shift = int(at_once)
    left = np.where(own > 0, 1.0, float(at_once))
    below = np.where(left > 0, b + own - 1 + shift, 1.0)
    fixed = (
        gammaln(b + own + shift) - gammaln(a + b + own + shift) + gammaln(a + b) - gammaln(b)
        + gammaln(r + own) - gammaln(r) + r * np.log(alpha)
    )  # fmt: skip
    with np.errstate(divide="ignore"):
        odds = np.log(left * a) - np.log(below)
    until, last = np.log(alpha + seen.t), np.log(alpha + seen.t_x)
    size = r + seen.x
    stayed, gone = -size * until, odds[place] - size * last
    either = np.logaddexp(stayed, gone)
    total = float((seen.count * (fixed[place] + either)).sum())

    is_gone = np.exp(gone - either)
    is_here = 1 - is_gone
    per_x = {
        "r": digamma(r + own) - digamma(r) + np.log(alpha),
        "a": digamma(a + b) - digamma(a + b + own + shift),
        "b": digamma(b + own + shift) - digamma(a + b + own + shift) + digamma(a + b) - digamma(b),
    }
    in_time = is_here / (alpha + seen.t) + is_gone / (alpha + seen.t_x)
    slope = np.array(
        [
            (seen.count * (per_x["r"][place] - is_here * until - is_gone * last)).sum(),
            (seen.count * (r / alpha - size * in_time)).sum(),
            (seen.count * (per_x["a"][place] + is_gone / a)).sum(),
            (seen.count * (per_x["b"][place] - is_gone / below[place])).sum(),
        ]
    )
    return total, slope


def _log_left(model: BgNbd, x: Floats) -> Floats:
    """Logarithm of a / (b + x − 1), the odds of having left after the last order; of who bought once that is
    never, unless one may leave at once."""
    below = np.maximum(model.b + x - 1 + model.at_once, 1e-300)
    return np.where((x > 0) | model.at_once, np.log(model.a / below), -np.inf)
