"""An audience counted before anything is sent: who would get the message, who is held back and why, who lacks
what it says, and a few of them to look at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.marketing import facts, gate
from crm_store.marketing.facts import Fact
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Campaign
from crm_store.sales.tables import Order

SHOWN = 3
SMALL, FEW_ORDERS = 1000, 50_000
"""Customers and orders of a shop in which counting takes a few milliseconds; of a larger one it is left to a
process of its own."""


@dataclass(frozen=True)
class Group:
    """So many who would get it, of one language, of whom the same is known."""

    language: str
    known: frozenset[Fact]
    count: int


@dataclass(frozen=True)
class Reckoned:
    """``recent``: how many of the sendable placed an order in the last days, as many as conversions count
    for. ``shown`` are the newest of them, by id."""

    blocked: dict[Blocked, int] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    recent: int = 0
    shown: list[int] = field(default_factory=list)

    @property
    def sendable(self) -> int:
        return sum(one.count for one in self.groups)

    def told(self) -> dict[str, Any]:
        """For a pipe."""
        groups = [[one.language, sorted(one.known), one.count] for one in self.groups]
        return {"blocked": self.blocked, "groups": groups, "recent": self.recent, "shown": self.shown}

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            blocked={Blocked(one): count for one, count in told["blocked"].items()},
            groups=[
                Group(language, frozenset(Fact(one) for one in known), count)
                for language, known, count in told["groups"]
            ],
            recent=told["recent"],
            shown=told["shown"],
        )


def is_small(session: Session) -> bool:
    """A look, however large it is."""
    some = select(col(Customer.id)).limit(SMALL + 1).subquery()
    if (session.scalar(select(func.count()).select_from(some)) or 0) > SMALL:
        return False
    return (session.scalar(select(func.max(col(Order.id)))) or 0) <= FEW_ORDERS


def reckon(
    session: Session,
    *,
    campaign: Campaign,
    wanted: Collection[Fact],
    rules: Rules,
    zone: tzinfo,
    now: datetime,
) -> Reckoned:
    """One pass over the audience. ``wanted`` is what the messages name. Raises BadFilter, BadFilterValue."""
    conditions, why = gate.asked(
        session, campaign=campaign, rules=rules, zone=zone, currency=campaign.currency, now=now
    )
    order = sorted(wanted)
    since = now - timedelta(days=campaign.conversion_days)
    columns = [
        why.label("why"),
        col(Customer.language).label("language"),
        func.coalesce(col(Customer.last_order_at) >= since, False).label("recent"),
        *(facts.there(one).label(one.value) for one in order),
    ]
    each = select(*columns).where(*conditions).subquery()
    rows = session.execute(select(*each.c, func.count()).group_by(*each.c)).all()
    blocked: dict[Blocked, int] = {}
    groups: dict[tuple[str, frozenset[Fact]], int] = {}
    recent = 0
    for reason, language, ordered, *rest in rows:
        count = int(rest[-1])
        if reason is not None:
            blocked[Blocked(reason)] = blocked.get(Blocked(reason), 0) + count
            continue
        known = frozenset(fact for fact, has in zip(order, rest, strict=False) if has)
        groups[language, known] = groups.get((language, known), 0) + count
        recent += count if ordered else 0
    shown = select(col(Customer.id)).where(*conditions, why.is_(None)).order_by(col(Customer.id).desc())
    return Reckoned(
        blocked={one: blocked[one] for one in Blocked if one in blocked},
        groups=[
            Group(language, known, count) for (language, known), count in sorted(groups.items(), key=str)
        ],
        recent=recent,
        shown=list(session.scalars(shown.limit(SHOWN))) if groups else [],
    )
