"""What became of each member of a campaign, one row each: for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window, within
from crm_store.customers.tables import Customer
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order

AT_ONCE = 1000


@dataclass(frozen=True)
class MemberFate:
    """``arm`` is None in the hold-out, and for one who was never assigned. ``net`` is what they bought in the
    window less refunds, in minor units of the campaign's currency; of two merged records the surviving one
    has the orders."""

    customer: int
    name: str
    arm: str | None
    state: MemberState
    reason: str | None
    sent_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None
    opted_out_at: datetime | None
    orders: int
    net: int


def every(session: Session, *, campaign: Campaign, window: Window) -> Iterator[MemberFate]:
    """All members by customer, a few at a time."""
    member = CampaignMember
    counts = and_(
        col(Order.customer_id) == col(member.customer_id),
        col(Order.state).in_(ACCEPTED),
        col(Order.currency) == campaign.currency,
        *within(col(Order.placed_at), window),
    )
    ordered = case((col(Customer.merged_into_id).is_(None), func.count(col(Order.id))), else_=0)
    net = func.coalesce(func.sum(col(Order.total) - col(Order.refunded)), 0)
    statement = (
        select(member, col(Customer.name), col(CampaignArm.name), ordered, net)
        .join(Customer, col(Customer.id) == col(member.customer_id))
        .join(CampaignArm, col(CampaignArm.id) == col(member.arm_id), isouter=True)
        .join(Order, counts, isouter=True)
        .where(col(member.campaign_id) == campaign.id)
        .group_by(
            *(col(getattr(member, one)) for one in member.model_fields),
            col(Customer.name),
            col(Customer.merged_into_id),
            col(CampaignArm.name),
        )
        .order_by(col(member.customer_id))
    )
    for one, name, arm, orders, amount in session.execute(statement).yield_per(AT_ONCE):
        yield MemberFate(
            customer=one.customer_id,
            name=name,
            arm=arm,
            state=one.state,
            reason=one.reason,
            sent_at=one.sent_at,
            clicked_at=one.clicked_at,
            replied_at=one.replied_at,
            opted_out_at=one.opted_out_at,
            orders=int(orders),
            net=int(amount),
        )
