"""What is answered to each step of a draft, kept in it at once. Nothing is kept of what is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from telegram import MessageEntity

from crm_store import money
from crm_store.marketing import drafts, plays, segments
from crm_store.marketing.refusals import BadCampaignValue
from crm_store.marketing.tables import Campaign, Goal, Play
from handlers import coming
from handlers.chat import Chat
from handlers.manager.campaigns import draft, link_lines, wording
from handlers.manager.campaigns.places import Place, Step

EVERYBODY, NOTHING, USUAL, OFF, NOW, SHOP = "all", "none", "usual", "off", "now", "shop"
"""Answers that are picked."""

_FORMATTED = {
    MessageEntity.BOLD,
    MessageEntity.ITALIC,
    MessageEntity.UNDERLINE,
    MessageEntity.STRIKETHROUGH,
    MessageEntity.SPOILER,
    MessageEntity.CODE,
    MessageEntity.PRE,
    MessageEntity.TEXT_LINK,
    MessageEntity.BLOCKQUOTE,
    MessageEntity.EXPANDABLE_BLOCKQUOTE,
}
_SEGMENT = re.compile(r"^\s*#?[SsＳｓ]\s*\d{1,9}\s*$")
_PER_CENT = re.compile(r"^(\d{1,3}(?:\.\d)?)\s*[%％]?$")
_SPAN = re.compile(r"^\s*(.+?)\s*(?:-|–|—|~|～|至|到|\bto\b)\s*(.+?)\s*$")
_EVERYBODY = re.compile(
    r"^(?:所有人|所有客户|全部|全部客户|全体客户|每个人|大家|all|all customers|everybody|everyone)$"
)
_WHOLE = re.compile(r"^\D*(\d{1,4})\D*$")
_UNESCAPED = {"&quot;": '"', "&#x27;": "'", "&amp;": "&", "&lt;": "<", "&gt;": ">"}
_IN_BRACES = re.compile(r"{[{%].*?[%}]}", re.DOTALL)


class NotUnderstood(BadCampaignValue):
    """facts: field, value. As its parent, with what would have been understood."""

    template = "campaign_answer"


def read(chat: Chat, campaign: Campaign, place: Place) -> None:
    """Keep what was written. Raises a Refusal that says what is wrong with it, as it was written."""
    try:
        _WRITTEN[place.step](chat, campaign, place)
    except NotUnderstood:
        raise
    except BadCampaignValue as refused:
        field = refused.facts["field"]
        hints = chat.words.labels(chat.language, "campaign_answers")
        raise (NotUnderstood if field in hints else BadCampaignValue)(field=field, value=said(chat)) from None


def pick(chat: Chat, campaign: Campaign, place: Place, value: str) -> None:
    """Keep what was tapped. Raises BadCampaignValue for what no button offers."""
    changes = _picked(chat, place.step, value)
    if changes is None:
        raise BadCampaignValue(field=_FIELDS.get(place.step, "arms"), value=value)
    _change(chat, campaign, changes)


def _picked(chat: Chat, step: Step, value: str) -> dict[str, Any] | None:
    match step:
        case Step.GOAL:
            return {"goal": Goal(value)} if value in list(Goal) else None
        case Step.PROMOTION:
            known = value in chat.words.labels(chat.language, "promotions")
            return {"promotion": value} if known else None
        case Step.AUDIENCE if value == EVERYBODY:
            return {"segment_id": None, "audience": ""}
        case Step.AUDIENCE:
            return {"segment_id": segments.get(chat.session, named=value).id, "audience": ""}
        case Step.EXCLUDING if value == NOTHING:
            return {"excluding": ""}
        case Step.HOLDOUT if value.isdecimal():
            return {"holdout": int(value)}
        case Step.TIME if value == NOW:
            return {"send_at": None}
        case Step.QUIET if value == SHOP:
            return {"quiet_from": None, "quiet_to": None}
        case Step.QUIET if value == OFF:
            return {"quiet_from": "00:00", "quiet_to": "00:00"}
        case Step.STOP if value == USUAL:
            return {"stop_opt_outs": 20, "stop_failures": 100}
        case Step.STOP if value == OFF:
            return {"stop_opt_outs": None, "stop_failures": None}
    return None


def _name(chat: Chat, campaign: Campaign, _place: Place) -> None:
    _change(chat, campaign, {"name": said(chat)})


def _goal(chat: Chat, campaign: Campaign, _place: Place) -> None:
    goal = _labelled(chat, "goals", said(chat))
    if goal is None:
        raise NotUnderstood(field="goal", value=said(chat))
    _change(chat, campaign, {"goal": Goal(goal)})


def _promotion(chat: Chat, campaign: Campaign, _place: Place) -> None:
    """One of ours by any of its names, else as it was typed."""
    text = " ".join(said(chat).split())
    if not text or len(text) > drafts.LONGEST_NAME:
        raise BadCampaignValue(field="promotion", value=text)
    _change(chat, campaign, {"promotion": _labelled(chat, "promotions", text) or text})


def _audience(chat: Chat, campaign: Campaign, _place: Place) -> None:
    text = said(chat)
    if _SEGMENT.match(text):
        segment = segments.get(chat.session, named=text.lstrip("# "))
        _change(chat, campaign, {"segment_id": segment.id, "audience": ""})
    elif not text:
        raise NotUnderstood(field="audience", value="")
    elif _EVERYBODY.match(text.casefold()):
        _change(chat, campaign, {"segment_id": None, "audience": ""})
    else:
        _change(chat, campaign, {"segment_id": None, "audience": text})


def _excluding(chat: Chat, campaign: Campaign, _place: Place) -> None:
    if not said(chat):
        raise NotUnderstood(field="excluding", value="")
    _change(chat, campaign, {"excluding": said(chat)})


def _message(chat: Chat, campaign: Campaign, place: Place) -> None:
    """A photo with words under it is both the picture and the text."""
    body = wording.typed(written(chat))
    photo = chat.message.photo[-1].file_id if chat.message.photo else None
    draft.check(chat, body, place.language, with_picture=photo is not None)
    draft.amend(
        chat,
        campaign,
        place.arm,
        lambda arm: replace(
            arm, body=_in_order(chat, {**arm.body, place.language: body}), picture=photo or arm.picture
        ),
    )


def by_play(chat: Chat, campaign: Campaign, place: Place, play: Play) -> None:
    """Make the campaign by a play: what it offers is the text to begin with, where none is written yet."""
    if not draft.is_written(chat.session, campaign, place):
        body = escape(play.offer, quote=False)
        draft.check(chat, body, place.language, with_picture=False)
        draft.amend(
            chat,
            campaign,
            place.arm,
            lambda arm: replace(arm, body=_in_order(chat, {**arm.body, place.language: body})),
        )
    _change(chat, campaign, {"play_id": play.id})


def _picture(chat: Chat, campaign: Campaign, place: Place) -> None:
    photo = chat.message.photo[-1].file_id if chat.message.photo else None
    if photo is None:
        raise NotUnderstood(field="picture", value=said(chat))
    draft.amend(chat, campaign, place.arm, lambda arm: replace(arm, picture=photo))


def _links(chat: Chat, campaign: Campaign, place: Place) -> None:
    buttons = link_lines.read(said(chat), languages=chat.desk.languages)
    if not buttons:
        raise NotUnderstood(field="links", value="")
    draft.amend(chat, campaign, place.arm, lambda arm: replace(arm, buttons=buttons))


def without(chat: Chat, campaign: Campaign, place: Place) -> None:
    """Take the picture, the links or one language's text of a version away again."""
    if place.step == Step.PICTURE:
        draft.amend(chat, campaign, place.arm, lambda arm: replace(arm, picture=None))
    elif place.step == Step.LINKS:
        draft.amend(chat, campaign, place.arm, lambda arm: replace(arm, buttons=[]))


def _weights(chat: Chat, campaign: Campaign, _place: Place) -> None:
    """As many whole numbers as there are versions: 1:1, 70 30, A=2 B=1."""
    arms = draft.versions(chat.session, campaign)
    found = [int(one) for one in re.findall(r"\d{1,4}", said(chat))]
    if len(found) != len(arms) or not all(0 < one <= 1000 for one in found):
        raise NotUnderstood(field="weights", value=said(chat))
    draft.put(chat, campaign, [replace(arm, weight=one) for arm, one in zip(arms, found, strict=True)])


def _holdout(chat: Chat, campaign: Campaign, _place: Place) -> None:
    found = _PER_CENT.match(said(chat))
    if found is None:
        raise NotUnderstood(field="holdout", value=said(chat))
    _change(chat, campaign, {"holdout": round(float(found[1]) * 10)})


def _time(chat: Chat, campaign: Campaign, _place: Place) -> None:
    text = said(chat)
    at = coming.moment(text, desk=chat.desk, now=chat.now)
    if at is None and not coming.is_now(text):
        raise NotUnderstood(field="send_at", value=text)
    _change(chat, campaign, {"send_at": at})


def _quiet(chat: Chat, campaign: Campaign, _place: Place) -> None:
    found = _SPAN.match(said(chat))
    times = [coming.hours(one) for one in found.groups()] if found else []
    if not times or None in times:
        raise NotUnderstood(field="quiet_from", value=said(chat))
    start, end = (f"{one:%H:%M}" for one in times if one is not None)
    _change(chat, campaign, {"quiet_from": start, "quiet_to": end})


def _stop(chat: Chat, campaign: Campaign, _place: Place) -> None:
    """Two shares in per cent: of opt-outs, of failures."""
    parts = said(chat).replace("，", " ").replace(",", " ").split()
    found = [_PER_CENT.match(one) for one in parts]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise NotUnderstood(field="stop_opt_outs", value=said(chat))
    opt_outs, failures = (round(float(one[1]) * 10) for one in found if one is not None)
    _change(chat, campaign, {"stop_opt_outs": opt_outs, "stop_failures": failures})


def _cost(chat: Chat, campaign: Campaign, _place: Place) -> None:
    try:
        amount = money.read(said(chat), currency=campaign.currency)
    except money.Unreadable:
        raise NotUnderstood(field="cost", value=said(chat)) from None
    _change(chat, campaign, {"cost": amount})


def _window(chat: Chat, campaign: Campaign, _place: Place) -> None:
    found = _WHOLE.match(said(chat))
    if found is None:
        raise NotUnderstood(field="conversion_days", value=said(chat))
    _change(chat, campaign, {"conversion_days": int(found[1])})


def _nothing(chat: Chat, _campaign: Campaign, _place: Place) -> None:
    """This step has buttons only."""
    raise NotUnderstood(field="arms", value=said(chat))


_WRITTEN: Mapping[Step, Callable[[Chat, Campaign, Place], None]] = {
    Step.NAME: _name,
    Step.GOAL: _goal,
    Step.PROMOTION: _promotion,
    Step.AUDIENCE: _audience,
    Step.EXCLUDING: _excluding,
    Step.MESSAGE: _message,
    Step.PICTURE: _picture,
    Step.LINKS: _links,
    Step.VERSIONS: _nothing,
    Step.WEIGHTS: _weights,
    Step.HOLDOUT: _holdout,
    Step.TIME: _time,
    Step.QUIET: _quiet,
    Step.STOP: _stop,
    Step.COST: _cost,
    Step.WINDOW: _window,
}
_FIELDS = {
    Step.GOAL: "goal",
    Step.PROMOTION: "promotion",
    Step.AUDIENCE: "audience",
    Step.EXCLUDING: "excluding",
    Step.HOLDOUT: "holdout",
    Step.TIME: "send_at",
    Step.QUIET: "quiet_from",
    Step.STOP: "stop_opt_outs",
}


def said(chat: Chat) -> str:
    return (chat.message.text or chat.message.caption or "").strip()


def written(chat: Chat) -> str:
    """A message's words as HTML: by Telegram's own formatting where there is any, else tags as they were
    typed. What stands between braces is ours, and not escaped."""
    entities = chat.message.entities or chat.message.caption_entities
    if not any(one.type in _FORMATTED for one in entities):
        return said(chat)
    html = (chat.message.text_html if chat.message.text else chat.message.caption_html).strip()
    return _IN_BRACES.sub(_unescape, html)


def _unescape(found: re.Match[str]) -> str:
    text = found[0]
    for escaped, plain in _UNESCAPED.items():
        text = text.replace(escaped, plain)
    return text


def _in_order(chat: Chat, body: dict[str, str]) -> dict[str, str]:
    """The desk's first language first: it is what stands in for one that is not written."""
    order = [*chat.desk.languages, *body]
    return {one: body[one] for one in dict.fromkeys(order) if one in body}


def _labelled(chat: Chat, section: str, text: str) -> str | None:
    """The key that a text is the name of, in any language."""
    wanted = text.casefold().strip()
    for language in chat.desk.languages:
        for key, name in chat.words.labels(language, section).items():
            if wanted in (key, str(name).casefold()):
                return key
    return None


def _change(chat: Chat, campaign: Campaign, changes: dict[str, Any]) -> None:
    drafts.change(
        chat.session,
        campaign=campaign,
        changes=changes,
        by=chat.me,
        now=chat.now,
        zone=chat.desk.timezone,
    )
    aimed = {"goal", "audience", "segment_id"} & changes.keys()
    if aimed and campaign.play_id is not None and not _fits(chat, campaign):
        _change(chat, campaign, {"play_id": None})


def _fits(chat: Chat, campaign: Campaign) -> bool:
    return plays.fits(chat.session, campaign=campaign, zone=chat.desk.timezone, now=chat.now)
