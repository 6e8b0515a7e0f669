"""Conditions on what was found out about customers, or done with them: scores, segments, campaigns, goods."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import col

from crm_store.analysis.tables import CustomerScore
from crm_store.customers.filter_terms import Field
from crm_store.customers.tables import Consent, Purpose
from crm_store.marketing.tables import CampaignMember
from crm_store.sales.tables import Order, OrderLine, Product, ProductCategory

SCORE: dict[Field, Any] = {
    Field.RFM: col(CustomerScore.rfm),
    Field.RFM_BEFORE: col(CustomerScore.rfm_before),
    Field.CLUSTER: col(CustomerScore.cluster),
    Field.VALUE: col(CustomerScore.expected_value),
    Field.RISK: col(CustomerScore.risk),
}


def scored(condition: ColumnElement[bool]) -> Select[Any]:
    """The customers whose score fulfils it."""
    return select(col(CustomerScore.customer_id)).where(condition)


def consenting(state: Any) -> Select[Any]:
    """Those whose last word on marketing was this; with None those who said anything about it."""
    of = col(Consent.purpose) == Purpose.MARKETING
    if state is None:
        return select(col(Consent.customer_id)).where(of)
    latest = select(func.max(col(Consent.id))).where(of).group_by(col(Consent.customer_id))
    return select(col(Consent.customer_id)).where(col(Consent.id).in_(latest), col(Consent.state) == state)


def reached(campaign_id: int) -> Select[Any]:
    """Those whom a campaign's message was sent to."""
    return select(col(CampaignMember.customer_id)).where(
        col(CampaignMember.campaign_id) == campaign_id, col(CampaignMember.sent_at).is_not(None)
    )


def buyers(goods: str, counted: ColumnElement[bool]) -> Select[Any]:
    """Those with a counted order of these goods: a category, or a product by its name or number."""
    category = select(col(ProductCategory.id)).where(col(ProductCategory.name) == goods)
    products = select(col(Product.id)).where(
        or_(col(Product.name) == goods, col(Product.sku) == goods, col(Product.category_id).in_(category))
    )
    called = or_(col(OrderLine.name) == goods, col(OrderLine.sku) == goods, col(OrderLine.category) == goods)
    lines = select(col(OrderLine.order_id)).where(
        or_(col(OrderLine.product_id).in_(products), and_(col(OrderLine.product_id).is_(None), called))
    )
    return select(col(Order.customer_id)).where(col(Order.id).in_(lines), counted)
