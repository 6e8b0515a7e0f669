"""Campaigns that were sent, and what their people bought afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.marketing import campaigns, feeding, outcome
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine
from tests.crm_store.marketing import crowd, people
from tests.crm_store.marketing.people import NOW

AFTER = NOW + timedelta(days=15)
"""The window is over: 14 days after the last message."""


def sent(session: Session, *, count: int, holdout: int, **changes: Any) -> Campaign:
    """Frozen, everybody's message sent, measuring."""
    crowd.gather(session, count=count, now=NOW)
    campaign = crowd.campaign_at(session, send_at=NOW, holdout=holdout, now=NOW)
    for name, value in changes.items():
        setattr(campaign, name, value)
    session.add(campaign)
    session.flush()
    return send(session, campaign)


def send(session: Session, campaign: Campaign) -> Campaign:
    campaigns.start(session, campaign=campaign, by=campaigns.ACTOR, now=NOW)
    people.freeze(session, campaign)
    session.execute(
        update(CampaignMember)
        .where(
            col(CampaignMember.campaign_id) == campaign.id,
            col(CampaignMember.state) == MemberState.PLANNED,
        )
        .values(state=MemberState.SENT, sent_at=NOW)
    )
    session.expire_all()
    assert feeding.go_on(session, campaign=campaign, now=NOW) == "finished"
    return campaign


def written(
    session: Session, ids: Sequence[int], *, held_out: Sequence[int] = (), at: datetime = NOW, **values: Any
) -> Campaign:
    """A campaign as its rows say it went: one version, sent to all of ``ids`` at once."""
    campaign = Campaign(
        name="Autumn", salt="", currency="CNY", holdout=1000 * len(held_out) // (len(ids) + len(held_out)),
        created_at=at, updated_at=at, started_at=at, sent_all_at=at, measured_until=at + timedelta(days=14),
        state=CampaignState.MEASURING, **values,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    arm = CampaignArm(campaign_id=campaign.id, name="A", body={"en": "Tea"})
    session.add(arm)
    session.flush()
    given = {"campaign_id": campaign.id}
    session.add_all(
        CampaignMember(**given, customer_id=id, arm_id=arm.id, state=MemberState.SENT, sent_at=at)
        for id in ids
    )
    session.add_all(CampaignMember(**given, customer_id=id, state=MemberState.HOLDOUT) for id in held_out)
    session.flush()
    return campaign


def assigned(session: Session, campaign: Campaign, arm: str | None = "A") -> list[int]:
    """The customers of an arm; None: the hold-out."""
    ids = {one.name: one.id for one in campaigns.arms(session, campaign=campaign)}
    of_it = (
        col(CampaignMember.state) == MemberState.HOLDOUT
        if arm is None
        else col(CampaignMember.arm_id) == ids[arm]
    )
    statement = select(col(CampaignMember.customer_id)).where(
        col(CampaignMember.campaign_id) == campaign.id, of_it
    )
    return list(session.scalars(statement.order_by(col(CampaignMember.customer_id))))


def buy(
    session: Session,
    ids: Sequence[int],
    *,
    total: int = 10_000,
    refunded: int = 0,
    discount: int = 0,
    line_discount: int = 0,
    cost: int | None = None,
    currency: str = "CNY",
    state: OrderState = OrderState.COMPLETED,
    at: datetime = NOW + timedelta(days=1),
) -> list[Order]:
    """One order each; ``total`` is what is left after both discounts."""
    orders = [
        Order(
            customer_id=id, state=state, currency=currency, total=total, paid=total, refunded=refunded,
            discount=discount, placed_at=at, confirmed_at=at, updated_at=at,
        )
        for id in ids
    ]  # fmt: skip
    session.add_all(orders)
    session.flush()
    session.add_all(
        OrderLine(
            order_id=one.id, name="Tea", price=total + discount + line_discount, quantity=1000,
            discount=line_discount, total=total + discount, cost=cost,
        )
        for one in orders
    )  # fmt: skip
    session.flush()
    return orders


def measured(session: Session, campaign: Campaign, *, now: datetime = AFTER, tracked: bool = True) -> Any:
    session.flush()
    session.expire_all()
    return outcome.outcome(session, campaign=campaign, tracked=tracked, now=now)


def customer(session: Session, id: int) -> Customer:
    return session.get_one(Customer, id)
