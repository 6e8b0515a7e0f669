"""What customers are worth: what they brought, and what they may bring in the next twelve months.

Three methods, named in the result: ``bg_nbd`` (BG/NBD and Gamma-Gamma), ``same_rate`` (everybody goes on as
so far: where the models do not beat that, or do not fit), and ``too_little`` (nothing is guessed).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from crm_store.analysis import purchases
from crm_store.analysis.bg_nbd import NoFit
from crm_store.analysis.gamma_gamma import LINKED
from crm_store.analysis.night import Found, Night
from crm_store.analysis.purchases import Ledger, Purchases
from crm_store.analysis.service_summary import Window
from crm_store.analysis.value_check import TOLERATED, UNCHECKED, Before, Check, check
from crm_store.analysis.value_model import (
    Expected,
    Floats,
    ValueModel,
    is_enough,
    learn,
    midnight,
    repeat_orders,
    same_rate,
)
from crm_store.sales import margins

WEEKS = 365 / 7
"""Twelve months."""

LONGEST_CHECK, SHORTEST_CHECK = 91, 28
"""Days: a quarter, or a third of the history where that is shorter; less is not worth checking on."""

LISTED = 100
"""So many customers a list names."""

MARGIN_DAYS = 91

UPPER, MIDDLE = 0.8, 0.5
"""Of every hundred customers with an expected value, the first twenty are of high value, the next thirty of
middle value."""


@dataclass(frozen=True)
class Valued:
    """``expected`` of the customers of ``of``, in the next twelve months: None where nothing is guessed.
    ``result`` is JSON for a snapshot: n, repeat orders, the sum with its range, the model's parameters, the
    check on what came, and where high and middle value begin."""

    method: str
    of: Purchases
    expected: Expected | None
    result: dict[str, Any]


def nightly(night: Night) -> Found:
    """Scores every customer of the night, for the registry."""
    days = check_days(night.purchases)
    then = None
    if days:
        cut = midnight(night.purchases.as_of_day - days, night.purchases)
        then = purchases.rewound(night.session, night.ledger, as_of=cut)
    margin, is_measured = kept(night)
    night.session.rollback()
    found = score(night.ledger, then=then, margin=margin)
    found.result["is_measured"] = is_measured
    if (expected := found.expected) is not None:
        night.score(
            found.of,
            expected_orders=expected.orders,
            expected_value=np.rint(expected.value),
            value_low=np.floor(expected.low),
            value_high=np.ceil(expected.high),
        )
    return Found(n=len(night.purchases), method=f"{found.method} 1", result=found.result)


def kept(night: Night) -> tuple[float | None, bool]:
    """What the shop keeps of a sale, and whether that was measured: over the last quarter, where the cost of
    at least half of what was sold is known; else what the shop says."""
    measured = margins.of_window(
        night.session,
        window=Window(night.as_of - timedelta(days=MARGIN_DAYS), night.as_of),
        zone=night.zone,
        currency=night.currency,
        percent=0,
    ).measured
    return (measured, True) if measured is not None and measured > 0 else (night.margin, False)


def check_days(now: Purchases) -> int:
    """How many days to keep back for the check; 0 where there are too few to learn from or to check on."""
    if not is_enough(now):
        return 0
    days = min(LONGEST_CHECK, (now.as_of_day - int(now.first_day.min())) // 3)
    return days if days >= SHORTEST_CHECK else 0


def score(
    books: Ledger, *, then: Ledger | None = None, margin: float | None = None, discount: float = 0.0
) -> Valued:
    """Pure. ``then`` are the books as they were ``check_days`` ago, for the check; ``margin`` is what of a
    sale is kept (None: all, and it is called sales), ``discount`` what a year takes off (0.1 is a tenth):
    value = Σ E[orders of a month]·E[order]·margin / (1 + discount)^years."""
    now = books.purchases()
    facts: dict[str, Any] = {
        "n": len(now),
        "repeat_orders": repeat_orders(now),
        "left_out": dict(now.left_out),
        "net": int(now.net.sum()),
        "margin": margin,
    }
    if not is_enough(now):
        return Valued("too_little", now, None, {"method": "too_little", **facts})
    try:
        found = _checked(books, now, then)
        model: ValueModel | None = learn(now) if found is None or found.is_better else None
    except NoFit:
        found, model = None, None
    expected = model.expect(now, WEEKS) if model is not None else same_rate(now, WEEKS)
    kept = margin if margin is not None else 1.0
    expected = _corrected(expected, found, kept * _later(now, model, discount))
    facts |= {
        "model": model.card() if model is not None else None,
        "linked": model is not None and abs(model.linked) > LINKED,
        "check": found.facts if found is not None else None,
        "widened": [found.low, found.high] if found is not None else list(UNCHECKED),
        "scale": found.scale if found is not None else None,
        "total": _total(expected, found),
        "top": now.customer_id[np.argsort(-expected.value, kind="stable")[:LISTED]].tolist(),
        "tiers": [round(float(np.quantile(expected.value, part))) for part in (UPPER, MIDDLE)],
    }
    method = "bg_nbd" if model is not None else "same_rate"
    return Valued(method, now, expected, {"method": method, **facts})


def _checked(books: Ledger, now: Purchases, then: Ledger | None) -> Check | None:
    days = check_days(now)
    if then is None or not days:
        return None
    return check(Before.of(books, then, days=days), now=now)


def _corrected(expected: Expected, found: Check | None, factor: Floats | float) -> Expected:
    down, up = (found.low, found.high) if found is not None else UNCHECKED
    scaled = factor * (found.scale if found is not None and found.scale is not None else 1.0)
    value = expected.value * scaled
    low, high = expected.low * scaled * down, expected.high * scaled * up
    return replace(expected, value=value, low=np.minimum(low, value), high=np.maximum(high, value))


def _later(now: Purchases, model: ValueModel | None, discount: float) -> Floats | float:
    """What is left of each customer's value when money that comes later counts for less."""
    if not discount or model is None:
        return 1.0 if not discount else (1 + discount) ** -0.5
    by_month = [model.expect(now, WEEKS * month / 12).orders for month in range(13)]
    whole = np.maximum(by_month[12], 1e-12)
    return np.asarray(
        sum((by_month[k] - by_month[k - 1]) / (1 + discount) ** (k / 12) for k in range(1, 13)) / whole
    )


def _total(expected: Expected, found: Check | None) -> list[int]:
    """The sum, and where it may lie: as far off as the check was, and never nearer than tolerated."""
    total = float(expected.value.sum())
    off = TOLERATED
    if found is not None:
        said, came = found.facts["value"]
        off = max(off, abs(came / said - 1)) if said else 1.0
    return [round(total), round(total * max(0.0, 1 - off)), round(total * (1 + off))]
