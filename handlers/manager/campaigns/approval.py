"""A campaign handed in and decided upon: where it reaches many, by somebody else than its author."""

from typing import Any

from sqlmodel import Session

from crm_store.marketing import campaigns, gate, reckoning
from crm_store.marketing.gate import Counted
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
from handlers.manager.campaigns.shown import Setting
from handlers.manager.campaigns.which import ready
from handlers.taps import Keyboard, button
from handlers.voice import Voice

FORM, WHY = "campaign_reject", "why"
APPROVED = "manager/campaign/approved.html.j2"


def submit(chat: Chat, tapped: SubmitCampaign) -> None:
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    campaigns.submit(chat.session, campaign=campaign, by=chat.me, now=chat.now)
    card.show(chat, campaign)
    for one in _others(chat):
        card.show(chat, campaign, Purpose.APPROVAL, to=one)


def approve(chat: Chat, tapped: ApproveCampaign) -> None:
    """How many it reaches decides who may: in a large shop that is counted elsewhere first. Who taps an older
    card, from before it was taken back and changed or its audience grew, sees it as it is now."""
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    again = campaigns.waits_again(campaign)
    ready(campaign, CampaignEvent.RESUME if again else CampaignEvent.APPROVE)
    if tapped.seen != campaign.version:
        return _show_changed(chat, campaign)
    if again:
        campaigns.resume(chat.session, campaign=campaign, by=chat.me, rules=chat.desk.campaigns, now=chat.now)
    elif not reckoning.is_small(chat.session):
        detail = f"{tapped.seen}:{tapped.reach}"
        return card.ask(chat, campaign, Purpose.APPROVED, detail=detail)
    else:
        rules, zone = chat.desk.campaigns, chat.desk.timezone
        counted = gate.blocked(
            chat.session, campaign=campaign, rules=rules, zone=zone, currency=campaign.currency, now=chat.now
        )
        if campaigns.has_grown(reach=counted.sendable, since=tapped.reach):
            return _show_changed(chat, campaign)
        campaigns.approve(
            chat.session,
            campaign=campaign,
            by=chat.me,
            rules=rules,
            zone=zone,
            now=chat.now,
            counted=counted,
        )
    card.show(chat, campaign)
    return _tell_author(chat, campaign, APPROVED)


def _show_changed(chat: Chat, campaign: Campaign) -> None:
    chat.toast("camp_changed", number=campaign.number)
    card.show(chat, campaign, Purpose.APPROVAL)


def approve_counted(at: Setting, campaign: Campaign, counted: Counted, *, key: str) -> None:
    """The same once it was counted; ``key`` is what the author's message is queued under.

    Raises IllegalCampaignStep, NeedsSecondPerson."""
    campaigns.approve(
        at.session,
        campaign=campaign,
        by=at.me,
        rules=at.desk.campaigns,
        zone=at.desk.timezone,
        now=at.now,
        counted=counted,
    )
    author = _author(at.session, campaign.submitted_by, but=at.me)
    if author is not None:
        Voice(at.desk, at.words).say(
            at.session,
            APPROVED,
            to=author,
            key=key,
            now=at.now,
            buttons=_opens(campaign),
            campaign=campaign,
            by=at.me,
        )


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
    to = _author(chat.session, author or campaign.submitted_by, but=chat.me)
    if to is not None:
        chat.say(template, to=to, campaign=campaign, by=chat.me, buttons=_opens(campaign), **said)


def _author(session: Session, id: int | None, *, but: Staff) -> Staff | None:
    found = session.get(Staff, id) if id is not None and id != but.id else None
    return found if found is not None and found.revoked_at is None else None


def _opens(campaign: Campaign) -> Keyboard:
    return [[button("camp_open", OpenCampaign(campaign.id), number=campaign.number)]]


HANDLERS = [
    tap(SubmitCampaign, role=Role.MANAGER, run=submit),
    tap(ApproveCampaign, role=Role.MANAGER, run=approve),
    tap(RejectCampaign, role=Role.MANAGER, run=reject),
    tap(RejectSilently, role=Role.MANAGER, run=reject_silently),
]
FORMS = [answered(FORM, WHY, role=Role.MANAGER, run=reasoned)]
