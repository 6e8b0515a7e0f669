"""Conditions on what was found out about customers, or done with them: scores, segments, campaigns, goods."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from crm_store.analysis.tables import CustomerScore
from crm_store.customers.filter_terms import Field
from crm_store.customers.tables import Consent, ConsentState, Purpose
from crm_store.marketing.tables import CampaignMember
from crm_store.sales.tables import Order, OrderLine, Product, ProductCategory

SCORE: dict[Field, Any] = {
    Field.RFM: col(CustomerScore.rfm),
    Field.RFM_BEFORE: col(CustomerScore.rfm_before),
    Field.CLUSTER: col(CustomerScore.cluster),
    Field.VALUE: col(CustomerScore.expected_value),
    Field.RISK: col(CustomerScore.risk),
}


def scored(condition: ColumnElement[bool], of: int | None) -> Select[Any]:
    """The customers whose score fulfils it. Who took back their consent to be profiled is none of them from
    then on, although their score stays until the night. ``of``: asked for one customer."""
    withdrawn = whose_last_word(Purpose.PROFILING, ConsentState.WITHDRAWN)
    if of is not None:
        withdrawn = withdrawn.where(withdrawn.selected_columns[0] == of)
    id = col(CustomerScore.customer_id)
    return select(id).where(condition, id.not_in(withdrawn))


def consenting(state: ConsentState | None) -> Select[Any]:
    """Those whose last word on marketing was this; with None those who said anything about it."""
    if state is None:
        return select(col(Consent.customer_id)).where(col(Consent.purpose) == Purpose.MARKETING)
    return whose_last_word(Purpose.MARKETING, state)


@cache
def whose_last_word(purpose: Purpose, state: ConsentState) -> Select[Any]:
    """The state is written out, not bound: only so is the index over what was withdrawn used."""
    said, later = aliased(Consent), aliased(Consent)
    newer = select(later).where(
        col(later.customer_id) == col(said.customer_id),
        col(later.purpose) == purpose,
        col(later.id) > col(said.id),
    )
    return select(col(said.customer_id)).where(
        col(said.purpose) == purpose,
        col(said.state) == literal_column(f"'{state.value}'"),
        ~newer.exists(),
    )


def reached(campaign_id: int) -> Select[Any]:
    """Those whom a campaign's message was sent to."""
    return select(col(CampaignMember.customer_id)).where(
        col(CampaignMember.campaign_id) == campaign_id, col(CampaignMember.sent_at).is_not(None)
    )


def buyers(goods: str, counted: ColumnElement[bool], *, each: bool = False) -> Select[Any]:
    """Those with a counted order of these goods: a category, or a product by its name or number. ``each``:
    looked for order by order, which is faster where few orders are asked about."""
    category = select(col(ProductCategory.id)).where(col(ProductCategory.name) == goods)
    products = select(col(Product.id)).where(
        or_(col(Product.name) == goods, col(Product.sku) == goods, col(Product.category_id).in_(category))
    )
    called = or_(col(OrderLine.name) == goods, col(OrderLine.sku) == goods, col(OrderLine.category) == goods)
    lines = select(col(OrderLine.order_id)).where(
        or_(col(OrderLine.product_id).in_(products), and_(col(OrderLine.product_id).is_(None), called))
    )
    if each:
        lines = lines.where(col(OrderLine.order_id) == col(Order.id)).correlate(Order)
        return select(col(Order.customer_id)).where(lines.exists(), counted)
    return select(col(Order.customer_id)).where(col(Order.id).in_(lines), counted)
