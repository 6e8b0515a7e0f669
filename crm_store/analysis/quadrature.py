"""Means over a beta distribution, by a few well-chosen points instead of an integral."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

Floats = NDArray[np.float64]

NODES = 40
"""Enough for smooth functions to eight digits."""


def beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Gauss's nodes and weights over a beta distribution (Golub & Welsch 1969). The weights add up to 1, so
    that nothing overflows however large ``b`` is."""
    up, down = a - 1, b - 1  # of Jacobi's polynomials on −1 to 1
    n = np.arange(1, NODES, dtype=np.float64)
    twice = 2 * n + up + down
    middle = (up**2 - down**2) / (twice * (twice + 2))
    first = (up - down) / (up + down + 2)
    beside = 4 * n[1:] * (n[1:] + up) * (n[1:] + down) * (n[1:] + up + down)
    beside /= twice[1:] ** 2 * (twice[1:] + 1) * (twice[1:] - 1)
    start = 4 * (1 + up) * (1 + down) / ((2 + up + down) ** 2 * (3 + up + down))
    values, vectors = eigh_tridiagonal(
        np.concatenate(([first], middle)), np.sqrt(np.concatenate(([start], beside)))
    )
    return np.clip((1 + values) / 2, 1e-12, 1.0), vectors[0] ** 2
