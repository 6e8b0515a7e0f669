"""What a campaign did: its ledger counted, what its people bought in the window, and whether the message is
what made the difference.

Only a process of its own imports this (``lift`` loads scipy). The outcome is JSON: it is kept with the
campaign when its window ends, and then stays as it is. Amounts are in minor units of the campaign's currency.

- The window runs from the start until ``conversion_days`` after the last message, as was set before.
- Everybody counts as they were assigned, whatever became of them: who opted out, who was held back later,
  whose message failed. Who could not be sent anything from the first was never assigned, and is not compared.
- Two records that were merged count as one person, as the surviving one was assigned; where only the other
  one was, as that one.
- ``converted``: who placed an order in the window that stands and was not given back whole. ``sales``: what
  the orders come to; ``revenue`` = sales + discounts, before anything was taken off; ``net`` = sales −
  refunds, whenever they were refunded until the outcome is kept.
- ``goods``: what the goods of those orders cost that were not returned, and the share (0 to 1) of the net
  whose cost is known. ``margin`` = revenue − refunds − discounts − cost: the goods' as far as it is known,
  and the campaign's own (``cost``).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, case, func, literal_column, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.analysis import lift
from crm_store.analysis.lift import Group, Unshown
from crm_store.analysis.service_summary import Window, within
from crm_store.analysis.shares import wilson
from crm_store.customers.tables import Customer
from crm_store.marketing import attribution, campaigns, freezing, members
from crm_store.marketing.refusals import NotStarted
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.sales import costs
from crm_store.sales.costs import Goods
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order, OrderLine

SENT = (MemberState.SENT, MemberState.FAILED, MemberState.UNKNOWN)
INTACT, MERGED, BROKEN = "intact", "merged", "broken"
"""What became of the seal: of members who were made one since nothing can be told."""

HELD_OUT = 0
"""Stands for the hold-out where others have the id of their arm."""

Json = dict[str, Any]


@dataclass
class Fate:
    """One arm, or the hold-out. ``members`` and what follows are rows of the ledger; ``people`` are those who
    are compared, each once."""

    members: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    clicked: int = 0
    replied: int = 0
    opted_out: int = 0
    people: int = 0
    converted: int = 0
    orders: int = 0
    sales: int = 0
    discounts: int = 0
    refunds: int = 0
    amounts: list[int] = field(default_factory=list)

    @property
    def revenue(self) -> int:
        return self.sales + self.discounts

    @property
    def net(self) -> int:
        return self.sales - self.refunds

    def plain(self) -> Json:
        counts = {key: value for key, value in vars(self).items() if key != "amounts"}
        return counts | {"revenue": self.revenue, "net": self.net}


def outcome(session: Session, *, campaign: Campaign, tracked: bool, now: datetime) -> Json:
    """Of a campaign that has begun; ``tracked``: clicks can be counted (else ``clicked`` is None).

    Before its window is over there are counts, but no ``lift``: who looks every day finds something sooner or
    later. Raises NotStarted.
    """
    start, end = span(campaign=campaign)
    counted = Window(start, now if end is None else min(end, now))
    is_closed = end is not None and end <= now
    arms = campaigns.arms(session, campaign=campaign)
    fates = _fates(session, campaign, counted)
    parts = [fates.get(one.id, Fate()) for one in arms]
    held_out, whole = fates.get(HELD_OUT, Fate()), _together(parts)
    goods = _goods(session, campaign, counted)
    progress = members.progress(session, campaign=campaign)
    treated = 1 - campaign.holdout / 1000
    weights = [treated * one.weight / sum(each.weight for each in arms) for one in arms]
    groups = [_group(one.name, fate, weight) for one, fate, weight in zip(arms, parts, weights, strict=True)]
    against = compared(groups, _group("", held_out, 1 - treated), is_closed, seed=campaign.id)
    found: Json = {
        "as_of": now.isoformat(),
        "window": [start.isoformat(), end.isoformat() if end is not None else None],
        "is_closed": is_closed,
        "currency": campaign.currency,
        "members": progress.total,
        "states": {state.value: count for state, count in progress.states.items()},
        "reasons": progress.reasons,
        "opted_out": progress.opted_out,
        "whole": whole.plain(),
        "arms": [{"name": one.name} | fate.plain() for one, fate in zip(arms, parts, strict=True)],
        "holdout": held_out.plain(),
        "seal": seal(session, campaign=campaign),
        "duplicates": whole.members + held_out.members - whole.people - held_out.people,
        "cost": campaign.cost,
        "goods": {"cost": goods.cost, "known": _known(goods)},
        "margin": whole.revenue - whole.refunds - whole.discounts - (goods.cost + campaign.cost),
        "left_out": _left_out(session, campaign, counted),
        "others": _others(session, campaign, counted),
        "rates": _rates(whole, tracked=tracked),
        "attribution": _attribution(session, campaign, counted),
        **against,
    }
    if not tracked:
        for one in (found["whole"], found["holdout"], *found["arms"]):
            one["clicked"] = None
    return found


def seal(session: Session, *, campaign: Campaign) -> str | None:
    """Whether members, arms and hold-out are what was written down before the first message; None where none
    was sealed."""
    if campaign.members_hash is None:
        return None
    if freezing.seal(session, campaign_id=campaign.id) == campaign.members_hash:
        return INTACT
    ids = select(col(CampaignMember.customer_id)).where(col(CampaignMember.campaign_id) == campaign.id)
    merged = select(col(Customer.id)).where(col(Customer.merged_into_id).in_(ids)).limit(1)
    return MERGED if session.scalar(merged) is not None else BROKEN


def span(*, campaign: Campaign) -> tuple[datetime, datetime | None]:
    """From when until when orders count; None while messages leave. Raises NotStarted."""
    if campaign.started_at is None or not campaign.has_begun:
        raise NotStarted(campaign=campaign)
    return campaign.started_at, campaign.measured_until


def people(campaign: Campaign) -> Select[Any]:
    """The ids of those who were assigned to an arm, each once, as whom they are now."""
    return (
        select(_who())
        .select_from(CampaignMember)
        .join(Customer, col(Customer.id) == col(CampaignMember.customer_id))
        .where(
            col(CampaignMember.campaign_id) == campaign.id,
            col(CampaignMember.arm_id).is_not(None),
            _is_person(),
        )
    )


def _assigned(member: Any = CampaignMember) -> ColumnElement[Any]:
    """A member's arm, or that they were held out; NULL for one who was never assigned."""
    # Written out, not bound: what is grouped by must be the same text everywhere.
    held = case((col(member.state) == literal_column("'holdout'"), literal_column(str(HELD_OUT))))
    return func.coalesce(col(member.arm_id), held)


def _who() -> ColumnElement[Any]:
    """The customer a member is now."""
    return func.coalesce(col(Customer.merged_into_id), col(Customer.id))


def _is_person() -> ColumnElement[bool]:
    """Of a person's records that were assigned, the one they are counted by. A record that was taken in stays
    a member beside the one that took it in only where both were members from the first."""
    kept, other, them = aliased(CampaignMember), aliased(CampaignMember), aliased(Customer)
    by_kept = select(kept).where(
        col(kept.campaign_id) == col(CampaignMember.campaign_id),
        col(kept.customer_id) == col(Customer.merged_into_id),
        _assigned(kept).is_not(None),
    )
    by_other = (
        select(other)
        .join(them, col(them.id) == col(other.customer_id))
        .where(
            col(other.campaign_id) == col(CampaignMember.campaign_id),
            col(them.merged_into_id) == col(Customer.merged_into_id),
            col(them.id) < col(Customer.id),
            _assigned(other).is_not(None),
        )
    )
    outside = (CampaignMember, Customer)
    taken_in = [one.correlate(*outside).exists() for one in (by_kept, by_other)]
    return or_(col(Customer.merged_into_id).is_(None), ~or_(*taken_in))


def _fates(session: Session, campaign: Campaign, window: Window) -> dict[int, Fate]:
    found: dict[int, Fate] = defaultdict(Fate)
    assigned, is_one = _assigned(), case((_is_person(), 1), else_=0)
    ledger = (
        select(
            assigned,
            col(CampaignMember.state),
            func.count(),
            func.count(col(CampaignMember.clicked_at)),
            func.count(col(CampaignMember.replied_at)),
            func.count(col(CampaignMember.opted_out_at)),
            func.sum(is_one),
        )
        .join(Customer, col(Customer.id) == col(CampaignMember.customer_id))
        .where(col(CampaignMember.campaign_id) == campaign.id, assigned.is_not(None))
        .group_by(assigned, col(CampaignMember.state))
    )
    for group, state, count, clicked, replied, opted_out, persons in session.execute(ledger):
        fate = found[group]
        fate.members += count
        fate.people += int(persons)
        fate.clicked, fate.replied = fate.clicked + clicked, fate.replied + replied
        fate.opted_out += opted_out
        if state in SENT:
            setattr(fate, state.value, getattr(fate, state.value) + count)
    for group, orders, stand, sales, discounts, refunds in session.execute(_bought(campaign, window)):
        fate, net = found[group], int(sales) - int(refunds)
        fate.converted += 1 if stand else 0
        fate.orders += orders
        fate.sales, fate.discounts = fate.sales + int(sales), fate.discounts + int(discounts)
        fate.refunds += int(refunds)
        if net:
            fate.amounts.append(net)
    return dict(found)


def _bought(campaign: Campaign, window: Window) -> Select[Any]:
    """One row a person who ordered: their group, orders, how many of them were not given back whole, sums."""
    lines = (
        select(func.coalesce(func.sum(col(OrderLine.discount)), 0))
        .where(col(OrderLine.order_id) == col(Order.id))
        .correlate(Order)
        .scalar_subquery()
    )
    kept = case((col(Order.refunded) < col(Order.total), 1), (col(Order.refunded) == 0, 1), else_=0)
    assigned = _assigned()
    return (
        select(
            assigned,
            func.count(col(Order.id)),
            func.sum(kept),
            func.sum(col(Order.total)),
            func.sum(col(Order.discount) + lines),
            func.sum(col(Order.refunded)),
        )
        .select_from(CampaignMember)
        .join(Customer, col(Customer.id) == col(CampaignMember.customer_id))
        .join(Order, col(Order.customer_id) == _who())
        .where(
            col(CampaignMember.campaign_id) == campaign.id,
            assigned.is_not(None),
            _is_person(),
            col(Order.state).in_(ACCEPTED),
            col(Order.currency) == campaign.currency,
            *within(col(Order.placed_at), window),
        )
        .group_by(assigned, col(CampaignMember.customer_id))
        .order_by(col(CampaignMember.customer_id))
    )


def _goods(session: Session, campaign: Campaign, window: Window) -> Goods:
    """Of what the arms' people bought."""
    where = [
        col(Order.customer_id).in_(people(campaign)),
        col(Order.currency) == campaign.currency,
        *within(col(Order.placed_at), window),
    ]
    return costs.of_orders(session, where=where).get(campaign.currency, Goods())


def _known(goods: Goods) -> float:
    return goods.known / goods.net if goods.net else float(goods.costed > 0)


def _together(parts: Sequence[Fate]) -> Fate:
    whole = Fate()
    for one in parts:
        for key, value in vars(one).items():
            setattr(whole, key, getattr(whole, key) + value)
    return whole


def _group(name: str, fate: Fate, weight: float) -> Group:
    return Group(name, fate.people, fate.converted, weight, np.array(fate.amounts, np.int64))


def compared(arms: Sequence[Group], held_out: Group, is_closed: bool, *, seed: int) -> Json:
    """As JSON: ``lift``, or why it is not ``unshown``; ``versions``: each arm against the hold-out, and
    against the first."""
    if not is_closed:
        return {"lift": None, "unshown": Unshown.TOO_EARLY.value, "versions": []}
    why = lift.unshown(arms, held_out)
    pairs = [] if why is not None or len(arms) < 2 else [(one, held_out) for one in arms]
    if lift.is_fair(arms) and why != Unshown.SRM:
        pairs += [(one, arms[0]) for one in arms[1:]]
    versions = [asdict(one) for one in lift.several(pairs)]
    if why is not None:
        return {"lift": None, "unshown": why.value, "versions": versions}
    found = lift.measure(arms, held_out, seed=seed)
    people, money = found.treated.n, found.money
    return {
        "lift": {
            "verdict": found.verdict.value,
            "rate": asdict(found.rate),
            "shares": [one.converted / one.n for one in (found.treated, found.compared)],
            "n": [found.treated.n, found.compared.n],
            "more": found.more,
            "customers": [round(one * people) for one in (found.rate.value, found.rate.low, found.rate.high)],
            "money": {
                "verdict": money.verdict.value,
                **{key: asdict(getattr(money, key)) for key in ("mean", "drawn", "capped")},
                "whole": [round(one * people) for one in (money.mean.value, money.mean.low, money.mean.high)],
            },
        },
        "unshown": None,
        "versions": versions,
    }


def _rates(whole: Fate, *, tracked: bool) -> Json:
    """Of those it was sent to, or may have been: who clicked, replied, wanted no more."""
    n = whole.sent + whole.unknown
    wanted = ("clicked", "replied", "opted_out") if tracked else ("replied", "opted_out")
    return {one: asdict(wilson(min(getattr(whole, one), n), n)) if n else None for one in wanted}


def _left_out(session: Session, campaign: Campaign, window: Window) -> dict[str, int]:
    """Orders of the arms' people in other currencies: no amount here counts them."""
    rows = (
        select(col(Order.currency), func.count())
        .where(
            col(Order.customer_id).in_(people(campaign)),
            col(Order.state).in_(ACCEPTED),
            col(Order.currency) != campaign.currency,
            *within(col(Order.placed_at), window),
        )
        .group_by(col(Order.currency))
        .order_by(col(Order.currency))
    )
    return {currency: count for currency, count in session.execute(rows)}


def _others(session: Session, campaign: Campaign, window: Window) -> int:
    """How many of the arms' people got another campaign's message in the window."""
    other = aliased(CampaignMember)
    statement = select(func.count(col(other.customer_id).distinct())).where(
        col(other.campaign_id) != campaign.id,
        *within(col(other.sent_at), window),
        col(other.customer_id).in_(people(campaign)),
    )
    return session.scalar(statement) or 0


def _attribution(session: Session, campaign: Campaign, window: Window) -> Json:
    """Of what the arms' people bought: how much each model puts down to this campaign."""
    found = attribution.attribute(
        session, window=window, currency=campaign.currency, customers=people(campaign)
    )
    return {
        "models": {
            model.value: attribution.of_campaign(amounts, campaign.id)
            for model, amounts in found.amounts.items()
        },
        "total": found.total,
        "lookback_days": attribution.LOOKBACK_DAYS,
        "half_life_days": attribution.HALF_LIFE_DAYS,
    }
