"""What customers did with a campaign's message, counted."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.marketing.tables import Campaign, CampaignMember


@dataclass(frozen=True)
class Responses:
    """How many people did so, each counted once."""

    clicked: int = 0
    replied: int = 0


def of(session: Session, *, campaign: Campaign) -> Responses:
    statement = select(
        func.count(col(CampaignMember.clicked_at)), func.count(col(CampaignMember.replied_at))
    ).where(col(CampaignMember.campaign_id) == campaign.id)
    clicked, replied = session.execute(statement).one()
    return Responses(clicked, replied)
