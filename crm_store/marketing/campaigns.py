"""Campaigns: made, tested, approved, started, paused, ended; every step with its guard and a row of the
trail.

How one goes through its life (``states.TRANSITIONS``):

- ``create`` a draft, ``change`` its fields and ``put_arms`` its messages; ``note_test`` when one was looked
  at.
- ``submit``; ``approve`` (by somebody else than its author where it reaches many) or ``reject``.
- ``start``, by a person or when ``send_at`` comes: the job "freeze" (``freezing``) writes the members down,
  then ``freeze`` opens the sending, unless they are more than it was approved for. ``feeding`` sends.
  ``pause`` and ``resume``; ``stopping`` pauses by itself.
- ``finish`` when everybody was dealt with: it measures until ``measured_until``; ``complete`` keeps the
  outcome.
- ``cancel`` at any time: who still waits is suppressed. What was sent until then is measured as well, and the
  outcome kept; it stays cancelled.

What others build on: the verbs below; ``gate.blocked(session, campaign=…) -> gate.Counted`` for an audience
by reason; ``progress`` for the counts of a campaign's members; ``unknown`` for those nobody can be sure of;
and the contract of rendering (``rendering.Render``), which the sending calls for each customer.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlmodel import Session, col

from crm_store.customers import filters
from crm_store.mailbox import jobs
from crm_store.marketing import gate, holdout, waiting
from crm_store.marketing.refusals import (
    BadCampaignValue,
    IllegalCampaignStep,
    NeedsSecondPerson,
    NoMessage,
    NoSuchCampaign,
    NotTested,
)
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import (
    BEFORE_SENDING,
    BY_ITSELF,
    TRANSITIONS,
    CampaignEvent,
    CampaignState,
    MemberState,
)
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember, Goal, TrackedLink
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

ENTITY = "campaign"
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

MOST_HELD_OUT = 900
MOST_DAYS = 365
LONGEST_NAME = 64


@dataclass(frozen=True)
class NewArm:
    """One version of the message, as ``CampaignArm`` keeps it."""

    name: str
    body: Mapping[str, str]
    weight: int = 1
    picture: str | None = None
    buttons: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Progress:
    """A campaign's members by state, and the suppressed and failed ones by reason (what stands before the
    colon of ``CampaignMember.reason``). The states add up to all members."""

    states: dict[MemberState, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    opted_out: int = 0

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def reach(self) -> int:
        """Before the first message: whom the gate let through, those who are held out among them."""
        return self.of(MemberState.PLANNED, MemberState.HOLDOUT)

    def of(self, *states: MemberState) -> int:
        return sum(self.states.get(one, 0) for one in states)

    def judged(self) -> dict[str, int]:
        """What the stop rules look at: how many messages were tried, failed, and made somebody opt out."""
        tried = self.of(MemberState.SENT, MemberState.FAILED, MemberState.UNKNOWN)
        return {"tried": tried, "failures": self.of(MemberState.FAILED), "opt_outs": self.opted_out}


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
    _record(session, campaign, "created", by, now, after={"name": campaign.name})
    return campaign


def copy(session: Session, *, campaign: Campaign, by: Staff, now: datetime) -> Campaign:
    """A new draft that says the same, to be tested and approved anew; only its time is not taken over."""
    made = create(session, name=campaign.name, by=by, currency=campaign.currency, now=now)
    same = {key: getattr(campaign, key) for key in _COPIED}
    for key, value in same.items():
        setattr(made, key, value)
    _save(session, made, now)
    _record(session, made, "copied", by, now, after={"of": campaign.number, **_plain(same)})
    versions = [
        NewArm(one.name, one.body, one.weight, one.picture, one.buttons)
        for one in arms(session, campaign=campaign)
    ]
    if versions:
        put_arms(session, campaign=made, new=versions, by=by, now=now)
    return made


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
    _may(campaign, CampaignEvent.AMEND)
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
    _save(session, campaign, now)
    after = {key: checked[key] for key in before}
    _record(session, campaign, "changed", by, now, before=_plain(before), after=_plain(after))


def put_arms(
    session: Session, *, campaign: Campaign, new: Sequence[NewArm], by: Actor, now: datetime
) -> list[CampaignArm]:
    """Make these the versions of a draft's message, each found again by its name; it wants a new test.

    Raises IllegalCampaignStep, BadCampaignValue.
    """
    _may(campaign, CampaignEvent.AMEND)
    names = [one.name for one in new]
    if not new or len(set(names)) < len(names) or not all(one.weight > 0 and one.body for one in new):
        raise BadCampaignValue(field="arms", value=", ".join(names))
    present = {one.name: one for one in arms(session, campaign=campaign)}
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
    _save(session, campaign, now)
    _record(session, campaign, "arms", by, now, before={"arms": sorted(present)}, after={"arms": names})
    return kept


def note_test(session: Session, *, campaign: Campaign, by: Actor, now: datetime) -> None:
    """Somebody was sent every version of the message to look at."""
    campaign.tested_at = now
    _save(session, campaign, now)
    _record(session, campaign, "tested", by, now)


def submit(session: Session, *, campaign: Campaign, by: Staff, now: datetime) -> None:
    """Raises IllegalCampaignStep, NoMessage, NotTested."""
    _may(campaign, CampaignEvent.SUBMIT)
    if not arms(session, campaign=campaign):
        raise NoMessage(campaign=campaign)
    if campaign.tested_at is None:
        raise NotTested(campaign=campaign)
    _step(session, campaign, CampaignEvent.SUBMIT, by, now, submitted_by=by.id, submitted_at=now)


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
    _may(campaign, CampaignEvent.APPROVE)
    counted = counted or gate.blocked(
        session, campaign=campaign, rules=rules, zone=zone, currency=campaign.currency, now=now
    )
    _second_person(campaign, by, counted.sendable, rules)
    _step(
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
    _step(session, campaign, CampaignEvent.REJECT, by, now, note=why, submitted_by=None, submitted_at=None)


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
    _step(
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
    _step(session, campaign, CampaignEvent.FREEZE, ACTOR, now, frozen_at=now)
    holdout.note(session, thousandths=rules.holdout, now=now)
    if outgrew(campaign, reach=progress(session, campaign=campaign).reach, rules=rules):
        pause(session, campaign=campaign, why=NEEDS_APPROVAL, by=ACTOR, now=now)


def fail(session: Session, *, campaign: Campaign, now: datetime) -> None:
    """Its members could not be written down: a person must look at it, and may start it again; what was
    written stays. Raises IllegalCampaignStep."""
    _step(session, campaign, CampaignEvent.FAIL, ACTOR, now, send_at=None)


def pause(session: Session, *, campaign: Campaign, why: str | None, by: Actor, now: datetime) -> int:
    """Nothing more leaves; what waits in the outbox is taken back. ``why``: a key of the labels
    [campaign_pauses], None when a person wants it so. Returns how many were taken back.

    Raises IllegalCampaignStep.
    """
    _step(session, campaign, CampaignEvent.PAUSE, by, now, why_paused=why)
    return waiting.take_back(session, whose=col(CampaignMember.campaign_id) == campaign.id)


def resume(session: Session, *, campaign: Campaign, by: Staff, rules: Rules, now: datetime) -> None:
    """Go on where it stood; who was sent it gets it no second time. A campaign that stopped by itself is
    judged by what comes from now on; to resume one that ``waits_again`` is to approve it. Raises
    IllegalCampaignStep, NeedsSecondPerson."""
    _may(campaign, CampaignEvent.RESUME)
    stands = progress(session, campaign=campaign)
    values: dict[str, Any] = {"why_paused": None, "judged_from": stands.judged()}
    if waits_again(campaign):
        _second_person(campaign, by, stands.reach, rules)
        values |= {"approved_by": by.id, "approved_at": now, "approved_for": stands.reach}
    _step(session, campaign, CampaignEvent.RESUME, by, now, **values)


def finish(session: Session, *, campaign: Campaign, now: datetime) -> None:
    """Everybody was dealt with: orders count for some days more. Raises IllegalCampaignStep."""
    until = now + timedelta(days=campaign.conversion_days)
    _step(session, campaign, CampaignEvent.FINISH, ACTOR, now, sent_all_at=now, measured_until=until)


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
        raise IllegalCampaignStep(campaign=campaign, event=CampaignEvent.COMPLETE, allowed=allowed(campaign))
    _step(session, campaign, CampaignEvent.COMPLETE, ACTOR, now)
    campaign.outcome = outcome
    _save(session, campaign, now)


def cancel(session: Session, *, campaign: Campaign, by: Actor, now: datetime) -> int:
    """End it before its end. What waits is taken back at once, and soon nobody is planned any more
    (``feeding.sweep``); what was sent is measured for as long as was set before. Returns how many were taken
    back. Raises IllegalCampaignStep."""
    _step(session, campaign, CampaignEvent.CANCEL, by, now, why_paused=None)
    taken = waiting.take_back(session, whose=col(CampaignMember.campaign_id) == campaign.id)
    if campaign.measured_until is None and (last := _last_sent(session, campaign, now)) is not None:
        campaign.measured_until = last + timedelta(days=campaign.conversion_days)
        _save(session, campaign, now)
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


def allowed(campaign: Campaign) -> list[CampaignEvent]:
    """What a person may do with it now."""
    return [
        event for event, moves in TRANSITIONS.items() if campaign.state in moves and event not in BY_ITSELF
    ]


def progress(session: Session, *, campaign: Campaign) -> Progress:
    """How far it is: counted by indexes, however many members there are."""
    of_it = col(CampaignMember.campaign_id) == campaign.id
    states = select(col(CampaignMember.state), func.count()).where(of_it).group_by(col(CampaignMember.state))
    told = col(CampaignMember.state).in_([MemberState.SUPPRESSED, MemberState.FAILED])
    reasons = (
        select(col(CampaignMember.reason), func.count())
        .where(of_it, told)
        .group_by(col(CampaignMember.reason))
    )
    summed: dict[str, int] = {}
    for reason, count in session.execute(reasons):
        word = (reason or "").partition(":")[0]
        summed[word] = summed.get(word, 0) + count
    return Progress(
        states={state: count for state, count in session.execute(states)},
        reasons=summed,
        opted_out=opted_out(session, campaign=campaign),
    )


def opted_out(session: Session, *, campaign: Campaign) -> int:
    """How many wanted no more after this campaign's message."""
    statement = (
        select(func.count())
        .select_from(CampaignMember)
        .where(col(CampaignMember.campaign_id) == campaign.id, col(CampaignMember.opted_out_at).is_not(None))
    )
    return session.scalar(statement) or 0


def unknown(session: Session, *, campaign: Campaign, limit: int, after: int = 0) -> list[CampaignMember]:
    """Members whose message may have arrived or not, by customer, behind the customer ``after``. They are
    never sent it again: a person may look who they are."""
    statement = (
        select(CampaignMember)
        .where(
            col(CampaignMember.campaign_id) == campaign.id,
            col(CampaignMember.state) == MemberState.UNKNOWN,
            col(CampaignMember.customer_id) > after,
        )
        .order_by(col(CampaignMember.customer_id))
        .limit(limit)
    )
    return list(session.scalars(statement))


def _second_person(campaign: Campaign, by: Staff, sendable: int, rules: Rules) -> None:
    most = rules.approval_above
    if most is not None and sendable > most and by.id in (campaign.created_by, campaign.submitted_by):
        raise NeedsSecondPerson(campaign=campaign, sendable=sendable, above=most)


def _may(campaign: Campaign, event: CampaignEvent) -> CampaignState:
    """The state it would have then. Raises IllegalCampaignStep."""
    to = TRANSITIONS[event].get(campaign.state)
    if to is None:
        raise IllegalCampaignStep(campaign=campaign, event=event, allowed=allowed(campaign))
    return to


def _step(
    session: Session,
    campaign: Campaign,
    event: CampaignEvent,
    by: Actor,
    now: datetime,
    *,
    note: str = "",
    **values: Any,
) -> None:
    values = {"state": _may(campaign, event), **values}
    before = {key: getattr(campaign, key) for key, value in values.items() if getattr(campaign, key) != value}
    after = {key: values[key] for key in before}
    for key, value in values.items():
        setattr(campaign, key, value)
    _save(session, campaign, now)
    said = {"note": note} if note else {}
    _record(session, campaign, event, by, now, before=_plain(before), after=_plain(after) | said)


def _save(session: Session, campaign: Campaign, now: datetime) -> None:
    campaign.updated_at = now
    session.add(campaign)
    session.flush()


def _record(
    session: Session,
    campaign: Campaign,
    action: str,
    by: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
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


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the trail keeps it."""
    return {key: one.isoformat() if isinstance(one, datetime) else one for key, one in values.items()}


def _name(text: Any) -> str:
    name = " ".join(str(text or "").split())
    if not any(one.isprintable() for one in name) or len(name) > LONGEST_NAME:
        raise BadCampaignValue(field="name", value=name)
    return name


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
