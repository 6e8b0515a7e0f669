"""The CDNOW purchases (one in ten of the first quarter's customers, 18 months), as they were published with
the package ``lifetimes``: read out of its source archive, which ``make test`` downloads."""

import tarfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARCHIVE = Path(__file__).parents[3] / ".venv" / "data" / "Lifetimes-0.11.3.tar.gz"
PURCHASES = "Lifetimes-0.11.3/lifetimes/datasets/CDNOW_sample.txt"
CUT = date(1997, 9, 30)
"""The last day that models learn from; 39 weeks follow."""

WEEKS = 39.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cdnow:
    """One place a customer. ``x``, ``t_x``, ``t`` in weeks as of the cut, ``z`` their mean repeat purchase in
    dollars; ``later`` and ``later_spend`` what came in the 39 weeks after it; ``spend`` before it."""

    x: Floats
    t_x: Floats
    t: Floats
    z: Floats
    spend: Floats
    later: Floats
    later_spend: Floats


@dataclass(frozen=True)
class Purchase:
    customer: int
    day: date
    cents: int


@cache
def purchases() -> list[Purchase]:
    """All 6,919 of them."""
    if not ARCHIVE.exists():
        raise FileNotFoundError(f"{ARCHIVE.name} is missing: run `make test` once, which downloads it")
    with tarfile.open(ARCHIVE) as archive:
        member = archive.extractfile(PURCHASES)
        assert member is not None
        rows = [line.split() for line in member.read().decode().splitlines() if line.strip()]
    return [
        Purchase(int(row[1]), date.fromisoformat(f"{row[2][:4]}-{row[2][4:6]}-{row[2][6:]}"), _cents(row[4]))
        for row in rows
    ]


def _cents(text: str) -> int:
    return round(float(text) * 100)


@cache
def cdnow() -> Cdnow:
    """Purchases of one day are one."""
    days: dict[int, dict[date, float]] = {}
    for one in purchases():
        of = days.setdefault(one.customer, {})
        of[one.day] = of.get(one.day, 0.0) + one.cents / 100
    rows = []
    for _, of in sorted(days.items()):
        before = sorted(day for day in of if day <= CUT)
        after = [day for day in of if day > CUT]
        x = len(before) - 1
        repeat = sum(of[day] for day in before[1:])
        rows.append(
            (
                x,
                (before[-1] - before[0]).days / 7,
                (CUT - before[0]).days / 7,
                repeat / x if x else 0.0,
                sum(of[day] for day in before),
                len(after),
                sum(of[day] for day in after),
            )
        )
    return Cdnow(*np.array(rows, np.float64).T)
