"""What an analysis of the night is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from crm_store.analysis import goods
from crm_store.analysis.goods import Goods
from crm_store.analysis.purchases import Ledger, Purchases
from crm_store.analysis.tables import AnalysisKind

COLUMNS = (
    "recency_days", "orders", "net", "r", "f", "m", "rfm", "rfm_before", "cluster", "cluster_before",
    "expected_orders", "expected_value", "value_low", "value_high", "risk", "reasons",
)  # fmt: skip
"""Of CustomerScore, what analyses give."""


@dataclass(frozen=True)
class Found:
    """What one analysis found. ``result`` is JSON (no NaN, no numpy numbers) about the ``n`` customers,
    orders or weeks it looked at from ``window_start`` (None: since the beginning); ``method`` names what made
    it, with a version: "rfm 1"."""

    n: int
    method: str
    result: dict[str, Any]
    window_start: datetime | None = None


@dataclass
class Night:
    """One night's work. ``ledger`` holds every sale before ``as_of`` but of those who do not want to be
    profiled; ``last`` the results kept before, by kind; ``margin`` what the shop keeps of its sales (0 to 1).
    ``session`` is between transactions: an analysis reads first, ends the transaction (``rollback``), then
    computes, so that it holds up nobody."""

    session: Session
    ledger: Ledger
    as_of: datetime
    zone: tzinfo
    currency: str
    last: Mapping[AnalysisKind, dict[str, Any]] = field(default_factory=dict)
    margin: float | None = None
    scores: dict[str, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def purchases(self) -> Purchases:
        """Of all time: its customers, in its order, are who is scored."""
        return self.ledger.purchases()

    @cached_property
    def goods(self) -> Goods:
        """What was in the latest orders of the same customers: of all of them, or of every so-manyth."""
        who = self.purchases.customer_id
        found = goods.read(
            self.session, as_of=self.as_of, zone=self.zone, currency=self.currency, customers=who
        )
        self.session.rollback()
        return found

    def score(self, purchases: Purchases, **columns: NDArray[Any]) -> None:
        """Give customers values: arrays as long as ``purchases``, by the column of CustomerScore. NaN and
        None are no value; whoever is not in ``purchases`` has none."""
        at = np.searchsorted(self.purchases.customer_id, purchases.customer_id)
        for name, values in columns.items():
            if name not in COLUMNS:
                raise ValueError(f"CustomerScore has no {name!r} to give")
            is_number = values.dtype != object
            nothing, kind = (np.nan, float) if is_number else (None, object)
            whole: NDArray[Any] = np.full(len(self.purchases), nothing, kind)
            whole[at] = values
            self.scores[name] = whole
