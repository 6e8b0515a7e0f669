"""A shop with customers who want to hear of it, and campaigns for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.marketing import campaigns, drafts, feeding, freezing, opt_outs
from crm_store.marketing.drafts import NewArm
from crm_store.marketing.feeding import Fed
from crm_store.marketing.rendering import Message
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store import people

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""

ZONE = ZoneInfo("Asia/Shanghai")
RULES = Rules()
ANN = 7_000_000_000


def fan(session: Session, number: int = 0, **values: Any) -> Customer:
    """A customer who asked for news themself."""
    customer = people.customer(session, ANN + number)
    for name, value in values.items():
        setattr(customer, name, value)
    session.add(customer)
    session.flush()
    opt_outs.opt_in(session, customer=customer, now=NOW)
    return customer


def boss(session: Session, name: str = "Olga") -> Staff:
    return people.staff(session, name, Role.MANAGER)


def draft(session: Session, by: Staff | None = None, **changes: Any) -> Campaign:
    """A campaign to everybody, with one message and no hold-out."""
    author = by or boss(session)
    campaign = drafts.create(session, name="Spring", by=author, currency="CNY", now=NOW)
    drafts.change(
        session,
        campaign=campaign,
        changes={"holdout": 0, **changes},
        by=author,
        now=NOW,
        zone=ZONE,
    )
    drafts.put_arms(session, campaign=campaign, new=[NewArm("A", {"en": "Tea!"})], by=author, now=NOW)
    return campaign


def approved(session: Session, by: Staff | None = None, **changes: Any) -> Campaign:
    author = by or boss(session)
    campaign = draft(session, author, **changes)
    drafts.note_test(session, campaign=campaign, by=author, now=NOW)
    campaigns.submit(session, campaign=campaign, by=author, now=NOW)
    campaigns.approve(session, campaign=campaign, by=author, rules=RULES, zone=ZONE, now=NOW)
    return campaign


def freeze(session: Session, campaign: Campaign, *, rules: Rules = RULES, now: datetime = NOW) -> None:
    """As the job does, in one go."""
    _, chunks = freezing.plan(session, campaign=campaign, rules=rules, zone=ZONE, now=now)
    for chunk in chunks:
        assert freezing.write(session, campaign_id=campaign.id, members=chunk)
    session.refresh(campaign)
    campaigns.freeze(session, campaign=campaign, rules=rules, now=now)


def running(session: Session, by: Staff | None = None, *, now: datetime = NOW, **changes: Any) -> Campaign:
    campaign = approved(session, by, **changes)
    campaigns.start(session, campaign=campaign, by=campaigns.ACTOR, now=now)
    freeze(session, campaign, now=now)
    assert campaign.state == CampaignState.RUNNING
    return campaign


def render(session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer) -> Message:
    return Message("sendMessage", {"text": f"{arm.name}: {customer.id}"})


def feed(session: Session, campaign: Campaign, *, now: datetime = NOW, **given: Any) -> Fed:
    values: dict[str, Any] = {"render": render, "rules": RULES, "zone": ZONE, "room": 50} | given
    return feeding.feed(session, campaign=campaign, now=now, **values)


def outbox(session: Session) -> list[str]:
    """The campaign messages there are, by key."""
    keys = session.scalars(select(col(Outbox.key)).order_by(col(Outbox.id)))
    return [one for one in keys if one.startswith("campaign:")]


def deliver(
    session: Session, *, state: OutboxState = OutboxState.SENT, now: datetime = NOW, **values: Any
) -> None:
    """Stand in for the sender: what waits of campaigns came to this end."""
    for row in session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.PENDING)):
        row.state, row.claimed_at = state, now
        if state == OutboxState.SENT:
            row.sent_at, row.telegram_id = now, row.id
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()


def members(session: Session, campaign: Campaign) -> list[tuple[int, str, str | None]]:
    """Who, in what state, and why."""
    session.expire_all()
    rows = session.scalars(
        select(CampaignMember)
        .where(col(CampaignMember.campaign_id) == campaign.id)
        .order_by(col(CampaignMember.customer_id))
    )
    return [(one.customer_id, one.state.value, one.reason) for one in rows]


def states(session: Session, campaign: Campaign) -> Sequence[str]:
    return [state for _, state, _ in members(session, campaign)]
