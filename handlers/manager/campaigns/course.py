"""/camp_go 启动, /camp_pause 暂停, /camp_resume 继续, /camp_stop 停止: a campaign on its way. What cannot be
taken back is asked about first, with its counts; a pause is not."""

from crm_store.marketing import campaigns, members
from crm_store.marketing.states import CampaignEvent
from crm_store.marketing.tables import Campaign
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.campaigns import card
from handlers.manager.campaigns.buttons import (
    AskStart,
    AskStop,
    OpenCampaign,
    PauseCampaign,
    ResumeCampaign,
    StartCampaign,
    StopCampaign,
)
from handlers.manager.campaigns.checking import Purpose
from handlers.manager.campaigns.which import ready, which
from handlers.numbers import GLUED_CAMPAIGN
from handlers.taps import button


def go(chat: Chat) -> None:
    campaign = which(chat, CampaignEvent.START)
    if campaign is not None:
        card.show(chat, campaign, Purpose.START)


def ask_start(chat: Chat, tapped: AskStart) -> None:
    card.show(chat, _ready(chat, tapped.campaign, CampaignEvent.START), Purpose.START)


def start(chat: Chat, tapped: StartCampaign) -> None:
    campaign = _ready(chat, tapped.campaign, CampaignEvent.START)
    key = chat.turn_into("manager/campaign/starting.html.j2", campaign=campaign)
    campaigns.start(
        chat.session,
        campaign=campaign,
        by=chat.me,
        now=chat.now,
        chat_id=chat.chat_id,
        progress_key=key,
    )


def pause_named(chat: Chat) -> None:
    campaign = which(chat, CampaignEvent.PAUSE)
    if campaign is not None:
        _pause(chat, campaign)


def pause(chat: Chat, tapped: PauseCampaign) -> None:
    _pause(chat, campaigns.get(chat.session, number=tapped.campaign))


def _pause(chat: Chat, campaign: Campaign) -> None:
    campaigns.pause(chat.session, campaign=campaign, why=None, by=chat.me, now=chat.now)
    card.show(chat, campaign)


def resume_named(chat: Chat) -> None:
    campaign = which(chat, CampaignEvent.RESUME)
    if campaign is not None:
        _resume(chat, campaign)


def resume(chat: Chat, tapped: ResumeCampaign) -> None:
    _resume(chat, campaigns.get(chat.session, number=tapped.campaign))


def _resume(chat: Chat, campaign: Campaign) -> None:
    campaigns.resume(chat.session, campaign=campaign, by=chat.me, rules=chat.desk.campaigns, now=chat.now)
    card.show(chat, campaign)


def stop_named(chat: Chat) -> None:
    campaign = which(chat, CampaignEvent.CANCEL)
    if campaign is not None:
        _ask_stop(chat, campaign)


def ask_stop(chat: Chat, tapped: AskStop) -> None:
    _ask_stop(chat, _ready(chat, tapped.campaign, CampaignEvent.CANCEL))


def _ask_stop(chat: Chat, campaign: Campaign) -> None:
    chat.show(
        "manager/campaign/stop.html.j2",
        campaign=campaign,
        progress=members.progress(chat.session, campaign=campaign),
        buttons=[[button("camp_stop", StopCampaign(campaign.id)), button("back", OpenCampaign(campaign.id))]],
    )


def stop(chat: Chat, tapped: StopCampaign) -> None:
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    campaigns.cancel(chat.session, campaign=campaign, by=chat.me, now=chat.now)
    card.show(chat, campaign)


def _ready(chat: Chat, number: int, event: CampaignEvent) -> Campaign:
    return ready(campaigns.get(chat.session, number=number), event)


HANDLERS = [
    command("camp_go", "启动", role=Role.MANAGER, run=go, glued=GLUED_CAMPAIGN),
    command("camp_pause", "暂停", role=Role.MANAGER, run=pause_named, glued=GLUED_CAMPAIGN),
    command("camp_resume", "继续", role=Role.MANAGER, run=resume_named, glued=GLUED_CAMPAIGN),
    command("camp_stop", "停止", role=Role.MANAGER, run=stop_named, glued=GLUED_CAMPAIGN),
    tap(AskStart, role=Role.MANAGER, run=ask_start),
    tap(StartCampaign, role=Role.MANAGER, run=start),
    tap(PauseCampaign, role=Role.MANAGER, run=pause),
    tap(ResumeCampaign, role=Role.MANAGER, run=resume),
    tap(AskStop, role=Role.MANAGER, run=ask_stop),
    tap(StopCampaign, role=Role.MANAGER, run=stop),
]
