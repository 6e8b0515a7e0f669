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


@dataclass(frozen=True)
class Received:
    """A campaign's message that a customer was sent."""

    campaign: Campaign
    member: CampaignMember


def received(session: Session, *, customer_id: int, limit: int) -> list[Received]:
    """The latest messages of campaigns to a customer."""
    statement = (
        select(Campaign, CampaignMember)
        .join(CampaignMember, col(CampaignMember.campaign_id) == col(Campaign.id))
        .where(col(CampaignMember.customer_id) == customer_id, col(CampaignMember.sent_at).is_not(None))
        .order_by(col(CampaignMember.sent_at).desc())
        .limit(limit)
    )
    return [Received(campaign, member) for campaign, member in session.execute(statement)]


def of(session: Session, *, campaign: Campaign) -> Responses:
    statement = select(
        func.count(col(CampaignMember.clicked_at)), func.count(col(CampaignMember.replied_at))
    ).where(col(CampaignMember.campaign_id) == campaign.id)
    clicked, replied = session.execute(statement).one()
    return Responses(clicked, replied)
