"""A running campaign, fed into the outbox a little at a time: the outbox holds no more of it than leaves in a
few seconds, so that a pause, an opt-out or a new consent counts at once.

Nobody gets it twice: a member is queued once (their row says so), and the outbox takes a key once. What
became of a message is read from the outbox afterwards: a crash in between loses nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, literal_column, or_, select, true, update
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.mailbox.outbox import BULK, is_pending
from crm_store.mailbox.tables import OnAmbiguous, Outbox, OutboxState
from crm_store.marketing import audience, campaigns, gate, quiet, stopping, waiting
from crm_store.marketing.freezing import zones_of
from crm_store.marketing.rendering import Missing, Render
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import Blocked, CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember

BATCH = 50
"""Members looked at in one unit of work: about twenty milliseconds."""

STALE = timedelta(hours=1)
"""A message that waited so long in the outbox is taken out, and its turn comes again: whether it may be sent
is asked anew."""

ENDED = (OutboxState.PENDING, OutboxState.SENDING)
_OUTBOX = Outbox.__table__  # type: ignore[attr-defined]  # a table model has it


@dataclass(frozen=True)
class Fed:
    """What one unit of work did with members whose turn it was. ``next_at``: when the next turn comes, where
    nobody's is now."""

    queued: int = 0
    held: int = 0
    next_at: datetime | None = None

    @property
    def looked_at(self) -> int:
        return self.queued + self.held


def running(session: Session) -> list[Campaign]:
    statement = select(Campaign).where(col(Campaign.state) == CampaignState.RUNNING)
    return list(session.scalars(statement.order_by(col(Campaign.id))))


def count_queued(session: Session) -> int:
    """How many messages of campaigns are in the outbox, over all of them."""
    statement = select(func.count()).select_from(CampaignMember).where(waiting.is_queued())
    return session.scalar(statement) or 0


def feed(
    session: Session,
    *,
    campaign: Campaign,
    render: Render,
    rules: Rules,
    zone: tzinfo,
    room: int,
    now: datetime,
) -> Fed:
    """Queue the messages of at most ``room`` members whose turn it is, each through the gate as it is now.
    Who may not be sent it is suppressed for good, who sleeps is put off until morning. Nothing of a campaign
    that does not run."""
    if not _runs(session, campaign):
        return Fed()
    turns = _due(session, campaign, limit=min(room, BATCH), now=now)
    if not turns:
        return Fed(next_at=_next_turn(session, campaign))
    people = _held(session, [one.customer_id for one in turns])
    members = [one for one in turns if one.customer_id in people]
    ids = list(people)
    left_out = audience.excluded(session, campaign=campaign, zone=zone, currency=campaign.currency, now=now)
    blocked = gate.reasons(
        session, customer_ids=ids, rules=rules, now=now, campaign_id=campaign.id, excluded=left_out
    )
    arms = {one.id: one for one in campaigns.arms(session, campaign=campaign)}
    zones = zones_of(session, customer_ids=ids, desk=zone)
    queued = _known(session, campaign, ids)
    hours = quiet.hours(campaign, rules)
    rows = []
    for member in members:
        id = member.customer_id
        if id in queued:  # by a row that was put back from a copy, say: the outbox knows better
            continue
        if (why := blocked.get(id)) is not None:
            _suppress(member, why)
        elif (until := quiet.ends(now, quiet=hours, zone=zones[id])) is not None:
            member.not_before = until
        elif (row := _message(session, campaign, arms, member, people[id], render)) is not None:
            night = quiet.begins(now, quiet=hours, zone=zones[id])
            row["expires_at"] = min(now + STALE, night) if night is not None else now + STALE
            rows.append(row | {"created_at": now})
    queued |= _queue(session, rows)
    for member in members:
        if member.customer_id in queued:
            member.state, member.outbox_id = MemberState.QUEUED, queued[member.customer_id]
        session.add(member)
    session.flush()
    return Fed(queued=len(rows), held=len(members) - len(rows))


def settle_of(session: Session, *, customer_id: int, now: datetime) -> int:
    """What a customer has got by now: they may answer faster than anybody looked."""
    arrived = col(Outbox.state).in_([OutboxState.SENT, OutboxState.UNKNOWN])
    return settle(session, now=now, whose=and_(col(CampaignMember.customer_id) == customer_id, arrived))


def settle(session: Session, *, now: datetime, whose: ColumnElement[bool] | None = None) -> int:
    """Members whose message the outbox is done with: sent, failed, or nobody knows. One that expired before
    it left is planned again. Returns how many."""
    rows = session.execute(
        select(CampaignMember, Outbox)
        .join(Outbox, col(Outbox.id) == col(CampaignMember.outbox_id))
        .where(waiting.is_queued(), col(Outbox.state).not_in(ENDED), true() if whose is None else whose)
        .limit(20 * BATCH)
    ).all()
    for member, row in rows:
        reason = (row.error or "").partition(":")[0] or None
        if row.state == OutboxState.SENT:
            member.state, member.sent_at = MemberState.SENT, row.sent_at or now
        elif row.state == OutboxState.UNKNOWN:
            member.state, member.sent_at = MemberState.UNKNOWN, row.claimed_at or now
        elif reason == "expired":
            member.state, member.outbox_id = MemberState.PLANNED, None
            session.delete(row)
        elif row.state == OutboxState.CANCELLED:  # the chat was lost while it waited
            _suppress(member, Blocked.UNREACHABLE)
        else:
            member.state, member.reason = MemberState.FAILED, reason
        session.add(member)
    session.flush()
    return len(rows)


def recall(session: Session, *, rules: Rules, now: datetime) -> int:
    """Take back what the sender had and gave back unsent (Telegram was away, or wanted a rest), where it may
    not be sent any more: its campaign does not run, or its customer said no meanwhile. Returns how many."""
    runs = select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.RUNNING)
    put_off = (
        select(CampaignMember)
        .join(Outbox, col(Outbox.id) == col(CampaignMember.outbox_id))
        .where(waiting.is_queued(), is_pending(), col(Outbox.error).is_not(None))
    )
    by_campaign: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    for one in session.scalars(put_off):
        by_campaign[one.campaign_id][one.customer_id] = one.outbox_id
    refused = [
        rows[id]
        for campaign_id, rows in by_campaign.items()
        for id in gate.reasons(session, customer_ids=rows, rules=rules, now=now, campaign_id=campaign_id)
    ]
    stopped = col(CampaignMember.campaign_id).not_in(runs)
    return waiting.take_back(session, whose=or_(stopped, col(CampaignMember.outbox_id).in_(refused)))


def sweep(session: Session, *, limit: int) -> int:
    """Members of cancelled campaigns who still wait get nothing. Returns how many."""
    cancelled = select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.CANCELLED)
    planned = col(CampaignMember.state) == literal_column("'planned'")
    ids = session.execute(
        select(col(CampaignMember.campaign_id), col(CampaignMember.customer_id))
        .where(planned, col(CampaignMember.campaign_id).in_(cancelled))
        .limit(limit)
    ).all()
    for campaign_id in {one for one, _ in ids}:
        session.execute(
            update(CampaignMember)
            .where(
                col(CampaignMember.campaign_id) == campaign_id,
                col(CampaignMember.customer_id).in_([id for one, id in ids if one == campaign_id]),
            )
            .values(state=MemberState.SUPPRESSED, reason=Blocked.CANCELLED.value)
            .execution_options(synchronize_session=False)
        )
    return len(ids)


def go_on(session: Session, *, campaign: Campaign, now: datetime) -> str | None:
    """Pause a running campaign whose rules say so, end one of which nobody waits any more. Returns what was
    done: why it paused, "finished", or None."""
    if (why := stopping.why_stop(session, campaign=campaign)) is not None:
        campaigns.pause(session, campaign=campaign, why=why, by=campaigns.ACTOR, now=now)
        return why
    waits = col(CampaignMember.state).in_([MemberState.PLANNED, MemberState.QUEUED])
    left = select(col(CampaignMember.customer_id)).where(
        col(CampaignMember.campaign_id) == campaign.id, waits
    )
    if session.scalar(left.limit(1)) is not None:
        return None
    campaigns.finish(session, campaign=campaign, now=now)
    return "finished"


def _runs(session: Session, campaign: Campaign) -> bool:
    """A pause waits until what is being queued is there, and can take it back."""
    state = select(col(Campaign.state)).where(col(Campaign.id) == campaign.id).with_for_update(read=True)
    return session.scalar(state) == CampaignState.RUNNING


def _held(session: Session, ids: Sequence[int]) -> dict[int, Customer]:
    """The customers, held until the commit: who opts out meanwhile does so before the gate is asked, or after
    their message is there to be taken back. One whom somebody else holds has their turn a little later."""
    statement = (
        select(Customer)
        .where(col(Customer.id).in_(ids))
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in session.scalars(statement)}


def _due(session: Session, campaign: Campaign, *, limit: int, now: datetime) -> Sequence[CampaignMember]:
    statement = (
        select(CampaignMember)
        .where(*_planned(campaign), col(CampaignMember.not_before) <= now)
        .order_by(col(CampaignMember.not_before), col(CampaignMember.customer_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).all()


def _next_turn(session: Session, campaign: Campaign) -> datetime | None:
    return session.scalar(select(func.min(col(CampaignMember.not_before))).where(*_planned(campaign)))


def _planned(campaign: Campaign) -> tuple[Any, Any]:
    """Written out, not bound: only so is the index over who waits used."""
    state = col(CampaignMember.state) == literal_column("'planned'")
    return state, col(CampaignMember.campaign_id) == campaign.id


def _known(session: Session, campaign: Campaign, ids: Sequence[int]) -> dict[int, int]:
    """Customers of whom the outbox has this campaign's message already, and its row."""
    keys = {waiting.key_of(campaign.id, id): id for id in ids}
    rows = session.execute(select(_OUTBOX.c.key, _OUTBOX.c.id).where(_OUTBOX.c.key.in_(list(keys))))
    return {keys[key]: row for key, row in rows}


def _message(
    session: Session,
    campaign: Campaign,
    arms: dict[int, CampaignArm],
    member: CampaignMember,
    customer: Customer,
    render: Render,
) -> dict[str, Any] | None:
    """The row for the outbox; None for one who lacks what the message says, and is suppressed."""
    assert member.arm_id is not None
    assert customer.chat_id is not None
    made = render(session, campaign, arms[member.arm_id], customer)
    if isinstance(made, Missing):
        _suppress(member, Blocked.MISSING, of=made.variable)
        return None
    return {
        "key": waiting.key_of(campaign.id, customer.id),
        "chat_id": customer.chat_id,
        "method": made.method,
        "params": made.params,
        "priority": BULK,
        "on_ambiguous": OnAmbiguous.HOLD,
        "state": OutboxState.PENDING,
        "attempts": 0,
    }


def _suppress(member: CampaignMember, why: Blocked, *, of: str | None = None) -> None:
    member.state, member.outbox_id = MemberState.SUPPRESSED, None
    member.reason = why.value if of is None else f"{why.value}:{of}"


def _queue(session: Session, rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Put them into the outbox; customers, and their rows."""
    if not rows:
        return {}
    session.flush()
    session.connection().execute(insert(_OUTBOX), list(rows))
    keys = [row["key"] for row in rows]
    found = session.execute(select(_OUTBOX.c.key, _OUTBOX.c.id).where(_OUTBOX.c.key.in_(keys)))
    return {int(key.rpartition(":")[2]): id for key, id in found}
