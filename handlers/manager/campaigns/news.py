"""What the managers hear of a campaign that went on by itself: it could not start, it stopped, or everybody
was dealt with."""

from datetime import datetime

from sqlmodel import Session

from crm_store.mailbox import outbox
from crm_store.marketing import campaigns
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.voice import Voice

TEMPLATES = {
    CampaignState.SCHEDULED: "manager/campaign/not_started.html.j2",
    CampaignState.PAUSED: "manager/campaign/stopped.html.j2",
    CampaignState.MEASURING: "manager/campaign/sent_all.html.j2",
}


def tell(session: Session, *, voice: Voice, campaign: Campaign, now: datetime) -> None:
    """One notice to every manager and owner, for the state it came into."""
    progress = campaigns.progress(session, campaign=campaign)
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        voice.say(
            session,
            TEMPLATES[campaign.state],
            to=manager,
            key=f"camp:{campaign.id}:{campaign.state}:{campaign.version}:{manager.id}",
            priority=outbox.NOTICE,
            campaign=campaign,
            progress=progress,
            now=now,
        )
