"""What the demo's crowd buys of its own accord, taken in as a web shop's orders are."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import CampaignMember
from crm_store.sales import orders, payments
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import QUANTITY_ONE, Product, ProductCategory


def buy(session: Session, *, user_id: int, pick: float, count: int, source: str, now: datetime) -> bool:
    """An order of one product, and its payment; ``pick`` from 0 up to 1 says of which, ``source`` what the
    shop calls its web page. False when they are not known any more, or nothing is for sale."""
    customer = customers.by_user_id(session, user_id=user_id)
    goods = session.execute(
        select(Product, col(ProductCategory.name))
        .join(ProductCategory, col(ProductCategory.id) == col(Product.category_id), isouter=True)
        .where(col(Product.active))
        .order_by(col(Product.id))
    ).all()
    if customer is None or not goods:
        return False
    good, category = goods[int(pick * len(goods))]
    line = NewLine(
        name=good.name,
        price=good.price,
        quantity=count * QUANTITY_ONE,
        product_id=good.id,
        sku=good.sku,
        category=category,
    )
    order = orders.intake(
        session,
        customer=customer,
        lines=[line],
        currency=good.currency,
        source=source,
        confirmed=True,
        actor=customer,
        now=now,
    )
    if order.total > 0:
        payments.pay(
            session,
            order=order,
            amount=order.total,
            method="wechat",
            reference=f"{now:%Y%m%d}{order.id:08d}",
            actor=customer,
            now=now,
        )
    return True


def held_out(session: Session, *, campaign: int) -> list[int]:
    """The Telegram ids of those a campaign is only compared with."""
    found = session.scalars(
        select(col(Customer.user_id))
        .join(CampaignMember, col(CampaignMember.customer_id) == col(Customer.id))
        .where(
            col(CampaignMember.campaign_id) == campaign,
            col(CampaignMember.state) == MemberState.HOLDOUT,
        )
        .order_by(col(Customer.id))
    )
    return [one for one in found if one is not None]
