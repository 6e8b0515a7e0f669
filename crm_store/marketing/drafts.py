"""Drafts of campaigns: what they say, to whom, and by which rules. Each change is a row of the trail."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from crm_store.customers import filters
from crm_store.marketing import campaigns, steps
from crm_store.marketing.refusals import BadCampaignValue
from crm_store.marketing.states import CampaignEvent
from crm_store.marketing.tables import Campaign, CampaignArm, Goal, TrackedLink
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Staff

MOST_HELD_OUT = 900
MOST_DAYS = 365
LONGEST_NAME = 64

_COPIED = (
    "goal", "promotion", "segment_id", "audience", "excluding", "holdout", "quiet_from", "quiet_to",
    "conversion_days", "stop_opt_outs", "stop_failures", "cost", "play_id",
)  # fmt: skip

_RANGES = {
    "holdout": (0, MOST_HELD_OUT),
    "conversion_days": (1, MOST_DAYS),
    "stop_opt_outs": (1, 1000),
    "stop_failures": (1, 1000),
    "cost": (0, 10**15),
}
_MAY_LACK = ("stop_opt_outs", "stop_failures")


@dataclass(frozen=True)
class NewArm:
    """One version of the message, as ``CampaignArm`` keeps it."""

    name: str
    body: Mapping[str, str]
    weight: int = 1
    picture: str | None = None
    buttons: Sequence[Mapping[str, Any]] = ()


def create(session: Session, *, name: str, by: Staff, currency: str, now: datetime) -> Campaign:
    """An empty draft. Raises BadCampaignValue."""
    campaign = Campaign(
        name=_name(name),
        salt=secrets.token_hex(8),
        currency=currency,
        created_by=by.id,
        created_at=now,
        updated_at=now,
    )
    session.add(campaign)
    session.flush()
    steps.record(session, campaign, "created", by, now, after={"name": campaign.name})
    return campaign


def copy(session: Session, *, campaign: Campaign, by: Staff, now: datetime) -> Campaign:
    """A new draft that says the same, to be tested and approved anew; only its time is not taken over."""
    made = create(session, name=campaign.name, by=by, currency=campaign.currency, now=now)
    same = {key: getattr(campaign, key) for key in _COPIED}
    for key, value in same.items():
        setattr(made, key, value)
    steps.save(session, made, now)
    steps.record(session, made, "copied", by, now, after={"of": campaign.number, **steps.plain(same)})
    versions = [
        NewArm(one.name, one.body, one.weight, one.picture, one.buttons)
        for one in campaigns.arms(session, campaign=campaign)
    ]
    if versions:
        put_arms(session, campaign=made, new=versions, by=by, now=now)
    return made


def change(
    session: Session,
    *,
    campaign: Campaign,
    changes: Mapping[str, Any],
    by: Actor,
    now: datetime,
    zone: tzinfo,
) -> None:
    """Change a draft's fields: name, goal, promotion, segment_id, audience, excluding, holdout (thousandths),
    send_at, quiet_from, quiet_to ("21:00", both or neither), conversion_days, stop_opt_outs, stop_failures
    (thousandths or None), cost, play_id.

    Raises IllegalCampaignStep, BadCampaignValue; BadFilter and BadFilterValue for a filter.
    """
    steps.may(campaign, CampaignEvent.AMEND)
    checked = {key: _checked(key, value) for key, value in changes.items()}
    both = {key: checked.get(key, getattr(campaign, key)) for key in ("quiet_from", "quiet_to")}
    if (both["quiet_from"] is None) != (both["quiet_to"] is None):
        _refuse("quiet_to", both["quiet_to"])
    person = by if isinstance(by, Staff) else None
    for key in ("audience", "excluding"):
        if key in checked:
            filters.read(session, checked[key], by=person, zone=zone, currency=campaign.currency, now=now)
    before = {
        key: getattr(campaign, key) for key, value in checked.items() if getattr(campaign, key) != value
    }
    if not before:
        return
    for key in before:
        setattr(campaign, key, checked[key])
    steps.save(session, campaign, now)
    after = {key: checked[key] for key in before}
    steps.record(session, campaign, "changed", by, now, before=steps.plain(before), after=steps.plain(after))


def put_arms(
    session: Session, *, campaign: Campaign, new: Sequence[NewArm], by: Actor, now: datetime
) -> list[CampaignArm]:
    """Make these the versions of a draft's message, each found again by its name; it wants a new test.

    Raises IllegalCampaignStep, BadCampaignValue.
    """
    steps.may(campaign, CampaignEvent.AMEND)
    names = [one.name for one in new]
    if not new or len(set(names)) < len(names) or not all(one.weight > 0 and one.body for one in new):
        raise BadCampaignValue(field="arms", value=", ".join(names))
    present = {one.name: one for one in campaigns.arms(session, campaign=campaign)}
    gone = [one.id for name, one in present.items() if name not in names]
    session.execute(delete(TrackedLink).where(col(TrackedLink.arm_id).in_(gone)))
    session.execute(delete(CampaignArm).where(col(CampaignArm.id).in_(gone)))
    kept = []
    for one in new:
        arm = present.get(one.name) or CampaignArm(campaign_id=campaign.id, name=one.name, body={})
        arm.body, arm.weight, arm.picture = dict(one.body), one.weight, one.picture
        arm.buttons = [dict(button) for button in one.buttons]
        session.add(arm)
        kept.append(arm)
    campaign.tested_at = None
    steps.save(session, campaign, now)
    steps.record(session, campaign, "arms", by, now, before={"arms": sorted(present)}, after={"arms": names})
    return kept


def note_test(session: Session, *, campaign: Campaign, by: Actor, now: datetime) -> None:
    """Somebody was sent every version of the message to look at."""
    campaign.tested_at = now
    steps.save(session, campaign, now)
    steps.record(session, campaign, "tested", by, now)


def _name(text: Any) -> str:
    name = " ".join(str(text or "").split())
    if not any(one.isprintable() for one in name) or len(name) > LONGEST_NAME:
        raise BadCampaignValue(field="name", value=name)
    return name


def _checked(key: str, value: Any) -> Any:
    """A field's value as it is kept. Raises BadCampaignValue."""
    if key == "name":
        return _name(value)
    try:
        if key in _RANGES:
            low, high = _RANGES[key]
            good = (value is None and key in _MAY_LACK) or low <= value <= high
            return value if good else _refuse(key, value)
        if key == "goal":
            return Goal(value)
        if key in ("quiet_from", "quiet_to"):
            return None if value is None else time.fromisoformat(value).strftime("%H:%M")
        if key == "send_at":
            return value if value is None or value.tzinfo is not None else _refuse(key, value)
    except (TypeError, ValueError, AttributeError):
        _refuse(key, value)
    if key in ("audience", "excluding"):
        return str(value or "").strip()
    if key in ("promotion", "segment_id", "play_id"):
        return value
    return _refuse(key, value)


def _refuse(key: str, value: Any) -> Any:
    raise BadCampaignValue(field=key, value="" if value is None else value)
