"""A campaign handed in and decided upon: where it reaches many, by somebody else than its author."""

from typing import Any

from crm_store.marketing import campaigns
from crm_store.marketing.states import CampaignEvent
from crm_store.marketing.tables import Campaign
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.manager.campaigns import card
from handlers.manager.campaigns.buttons import (
    ApproveCampaign,
    OpenCampaign,
    RejectCampaign,
    RejectSilently,
    SubmitCampaign,
)
from handlers.manager.campaigns.checking import Purpose
from handlers.manager.campaigns.which import ready
from handlers.taps import button

FORM, WHY = "campaign_reject", "why"


def submit(chat: Chat, tapped: SubmitCampaign) -> None:
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    campaigns.submit(chat.session, campaign=campaign, by=chat.me, now=chat.now)
    card.show(chat, campaign)
    for one in _others(chat):
        card.show(chat, campaign, Purpose.APPROVAL, to=one)


def approve(chat: Chat, tapped: ApproveCampaign) -> None:
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    desk = chat.desk
    campaigns.approve(
        chat.session, campaign=campaign, by=chat.me, rules=desk.campaigns, zone=desk.timezone, now=chat.now
    )
    card.show(chat, campaign)
    _tell_author(chat, campaign, "manager/campaign/approved.html.j2")


def reject(chat: Chat, tapped: RejectCampaign) -> None:
    """Who hands it in may take it back without a word; anybody else says why."""
    campaign = ready(campaigns.get(chat.session, number=tapped.campaign), CampaignEvent.REJECT)
    if campaign.submitted_by == chat.me.id:
        return _reject(chat, campaign, "")
    chat.ask(FORM, WHY, campaign=campaign.id)
    return chat.show(
        "manager/campaign/why.html.j2",
        campaign=campaign,
        buttons=[
            [button("camp_no_reason", RejectSilently(campaign.id)), button("back", OpenCampaign(campaign.id))]
        ],
    )


def reject_silently(chat: Chat, tapped: RejectSilently) -> None:
    _reject(chat, campaigns.get(chat.session, number=tapped.campaign), "")


def reasoned(chat: Chat) -> None:
    assert chat.form is not None
    campaign = campaigns.get(chat.session, number=chat.form.answers["campaign"])
    _reject(chat, campaign, (chat.message.text or chat.message.caption or "").strip())


def _reject(chat: Chat, campaign: Campaign, why: str) -> None:
    if chat.form is not None and chat.form.form == FORM:
        chat.leave_form()
    author = campaign.submitted_by
    campaigns.reject(chat.session, campaign=campaign, by=chat.me, now=chat.now, why=why)
    card.show(chat, campaign)
    _tell_author(chat, campaign, "manager/campaign/rejected.html.j2", author=author, why=why)


def _others(chat: Chat) -> list[Staff]:
    return [one for one in staff_verbs.of_role(chat.session, role=Role.MANAGER) if one.id != chat.me.id]


def _tell_author(
    chat: Chat, campaign: Campaign, template: str, *, author: int | None = None, **said: Any
) -> None:
    """Unless they did it themself."""
    id = author or campaign.submitted_by
    to = chat.session.get(Staff, id) if id is not None else None
    if to is None or to.id == chat.me.id or to.revoked_at is not None:
        return
    opens = [[button("camp_open", OpenCampaign(campaign.id), number=campaign.number)]]
    chat.say(template, to=to, campaign=campaign, by=chat.me, buttons=opens, **said)


HANDLERS = [
    tap(SubmitCampaign, role=Role.MANAGER, run=submit),
    tap(ApproveCampaign, role=Role.MANAGER, run=approve),
    tap(RejectCampaign, role=Role.MANAGER, run=reject),
    tap(RejectSilently, role=Role.MANAGER, run=reject_silently),
]
FORMS = [answered(FORM, WHY, role=Role.MANAGER, run=reasoned)]
