"""What a customer's orders are worth: Gamma-Gamma (Fader & Hardie 2013, after Colombo & Jiang 1999).

Each customer spends around a mean of their own, and the means spread over customers. Whoever came again
``x`` times and spent ``z`` on average then is expected to spend between ``z`` and everybody's mean, the
nearer to ``z`` the more often they came. The first order is not among them: it draws people in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from crm_store.analysis.bg_nbd import BOUND, PENALISED_BELOW, PENALTY, NoFit

Floats = NDArray[np.float64]

LEAST = 10
"""Customers who came again, to fit anything to."""

LINKED = 0.3
"""A correlation of how often and how much beyond which the model, which takes them for independent, is
doubtful."""

STARTS = ((6.0, 4.0, 3.0), (1.0, 2.0, 1.0), (20.0, 10.0, 0.5))
TRIED_ON = 20_000


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model; ``gamma`` and all means are in the unit that ``z`` was in."""

    p: float
    q: float
    gamma: float
    n: int
    log_likelihood: float

    @property
    def mean(self) -> float:
        """Everybody's mean order. The median of means where so few spend so much that there is no mean."""
        return self.p * self.gamma / (self.q - 1 if self.q > 1 else self.q)

    def value(self, *, x: Any, z: Any) -> Floats:
        """E[M]: the mean of each customer's orders to come. Of ``x`` = 0 it is everybody's."""
        x, z = np.asarray(x, np.float64), np.asarray(z, np.float64)
        known = np.where(x > 0, z, 0.0)
        below = self.p * x + self.q - 1
        own = self.p * (self.gamma + known * x) / np.where(below > 0, below, 1.0)
        return np.asarray(np.where((x > 0) & (below > 0), own, self.mean), np.float64)

    def variances(self, *, x: Any, z: Any) -> tuple[Floats, Floats]:
        """Of one order about the customer's own mean (on average), and of what that mean may be."""
        x = np.asarray(x, np.float64)
        mean = self.value(x=x, z=z)
        shape = np.maximum(self.p * x + self.q, 2.5)  # below 2 a variance has no value
        between = mean**2 / (shape - 2)
        return (mean**2 + between) / self.p, between


def fit(*, x: Any, z: Any, penalty: float | None = None) -> GammaGamma:
    """The likeliest model of those with ``x`` > 0 and ``z`` > 0 (a mean order net of refunds, in any unit).
    Raises NoFit."""
    x, z = np.asarray(x, np.float64), np.asarray(z, np.float64)
    used = (x > 0) & (z > 0)
    x, z = x[used], z[used]
    if len(x) < LEAST:
        raise NoFit(f"{len(x)} customers came again and spent something")
    unit = float(np.exp(np.log(z).mean()))  # so that neither penalty nor bounds hang on the currency
    scaled = z / unit
    if np.ptp(np.log(scaled)) < 1e-6:
        raise NoFit("every order is alike")
    if penalty is None:
        penalty = PENALTY if len(x) < PENALISED_BELOW else 0.0
    step = max(1, len(x) // TRIED_ON)
    tried = [_minimise(start, x[::step], scaled[::step], penalty) for start in STARTS]
    found = _minimise(np.exp(min(tried, key=lambda one: float(one.fun)).x), x, scaled, penalty)
    p, q, gamma = (float(one) for one in np.exp(found.x))
    total, _ = _log_likelihood(np.exp(found.x), _Parts.of(x, scaled))
    if not np.isfinite(total):
        raise NoFit("the likelihood is not finite")
    return GammaGamma(p, q, gamma * unit, len(x), total - len(x) * float(np.log(unit)))


def linked(*, x: Any, z: Any) -> float:
    """Pearson's correlation of how often and how much, of who came again; 0 where either never differs."""
    x, z = np.asarray(x, np.float64), np.asarray(z, np.float64)
    used = (x > 0) & (z > 0)
    if used.sum() < 3 or not np.ptp(x[used]) or not np.ptp(z[used]):
        return 0.0
    return float(np.corrcoef(x[used], z[used])[0, 1])


@dataclass(frozen=True)
class _Parts:
    """What of the likelihood does not change with the parameters."""

    x: Floats
    own: Floats
    place: NDArray[np.int64]
    counts: Floats
    total: Floats
    """Σ of the spent sums x·z."""
    log_z: float
    x_log_xz: float

    @classmethod
    def of(cls, x: Floats, z: Floats) -> "_Parts":
        own, place, counts = np.unique(x, return_inverse=True, return_counts=True)
        log_z = np.log(z)
        return cls(
            x, own, place, counts.astype(np.float64), x * z, float(log_z.sum()),
            float((x * (log_z + np.log(x))).sum()),
        )  # fmt: skip


def _minimise(start: Any, x: Floats, z: Floats, penalty: float) -> Any:
    parts = _Parts.of(x, z)

    def cost(logs: Floats) -> tuple[float, Floats]:
        theta = np.exp(logs)
        total, slope = _log_likelihood(theta, parts)
        return (
            float(-total / len(x) + penalty * (logs**2).sum()),
            -slope * theta / len(x) + 2 * penalty * logs,
        )

    return minimize(
        cost,
        np.log(np.asarray(start)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * 3,
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
    )


def _log_likelihood(theta: Floats, parts: _Parts) -> tuple[float, Floats]:
    p, q, gamma = (float(one) for one in theta)
    n, own, counts = len(parts.x), parts.own, parts.counts
    spread = np.log(gamma + parts.total)
    x_spread = float((parts.x * spread).sum())
    of_spread = float(spread.sum())
    total = (
        float((counts * (gammaln(p * own + q) - gammaln(p * own))).sum())
        - n * gammaln(q) + n * q * np.log(gamma)
        + p * parts.x_log_xz - parts.log_z - p * x_spread - q * of_spread
    )  # fmt: skip
    rise = digamma(p * own + q)
    inverse = 1 / (gamma + parts.total)
    slope = np.array(
        [
            float((counts * own * (rise - digamma(p * own))).sum()) + parts.x_log_xz - x_spread,
            float((counts * rise).sum()) - n * digamma(q) + n * np.log(gamma) - of_spread,
            n * q / gamma - float(((p * parts.x + q) * inverse).sum()),
        ]
    )
    return float(total), slope
