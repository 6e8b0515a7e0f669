"""Members written down before the first message: who gets which version, who is held out, who gets nothing
and why. ``plan`` only reads, in a process of its own; ``write`` keeps what it says, chunk by chunk."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import select, text, update
from sqlmodel import Session, col

from crm_store import bulk
from crm_store.analysis.tables import CustomerScore
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.customers.zones import zone_of
from crm_store.engine import is_sqlite
from crm_store.marketing import campaigns, gate, quiet
from crm_store.marketing.arms import arm_of, hold_out
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignMember

CHUNK = 500
"""Members in one commit: it takes about ten milliseconds, and whoever writes goes first."""

_MEMBERS = CampaignMember.__table__  # type: ignore[attr-defined]  # a table model has it
_CAMPAIGNS = Campaign.__table__  # type: ignore[attr-defined]
_COLUMNS = ("campaign_id", "customer_id", "arm_id", "state", "reason", "not_before")


class Planned(NamedTuple):
    """One member as plain values."""

    customer_id: int
    arm_id: int | None
    state: str
    reason: str | None
    not_before: str | None

    @property
    def sealed(self) -> str:
        """What of a member does not change any more: who, and what they were assigned to."""
        assigned = self.state if self.arm_id is None else self.arm_id
        return f"{self.customer_id}:{assigned}"


def plan(
    session: Session, *, campaign: Campaign, rules: Rules, zone: tzinfo, now: datetime
) -> tuple[int, Iterator[list[Planned]]]:
    """How many customers the campaign is for, and all of them from where it was left (``frozen_upto``), by
    their numbers, in chunks. The same store gives the same members, wherever an earlier try ended.

    Raises BadFilter, BadFilterValue.
    """
    conditions, why = gate.asked(
        session, campaign=campaign, rules=rules, zone=zone, currency=campaign.currency, now=now
    )
    rows = session.execute(
        select(col(Customer.id), why, col(CustomerScore.rfm))
        .join(CustomerScore, col(CustomerScore.customer_id) == col(Customer.id), isouter=True)
        .where(*conditions)
        .order_by(col(Customer.id))
    )
    blocked: dict[int, str | None] = {}
    strata: defaultdict[str | None, list[int]] = defaultdict(list)
    for id, reason, tier in rows:
        blocked[id] = reason
        if reason is None:
            strata[tier].append(id)
    held = hold_out(campaign.salt, strata, thousandths=campaign.holdout)
    return len(blocked), _chunks(session, campaign, blocked, held, rules, zone, now)


def _chunks(
    session: Session,
    campaign: Campaign,
    blocked: dict[int, str | None],
    held: set[int],
    rules: Rules,
    zone: tzinfo,
    now: datetime,
) -> Iterator[list[Planned]]:
    arms = campaigns.arms(session, campaign=campaign)
    hours = quiet.hours(campaign, rules)
    ids = [id for id in blocked if id > (campaign.frozen_upto or 0)]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        zones = zones_of(session, customer_ids=chunk, desk=zone)
        found = []
        for id in chunk:
            reason = blocked[id]
            if reason is not None:
                found.append(Planned(id, None, MemberState.SUPPRESSED, reason, None))
            elif id in held:
                found.append(Planned(id, None, MemberState.HOLDOUT, None, None))
            else:
                turn = quiet.ends(now, quiet=hours, zone=zones[id]) or now
                arm = arm_of(campaign.salt, id, arms)
                found.append(Planned(id, arm.id, MemberState.PLANNED, None, turn.isoformat()))
        yield found


def zones_of(session: Session, *, customer_ids: Sequence[int], desk: tzinfo) -> dict[int, tzinfo]:
    """The zones of these customers, all in two queries."""
    phones: dict[int, str] = {
        id: value
        for id, value in session.execute(
            select(col(ContactMethod.customer_id), col(ContactMethod.value))
            .where(
                col(ContactMethod.customer_id).in_(customer_ids),
                col(ContactMethod.kind) == ContactKind.PHONE,
                col(ContactMethod.invalid).is_(False),
            )
            .order_by(col(ContactMethod.primary), col(ContactMethod.id))
        )
    }
    people = session.execute(
        select(col(Customer.id), col(Customer.province), col(Customer.city)).where(
            col(Customer.id).in_(customer_ids)
        )
    )
    return {
        id: zone_of(province=province, city=city, phone=phones.get(id), desk=desk)
        for id, province, city in people
    }


def write(session: Session, *, campaign_id: int, members: Sequence[Planned]) -> bool:
    """Keep a chunk; what was kept before is passed over. False when the campaign is not being frozen any
    more: somebody cancelled it."""
    row = session.execute(
        select(_CAMPAIGNS.c.state, _CAMPAIGNS.c.frozen_upto, _CAMPAIGNS.c.members_hash).where(
            _CAMPAIGNS.c.id == campaign_id
        )
    ).one()
    upto = row.frozen_upto or 0
    fresh = [one for one in members if one.customer_id > upto]
    if row.state != CampaignState.FREEZING:
        return False
    if not fresh:
        return True
    kept = session.execute(
        update(_CAMPAIGNS)
        .where(
            _CAMPAIGNS.c.id == campaign_id,
            _CAMPAIGNS.c.state == CampaignState.FREEZING,
            _CAMPAIGNS.c.frozen_upto == row.frozen_upto,
        )
        .values(frozen_upto=fresh[-1].customer_id, members_hash=_sealed(row.members_hash, fresh))
    )
    if not kept.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
        return False
    bulk.insert(session, _MEMBERS, _COLUMNS, [_row(campaign_id, one) for one in fresh])
    return True


def count_anew(session: Session) -> None:
    """Tell PostgreSQL how many there are now: what was planned for an empty table sorts all members each
    time."""
    if not is_sqlite(session):
        session.execute(text("ANALYZE campaign_member"))


def seal(session: Session, *, campaign_id: int) -> str:
    """The hash over members, arms and hold-out as they stand now: ``members_hash``, as long as nobody was
    merged since."""
    rows = session.execute(
        select(_MEMBERS.c.customer_id, _MEMBERS.c.arm_id, _MEMBERS.c.state)
        .where(_MEMBERS.c.campaign_id == campaign_id)
        .order_by(_MEMBERS.c.customer_id)
    )
    return _sealed(None, [Planned(id, arm, state, None, None) for id, arm, state in rows])


def _sealed(before: str | None, members: Sequence[Planned]) -> str:
    """Member by member, each over what came before: however they were cut into chunks."""
    digest = before or ""
    for one in members:
        digest = hashlib.sha256(f"{digest}\n{one.sealed}".encode()).hexdigest()
    return digest


def _row(campaign_id: int, one: Planned) -> tuple[Any, ...]:
    turn = datetime.fromisoformat(one.not_before) if one.not_before is not None else None
    return campaign_id, one.customer_id, one.arm_id, MemberState(one.state), one.reason, turn
