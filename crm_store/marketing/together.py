"""What all campaigns did together: the customers of the shop's own hold-out against everybody else.

Only a process of its own imports this (``lift`` loads scipy). Both groups are those who could have been sent
marketing when the window began: they had agreed by then, had a chat, were not staff. Who said no later stays
in their group, and so does who was never sent anything (intention to treat). Amounts are in minor units.
"""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from crm_store.analysis.lift import Group
from crm_store.analysis.service_summary import Window, within
from crm_store.customers.tables import Consent, ConsentState, Customer, Purpose
from crm_store.marketing import addresses, outcome
from crm_store.marketing.outcome import Json
from crm_store.marketing.tables import CampaignMember
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff

SEED = 1
"""The same window gives the same range."""


def together(session: Session, *, thousandths: int, window: Window, currency: str) -> Json:
    """As JSON: ``treated`` and ``held`` with their people, buyers and net; ``lift`` as in an outcome, or why
    it is ``unshown``; ``campaigns`` and ``messages`` that were sent in the window; ``left_out``: orders in
    other currencies."""
    treated, held = _groups(session, thousandths, window, currency)
    campaigns, messages = session.execute(
        select(func.count(col(CampaignMember.campaign_id).distinct()), func.count()).where(
            *within(col(CampaignMember.sent_at), window)
        )
    ).one()
    compared = outcome.compared([treated], held, True, seed=SEED)
    return {
        "window": [window.start.isoformat(), window.end.isoformat()],
        "thousandths": thousandths,
        "currency": currency,
        "campaigns": campaigns,
        "messages": messages,
        "treated": _plain(treated),
        "held": _plain(held),
        "lift": compared["lift"],
        "unshown": compared["unshown"],
        "left_out": _left_out(session, window, currency),
    }


def _groups(session: Session, thousandths: int, window: Window, currency: str) -> tuple[Group, Group]:
    held = case((addresses.held_out(session, thousandths=thousandths), 1), else_=0)
    people = (
        select(col(Customer.id).label("id"), held.label("held")).where(*_eligible(window.start)).subquery()
    )
    counts: dict[int, int] = {
        group: count
        for group, count in session.execute(select(people.c.held, func.count()).group_by(people.c.held))
    }
    kept = case((col(Order.refunded) < col(Order.total), 1), (col(Order.refunded) == 0, 1), else_=0)
    bought = (
        select(people.c.held, func.sum(kept), func.sum(col(Order.total) - col(Order.refunded)))
        .select_from(people)
        .join(Order, col(Order.customer_id) == people.c.id)
        .where(
            col(Order.state).in_(ACCEPTED),
            col(Order.currency) == currency,
            *within(col(Order.placed_at), window),
        )
        .group_by(people.c.held, people.c.id)
        .order_by(people.c.id)
    )
    converted, amounts = [0, 0], ([], [])  # type: tuple[list[int], tuple[list[int], list[int]]]
    for group, stand, net in session.execute(bought):
        converted[group] += 1 if stand else 0
        if net:
            amounts[group].append(int(net))
    weights = 1 - thousandths / 1000, thousandths / 1000
    treated, other = (
        Group(name, counts.get(at, 0), converted[at], weights[at], np.array(amounts[at], np.int64))
        for at, name in enumerate(("treated", "held"))
    )
    return treated, other


def _eligible(start: datetime) -> list[ColumnElement[bool]]:
    """Who could have been sent marketing at a moment, by what did not come of any message since."""
    consent = (
        select(col(Consent.state))
        .where(
            col(Consent.customer_id) == col(Customer.id),
            col(Consent.purpose) == Purpose.MARKETING,
            col(Consent.at) < start,
        )
        .order_by(col(Consent.id).desc())
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )
    staff = select(col(Staff.id)).where(
        col(Staff.user_id) == col(Customer.user_id), col(Staff.revoked_at).is_(None)
    )
    return [
        col(Customer.merged_into_id).is_(None),
        col(Customer.chat_id).is_not(None),
        consent == ConsentState.GRANTED,
        ~staff.correlate(Customer).exists(),
    ]


def _left_out(session: Session, window: Window, currency: str) -> dict[str, int]:
    rows = (
        select(col(Order.currency), func.count())
        .where(
            col(Order.state).in_(ACCEPTED),
            col(Order.currency) != currency,
            *within(col(Order.placed_at), window),
        )
        .group_by(col(Order.currency))
        .order_by(col(Order.currency))
    )
    return {code: count for code, count in session.execute(rows)}


def _plain(group: Group) -> dict[str, Any]:
    return {"people": group.n, "converted": group.converted, "net": int(group.amounts.sum())}
