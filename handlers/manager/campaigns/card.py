"""/camp, 活动: the campaigns there are, each with its card and what may be done with it now."""

from crm_store.customers import customers
from crm_store.mailbox import jobs
from crm_store.marketing import campaigns, drafts, members, reckoning
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.campaigns import checking, shown
from handlers.manager.campaigns.buttons import (
    CopyCampaign,
    NewCampaign,
    OpenCampaign,
    ShowCampaigns,
    ShowUnknown,
)
from handlers.manager.campaigns.checking import Purpose
from handlers.manager.campaigns.shown import COUNTED, Setting
from handlers.numbers import CAMPAIGN, GLUED_CAMPAIGN, numbered
from handlers.taps import Keyboard, button

PAGE = 6
A_ROW = 3


def setting(chat: Chat, to: Staff | None = None) -> Setting:
    return Setting(chat.session, chat.desk, chat.words, to or chat.me, chat.now)


def show(
    chat: Chat,
    campaign: Campaign,
    purpose: Purpose = Purpose.CARD,
    *,
    detail: str = "",
    to: Staff | None = None,
    anew: bool = False,
) -> None:
    """The card, or what else ``purpose`` asks for; in place of the tapped message unless ``anew``, or to a
    colleague. Where counting takes long it says so first."""
    anew = anew or to is not None or purpose in (Purpose.AUDIENCE, Purpose.MESSAGE)
    checked = None
    if campaign.state in COUNTED:
        if not reckoning.is_small(chat.session):
            return ask(chat, campaign, purpose, detail=detail, to=to, anew=anew)
        checked = checking.look(chat.session, campaign=campaign, desk=chat.desk, now=chat.now)
    template, values, buttons = shown.message(setting(chat, to), campaign, checked, purpose, detail)
    if to is not None:
        chat.say(template, to=to, buttons=buttons, **values)
    else:
        (chat.say if anew else chat.show)(template, buttons=buttons, **values)
    return None


def ask(
    chat: Chat,
    campaign: Campaign,
    purpose: Purpose,
    *,
    detail: str = "",
    to: Staff | None = None,
    anew: bool = False,
) -> None:
    """Have it counted by a process of its own, and say so."""
    reader = to or chat.me
    template = "manager/campaign/counting.html.j2"
    if anew:
        key = chat.say(template, to=reader, campaign=campaign)
    else:
        key = chat.turn_into(template, campaign=campaign)
    jobs.ask(
        chat.session,
        kind=checking.JOB,
        arguments={"campaign": campaign.id, "purpose": purpose.value, "detail": detail},
        asked_by=reader,
        chat_id=reader.chat_id,
        progress_key=key,
        now=chat.now,
    )


def named(chat: Chat) -> None:
    """``/camp M5`` is its card, ``/camp`` alone the list."""
    found = numbered(chat.arguments, CAMPAIGN)
    if found is not None:
        show(chat, campaigns.get(chat.session, number=found[0]))
    else:
        _list(chat, 0)


def open_(chat: Chat, tapped: OpenCampaign) -> None:
    show(chat, campaigns.get(chat.session, number=tapped.campaign))


def copy(chat: Chat, tapped: CopyCampaign) -> None:
    """The card of a new draft that says the same."""
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    made = drafts.copy(chat.session, campaign=campaign, by=chat.me, now=chat.now)
    show(chat, made, anew=True)


def turn(chat: Chat, tapped: ShowCampaigns) -> None:
    _list(chat, min(max(tapped.page, 0), 100_000))


def _list(chat: Chat, page: int) -> None:
    found = campaigns.listed(chat.session, limit=PAGE + 1, offset=page * PAGE)
    these = found[:PAGE]
    begun = [one for one in these if one.state not in (*COUNTED, CampaignState.FREEZING)]
    each = [button("numbered", OpenCampaign(one.id), number=one.number) for one in these]
    rows: Keyboard = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    turns = [button("newer", ShowCampaigns(page - 1))] if page else []
    turns += [button("older", ShowCampaigns(page + 1))] if len(found) > PAGE else []
    rows += [turns] if turns else []
    chat.show(
        "manager/campaign/list.html.j2",
        campaigns=these,
        sent={one.id: members.progress(chat.session, campaign=one) for one in begun},
        buttons=[*rows, [button("camp_new", NewCampaign())]],
    )


def show_unknown(chat: Chat, tapped: ShowUnknown) -> None:
    """Who may have got it or not: they are never sent it again."""
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    found = members.unknown(
        chat.session, campaign=campaign, limit=PAGE + 1, after=min(max(tapped.after, 0), LARGEST_ID)
    )
    ids = [one.customer_id for one in found[:PAGE]]
    people = [customers.get(chat.session, customer_id=id) for id in ids]
    each = [button("numbered", OpenCustomer(one.id), number=one.number) for one in people]
    rows: Keyboard = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    if len(found) > PAGE:
        rows.append([button("following", ShowUnknown(campaign.id, ids[-1]))])
    rows.append([button("back", OpenCampaign(campaign.id))])
    chat.show("manager/campaign/unknown.html.j2", campaign=campaign, people=people, buttons=rows)


HANDLERS = [
    command("camp", "活动", role=Role.MANAGER, run=named, glued=GLUED_CAMPAIGN),
    tap(OpenCampaign, role=Role.MANAGER, run=open_),
    tap(CopyCampaign, role=Role.MANAGER, run=copy),
    tap(ShowCampaigns, role=Role.MANAGER, run=turn),
    tap(ShowUnknown, role=Role.MANAGER, run=show_unknown),
]
