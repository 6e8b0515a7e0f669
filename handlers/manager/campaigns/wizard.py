"""/camp_new, 新活动: a campaign step by step. Each answer is kept in the draft at once, so that nothing is
lost by an interruption; every step can be gone back to, passed over, or changed later from the card."""

from collections.abc import Callable
from typing import Any

from crm_store.marketing import campaigns, drafts, steps
from crm_store.marketing.refusals import IllegalCampaignStep
from crm_store.marketing.states import CampaignEvent
from crm_store.marketing.tables import Campaign
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.manager.campaigns import asking, card, draft, reading
from handlers.manager.campaigns.asking import ADD, FORM, PLAY, REMOVE
from handlers.manager.campaigns.buttons import (
    DropVersion,
    EditCampaign,
    EditPlace,
    LeaveDraft,
    NewCampaign,
    OpenCampaign,
    Pick,
    StepBack,
    StepOver,
    TakeRest,
)
from handlers.manager.campaigns.checking import Purpose
from handlers.manager.campaigns.places import ARMS, FIRST_ARM, Place, Step, after, before
from handlers.taps import Button, Keyboard, Tap, button

A_ROW = 2
EDITED = (
    Step.NAME,
    Step.GOAL,
    Step.PROMOTION,
    Step.AUDIENCE,
    Step.EXCLUDING,
    Step.HOLDOUT,
    Step.TIME,
    Step.QUIET,
    Step.STOP,
    Step.COST,
    Step.WINDOW,
)


def new(chat: Chat) -> None:
    """``/camp_new Spring sale`` has its name already."""
    if chat.arguments:
        _begin(chat, chat.arguments)
    else:
        asking.ask_name(chat)


def new_tapped(chat: Chat, _tapped: NewCampaign) -> None:
    asking.ask_name(chat)


def _begin(chat: Chat, name: str) -> None:
    campaign = drafts.create(chat.session, name=name, by=chat.me, currency=chat.desk.currency, now=chat.now)
    asking.ask(chat, campaign, Place(Step.GOAL), editing=False)


def given(chat: Chat) -> None:
    """An answer that was typed. What is refused goes on standing in the form; so does what would be written
    over what a colleague wrote meanwhile, which they are shown first."""
    assert chat.form is not None
    answers = chat.form.answers
    if answers["campaign"] is None:
        return _begin(chat, reading.said(chat))
    campaign = campaigns.get(chat.session, number=answers["campaign"])
    place = Place.unpacked(answers["place"])
    assert place is not None
    tapped = asking.typed(chat, campaign, place, reading.said(chat), editing=answers["editing"])
    if tapped is not None:
        return _TAPPED[type(tapped)](chat, tapped)
    stands = asking.stands(chat, campaign, place)
    if answers.get("stood", stands) != stands:
        chat.ask(FORM, place.step.value, **{**answers, "stood": stands, "typed": reading.said(chat)})
        chat.say("manager/campaign/overtaken.html.j2", step=place.step, stands=stands)
        return None
    try:
        reading.read(chat, campaign, place)
    except IllegalCampaignStep:
        chat.leave_form()
        raise
    except Refusal:
        chat.ask(FORM, place.step.value, **{**answers, "typed": reading.said(chat)})
        raise
    return _on(chat, campaign, place, editing=answers["editing"])


def picked(chat: Chat, tapped: Pick) -> None:
    place = _place(chat, tapped.campaign, tapped.place)
    if place is None:
        return None
    campaign, editing = campaigns.get(chat.session, number=tapped.campaign), _editing(chat)
    if place.step == Step.VERSIONS and tapped.value == ADD:
        return _add_version(chat, campaign, editing=editing)
    if place.step == Step.MESSAGE:
        return _by_play(chat, campaign, place, tapped.value, editing=editing)
    if tapped.value == REMOVE:
        reading.without(chat, campaign, place)
    else:
        reading.pick(chat, campaign, place, tapped.value)
    return _on(chat, campaign, place, editing=editing)


def _by_play(chat: Chat, campaign: Campaign, place: Place, value: str, *, editing: bool) -> None:
    """Its words stand there now, to be changed or gone on from. One that was changed since is shown anew."""
    offered = {f"{PLAY}{one.id}": one for one in asking.plays_for(chat, campaign)}
    play = offered.get(value)
    if play is None:
        chat.toast("play_changed", alert=True)
    else:
        reading.by_play(chat, campaign, place, play)
        card.show(chat, campaign, Purpose.MESSAGE, detail=place.arm)
    asking.ask(chat, campaign, place, editing=editing, anew=play is not None)


def _on(chat: Chat, campaign: Campaign, place: Place, *, editing: bool) -> None:
    """What was answered is kept: look at it where there is something to see, then go on."""
    if place.step in (Step.AUDIENCE, Step.EXCLUDING):
        card.show(chat, campaign, Purpose.AUDIENCE)
    elif place.step == Step.MESSAGE:
        card.show(chat, campaign, Purpose.MESSAGE, detail=place.arm)
    anew = place.step in (Step.AUDIENCE, Step.EXCLUDING, Step.MESSAGE)
    _go_on(chat, campaign, place, editing=editing, anew=anew)


def _go_on(chat: Chat, campaign: Campaign, place: Place, *, editing: bool, anew: bool = False) -> None:
    following = after(place, asking.the_way(chat, campaign, place))
    if editing and place.step == Step.MESSAGE and not _is_last(chat, place):
        written = draft.version(chat.session, campaign, place.arm).body
        unwritten = following is not None and following.language not in written
        following = following if unwritten and place.arm != FIRST_ARM else None
    elif editing:
        following = None
    if following is None:
        chat.leave_form()
        card.show(chat, campaign, anew=anew)
    else:
        asking.ask(chat, campaign, following, editing=editing, anew=anew)


def _is_last(chat: Chat, place: Place) -> bool:
    return place.language == chat.desk.languages[-1]


def _add_version(chat: Chat, campaign: Campaign, *, editing: bool) -> None:
    there = [one.name for one in draft.versions(chat.session, campaign)]
    free = next((one for one in ARMS if one not in there), None)
    if free is not None:
        place = Place(Step.MESSAGE, free, chat.desk.languages[0])
        asking.ask(chat, campaign, place, editing=editing)


def over(chat: Chat, tapped: StepOver) -> None:
    place = _place(chat, tapped.campaign, tapped.place)
    if place is not None:
        campaign = campaigns.get(chat.session, number=tapped.campaign)
        _go_on(chat, campaign, place, editing=_editing(chat))


def back(chat: Chat, tapped: StepBack) -> None:
    place = _place(chat, tapped.campaign, tapped.place)
    if place is None:
        return
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    former = before(place, asking.the_way(chat, campaign, place))
    asking.ask(chat, campaign, former or place, editing=False)


def rest(chat: Chat, tapped: TakeRest) -> None:
    if _place(chat, tapped.campaign, tapped.place) is not None:
        chat.leave_form()
        card.show(chat, campaigns.get(chat.session, number=tapped.campaign))


def leave(chat: Chat, tapped: LeaveDraft) -> None:
    """The draft stays as far as it is; it can be ended from its card."""
    campaign = campaigns.get(chat.session, number=tapped.campaign)
    form = chat.form
    if form is not None and form.form == FORM and form.answers.get("campaign") == campaign.id:
        chat.leave_form()
    chat.show(
        "manager/campaign/left.html.j2",
        campaign=campaign,
        buttons=[[button("camp_open", OpenCampaign(campaign.id), number=campaign.number)]],
    )


def edit(chat: Chat, tapped: EditCampaign) -> None:
    campaign = _draft(chat, tapped.campaign)
    chat.show("manager/campaign/edit.html.j2", campaign=campaign, buttons=_parts(chat, campaign))


def edit_place(chat: Chat, tapped: EditPlace) -> None:
    place = Place.unpacked(tapped.place)
    if place is not None and (not place.language or place.language in chat.desk.languages):
        asking.ask(chat, _draft(chat, tapped.campaign), place, editing=True)


def drop_version(chat: Chat, tapped: DropVersion) -> None:
    campaign = _draft(chat, tapped.campaign)
    draft.drop(chat, campaign, tapped.arm)
    chat.show("manager/campaign/edit.html.j2", campaign=campaign, buttons=_parts(chat, campaign))


def _draft(chat: Chat, number: int) -> Campaign:
    campaign = campaigns.get(chat.session, number=number)
    may = steps.allowed(campaign)
    if CampaignEvent.AMEND not in may:
        raise IllegalCampaignStep(campaign=campaign, event=CampaignEvent.AMEND, allowed=may)
    return campaign


def _parts(chat: Chat, campaign: Campaign) -> Keyboard:
    """A button for everything that can be changed."""

    def part(place: Place, **named: str) -> Button:
        name = chat.words.label(chat.language, "campaign_parts", place.step, **named)
        return button("named", EditPlace(campaign.id, place.packed()), name=name)

    arms = [one.name for one in draft.versions(chat.session, campaign)] or [FIRST_ARM]
    each = [part(Place(one)) for one in EDITED]
    for arm in arms:
        for language in chat.desk.languages:
            named = {"arm": arm, "name": chat.words.label(chat.language, "languages", language)}
            each.append(part(Place(Step.MESSAGE, arm, language), **named))
        each += [part(Place(one, arm), arm=arm) for one in (Step.PICTURE, Step.LINKS)]
        if len(arms) > 1:
            each.append(button("camp_drop_version", DropVersion(campaign.id, arm), name=arm))
    each.append(part(Place(Step.VERSIONS)))
    each += [part(Place(Step.WEIGHTS))] if len(arms) > 1 else []
    rows = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    return [*rows, [button("back", OpenCampaign(campaign.id))]]


def _place(chat: Chat, number: int, packed: str) -> Place | None:
    """Where the speaker stands, if the tapped button belongs to it; else it is an old one."""
    form = chat.form
    if form is not None and form.form == FORM:
        answers = form.answers
        if (answers.get("campaign"), answers.get("place")) == (number, packed):
            return Place.unpacked(packed)
    chat.toast("old_button")
    return None


def _editing(chat: Chat) -> bool:
    return chat.form is not None and bool(chat.form.answers.get("editing"))


_TAPPED: dict[type[Tap], Callable[[Chat, Any], None]] = {
    Pick: picked,
    StepOver: over,
    StepBack: back,
    TakeRest: rest,
    LeaveDraft: leave,
}
"""What happens when a question's button is tapped, or typed."""

HANDLERS = [
    command("camp_new", "新活动", role=Role.MANAGER, run=new, glued=None),
    tap(NewCampaign, role=Role.MANAGER, run=new_tapped),
    tap(Pick, role=Role.MANAGER, run=picked),
    tap(StepOver, role=Role.MANAGER, run=over),
    tap(StepBack, role=Role.MANAGER, run=back),
    tap(TakeRest, role=Role.MANAGER, run=rest),
    tap(LeaveDraft, role=Role.MANAGER, run=leave),
    tap(EditCampaign, role=Role.MANAGER, run=edit),
    tap(EditPlace, role=Role.MANAGER, run=edit_place),
    tap(DropVersion, role=Role.MANAGER, run=drop_version),
]
FORMS = [answered(FORM, step.value, role=Role.MANAGER, run=given) for step in Step]
