"""What analyses found, dated, never changed: written once, read by every command and report."""

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.analysis.tables import AnalysisKind, Snapshot


def keep(
    session: Session,
    *,
    kind: AnalysisKind,
    as_of: datetime,
    zone: tzinfo | str,
    currency: str,
    n: int,
    method: str,
    result: dict[str, Any],
    seconds: float,
    now: datetime,
    window_start: datetime | None = None,
) -> Snapshot:
    """Write down what one analysis found. ``result`` is JSON: no NaN, no infinity, no numpy numbers."""
    snapshot = Snapshot(
        kind=kind,
        as_of=as_of,
        window_start=window_start,
        zone=str(zone),
        currency=currency,
        n=n,
        method=method,
        result=result,
        made_at=now,
        seconds=seconds,
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def latest(session: Session, *, kind: AnalysisKind, before: datetime | None = None) -> Snapshot | None:
    """The one of the latest ``as_of`` (made last, where it was computed again); ``before``: of an ``as_of``
    earlier than that."""
    statement = select(Snapshot).where(col(Snapshot.kind) == kind)
    if before is not None:
        statement = statement.where(col(Snapshot.as_of) < before)
    return session.scalars(
        statement.order_by(col(Snapshot.as_of).desc(), col(Snapshot.id).desc()).limit(1)
    ).first()
