"""What to offer one customer next, and why: what they are due to buy again, what goes with or comes after
what they bought, what others buy now. From their own orders, and what the last night found of everybody's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from crm_store.analysis import snapshots
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order, OrderLine, Product

MOST_LINES = 2_000
"""The latest of somebody who bought more."""

DUE_FROM, DUE_UNTIL = 0.7, 3.0
"""Of the usual days between, when something is due, and when it is over."""

LATELY_DAYS = 90


class Why(StrEnum):
    DUE = "due"
    AFTER = "after"
    WITH = "with"
    POPULAR = "popular"


@dataclass(frozen=True)
class Suggestion:
    """A product by its key and name. ``facts`` by ``why``: due: times, gap and since (days); after and with:
    given (names), n, of, and days or usual (a share); popular: n buyers in 30 days."""

    key: str
    name: str
    why: Why
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Owned:
    """A product a customer bought: on which days, ascending."""

    name: str
    days: list[date]


def suggest(
    session: Session, *, customer: Customer, now: datetime, zone: tzinfo, limit: int = 5
) -> list[Suggestion]:
    """The best first, each product once; without what is no longer for sale or brings nothing, and without
    what people buy once and this customer has."""
    mine = owned(session, customer=customer, zone=zone)
    today = now.astimezone(zone).date()
    found = {
        kind: kept.result if (kept := snapshots.latest(session, kind=kind)) is not None else {}
        for kind in (AnalysisKind.DEMAND, AnalysisKind.SEQUENCES, AnalysisKind.BASKETS)
    }
    following = found[AnalysisKind.DEMAND].get("next", {})
    once = mine.keys() & set(following.get("once", []))
    popular = list(_popular(mine, following.get("popular", [])))
    others = [
        *_due(mine, today),
        *_after(mine, found[AnalysisKind.SEQUENCES], today),
        *_with(mine, found[AnalysisKind.BASKETS].get("rules", []), today),
    ]
    ranked = [*popular, *others] if following.get("rule") == "popular" else [*others, *popular]
    chosen: dict[str, Suggestion] = {}
    for one in ranked:
        if one.key not in once:
            chosen.setdefault(one.key, one)
    gone = _not_worth_selling(session, chosen)
    return [one for one in chosen.values() if one.key not in gone][:limit]


def owned(session: Session, *, customer: Customer, zone: tzinfo) -> dict[str, Owned]:
    """What a customer bought, by the product's key, in orders that stand."""
    statement = (
        select(col(Order.placed_at), col(OrderLine.product_id), col(OrderLine.name))
        .join_from(Order, OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.customer_id) == customer.id, col(Order.state).in_(ACCEPTED))
        .order_by(col(Order.placed_at).desc(), col(Order.id).desc())
        .limit(MOST_LINES)
    )
    found: dict[str, Owned] = {}
    for placed_at, product_id, name in session.execute(statement):
        key = f"#{product_id}" if product_id is not None else f"={name}"
        days = found.setdefault(key, Owned(name, [])).days
        day = placed_at.astimezone(zone).date()
        if not days or days[0] != day:
            days.insert(0, day)
    return found


def _due(mine: Mapping[str, Owned], today: date) -> Iterator[Suggestion]:
    """What was bought on two days or more, the most often bought first."""
    for key, one in sorted(mine.items(), key=lambda each: (-len(each[1].days), each[0])):
        gaps = [(later - earlier).days for earlier, later in pairwise(one.days)]
        away = (today - one.days[-1]).days
        if gaps and DUE_FROM * median(gaps) <= away <= DUE_UNTIL * median(gaps):
            facts = {"times": len(one.days), "gap": round(median(gaps)), "since": away}
            yield Suggestion(key, one.name, Why.DUE, facts)


def _after(mine: Mapping[str, Owned], found: Mapping[str, Any], today: date) -> Iterator[Suggestion]:
    """What comes after what they bought last, in its time, and has not come yet."""
    for one in found.get("sequences", []):
        *before, target = one["keys"]
        if one["again"] == "no" or not all(key in mine for key in before):
            continue
        last = mine[before[-1]].days[-1]
        has_come = target in mine and mine[target].days[-1] >= last
        if not has_come and (today - last).days <= found["max_gap"]:
            facts = {"given": one["names"][:-1], "n": one["n"], "of": one["of"], "days": one["median_days"]}
            yield Suggestion(target, one["names"][-1], Why.AFTER, facts)


def _with(mine: Mapping[str, Owned], rules: list[Mapping[str, Any]], today: date) -> Iterator[Suggestion]:
    """What lies in the same baskets as what they bought lately."""

    def lately(key: str) -> bool:
        return key in mine and (today - mine[key].days[-1]).days <= LATELY_DAYS

    for one in sorted(rules, key=lambda each: -each["confidence"]):
        if one["again"] != "no" and all(map(lately, one["given_keys"])) and not lately(one["then_key"]):
            facts = {name: one[name] for name in ("given", "n", "of", "usual")}
            yield Suggestion(one["then_key"], one["then"], Why.WITH, facts)


def _popular(mine: Mapping[str, Owned], favourites: list[list[Any]]) -> Iterator[Suggestion]:
    for key, name, buyers in favourites:
        if key not in mine:
            yield Suggestion(key, name, Why.POPULAR, {"n": buyers})


def _not_worth_selling(session: Session, keys: Mapping[str, Suggestion]) -> set[str]:
    """What is no longer for sale, or costs the shop as much as it brings."""
    ids = [int(key[1:]) for key in keys if key.startswith("#")]
    statement = select(col(Product.id)).where(
        col(Product.id).in_(ids), or_(col(Product.active).is_(False), col(Product.cost) >= col(Product.price))
    )
    return {f"#{number}" for number in session.scalars(statement)}
