"""A campaign as it is shown: its card, the count of an audience, messages as three customers would get them.
Built from values alone: in a chat, or by a job that counted in a process of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.marketing import campaigns, members, quiet, responses, steps
from crm_store.marketing.rendering import Missing
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import CampaignEvent, CampaignState
from crm_store.marketing.tables import Campaign, CampaignArm, Play, Segment
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.desk import Desk
from handlers.html import plain, split
from handlers.manager.campaigns import checking
from handlers.manager.campaigns.buttons import (
    ApproveCampaign,
    AskStart,
    AskStop,
    CopyCampaign,
    EditCampaign,
    OpenCampaign,
    PauseCampaign,
    RejectCampaign,
    ReportCampaign,
    ResumeCampaign,
    ShowMessages,
    ShowUnknown,
    StartCampaign,
    SubmitCampaign,
    TestCampaign,
)
from handlers.manager.campaigns.checking import Checked, Purpose
from handlers.manager.campaigns.message import Renderer
from handlers.taps import Button, Keyboard, button
from handlers.words import Words

LONGEST_PREVIEW = 700
A_ROW = 2
COUNTED = (CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.SCHEDULED)
"""States in which its audience is counted anew; later it has members."""
ENDED = (CampaignState.MEASURING, CampaignState.COMPLETED, CampaignState.CANCELLED)
"""States in which nothing of it is sent any more: another one may be made like it."""
WAITING = (CampaignState.DRAFT, CampaignState.IN_REVIEW)
"""States in which a time to send may pass: it is sent at once then, when it is approved."""


@dataclass(frozen=True)
class Setting:
    """Where things are shown, to whom."""

    session: Session
    desk: Desk
    words: Words
    me: Staff
    now: datetime


@dataclass(frozen=True)
class Version:
    """``texts`` by language, as plain words; ``share`` is its part of those who get it."""

    name: str
    share: float
    texts: dict[str, str]
    picture: bool
    buttons: list[str]


@dataclass(frozen=True)
class Preview:
    """What one customer would get; ``html`` is empty where they lack ``missing``."""

    customer: Customer
    html: str
    missing: str = ""


Shown = tuple[str, dict[str, Any], Keyboard]
"""A template, its values, the buttons."""


def message(at: Setting, campaign: Campaign, checked: Checked | None, purpose: Purpose, detail: str) -> Shown:
    """``detail`` is the version that was just written, for Purpose.MESSAGE."""
    if purpose == Purpose.AUDIENCE and checked is not None:
        return "manager/campaign/audience.html.j2", _counts(at, campaign, checked), []
    if purpose == Purpose.MESSAGE and checked is not None:
        previews = _previews(at, campaign, checked, detail)
        values = {**_counts(at, campaign, checked), "arm": detail, "previews": previews}
        return "manager/campaign/preview.html.j2", values, []
    alone = may_approve(at.me, campaign, reach=_reach(at, campaign, checked), rules=at.desk.campaigns)
    values = {
        **facts(at, campaign),
        **_counts(at, campaign, checked),
        "purpose": purpose,
        "late": campaign.state in WAITING and campaign.send_at is not None and campaign.send_at <= at.now,
        "outgrew": campaign.state == CampaignState.SCHEDULED
        and campaigns.outgrew(campaign, reach=_reach(at, campaign, checked) or 0, rules=at.desk.campaigns),
        "next_step": _next_step(at, campaign, alone=alone),
    }
    return "manager/campaign/card.html.j2", values, _buttons(at, campaign, checked, purpose, alone=alone)


def facts(at: Setting, campaign: Campaign) -> dict[str, Any]:
    """All that a card says of a campaign but for the count of its audience."""
    arms = campaigns.arms(at.session, campaign=campaign)
    starts, ends = quiet.hours(campaign, at.desk.campaigns)
    begun = campaign.state not in COUNTED
    segment = at.session.get(Segment, campaign.segment_id) if campaign.segment_id else None
    people = staff_verbs.by_ids(
        at.session, ids=[campaign.created_by, campaign.submitted_by, campaign.approved_by]
    )
    return {
        "campaign": campaign,
        "versions": _versions(arms, language=at.me.language),
        "segment": segment,
        "play": at.session.get(Play, campaign.play_id) if campaign.play_id is not None else None,
        "quiet": None if starts == ends else f"{starts:%H:%M}–{ends:%H:%M}",
        "rules": at.desk.campaigns,
        "author": people.get(campaign.submitted_by or campaign.created_by or 0),
        "approver": people.get(campaign.approved_by or 0),
        "progress": members.progress(at.session, campaign=campaign) if begun else None,
        "responses": responses.of(at.session, campaign=campaign) if begun else None,
        "tracked": bool(at.desk.public_url),
    }


def may_approve(who: Staff, campaign: Campaign, *, reach: int, rules: Rules) -> bool:
    most = rules.approval_above
    own = who.id in (campaign.created_by, campaign.submitted_by)
    return not own or most is None or reach <= most


def _reach(at: Setting, campaign: Campaign, checked: Checked | None) -> int:
    """How many it could be sent to; 0 where nobody asks."""
    if checked is not None:
        return checked.passing
    waits = campaigns.waits_again(campaign)
    return members.progress(at.session, campaign=campaign).reach if waits else 0


def _next_step(at: Setting, campaign: Campaign, *, alone: bool) -> str | None:
    """What the reader has to do for it to go on: a key of the labels [campaign_next]."""
    match campaign.state:
        case CampaignState.DRAFT if not campaigns.arms(at.session, campaign=campaign):
            return "write"
        case CampaignState.DRAFT:
            return "test" if campaign.tested_at is None else "submit"
        case _ if campaign.state == CampaignState.IN_REVIEW or campaigns.waits_again(campaign):
            return approval_step(at.session, at.me, campaign, may=alone)
        case CampaignState.SCHEDULED:
            return "start" if campaign.send_at is None else "time"
        case CampaignState.PAUSED:
            return "resume"
    return None


def approval_step(session: Session, who: Staff, campaign: Campaign, *, may: bool) -> str:
    """The same for one that waits to be approved."""
    if may:
        return "again" if campaigns.waits_again(campaign) else "approve"
    managers = staff_verbs.of_role(session, role=Role.MANAGER)
    return "wait" if any(one.id != who.id for one in managers) else "nobody"


def missing_lines(checked: Checked) -> list[tuple[str, str, int]]:
    """Version, variable, how many lack it."""
    return [(arm, name, count) for arm, each in checked.missing.items() for name, count in each.items()]


def _counts(at: Setting, campaign: Campaign, checked: Checked | None) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "checked": checked,
        "blocked": checking.reasons(checked) if checked else [],
        "missing": missing_lines(checked) if checked else [],
        "smallest": checking.smallest(campaign, checked) if checked else None,
        "above": at.desk.campaigns.approval_above,
    }


def _versions(arms: list[CampaignArm], *, language: str) -> list[Version]:
    total = sum(one.weight for one in arms)
    return [
        Version(
            name=one.name,
            share=one.weight / total,
            texts={key: plain(body) for key, body in one.body.items()},
            picture=one.picture is not None,
            buttons=[
                f"{shown['text'].get(language) or next(iter(shown['text'].values()))} → {shown['url']}"
                for shown in one.buttons
            ],
        )
        for one in sorted(arms, key=lambda one: one.name)
    ]


def _previews(at: Setting, campaign: Campaign, checked: Checked, name: str) -> list[Preview]:
    arm = next((one for one in campaigns.arms(at.session, campaign=campaign) if one.name == name), None)
    render = Renderer(at.desk, at.words, tracked=False)
    found = []
    for id in checked.shown:
        customer = at.session.get(Customer, id)
        if arm is None or customer is None:
            continue
        made = render(at.session, campaign, arm, customer)
        if isinstance(made, Missing):
            found.append(Preview(customer, "", made.variable))
        else:
            html = made.params.get("text") or made.params["caption"]
            found.append(Preview(customer, split(html, LONGEST_PREVIEW)[0]))
    return found


def _buttons(
    at: Setting, campaign: Campaign, checked: Checked | None, purpose: Purpose, *, alone: bool
) -> Keyboard:
    id, may = campaign.id, steps.allowed(campaign)
    each: list[Button] = []
    if purpose == Purpose.START and CampaignEvent.START in may:
        return [[button("camp_start", StartCampaign(id)), button("back", OpenCampaign(id))]]
    if CampaignEvent.AMEND in may:
        each.append(button("camp_edit", EditCampaign(id)))
    if CampaignEvent.SUBMIT in may:
        each.append(button("camp_test", TestCampaign(id)))
        each += [button("camp_submit", SubmitCampaign(id))] if campaign.tested_at is not None else []
    if (CampaignEvent.APPROVE in may or campaigns.waits_again(campaign)) and alone:
        seen = ApproveCampaign(id, campaign.version, _reach(at, campaign, checked))
        each.append(button("camp_approve", seen))
    if CampaignEvent.APPROVE in may:
        own = at.me.id == campaign.submitted_by
        each.append(button("camp_withdraw" if own else "camp_reject", RejectCampaign(id)))
    if CampaignEvent.SUBMIT not in may and campaign.state != CampaignState.CANCELLED:
        each.append(button("camp_messages", ShowMessages(id)))
    if CampaignEvent.START in may:
        each.append(button("camp_ask_start", AskStart(id)))
    if CampaignEvent.PAUSE in may:
        each.append(button("camp_pause", PauseCampaign(id)))
    if CampaignEvent.RESUME in may and not campaigns.waits_again(campaign):
        each.append(button("camp_resume", ResumeCampaign(id)))
    if campaign.state not in COUNTED:
        each.append(button("camp_refresh", OpenCampaign(id)))
        if campaign.has_begun:
            each.append(button("camp_report", ReportCampaign(id)))
        if members.unknown(at.session, campaign=campaign, limit=1):
            each.append(button("camp_unknown", ShowUnknown(id, 0)))
    if campaign.state in ENDED:
        each.append(button("camp_copy", CopyCampaign(id)))
    if CampaignEvent.CANCEL in may:
        each.append(button("camp_ask_stop", AskStop(id)))
    return [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
