"""What the shop does for customers of a tier with a goal: what is offered, by which way, how often. A change
is a new version; a campaign keeps the one it was made by, whatever is changed later."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis.standings import RfmTier
from crm_store.marketing import audience, drafts
from crm_store.marketing.refusals import BadPlay
from crm_store.marketing.tables import Campaign, Goal, Play
from crm_store.staff import audit
from crm_store.staff.tables import Staff

ENTITY = "play"
TELEGRAM = "telegram"
LONGEST = 300
MOST_DAYS = 365


def put(
    session: Session,
    *,
    tier: RfmTier,
    goal: Goal,
    offer: str,
    channel: str,
    every_days: int | None,
    by: Staff,
    now: datetime,
) -> Play:
    """Make this the play for a tier and a goal, as the next version; the same again is the one there is.

    Raises BadPlay.
    """
    offer, channel = " ".join(offer.split()), " ".join(channel.split())
    if not offer or len(offer) > LONGEST:
        raise BadPlay(problem="offer", value=offer)
    if every_days is not None and not 1 <= every_days <= MOST_DAYS:
        raise BadPlay(problem="every_days", value=str(every_days))
    present = current(session, tier=tier, goal=goal)
    said: dict[str, Any] = {"offer": offer, "channel": channel, "every_days": every_days}
    before = {key: getattr(present, key) for key in said} if present is not None else None
    if present is not None and before == said:
        return present
    play = Play(
        tier=tier.value,
        goal=goal,
        number=present.number + 1 if present is not None else 1,
        author_id=by.id,
        at=now,
        **said,
    )
    session.add(play)
    session.flush()
    audit.record(
        session, actor=by, action="put", entity=ENTITY, entity_id=play.id, now=now, before=before, after=said
    )
    return play


def get(session: Session, *, play_id: int) -> Play | None:
    return session.get(Play, play_id)


def current(session: Session, *, tier: RfmTier, goal: Goal) -> Play | None:
    """The latest version."""
    found = versions(session, tier=tier, goal=goal)
    return found[0] if found else None


def versions(session: Session, *, tier: RfmTier, goal: Goal) -> Sequence[Play]:
    """All of them, the latest first."""
    statement = select(Play).where(col(Play.tier) == tier.value, col(Play.goal) == goal)
    return session.scalars(statement.order_by(col(Play.number).desc())).all()


def every(session: Session) -> list[Play]:
    """The latest version of each, in the order of the tiers."""
    latest = select(func.max(col(Play.id))).group_by(col(Play.tier), col(Play.goal))
    order = {tier.value: place for place, tier in enumerate(RfmTier)}
    found = session.scalars(select(Play).where(col(Play.id).in_(latest)))
    return sorted(found, key=lambda one: (order.get(one.tier, len(order)), one.goal))


def fitting(session: Session, *, campaign: Campaign, zone: tzinfo, now: datetime) -> list[Play]:
    """The plays as they are now that a campaign may be made by: for its goal and a tier that its audience
    names, by a message in the chat."""
    tiers = audience.tiers(session, campaign=campaign, zone=zone, now=now)
    return [
        one
        for one in every(session)
        if one.goal == campaign.goal and one.tier in tiers and one.channel == TELEGRAM
    ]


def fits(session: Session, *, campaign: Campaign, zone: tzinfo, now: datetime) -> bool:
    """Whether the play that a campaign is made by, in whichever version, is still for its goal and tiers."""
    play = get(session, play_id=campaign.play_id) if campaign.play_id is not None else None
    tiers = audience.tiers(session, campaign=campaign, zone=zone, now=now) if play is not None else set()
    return play is not None and play.goal == campaign.goal and play.tier in tiers


def made_by(session: Session, *, plays: Sequence[Play]) -> list[Campaign]:
    """The campaigns that were made by any of these versions, the latest first."""
    statement = select(Campaign).where(col(Campaign.play_id).in_([one.id for one in plays]))
    return list(session.scalars(statement.order_by(col(Campaign.id).desc())))


def draft(
    session: Session, *, play: Play, name: str, by: Staff, currency: str, zone: tzinfo, now: datetime
) -> Campaign:
    """A draft of a campaign by this version of the play: for its tier, with its goal."""
    campaign = drafts.create(session, name=name, by=by, currency=currency, now=now)
    changes = {"goal": play.goal, "audience": f"rfm:{play.tier}", "play_id": play.id}
    drafts.change(session, campaign=campaign, changes=changes, by=by, now=now, zone=zone)
    return campaign
