"""To what sales are put down: the campaigns and sources that touched a customer before an order. Opinions,
all four of them; what a campaign changed is told by its hold-out (``outcome``).

Every order goes whole to somebody: what nothing touched goes to unknown, so that the parts add up to all of
it, to the minor unit. A refund takes the credit back from whoever had it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window, within
from crm_store.customers.tables import Customer, Touchpoint
from crm_store.marketing import links
from crm_store.marketing.tables import CampaignMember, Click, TrackedLink
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order

LOOKBACK_DAYS = 30
"""A touch longer before an order has nothing to do with it."""

HALF_LIFE_DAYS = 7
"""By decay, a touch so much earlier counts half."""

UNKNOWN = ""
"""The key of what nothing touched. A campaign's is its number (M5), a source's ``=`` and its name, with the
campaign whose link was put up there (=weibo_M5)."""

BY_LINK = "telegram"
"""The channel of those who came by a link into the chat."""


class Model(StrEnum):
    """Who gets the credit: the first touch, the last, all alike, or the later the more."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    DECAY = "decay"


@dataclass(frozen=True)
class Touched:
    at: datetime
    key: str


@dataclass(frozen=True)
class Attributed:
    """``amounts`` by model and key, net of refunds, in minor units: each model's add up to ``total``, which
    ``orders`` orders came to. ``touched`` of them had any touch."""

    amounts: Mapping[Model, Mapping[str, int]]
    total: int
    orders: int
    touched: int

    def plain(self) -> dict[str, Any]:
        """As JSON, the largest first; with what the models go by."""
        return {
            "models": {
                model.value: [[key, found[key]] for key in sorted(found, key=lambda key: (-found[key], key))]
                for model, found in self.amounts.items()
            },
            "total": self.total,
            "orders": self.orders,
            "touched": self.touched,
            "lookback_days": LOOKBACK_DAYS,
            "half_life_days": HALF_LIFE_DAYS,
        }


def weights(touches: Sequence[Touched], *, at: datetime, model: Model) -> dict[str, Fraction]:
    """The part of an order placed ``at`` that goes to each key; ``touches`` ascend, and are before it. They
    add up to one exactly."""
    if not touches:
        return {UNKNOWN: Fraction(1)}
    if model == Model.FIRST:
        return {touches[0].key: Fraction(1)}
    if model == Model.LAST:
        return {touches[-1].key: Fraction(1)}
    each = [Fraction(1) if model == Model.LINEAR else _decayed(at - one.at) for one in touches]
    whole = sum(each)
    found: dict[str, Fraction] = defaultdict(Fraction)
    for one, weight in zip(touches, each, strict=True):
        found[one.key] += weight / whole
    return dict(found)


def _decayed(ago: timedelta) -> Fraction:
    return Fraction(2.0 ** -(ago / timedelta(days=HALF_LIFE_DAYS)))


def split(amount: int, parts: Mapping[str, Fraction]) -> dict[str, int]:
    """An amount (minor units) in parts that add up to it: what is left of rounding down goes to those who
    lost most by it."""
    exact = {key: amount * part for key, part in parts.items()}
    found = {key: int(one // 1) for key, one in exact.items()}
    left = amount - sum(found.values())
    for key in sorted(exact, key=lambda key: (found[key] - exact[key], key))[:left]:
        found[key] += 1
    return found


def attribute(
    session: Session, *, window: Window, currency: str, customers: Select[Any] | None = None
) -> Attributed:
    """Orders that stand and were placed in a window, in one currency; ``customers`` (a select of their ids):
    only theirs. Reads only the orders of customers who were touched; the others are one sum."""
    net = col(Order.total) - col(Order.refunded)
    sold: list[ColumnElement[bool]] = [
        col(Order.state).in_(ACCEPTED),
        col(Order.currency) == currency,
        *within(col(Order.placed_at), window),
    ]
    if customers is not None:
        sold.append(col(Order.customer_id).in_(customers))
    whole = select(func.count(), func.coalesce(func.sum(net), 0)).where(*sold)
    count, total = (int(one) for one in session.execute(whole).one())
    touches = _touches(session, Window(window.start - timedelta(days=LOOKBACK_DAYS), window.end))
    amounts: dict[Model, dict[str, int]] = {model: defaultdict(int) for model in Model}
    rest, touched = total, 0
    for customer_id, placed_at, amount in _orders(session, sold, window, net):
        before = _before(touches.get(customer_id, ()), placed_at)
        if not before:
            continue
        touched, rest = touched + 1, rest - amount
        if len({one.key for one in before}) == 1:  # most orders: there is nothing to be of two minds about
            for found in amounts.values():
                found[before[0].key] += amount
            continue
        for model in Model:
            for key, part in split(amount, weights(before, at=placed_at, model=model)).items():
                amounts[model][key] += part
    for model in Model:
        amounts[model][UNKNOWN] += rest
    return Attributed({model: dict(found) for model, found in amounts.items()}, total, count, touched)


def of_campaign(amounts: Mapping[str, int], campaign_id: int) -> int:
    """What is put down to a campaign: to its messages, and to its links wherever they were put up."""
    return sum(amount for key, amount in amounts.items() if campaign_of(key) == campaign_id)


def campaign_of(key: str) -> int | None:
    """The campaign that a key names."""
    return links.of_payload(key[1:])[1] if key[:1] == "=" else int(key[1:]) if key else None


def _before(touches: Sequence[Touched], placed_at: datetime) -> list[Touched]:
    since = placed_at - timedelta(days=LOOKBACK_DAYS)
    return [one for one in touches if since <= one.at <= placed_at]


def _orders(
    session: Session, sold: Sequence[ColumnElement[bool]], window: Window, net: ColumnElement[int]
) -> Iterable[tuple[int, datetime, int]]:
    """Of customers who may have been touched: customer, moment, amount."""
    span = Window(window.start - timedelta(days=LOOKBACK_DAYS), window.end)
    ids = union(*(one.with_only_columns(one.selected_columns[0]) for one in _sources(span)))
    statement = select(col(Order.customer_id), col(Order.placed_at), net).where(
        *sold, col(Order.customer_id).in_(ids)
    )
    for customer_id, placed_at, amount in session.execute(statement.order_by(col(Order.id))):
        yield customer_id, placed_at, int(amount)


def _touches(session: Session, span: Window) -> dict[int, list[Touched]]:
    """By customer, ascending."""
    found: dict[int, list[Touched]] = defaultdict(list)
    sent, clicked, came = _sources(span)
    for customer_id, at, campaign_id in session.execute(sent):
        found[customer_id].append(Touched(at, f"M{campaign_id}"))
    for customer_id, at, source, campaign_id in session.execute(clicked):
        found[customer_id].append(Touched(at, f"={links.payload(source, campaign_id)}"))
    for customer_id, at, source in session.execute(came):
        found[customer_id].append(Touched(at, f"={source}"))
    for touches in found.values():
        touches.sort(key=lambda one: (one.at, one.key))
    return found


def _sources(span: Window) -> tuple[Any, Any, Any]:
    """Messages sent, links of sources followed, ways into the chat: customer (as whom they are one now),
    moment, what it was."""
    who = func.coalesce(col(Customer.merged_into_id), col(Customer.id))
    sent = (
        select(who, col(CampaignMember.sent_at), col(CampaignMember.campaign_id))
        .select_from(CampaignMember)
        .join(Customer, col(Customer.id) == col(CampaignMember.customer_id))
        .where(*within(col(CampaignMember.sent_at), span))
    )
    clicked = (
        select(who, col(Click.at), col(TrackedLink.source), col(TrackedLink.campaign_id))
        .select_from(Click)
        .join(TrackedLink, col(TrackedLink.id) == col(Click.link_id))
        .join(Customer, col(Customer.id) == col(Click.customer_id))
        .where(col(TrackedLink.source).is_not(None), *within(col(Click.at), span))
    )
    came = (
        select(who, col(Touchpoint.at), col(Touchpoint.source))
        .select_from(Touchpoint)
        .join(Customer, col(Customer.id) == col(Touchpoint.customer_id))
        .where(col(Touchpoint.channel) == BY_LINK, *within(col(Touchpoint.at), span))
    )
    return sent, clicked, came
