"""/camp_report M5, 活动报告: what a campaign did, told in words; its picture and its members' fates come by a
job. Once its window is over the outcome is kept, and is told as it was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from crm_store.mailbox import jobs, outbox
from crm_store.marketing import campaigns
from crm_store.marketing.promotions import by_promotion
from crm_store.marketing.refusals import NotStarted
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign, Play
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.campaigns import together
from handlers.manager.campaigns.buttons import OpenCampaign, ReportCampaign, ShowUnknown
from handlers.numbers import CAMPAIGN, GLUED_CAMPAIGN, numbered
from handlers.taps import Keyboard, Tap, button
from handlers.voice import Voice
from handlers.work import Work

JOB, FILE_JOB, KEEP_JOB = "camp_report", "camp_file", "camp_measure"
TEMPLATE = "manager/campaign/report.html.j2"
FORMATS = ("csv", "xlsx")
LISTED = 9
ADDED_UP = 100
ENDED = (CampaignState.COMPLETED, CampaignState.CANCELLED)
A_ROW = 3


@dataclass(frozen=True)
class CampaignFile(Tap, verb="camp_repf"):
    campaign: int
    format: str


def named(chat: Chat) -> None:
    found = numbered(chat.arguments, CAMPAIGN)
    if found is not None:
        return _report(chat, campaigns.get(chat.session, number=found[0]))
    these = campaigns.begun(chat.session, limit=LISTED)
    way_in = together.way_in(chat)
    if len(these) == 1 and not way_in:
        return _report(chat, these[0])
    each = [button("numbered", ReportCampaign(one.id), number=one.number) for one in these]
    rows = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    chat.say(
        "manager/campaign/reports.html.j2",
        campaigns=[_line(one) for one in these],
        promotions=_promotions(chat.session),
        buttons=[*rows, *way_in],
    )
    return None


def tapped(chat: Chat, tapped: ReportCampaign) -> None:
    _report(chat, campaigns.get(chat.session, number=tapped.campaign))


def file(chat: Chat, tapped: CampaignFile) -> None:
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    if tapped.format not in FORMATS:
        return None
    if not campaign.has_begun:
        raise NotStarted(campaign=campaign)
    wanted = {"campaign": campaign.id, "format": tapped.format}
    if jobs.was_just_asked(chat.session, kind=FILE_JOB, by=chat.me, holding=wanted, now=chat.now):
        return chat.toast("file_under_way")
    chat.toast("campaign_file_soon")
    return _ask(chat, FILE_JOB, campaign, key=None, format=tapped.format)


def _report(chat: Chat, campaign: Campaign) -> None:
    if not campaign.has_begun:
        raise NotStarted(campaign=campaign)
    if campaign.outcome is None:
        key = chat.turn_into("manager/campaign/measuring.html.j2", campaign=campaign)
        _ask(chat, JOB, campaign, key=key)
        return
    chat.show(
        TEMPLATE,
        buttons=buttons(campaign, campaign.outcome),
        **values(chat.session, campaign, campaign.outcome),
    )
    if has_picture(campaign.outcome):
        _ask(chat, JOB, campaign, key=None)


def _ask(chat: Chat, kind: str, campaign: Campaign, *, key: str | None, **more: Any) -> None:
    jobs.ask(
        chat.session,
        kind=kind,
        arguments={"campaign": campaign.id, **more},
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def _line(campaign: Campaign) -> dict[str, Any]:
    """A campaign in the list: the verdict where it is known."""
    outcome = campaign.outcome or {}
    lift = outcome.get("lift")
    return {"campaign": campaign, "verdict": lift["verdict"] if lift else None}


def _promotions(session: Session) -> list[dict[str, Any]]:
    """Of the latest campaigns whose outcome is kept."""
    done = campaigns.listed(session, limit=ADDED_UP, states=ENDED)
    return by_promotion((one, one.outcome) for one in done if one.outcome is not None)


def has_picture(outcome: Mapping[str, Any]) -> bool:
    return outcome["lift"] is not None or bool(outcome["versions"])


def show(session: Session, *, work: Work, campaign: Campaign, outcome: Mapping[str, Any]) -> None:
    """What a job counted, if whoever asked may still know."""
    if may(work.asker(session)):
        work.show(
            session,
            TEMPLATE,
            buttons=buttons(campaign, outcome),
            **values(session, campaign, outcome),
        )


def may(who: Staff | None) -> bool:
    return who is not None and who.role.includes(Role.MANAGER)


def values(session: Session, campaign: Campaign, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What the message says. ``until`` is the last moment that was counted."""
    start, end = outcome["window"]
    play = session.get(Play, campaign.play_id) if campaign.play_id is not None else None
    return {
        "campaign": campaign,
        "outcome": outcome,
        "start": datetime.fromisoformat(start),
        "until": datetime.fromisoformat(end) - timedelta.resolution if end else None,
        "as_of": datetime.fromisoformat(outcome["as_of"]),
        "play": play,
    }


def buttons(campaign: Campaign, outcome: Mapping[str, Any]) -> Keyboard:
    rows: Keyboard = [[button(f"file_{one}", CampaignFile(campaign.id, one)) for one in FORMATS]]
    if outcome["states"].get("unknown"):
        rows.append([button("camp_unknown", ShowUnknown(campaign.id, 0))])
    return [*rows, [button("numbered", OpenCampaign(campaign.id), number=campaign.number)]]


def tell_measured(session: Session, *, voice: Voice, campaign: Campaign, now: datetime) -> None:
    """The window is over: every manager and owner hears what came of it."""
    assert campaign.outcome is not None
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        voice.say(
            session,
            TEMPLATE,
            to=manager,
            key=f"camp:{campaign.id}:measured:{manager.id}",
            priority=outbox.NOTICE,
            buttons=buttons(campaign, campaign.outcome),
            now=now,
            **values(session, campaign, campaign.outcome),
        )


HANDLERS = [
    command("camp_report", "活动报告", role=Role.MANAGER, run=named, glued=GLUED_CAMPAIGN),
    tap(ReportCampaign, role=Role.MANAGER, run=tapped),
    tap(CampaignFile, role=Role.MANAGER, run=file),
]
