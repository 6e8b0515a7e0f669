"""How much an attribute tells of a class: entropy less what is left of it once the attribute is known.

Split by the attribute's values (Quinlan 1986), never by the classes themselves: that would gain everything.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def entropy(labels: NDArray[Any]) -> float:
    """In bits; 0 of nothing, and where all are of one class."""
    if not len(labels):
        return 0.0
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(max(0.0, -(share * np.log2(share)).sum()))


def gain(values: NDArray[Any], labels: NDArray[Any]) -> float:
    """In bits: H(S) − Σ |Sᵥ|/|S| · H(Sᵥ) over the values v of one attribute; both arrays of one length."""
    rest = 0.0
    for value in np.unique(values):
        part = labels[values == value]
        rest += len(part) / len(labels) * entropy(part)
    return max(0.0, entropy(labels) - rest)
