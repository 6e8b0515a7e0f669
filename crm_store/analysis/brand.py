"""How the shop is thought of, by what people do: they come again, and they bring others."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import Session, col

from crm_store.analysis import days
from crm_store.analysis.measures import Measure
from crm_store.analysis.service_summary import ENOUGH, Window, within
from crm_store.analysis.shares import newcombe, wilson
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order

FEW = 20_000
"""Newcomers who are looked at in about 20 ms."""


@dataclass(frozen=True)
class Counts:
    """Of one window: ``buyers`` in it and those of them who had bought before (``again``); orders, their
    ``revenue`` and what of it is of orders that were not their customer's first (``again_revenue``), minor
    units; customers who are ``new`` and those whom somebody sent (``sent``)."""

    buyers: int
    again: int
    orders: int
    revenue: int
    again_revenue: int
    new: int
    sent: int


def brand(
    session: Session, *, window: Window, before: Window | None, zone: ZoneInfo, currency: str
) -> dict[str, Any]:
    """As JSON: ``repeat`` (of buyers, those who had bought before) and ``referral`` (of new customers, those
    whom somebody sent) are ``hits`` of ``n``; ``value``, ``low`` and ``high`` are None below ten, which say
    nothing. ``change`` is against ``before``: the same three, and whether it ``may_be_chance``; None where
    either is too few, or there is nothing to compare with. ``revenue_again``: the share of revenue that comes
    from orders that were not their customer's first, None of fewer than ten orders."""
    now = counts(session, window=window, zone=zone, currency=currency)
    then = counts(session, window=before, zone=zone, currency=currency) if before is not None else None
    return {
        "repeat": _share((now.again, now.buyers), (then.again, then.buyers) if then else None),
        "referral": _share((now.sent, now.new), (then.sent, then.new) if then else None),
        "orders": now.orders,
        "revenue_again": now.again_revenue / now.revenue
        if now.orders >= ENOUGH and now.revenue > 0
        else None,
    }


def counts(session: Session, *, window: Window, zone: ZoneInfo, currency: str) -> Counts:
    """Days that are kept are read; who bought and who is new is counted by index."""
    about: Mapping[str, Any] = {"window": window, "zone": zone, "currency": currency}
    sales, first = (days.total(session, measure=one, **about) for one in (Measure.SALES, Measure.FIRST))
    bought = select(func.count(col(Order.customer_id).distinct())).where(
        col(Order.state).in_(ACCEPTED), col(Order.currency) == currency, *within(col(Order.placed_at), window)
    )
    came = select(func.count(), func.coalesce(func.sum(case((was_sent(), 1), else_=0)), 0)).where(
        col(Customer.merged_into_id).is_(None), *within(col(Customer.created_at), window)
    )
    buyers = session.scalar(bought) or 0
    new, sent = session.execute(came).one()
    # Whoever's first order lies in the window had not bought before; everybody else in it had.
    return Counts(
        buyers=buyers,
        again=buyers - first.n,
        orders=sales.n,
        revenue=sales.value,
        again_revenue=sales.value - first.value,
        new=new,
        sent=int(sent),
    )


def is_light(session: Session, *, windows: Iterable[Window]) -> bool:
    """Whether so few customers came in these windows that a conversation may wait while each is looked at."""
    came = [
        select(col(Customer.id)).where(*within(col(Customer.created_at), one)).limit(FEW + 1).subquery()
        for one in windows
    ]
    return sum(session.scalar(select(func.count()).select_from(one)) or 0 for one in came) <= FEW


def was_sent() -> ColumnElement[bool]:
    """Somebody's link brought them, or their source says that somebody did."""
    return or_(col(Customer.referred_by_id).is_not(None), func.lower(col(Customer.source)).in_(sources()))


@cache
def sources() -> list[str]:
    text = Path(__file__).with_name("brand.toml").read_text(encoding="utf-8")
    found: list[str] = tomllib.loads(text)["sources"]
    return found


def _share(now: tuple[int, int], then: tuple[int, int] | None) -> dict[str, Any]:
    hits, n = now
    found: dict[str, Any] = {"hits": hits, "n": n, "value": None, "low": None, "high": None, "change": None}
    if n < ENOUGH:
        return found
    share = wilson(hits, n)
    found |= {"value": share.value, "low": share.low, "high": share.high}
    if then is not None and then[1] >= ENOUGH:
        moved = newcombe(hits, n, *then)
        found["change"] = {
            "value": moved.value,
            "low": moved.low,
            "high": moved.high,
            "may_be_chance": moved.low <= 0 <= moved.high,
        }
    return found
