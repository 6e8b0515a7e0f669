"""The versions of a draft's message as they are written: read, changed one thing at a time, put back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from crm_store.marketing import campaigns, drafts
from crm_store.marketing.drafts import NewArm
from crm_store.marketing.refusals import NoMessage
from crm_store.marketing.tables import Campaign, CampaignArm
from handlers.chat import Chat
from handlers.html import plain
from handlers.manager.campaigns import message, wording
from handlers.manager.campaigns.places import FIRST_ARM, Place

UNWRITTEN = NewArm(FIRST_ARM, {})


def versions(session: Session, campaign: Campaign) -> list[NewArm]:
    """As they stand, in the order of their names."""
    found = [_as_new(one) for one in campaigns.arms(session, campaign=campaign)]
    return sorted(found, key=lambda one: one.name)


def version(session: Session, campaign: Campaign, name: str) -> NewArm:
    """One that is not written yet begins with the picture and the links of the first."""
    found = {one.name: one for one in versions(session, campaign)}
    return found.get(name) or replace(found.get(FIRST_ARM, UNWRITTEN), name=name, body={}, weight=1)


def is_written(session: Session, campaign: Campaign, place: Place) -> bool:
    """Whether there are words at a place of a message."""
    return place.language in version(session, campaign, place.arm).body


def amend(chat: Chat, campaign: Campaign, name: str, change: Callable[[NewArm], NewArm]) -> None:
    """Change one version. Raises BadWording where its text would not fit any more, NoMessage where it has
    none, IllegalCampaignStep."""
    changed = change(version(chat.session, campaign, name))
    if not changed.body:
        raise NoMessage(campaign=campaign)
    for language, body in changed.body.items():
        check(chat, body, language, with_picture=changed.picture is not None)
    others = [one for one in versions(chat.session, campaign) if one.name != name]
    put(chat, campaign, [*others, changed])


def put(chat: Chat, campaign: Campaign, arms: list[NewArm]) -> None:
    in_order = sorted(arms, key=lambda one: one.name)
    drafts.put_arms(chat.session, campaign=campaign, new=in_order, by=chat.me, now=chat.now)


def drop(chat: Chat, campaign: Campaign, name: str) -> None:
    """The last one stays: a campaign has a message."""
    left = [one for one in versions(chat.session, campaign) if one.name != name]
    if left:
        put(chat, campaign, left)


def check(chat: Chat, body: str, language: str, *, with_picture: bool) -> wording.Wording:
    footer = plain(message.footer(chat.desk, chat.words, language))
    return wording.check(body, with_picture=with_picture, footer=footer)


def _as_new(arm: CampaignArm) -> NewArm:
    kept: list[dict[str, Any]] = [dict(one) for one in arm.buttons]
    return NewArm(arm.name, dict(arm.body), arm.weight, arm.picture, kept)
