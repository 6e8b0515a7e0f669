"""Did it come true? What would have been expected some weeks ago, beside what came since.

The check decides three things: whether the model is better than the plain rate, by how much the ranges must
be widened so that four of five would have held, and whether the sum should follow the sales forecast.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.aligning import spread
from crm_store.analysis.purchases import Ledger, Purchases
from crm_store.analysis.value_model import HIGH, LOW, Expect, Expected, Floats, is_enough, learn, same_rate

FIFTHS = 5
TOLERATED = 0.16
"""Of the sum: so far off, the published fit is on its own hold-out. Beyond that a forecast is asked."""

MOST_SCALED = 2.0
UNCHECKED = (0.5, 1.5)
"""How ranges are widened where no check was possible."""

MONTH_DAYS = 28


@dataclass(frozen=True)
class Before:
    """What the check needs besides the purchases until now: those as of the cut ``days`` ago, those since
    (``after``), those of as many days before the cut (``earlier``), and of the 28 days before the cut and
    before now."""

    days: int
    then: Purchases
    after: Purchases
    earlier: Purchases
    month_then: Purchases
    month_now: Purchases

    @classmethod
    def of(cls, now: Ledger, then: Ledger, *, days: int) -> "Before":
        """``then`` are the books as they were ``days`` days before those of ``now``."""
        return cls(
            days=days,
            then=then.purchases(),
            after=now.purchases(days=days),
            earlier=then.purchases(days=days),
            month_then=then.purchases(days=MONTH_DAYS),
            month_now=now.purchases(days=MONTH_DAYS),
        )

    @property
    def weeks(self) -> float:
        return self.days / 7

    @property
    def earlier_cut(self) -> int:
        """The first day of ``earlier``, as an ordinal."""
        return self.then.as_of_day - self.days


@dataclass(frozen=True)
class Check:
    """``low`` and ``high`` are what ranges are multiplied by; ``scale`` what every value is, None as they
    are. ``is_better``: the model's error was below the plain rate's. ``facts`` are the figures, as JSON."""

    low: float
    high: float
    scale: float | None
    is_better: bool
    facts: dict[str, Any]


def check(before: Before, *, now: Purchases) -> Check | None:
    """None where there was too little to learn from at the cut. Raises ``bg_nbd.NoFit``."""
    then = before.then
    if not is_enough(then):
        return None
    model = learn(then)
    expected = model.expect(then, before.weeks)
    plain = same_rate(then, before.weeks)
    orders, came = spread(then, before.after, "days"), spread(then, before.after, "net")
    error, plain_error = _mae(expected.value, came), _mae(plain.value, came)
    is_better = error < plain_error
    used: Expect = model.expect if is_better else same_rate
    said = expected if is_better else plain
    scale, by_forecast = _scale(before, used, said, came, now)
    low, high = _widening(said, came, by_forecast or 1.0, repeated=then.days > 1)
    facts = {
        "days": before.days,
        "since": then.as_of.isoformat(),
        "n": len(then),
        "orders": [round(float(said.orders.sum())), int(orders.sum())],
        "value": [round(float(said.value.sum())), int(came.sum())],
        "error": round(error),
        "plain_error": round(plain_error),
        "order_error": round(_mae(said.orders, orders), 3),
        "covered": round(float(_within(said, came)[then.days > 1].mean()), 3)
        if (then.days > 1).any()
        else None,
        "fifths": _fifths(said, came),
        "top_tenth": [round(_top_tenth(said.value, came), 3), round(_top_tenth(came, came), 3)],
    }
    return Check(low, high, scale, is_better, facts)


def _mae(said: Floats, came: Floats) -> float:
    return float(np.abs(said - came).mean())


def _within(said: Expected, came: Floats) -> NDArray[np.bool_]:
    return np.asarray((came >= said.low) & (came <= said.high))


def _widening(said: Expected, came: Floats, scale: float, *, repeated: Any) -> tuple[float, float]:
    """What the ends are multiplied by so that four of five who came again before would have been within: a
    split conformal correction (Vovk et al. 2005) of each end. It never narrows."""
    low, high = said.low * scale, said.high * scale
    above = repeated & (high > 0)
    below = repeated & (low > 0)
    up = float(np.quantile(came[above] / high[above], HIGH)) if above.any() else 1.0
    down = float(np.quantile(came[below] / low[below], LOW)) if below.any() else 1.0
    return min(1.0, max(down, 0.0)), max(1.0, up)


def _scale(
    before: Before, used: Expect, said: Expected, came: Floats, now: Purchases
) -> tuple[float | None, float | None]:
    """What to multiply by from now on, and what it would have been at the cut: only where the sum was further
    off than tolerated and the forecast (the mean of the last four weeks, of which known customers bring
    their share) would have come nearer."""
    total, truth = float(said.value.sum()), float(came.sum())
    if total <= 0 or truth <= 0 or abs(total / truth - 1) <= TOLERATED:
        return None, None
    share_then = _known_share(before.earlier, first_known=before.earlier_cut, all_first=before.then)
    forecast = float(before.month_then.net.sum()) / MONTH_DAYS * before.days * share_then
    if forecast <= 0 or abs(forecast - truth) >= abs(total - truth):
        return None, None
    share = _known_share(before.after, first_known=before.then.as_of_day, all_first=now)
    coming = float(before.month_now.net.sum()) / MONTH_DAYS * before.days * share
    next_total = float(used(now, before.weeks).value.sum())
    if coming <= 0 or next_total <= 0:
        return None, None
    return _clipped(coming / next_total), _clipped(forecast / total)


def _clipped(factor: float) -> float:
    return min(max(factor, 1 / MOST_SCALED), MOST_SCALED)


def _known_share(sales: Purchases, *, first_known: int, all_first: Purchases) -> float:
    """What part of a period's sales customers from before it brought."""
    place = np.searchsorted(all_first.customer_id, sales.customer_id)
    place = np.minimum(place, max(len(all_first) - 1, 0))
    if not len(all_first) or sales.net.sum() <= 0:
        return 0.0
    known = all_first.first_day[place] < first_known
    return max(float(sales.net[known].sum()), 0.0) / float(sales.net.sum())


def _fifths(said: Expected, came: Floats) -> list[list[int]]:
    """Customers in five parts by what was expected of them: how many, the mean expected, the mean that
    came."""
    order = np.argsort(-said.value, kind="stable")
    return [
        [len(rows), round(float(said.value[rows].mean())), round(float(came[rows].mean()))]
        for rows in np.array_split(order, FIFTHS)
        if len(rows)
    ]


def _top_tenth(by: Floats, came: Floats) -> float:
    """What part of all that came the tenth with most of ``by`` brought."""
    best = np.argsort(-by, kind="stable")[: max(1, len(by) // 10)]
    return float(came[best].sum() / came.sum()) if came.sum() > 0 else 0.0
