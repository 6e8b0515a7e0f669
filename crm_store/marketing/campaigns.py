"""Campaigns: submitted, approved, started, paused, ended; every step with its guard and a row of the trail.

How one goes through its life (``states.TRANSITIONS``):

- ``drafts``: ``create`` one, ``change`` its fields and ``put_arms`` its messages; ``note_test`` when one was
  looked at.
- ``submit``; ``approve`` (by somebody else than its author where it reaches many) or ``reject``.
- ``start``, by a person or when ``send_at`` comes: the job "freeze" (``freezing``) writes the members down,
  then ``freeze`` opens the sending, unless they are more than it was approved for. ``feeding`` sends.
  ``pause`` and ``resume``; ``stopping`` pauses by itself.
- ``finish`` when everybody was dealt with: it measures until ``measured_until``; ``complete`` keeps the
  outcome.
- ``cancel`` at any time: who still waits is suppressed. What was sent until then is measured as well, and the
  outcome kept; it stays cancelled.

What others build on: the verbs below; ``gate.blocked(session, campaign=…) -> gate.Counted`` for an audience
by reason; ``members`` for how far a campaign is, and for those nobody can be sure of; and the contract of
rendering (``rendering.Render``), which the sending calls for each customer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from crm_store.mailbox import jobs
from crm_store.marketing import gate, holdout, members, steps, waiting
from crm_store.marketing.refusals import (
    IllegalCampaignStep,
    NeedsSecondPerson,
    NoMessage,
    NoSuchCampaign,
    NotTested,
)
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import BEFORE_SENDING, CampaignEvent, CampaignState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

ACTOR = "campaigns"
"""What the trail calls it when a campaign goes on by itself."""

FREEZE = "freeze"
"""The kind of job that writes members down; its arguments are ``{"campaign": id}``."""

NEEDS_APPROVAL = "needs_approval"
"""Why a campaign is paused that reaches more than it was approved for: before its first message."""

GROWN_SHARE, GROWN_PEOPLE = 0.1, 10
"""An audience has grown when it is larger by more than both: shops move while a campaign waits its turn."""

BAD_FILTER, BROKEN = "bad_filter", "broken"
"""Why one is paused of which nobody can be sent anything: what it leaves out cannot be read any more, or its
messages cannot be made."""


def get(session: Session, *, number: int) -> Campaign:
    """The campaign of this number. Raises NoSuchCampaign."""
    campaign = session.get(Campaign, number) if 0 < number <= LARGEST_ID else None
    if campaign is None:
        raise NoSuchCampaign(number=f"M{number}")
    return campaign


def listed(
    session: Session, *, limit: int, offset: int = 0, states: Sequence[CampaignState] = ()
) -> list[Campaign]:
    """Campaigns, the latest first; with ``states`` only those in one of them."""
    statement = select(Campaign).order_by(col(Campaign.id).desc()).limit(limit).offset(offset)
    return list(session.scalars(statement.where(col(Campaign.state).in_(states)) if states else statement))


def arms(session: Session, *, campaign: Campaign) -> list[CampaignArm]:
    """The versions of the message, in the order in which they were made."""
    rows = select(CampaignArm).where(col(CampaignArm.campaign_id) == campaign.id)
    return list(session.scalars(rows.order_by(col(CampaignArm.id))))


def submit(session: Session, *, campaign: Campaign, by: Staff, now: datetime) -> None:
    """Raises IllegalCampaignStep, NoMessage, NotTested."""
    steps.may(campaign, CampaignEvent.SUBMIT)
    if not arms(session, campaign=campaign):
        raise NoMessage(campaign=campaign)
    if campaign.tested_at is None:
        raise NotTested(campaign=campaign)
    steps.take(session, campaign, CampaignEvent.SUBMIT, by, now, submitted_by=by.id, submitted_at=now)


def approve(
    session: Session,
    *,
    campaign: Campaign,
    by: Staff,
    rules: Rules,
    zone: tzinfo,
    now: datetime,
    counted: gate.Counted | None = None,
) -> gate.Counted:
    """Let it be sent. Its author may do that only where it reaches few. Returns the count it was decided by:
    ``counted`` where somebody just did.

    Raises IllegalCampaignStep, NeedsSecondPerson.
    """
    steps.may(campaign, CampaignEvent.APPROVE)
    counted = counted or gate.blocked(
        session, campaign=campaign, rules=rules, zone=zone, currency=campaign.currency, now=now
    )
    _second_person(campaign, by, counted.sendable, rules)
    steps.take(
        session,
        campaign,
        CampaignEvent.APPROVE,
        by,
        now,
        approved_by=by.id,
        approved_at=now,
        approved_for=counted.sendable,
    )
    return counted


def has_grown(*, reach: int, since: int) -> bool:
    """Whether ``reach`` customers are more than were meant when there were ``since``."""
    return reach - since > max(GROWN_SHARE * since, GROWN_PEOPLE)


def outgrew(campaign: Campaign, *, reach: int, rules: Rules) -> bool:
    """Whether an approved campaign reaches too many for its approval: where a second person is needed, and
    its author approved it alone, or whoever did approved it for fewer."""
    if rules.approval_above is None or reach <= rules.approval_above:
        return False
    alone = campaign.approved_by in (campaign.created_by, campaign.submitted_by)
    return alone or has_grown(reach=reach, since=campaign.approved_for or 0)


def waits_again(campaign: Campaign) -> bool:
    """Whether it waits to be approved once more, its members written down and nobody sent anything."""
    return campaign.state == CampaignState.PAUSED and campaign.why_paused == NEEDS_APPROVAL


def reject(session: Session, *, campaign: Campaign, by: Staff, now: datetime, why: str = "") -> None:
    """Back to a draft; ``why`` is kept in the trail. Raises IllegalCampaignStep."""
    steps.take(
        session, campaign, CampaignEvent.REJECT, by, now, note=why, submitted_by=None, submitted_at=None
    )


def start(
    session: Session,
    *,
    campaign: Campaign,
    by: Actor,
    now: datetime,
    chat_id: int | None = None,
    progress_key: str | None = None,
) -> None:
    """Write its members down, then send. ``chat_id`` and ``progress_key``: where the job shows how far it is.
    Raises IllegalCampaignStep."""
    steps.take(
        session, campaign, CampaignEvent.START, by, now, started_at=now, frozen_upto=campaign.frozen_upto or 0
    )
    jobs.ask(
        session,
        kind=FREEZE,
        arguments={"campaign": campaign.id},
        asked_by=by if isinstance(by, Staff) else None,
        chat_id=chat_id,
        progress_key=progress_key,
        now=now,
    )


def due(session: Session, *, now: datetime) -> list[Campaign]:
    """Approved campaigns whose time has come; one without a time waits for a person."""
    statement = select(Campaign).where(
        col(Campaign.state) == CampaignState.SCHEDULED, col(Campaign.send_at) <= now
    )
    return list(session.scalars(statement.order_by(col(Campaign.id))))


def freeze(session: Session, *, campaign: Campaign, rules: Rules, now: datetime) -> None:
    """All members are written down: it sends from now on. One that ``outgrew`` its approval waits, paused
    before its first message, to be approved again. Raises IllegalCampaignStep."""
    steps.take(session, campaign, CampaignEvent.FREEZE, ACTOR, now, frozen_at=now)
    holdout.note(session, thousandths=rules.holdout, now=now)
    if outgrew(campaign, reach=members.progress(session, campaign=campaign).reach, rules=rules):
        pause(session, campaign=campaign, why=NEEDS_APPROVAL, by=ACTOR, now=now)


def fail(session: Session, *, campaign: Campaign, now: datetime) -> None:
    """Its members could not be written down: a person must look at it, and may start it again; what was
    written stays. Raises IllegalCampaignStep."""
    steps.take(session, campaign, CampaignEvent.FAIL, ACTOR, now, send_at=None)


def pause(session: Session, *, campaign: Campaign, why: str | None, by: Actor, now: datetime) -> int:
    """Nothing more leaves; what waits in the outbox is taken back. ``why``: a key of the labels
    [campaign_pauses], None when a person wants it so. Returns how many were taken back.

    Raises IllegalCampaignStep.
    """
    steps.take(session, campaign, CampaignEvent.PAUSE, by, now, why_paused=why)
    return waiting.take_back(session, whose=col(CampaignMember.campaign_id) == campaign.id)


def resume(session: Session, *, campaign: Campaign, by: Staff, rules: Rules, now: datetime) -> None:
    """Go on where it stood; who was sent it gets it no second time. A campaign that stopped by itself is
    judged by what comes from now on; to resume one that ``waits_again`` is to approve it. Raises
    IllegalCampaignStep, NeedsSecondPerson."""
    steps.may(campaign, CampaignEvent.RESUME)
    stands = members.progress(session, campaign=campaign)
    values: dict[str, Any] = {"why_paused": None, "judged_from": stands.judged()}
    if waits_again(campaign):
        _second_person(campaign, by, stands.reach, rules)
        values |= {"approved_by": by.id, "approved_at": now, "approved_for": stands.reach}
    steps.take(session, campaign, CampaignEvent.RESUME, by, now, **values)


def finish(session: Session, *, campaign: Campaign, now: datetime) -> None:
    """Everybody was dealt with: orders count for some days more. Raises IllegalCampaignStep."""
    until = now + timedelta(days=campaign.conversion_days)
    steps.take(session, campaign, CampaignEvent.FINISH, ACTOR, now, sent_all_at=now, measured_until=until)


def measured(session: Session, *, now: datetime) -> list[Campaign]:
    """Campaigns whose window is over and whose outcome is not kept yet."""
    statement = select(Campaign).where(
        col(Campaign.state).in_([CampaignState.MEASURING, CampaignState.CANCELLED]),
        col(Campaign.measured_until) <= now,
        col(Campaign.outcome).is_(None),
    )
    return list(session.scalars(statement.order_by(col(Campaign.id))))


def is_measured(campaign: Campaign, *, now: datetime) -> bool:
    """Whether its outcome is to be kept now: one of ``measured``."""
    over = campaign.measured_until is not None and campaign.measured_until <= now
    waits = campaign.state in (CampaignState.MEASURING, CampaignState.CANCELLED)
    return over and waits and campaign.outcome is None


def complete(session: Session, *, campaign: Campaign, outcome: dict[str, Any], now: datetime) -> None:
    """The window is over; ``outcome`` is what came of it, for good. One that was cancelled stays so. Raises
    IllegalCampaignStep."""
    if campaign.outcome is not None or not campaign.has_begun:
        raise IllegalCampaignStep(
            campaign=campaign, event=CampaignEvent.COMPLETE, allowed=steps.allowed(campaign)
        )
    steps.take(session, campaign, CampaignEvent.COMPLETE, ACTOR, now)
    campaign.outcome = outcome
    steps.save(session, campaign, now)


def cancel(session: Session, *, campaign: Campaign, by: Actor, now: datetime) -> int:
    """End it before its end. What waits is taken back at once, and soon nobody is planned any more
    (``feeding.sweep``); what was sent is measured for as long as was set before. Returns how many were taken
    back. Raises IllegalCampaignStep."""
    steps.take(session, campaign, CampaignEvent.CANCEL, by, now, why_paused=None)
    taken = waiting.take_back(session, whose=col(CampaignMember.campaign_id) == campaign.id)
    if campaign.measured_until is None and (last := _last_sent(session, campaign, now)) is not None:
        campaign.measured_until = last + timedelta(days=campaign.conversion_days)
        steps.save(session, campaign, now)
    return taken


def _last_sent(session: Session, campaign: Campaign, now: datetime) -> datetime | None:
    """When its last message left; ``now`` while one is leaving, None when none ever did."""
    of_it = col(CampaignMember.campaign_id) == campaign.id
    leaving = select(col(CampaignMember.customer_id)).where(of_it, waiting.is_queued()).limit(1)
    if session.scalar(leaving) is not None:
        return now
    return session.scalar(select(func.max(col(CampaignMember.sent_at))).where(of_it))


def begun(session: Session, *, limit: int) -> list[Campaign]:
    """Campaigns of which there is something to tell, the latest first."""
    empty = and_(col(Campaign.state) == CampaignState.CANCELLED, col(Campaign.measured_until).is_(None))
    statement = select(Campaign).where(
        col(Campaign.started_at).is_not(None), col(Campaign.state).not_in(BEFORE_SENDING), ~empty
    )
    return list(session.scalars(statement.order_by(col(Campaign.id).desc()).limit(limit)))


def _second_person(campaign: Campaign, by: Staff, sendable: int, rules: Rules) -> None:
    most = rules.approval_above
    if most is not None and sendable > most and by.id in (campaign.created_by, campaign.submitted_by):
        raise NeedsSecondPerson(campaign=campaign, sendable=sendable, above=most)
