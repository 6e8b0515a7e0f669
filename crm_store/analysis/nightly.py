"""What is found out every night: the analyses in their order, from one reading of the orders.

An analysis is a function of the ``Night``: it returns what it found, which is kept as a dated snapshot, or
None where there is nothing to keep, and may give customers values by ``night.score``. It runs in a process of
its own with a store that can only be read. Another analysis is one more line of ``ANALYSES``.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlmodel import Session

from crm_store.analysis import (
    baskets,
    behaviour,
    churn,
    clusters,
    cohorts,
    demand,
    following,
    forecast,
    potential,
    purchases,
    rfm,
    snapshots,
    unprofiled,
    value,
)
from crm_store.analysis.night import Found, Night
from crm_store.analysis.tables import AnalysisKind

Analysis = Callable[[Night], Found | None]

ANALYSES: dict[AnalysisKind, Analysis] = {
    AnalysisKind.RFM: rfm.nightly,
    AnalysisKind.CLUSTERS: clusters.nightly,
    AnalysisKind.VALUE: value.nightly,
    AnalysisKind.CHURN: churn.nightly,
    AnalysisKind.DEMAND: demand.nightly,
    AnalysisKind.BASKETS: baskets.nightly,
    AnalysisKind.SEQUENCES: following.nightly,
    AnalysisKind.COHORTS: cohorts.nightly,
    AnalysisKind.FORECAST: forecast.nightly,
    AnalysisKind.POTENTIAL: potential.nightly,
    AnalysisKind.BEHAVIOUR: behaviour.nightly,
}
"""In the order in which they run; a later one finds the scores of the earlier ones in ``night.scores``."""


@dataclass(frozen=True)
class Outcome:
    """What came of one analysis; ``error`` is the exception that ended it: the others go on."""

    kind: AnalysisKind
    found: Found | None
    seconds: float
    error: Exception | None = None


def begin(
    session: Session,
    *,
    as_of: datetime,
    zone: tzinfo,
    currency: str,
    now: datetime,
    margin: float | None = None,
) -> Night:
    """Read the orders before ``as_of``; whoever took back their consent to profiling until ``now`` is not in
    them. Ends its transaction."""
    ledger = purchases.read(session, as_of=as_of, zone=zone, currency=currency)
    ledger = ledger.without(unprofiled.customers(session, as_of=now))
    kept = {kind: snapshots.latest(session, kind=kind) for kind in AnalysisKind}
    last = {kind: one.result for kind, one in kept.items() if one is not None}
    session.rollback()
    return Night(session, ledger, as_of, zone, currency, last, margin)


def run(night: Night) -> Iterator[Outcome]:
    """One analysis after the other; each says how many sales in other currencies were ``left_out``."""
    for kind, analysis in ANALYSES.items():
        start = time.perf_counter()
        found, error = None, None
        try:
            found = analysis(night)
            if found is not None:
                found.result.setdefault("left_out", dict(night.ledger.left_out))
        except Exception as failed:
            error = failed
        finally:
            night.session.rollback()
        yield Outcome(kind, found, time.perf_counter() - start, error)
