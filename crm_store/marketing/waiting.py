"""Messages of campaigns that wait in the outbox: taken out again as long as nobody has begun to send them."""

from sqlalchemy import ColumnElement, delete, literal_column, select, update
from sqlmodel import Session, col

from crm_store.mailbox.outbox import is_pending
from crm_store.mailbox.tables import Outbox
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import CampaignMember

KEY = "campaign:"
"""What the outbox keys of campaign messages begin with."""


def key_of(campaign_id: int, customer_id: int) -> str:
    """One message a customer and campaign: the outbox takes no second one of this name."""
    return f"{KEY}{campaign_id}:{customer_id}"


def is_queued() -> ColumnElement[bool]:
    """Written out, not bound: only so do both databases use the index over what is queued."""
    return col(CampaignMember.state) == literal_column("'queued'")


def take_back(session: Session, *, whose: ColumnElement[bool]) -> int:
    """Take the waiting messages of members for whom ``whose`` holds out of the outbox; they are planned
    again. What is being sent at this moment stays. Returns how many were taken back."""
    session.flush()
    ids = list(session.scalars(select(col(CampaignMember.outbox_id)).where(is_queued(), whose)))
    if not ids:
        return 0
    taken = list(
        session.scalars(
            delete(Outbox)
            .where(col(Outbox.id).in_(ids), is_pending())
            .returning(col(Outbox.id))
            .execution_options(synchronize_session=False)
        )
    )
    if taken:
        session.execute(
            update(CampaignMember)
            .where(is_queued(), col(CampaignMember.outbox_id).in_(taken))
            .values(state=MemberState.PLANNED, outbox_id=None)
            .execution_options(synchronize_session=False)
        )
        session.expire_all()
    return len(taken)
