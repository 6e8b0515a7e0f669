"""The question of each step of a draft, with what is answered by a tap, and the ways on and back."""

import itertools
import re
from typing import Any

from crm_store.marketing import audience, plays, quiet, segments
from crm_store.marketing.tables import Campaign, Goal, Play
from handlers.chat import Chat
from handlers.manager.campaigns import draft, link_lines, wording
from handlers.manager.campaigns.buttons import LeaveDraft, Pick, StepBack, StepOver, TakeRest
from handlers.manager.campaigns.places import ARMS, MUST, Place, Step, route
from handlers.manager.campaigns.reading import EVERYBODY, NOTHING, NOW, OFF, SHOP, USUAL
from handlers.taps import Button, Keyboard, Tap, button
from handlers.words import excerpt

FORM = "campaign"
A_ROW = 2
HOLDOUTS = (0, 50, 100, 200)
"""Thousandths that are offered."""

SEGMENTS = 8
PLAYS, LONGEST_OFFER = 3, 30
_AROUND = re.compile(r"^\W+|\W+$")
REMOVE, ADD, PLAY = "remove", "add", "play"
SOME_FIELDS = ("tag", "city", "tier", "last_order", "orders", "net")
"""Fields of filters that the question names; /find says the others."""


def ask(chat: Chat, campaign: Campaign, place: Place, *, editing: bool, anew: bool = False) -> None:
    chat.ask(
        FORM,
        place.step.value,
        campaign=campaign.id,
        place=place.packed(),
        editing=editing,
        stood=stands(chat, campaign, place),
    )
    (chat.say if anew else chat.show)(
        f"manager/campaign/ask/{place.step}.html.j2",
        **_values(chat, campaign, place),
        buttons=_buttons(chat, campaign, place, editing=editing),
    )


def _buttons(chat: Chat, campaign: Campaign, place: Place, *, editing: bool) -> Keyboard:
    return [*_offered(chat, campaign, place), *_ways(chat, campaign, place, editing=editing)]


def typed(chat: Chat, campaign: Campaign, place: Place, text: str, *, editing: bool) -> Tap | None:
    """What a text means that stands on a button of this question: some people type what they would tap."""
    said = _bare(text)
    for one in itertools.chain(*_buttons(chat, campaign, place, editing=editing)):
        label = chat.words.label(chat.language, "buttons", one.label, **(one.values or {}))
        if said and said == _bare(label):
            return one.tap
    return None


def _bare(text: str) -> str:
    """Without the signs around it."""
    return _AROUND.sub("", text).casefold()


def ask_name(chat: Chat) -> None:
    """The first question: there is no draft yet."""
    chat.ask(FORM, Step.NAME.value, campaign=None, place=Place(Step.NAME).packed(), editing=False)
    chat.show("manager/campaign/ask/name.html.j2", campaign=None, buttons=[])


def the_way(chat: Chat, campaign: Campaign, place: Place) -> list[Place]:
    """The places of this draft, those of the version at ``place`` among them."""
    arms = [one.name for one in draft.versions(chat.session, campaign)]
    return route(languages=chat.desk.languages, arms=[*arms, *([place.arm] if place.arm else [])])


def stands(chat: Chat, campaign: Campaign, place: Place) -> str:
    """What is kept at a place now, to be compared with later: a colleague may write there meanwhile."""
    match place.step:
        case Step.MESSAGE:
            return draft.version(chat.session, campaign, place.arm).body.get(place.language, "")
        case Step.PICTURE:
            return draft.version(chat.session, campaign, place.arm).picture or ""
        case Step.LINKS:
            return link_lines.written(draft.version(chat.session, campaign, place.arm).buttons)
        case Step.NAME:
            return campaign.name
        case Step.AUDIENCE:
            return audience.text_of(chat.session, campaign=campaign)
        case Step.EXCLUDING:
            return campaign.excluding
    return ""


def _values(chat: Chat, campaign: Campaign, place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {"campaign": campaign}
    match place.step:
        case Step.AUDIENCE:
            values |= {
                "text": audience.text_of(chat.session, campaign=campaign),
                "filters": SOME_FIELDS,
            }
        case Step.MESSAGE:
            arm = draft.version(chat.session, campaign, place.arm)
            values |= {
                "arm": place.arm,
                "in_language": place.language,
                "several": len(chat.desk.languages) > 1,
                "names": wording.NAMES,
                "body": arm.body.get(place.language, ""),
                "plays": plays_for(chat, campaign),
            }
        case Step.PICTURE:
            arm = draft.version(chat.session, campaign, place.arm)
            values |= {"arm": place.arm, "has_picture": arm.picture is not None}
        case Step.LINKS:
            arm = draft.version(chat.session, campaign, place.arm)
            values |= {
                "arm": place.arm,
                "lines": link_lines.written(arm.buttons),
                "several": len(chat.desk.languages) > 1,
                "tracked": bool(chat.desk.public_url),
            }
        case Step.VERSIONS | Step.WEIGHTS:
            values |= {"arms": draft.versions(chat.session, campaign)}
        case Step.QUIET:
            start, end = quiet.hours(campaign, chat.desk.campaigns)
            values |= {"quiet": None if start == end else f"{start:%H:%M}–{end:%H:%M}"}
            values |= {"rules": chat.desk.campaigns}
    return values


def _offered(chat: Chat, campaign: Campaign, place: Place) -> Keyboard:
    each: list[Button] = []

    def offer(label: str, value: str, **named: Any) -> None:
        each.append(button(label, Pick(campaign.id, place.packed(), value), **named))

    match place.step:
        case Step.GOAL:
            for goal in Goal:
                offer("named", goal.value, name=chat.words.label(chat.language, "goals", goal))
        case Step.PROMOTION:
            for key, name in chat.words.labels(chat.language, "promotions").items():
                offer("named", key, name=name)
        case Step.AUDIENCE:
            for one in segments.every(chat.session)[-SEGMENTS:]:
                offer("camp_segment", str(one.id), number=one.number, name=one.name[:30])
            offer("camp_everybody", EVERYBODY)
        case Step.EXCLUDING if campaign.excluding:
            offer("camp_nobody", NOTHING)
        case Step.MESSAGE:
            for play in plays_for(chat, campaign):
                if play.id != campaign.play_id or not draft.is_written(chat.session, campaign, place):
                    offer("camp_play", f"{PLAY}{play.id}", name=excerpt(play.offer, LONGEST_OFFER))
        case Step.PICTURE if draft.version(chat.session, campaign, place.arm).picture:
            offer("camp_remove", REMOVE)
        case Step.LINKS if draft.version(chat.session, campaign, place.arm).buttons:
            offer("camp_remove", REMOVE)
        case Step.VERSIONS:
            there = len(draft.versions(chat.session, campaign))
            if there < len(ARMS):
                offer("camp_add_version", ADD, name=ARMS[there])
        case Step.HOLDOUT:
            for thousandths in HOLDOUTS:
                offer("camp_percent", str(thousandths), count=thousandths // 10)
        case Step.TIME:
            offer("camp_now", NOW)
        case Step.QUIET:
            offer("camp_quiet_shop", SHOP)
            offer("camp_quiet_none", OFF)
        case Step.STOP:
            offer("camp_stop_usual", USUAL)
            offer("camp_stop_off", OFF)
    return [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]


def plays_for(chat: Chat, campaign: Campaign) -> list[Play]:
    """What the message may begin with."""
    found = plays.fitting(chat.session, campaign=campaign, zone=chat.desk.timezone, now=chat.now)
    return found[:PLAYS]


def _ways(chat: Chat, campaign: Campaign, place: Place, *, editing: bool) -> Keyboard:
    at = place.packed()
    if editing:
        return [[button("camp_keep", StepOver(campaign.id, at))]]
    row = [button("camp_back", StepBack(campaign.id, at))] if place.step != Step.NAME else []
    if place.step not in MUST:
        row.append(button("camp_skip", StepOver(campaign.id, at)))
    last = [button("camp_leave", LeaveDraft(campaign.id))]
    is_written = place.step != Step.MESSAGE or draft.versions(chat.session, campaign)
    if is_written and place.step not in (*MUST, Step.GOAL, Step.PROMOTION):
        last.insert(0, button("camp_rest", TakeRest(campaign.id, at)))
    return [row, last]
