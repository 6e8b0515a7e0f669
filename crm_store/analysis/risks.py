"""What a manager should look at now: who waits, what waits to be decided, what was warned of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import service_summary
from crm_store.analysis.tables import CustomerScore
from crm_store.customers import filter_scored
from crm_store.reports.tables import Alert, AlertEvent
from crm_store.sales.states import RefundState
from crm_store.sales.tables import Refund
from crm_store.service.states import ACTIVE, Kind
from crm_store.service.tables import Ticket

HIGH_RISK = 0.6
RECENT = timedelta(days=1)


@dataclass(frozen=True)
class Risks:
    """``ours`` of the ``open`` tickets wait for the desk, ``complaints`` of them are complaints; ``oldest``
    was opened longest ago. ``refunds`` wait for a manager's word. ``alerts`` of the last day nobody has
    acknowledged. ``leaving``: customers whose risk to stay away is high, without who does not want to be
    profiled any more (None: never computed)."""

    open: int
    ours: int
    complaints: int
    oldest: Ticket | None
    refunds: int
    alerts: int
    leaving: int | None


def of_now(session: Session, *, now: datetime) -> Risks:
    """By indexes over what is open: cheap, however large the store."""
    backlog = service_summary.backlog(session)
    complaints = select(func.count()).where(col(Ticket.state).in_(ACTIVE), col(Ticket.kind) == Kind.COMPLAINT)
    refunds = select(func.count()).where(col(Refund.state) == RefundState.REQUESTED)
    raised = (
        select(func.count())
        .select_from(AlertEvent)
        .join(Alert, col(Alert.id) == col(AlertEvent.alert_id))
        .where(col(AlertEvent.at) > now - RECENT, col(AlertEvent.acknowledged_at).is_(None))
        .where(col(Alert.ended_at).is_(None))
    )
    scored = session.scalar(
        select(col(CustomerScore.risk)).where(col(CustomerScore.risk).is_not(None)).limit(1)
    )
    high = filter_scored.scored(col(CustomerScore.risk) >= HIGH_RISK, None).subquery()
    return Risks(
        open=backlog.open,
        ours=backlog.ours,
        complaints=session.scalar(complaints) or 0,
        oldest=backlog.oldest,
        refunds=session.scalar(refunds) or 0,
        alerts=session.scalar(raised) or 0,
        leaving=None if scored is None else session.scalar(select(func.count()).select_from(high)) or 0,
    )
