"""What every change of a campaign goes through: the guard of its state, and a row of the trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.marketing.refusals import IllegalCampaignStep
from crm_store.marketing.states import BY_ITSELF, TRANSITIONS, CampaignEvent, CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff import audit
from crm_store.staff.audit import Actor

ENTITY = "campaign"


def allowed(campaign: Campaign) -> list[CampaignEvent]:
    """What a person may do with it now."""
    return [
        event for event, moves in TRANSITIONS.items() if campaign.state in moves and event not in BY_ITSELF
    ]


def may(campaign: Campaign, event: CampaignEvent) -> CampaignState:
    """The state it would have then. Raises IllegalCampaignStep."""
    to = TRANSITIONS[event].get(campaign.state)
    if to is None:
        raise IllegalCampaignStep(campaign=campaign, event=event, allowed=allowed(campaign))
    return to


def take(
    session: Session,
    campaign: Campaign,
    event: CampaignEvent,
    by: Actor,
    now: datetime,
    *,
    note: str = "",
    **values: Any,
) -> None:
    """Into the state that the event leads to, with these values; ``note`` is kept in the trail. Raises
    IllegalCampaignStep."""
    values = {"state": may(campaign, event), **values}
    before = {key: getattr(campaign, key) for key, value in values.items() if getattr(campaign, key) != value}
    after = {key: values[key] for key in before}
    for key, value in values.items():
        setattr(campaign, key, value)
    save(session, campaign, now)
    said = {"note": note} if note else {}
    record(session, campaign, event, by, now, before=plain(before), after=plain(after) | said)


def save(session: Session, campaign: Campaign, now: datetime) -> None:
    """Write it down as changed now."""
    campaign.updated_at = now
    session.add(campaign)
    session.flush()


def record(
    session: Session,
    campaign: Campaign,
    action: str,
    by: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """A row of the trail."""
    audit.record(
        session,
        actor=by,
        action=str(action),
        entity=ENTITY,
        entity_id=campaign.id,
        now=now,
        before=before,
        after=after,
    )


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the trail keeps it."""
    return {key: one.isoformat() if isinstance(one, datetime) else one for key, one in values.items()}
