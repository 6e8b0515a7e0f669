"""Why somebody is said to be at risk: what their risk would be, were they in one respect like those who stay.

A respect counts where it raises the risk, and where its sentence is true of the customer: nobody is told that
somebody complained who did not. The keys are those of ``[risk_reasons]`` in the labels.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.churn_features import FEATURES, View

Floats = NDArray[np.float64]

MOST = 3
COUNTS_FROM = 0.01
"""So much of a chance, at least, a reason must add."""

STAYING = 0.3
"""Whom others are compared with: the third with the least risk."""

CHUNK = 100_000

RESPECTS: Mapping[str, tuple[str, ...]] = {
    "overdue": ("recency", "ratio", "expected"),
    "fewer_orders": ("orders_30", "orders_90", "orders_180", "spend_30", "spend_90", "spend_180"),
    "seldom": ("orders_30", "orders_90", "orders_180", "spend_90", "spend_180", "expected", "recency"),
    "bought_once": ("again", "active", "expected"),
    "refunds": ("refunds",),
    "complaints": ("complaints",),
    "one_thing": ("goods",),
}


def reasons(seen: View, chances: Callable[[Floats], Floats], *, risk: Floats) -> list[list[str]]:
    """Of each customer up to three, strongest first; none where nothing in particular speaks for it."""
    if not len(seen.x):
        return []
    usual = np.median(seen.x[risk <= np.quantile(risk, STAYING)], axis=0)
    holds = _true_of(seen)
    added = np.zeros((len(seen.x), len(RESPECTS)))
    for begin in range(0, len(seen.x), CHUNK):
        rows = slice(begin, begin + CHUNK)
        for place, (name, columns) in enumerate(RESPECTS.items()):
            like_them = seen.x[rows].copy()
            for column in columns:
                at = FEATURES.index(column)
                like_them[:, at] = usual[at]
            added[rows, place] = np.where(holds[name][rows], risk[rows] - chances(like_them), 0.0)
    names = list(RESPECTS)
    order = np.argsort(-added, axis=1, kind="stable")[:, :MOST].tolist()
    counted = (added >= COUNTS_FROM).tolist()
    return [[names[at] for at in row if counts[at]] for row, counts in zip(order, counted, strict=True)]


def _true_of(seen: View) -> dict[str, NDArray[np.bool_]]:
    raw = seen.raw
    return {
        "overdue": raw["ratio"] > 1,
        "fewer_orders": raw["newest"] < raw["earlier"],
        "seldom": (raw["gap"] > seen.window) & (raw["days"] > 1),
        "bought_once": raw["days"] == 1,
        "refunds": raw["refunds"] > 0,
        "complaints": raw["complaints"] > 0,
        "one_thing": raw["goods"] == 1,
    }
