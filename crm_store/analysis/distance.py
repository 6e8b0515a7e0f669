"""How far apart: customers by what they are like, places on the globe.

The formulas that reports name, each in its right version: over standardised features, so that no unit
outweighs another. How far moments are apart is in ``crm_store.moments``.

Peers are found among ``standardised`` customers, demand fades by ``decayed``, and the typical customer of a
group is its ``medoid``, found near its ``centroid``, which itself is nobody. The others answer what has no
command yet, for want of places in the store: how far a visit is (``haversine``), where a round should start.
They are kept, and tested, as what the words mean.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""


def standardised(rows: Floats) -> Floats:
    """(n, features) with mean 0 and deviation 1 each; a feature that is always the same becomes 0."""
    if not len(rows):
        return rows
    spread = rows.std(axis=0)
    return np.asarray((rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def euclidean(one: Floats, other: Floats) -> float:
    """Between two points of any number of dimensions, of one scale each: see ``standardised``."""
    return float(np.sqrt(((np.asarray(one) - np.asarray(other)) ** 2).sum()))


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres along the globe between two places (latitude, longitude; degrees)."""
    (lat, lon), (to_lat, to_lon) = np.radians(one), np.radians(other)
    part = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(part, 0.0, 1.0))))


def decayed(days: Floats, *, half_life: float) -> Floats:
    """What something still weighs after so many days, where ``half_life`` days take half of it."""
    return np.asarray(0.5 ** (np.asarray(days, np.float64) / half_life))


def centroid(points: Floats) -> Floats:
    """The mean of (n, dimensions), which need not be any of them."""
    return np.asarray(points.mean(axis=0))


def medoid(points: Floats) -> int:
    """Which of (n, dimensions) is nearest to all others together: a real address, a real customer."""
    apart = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    return int(apart.sum(axis=1).argmin())
