"""What each customer is expected to buy: the two models together, and the plain rate they have to beat.

Pure: ``Purchases`` in, arrays of the same order out. Amounts are in minor units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from crm_store.analysis import bg_nbd, gamma_gamma
from crm_store.analysis.bg_nbd import BgNbd
from crm_store.analysis.gamma_gamma import GammaGamma
from crm_store.analysis.purchases import Purchases

Floats = NDArray[np.float64]

LEAST_CUSTOMERS = 100
LEAST_REPEAT_ORDERS = 30
"""With fewer of either, a forecast of 50 customers' orders is off by half either way: none is made."""

LOW, HIGH = 0.1, 0.9
"""The range that holds four of five."""


@dataclass(frozen=True)
class Expected:
    """Of each customer, in some weeks: days of buying, and what they bring with the range of four of five."""

    orders: Floats
    value: Floats
    low: Floats
    high: Floats


Expect = Callable[[Purchases, float], Expected]
"""What a model says of the weeks after ``as_of``."""


@dataclass(frozen=True)
class ValueModel:
    """``money`` is None where all repeat orders are alike or too few to tell: then each is ``mean``."""

    often: BgNbd
    money: GammaGamma | None
    mean: float
    linked: float

    def expect(self, purchases: Purchases, weeks: float) -> Expected:
        x, t_x, t = history(purchases)
        seen = bg_nbd.histories(x=x, t_x=t_x, t=t)
        rows = {"x": seen.x, "t_x": seen.t_x, "t": seen.t}
        orders = self.often.orders(weeks, **rows)[seen.place]
        spread = self.often.spread(weeks, **rows)
        worth, within, between = self._money(x, repeat_mean(purchases))
        count_variance = spread.variance[seen.place]
        variance = orders * within + count_variance * worth**2 + (count_variance + orders**2) * between
        value = orders * worth
        low, high = _range(value, variance, spread.none[seen.place])
        return Expected(orders, value, low, high)

    def _money(self, x: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Of each customer the mean of an order to come, its variance, and that of the mean."""
        if self.money is None:
            alike = np.full(len(x), self.mean)
            return alike, np.zeros(len(x)), np.zeros(len(x))
        z = np.maximum(z, 0.0)  # somebody who gave everything back is worth little, not less than nothing
        return (self.money.value(x=x, z=z), *self.money.variances(x=x, z=z))

    def card(self) -> dict[str, Any]:
        """Its parameters, for a snapshot."""
        often = {key: round(getattr(self.often, key), 6) for key in ("r", "alpha", "a", "b")}
        money = (
            {key: round(getattr(self.money, key), 6) for key in ("p", "q", "gamma")} if self.money else None
        )
        return {"often": often, "money": money, "mean": round(self.mean), "linked": round(self.linked, 3)}


def history(purchases: Purchases) -> tuple[Floats, Floats, Floats]:
    """x, t_x and T (weeks) of each customer: several orders of one day are one."""
    x = (purchases.days - 1).astype(np.float64)
    t_x = (purchases.last_day - purchases.first_day) / 7
    t = np.maximum(purchases.as_of_day - purchases.first_day, 0) / 7
    return x, t_x, np.maximum(t, t_x)


def repeat_mean(purchases: Purchases) -> Floats:
    """What a day of buying after the first brought on average; 0 of who bought on one day."""
    x = purchases.days - 1
    return np.where(x > 0, purchases.repeat_net / np.maximum(x, 1), 0.0)


def repeat_orders(purchases: Purchases) -> int:
    return int((purchases.days - 1).sum())


def is_enough(purchases: Purchases) -> bool:
    """True where there is something to learn from."""
    return len(purchases) >= LEAST_CUSTOMERS and repeat_orders(purchases) >= LEAST_REPEAT_ORDERS


def learn(purchases: Purchases) -> ValueModel:
    """Raises ``bg_nbd.NoFit``."""
    x, t_x, t = history(purchases)
    z = repeat_mean(purchases)
    often = bg_nbd.fit(bg_nbd.histories(x=x, t_x=t_x, t=t))
    mean = max(float(purchases.net.sum()), 0.0) / int(purchases.days.sum())
    try:
        money = gamma_gamma.fit(x=x, z=z)
    except bg_nbd.NoFit:
        money = None
    return ValueModel(often, money, mean, gamma_gamma.linked(x=x, z=z))


def same_rate(purchases: Purchases, weeks: float) -> Expected:
    """The plain rule: everybody goes on coming again as often and spending as much as so far."""
    x, _, t = history(purchases)
    part = weeks / np.maximum(t, 1.0)
    value = np.maximum(purchases.repeat_net, 0) * part
    return Expected(x * part, value, value, value)


def midnight(day: int, purchases: Purchases) -> datetime:
    """The beginning of one of the desk's days, by its ordinal."""
    return datetime.combine(date.fromordinal(day), time(), tzinfo=purchases.zone)


def _range(value: Floats, variance: Floats, none: Floats) -> tuple[Floats, Floats]:
    """From the tenth to the ninetieth of a hundred: nothing with chance ``none``, else a gamma of the same
    mean and variance."""
    some = np.maximum(1 - none, 1e-12)
    mean = value / some
    spread = np.maximum((variance + value**2) / some - mean**2, 1e-9 * mean**2 + 1e-12)
    shape, scale = mean**2 / spread, spread / np.maximum(mean, 1e-12)

    def quantile(part: float) -> Floats:
        within = np.clip((part - none) / some, 0.0, 1.0)
        return np.asarray(np.where(within > 0, gammaincinv(shape, within) * scale, 0.0))

    return quantile(LOW), np.maximum(quantile(HIGH), value)
