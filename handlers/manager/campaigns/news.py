"""What the managers hear of a campaign that went on by itself: it could not start, it stopped, or everybody
was dealt with."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.mailbox import outbox
from crm_store.marketing import members
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.manager.campaigns.buttons import ApproveCampaign, OpenCampaign, ShowMessages
from handlers.manager.campaigns.shown import approval_step, may_approve
from handlers.taps import Keyboard, button
from handlers.voice import Voice

TEMPLATES = {
    CampaignState.SCHEDULED: "manager/campaign/not_started.html.j2",
    CampaignState.PAUSED: "manager/campaign/stopped.html.j2",
    CampaignState.MEASURING: "manager/campaign/sent_all.html.j2",
}


GROWN = "manager/campaign/grown.html.j2"


def tell_grown(
    session: Session, *, voice: Voice, campaign: Campaign, starter: Staff | None, now: datetime
) -> None:
    """That it waits to be approved again: to every manager and owner but ``starter``, who is told where they
    started it."""
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        if starter is not None and manager.id == starter.id:
            continue
        values, buttons = grown(session, voice=voice, campaign=campaign, reader=manager)
        voice.say(
            session,
            GROWN,
            to=manager,
            key=f"camp:{campaign.id}:grown:{campaign.version}:{manager.id}",
            now=now,
            buttons=buttons,
            **values,
        )


def grown(
    session: Session, *, voice: Voice, campaign: Campaign, reader: Staff
) -> tuple[dict[str, Any], Keyboard]:
    """What ``GROWN`` says to a reader, and their buttons."""
    progress = members.progress(session, campaign=campaign)
    may = may_approve(reader, campaign, reach=progress.reach, rules=voice.desk.campaigns)
    step = approval_step(session, reader, campaign, may=may)
    row = [button("camp_messages", ShowMessages(campaign.id))]
    if may:
        row.insert(0, button("camp_approve", ApproveCampaign(campaign.id, campaign.version, progress.reach)))
    opens = [button("camp_open", OpenCampaign(campaign.id), number=campaign.number)]
    return {"campaign": campaign, "progress": progress, "next_step": step}, [row, opens]


def tell(session: Session, *, voice: Voice, campaign: Campaign, now: datetime) -> None:
    """One notice to every manager and owner, for the state it came into."""
    progress = members.progress(session, campaign=campaign)
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
