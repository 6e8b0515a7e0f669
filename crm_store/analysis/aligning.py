"""Purchases of one span beside those of another: the same customers, in the same order."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis.purchases import Purchases

Floats = NDArray[np.float64]


def picked(purchases: Purchases, rows: NDArray[np.bool_]) -> Purchases:
    """Only the customers where ``rows`` is true."""
    columns = {one.name: getattr(purchases, one.name) for one in fields(purchases)}
    arrays: dict[str, Any] = {
        name: column[rows] for name, column in columns.items() if isinstance(column, np.ndarray)
    }
    return replace(purchases, **arrays)


def spread(of: Purchases, later: Purchases, column: str) -> Floats:
    """A column of ``later`` for the customers of ``of``; 0 of who is not there."""
    found = np.zeros(len(of))
    if len(of) and len(later):
        place = np.minimum(np.searchsorted(of.customer_id, later.customer_id), len(of) - 1)
        known = of.customer_id[place] == later.customer_id
        found[place[known]] = getattr(later, column)[known]
    return found
