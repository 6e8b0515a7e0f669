"""What a set of amounts looks like: sum, mean, median, nine tenths, most and least, to the minor unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import unusual
from crm_store.analysis.service_summary import Window, within
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order
from crm_store.sales.totals import half_up


@dataclass(frozen=True)
class Amounts:
    """Of ``n`` amounts, in minor units. ``odd`` of them are unusual beside the others; ``plain_mean`` is the
    mean without those, the rest is of them all."""

    n: int
    sum: int
    mean: int
    median: int
    ninth: int
    most: int
    least: int
    odd: int
    plain_mean: int


@dataclass(frozen=True)
class Spent:
    """``orders``: what each order came to; ``customers``: what each customer's came to."""

    orders: Amounts | None
    customers: Amounts | None


def describe(amounts: Sequence[int]) -> Amounts | None:
    """None of nothing. Between two amounts the ninth tenth is where most spreadsheets put it; halves of a
    minor unit go up."""
    if not amounts:
        return None
    ordered = sorted(amounts)
    odd = unusual.which(ordered) or [False] * len(ordered)
    plain = [one for one, is_odd in zip(ordered, odd, strict=True) if not is_odd]
    return Amounts(
        n=len(ordered),
        sum=sum(ordered),
        mean=half_up(sum(ordered), len(ordered)),
        median=_quantile(ordered, 5),
        ninth=_quantile(ordered, 9),
        most=ordered[-1],
        least=ordered[0],
        odd=sum(odd),
        plain_mean=half_up(sum(plain), len(plain)) if plain else 0,
    )


def spent(session: Session, *, window: Window, currency: str) -> Spent:
    """The sales of a window; reads each of them."""
    sold = (
        col(Order.state).in_(ACCEPTED),
        col(Order.currency) == currency,
        *within(col(Order.placed_at), window),
    )
    orders = list(session.scalars(select(col(Order.total)).where(*sold)))
    theirs = select(func.sum(col(Order.total))).where(*sold).group_by(col(Order.customer_id))
    return Spent(describe(orders), describe([int(one) for one in session.scalars(theirs)]))


def is_light(session: Session, *, window: Window, most: int) -> bool:
    """True when there are no more than ``most`` orders to read."""
    some = select(col(Order.id)).where(*within(col(Order.placed_at), window)).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= most


def _quantile(ordered: Sequence[int], tenths: int) -> int:
    """Exact in whole numbers: the place is (n − 1) · tenths / 10."""
    below, part = divmod((len(ordered) - 1) * tenths, 10)
    above = min(below + 1, len(ordered) - 1)
    return half_up(ordered[below] * (10 - part) + ordered[above] * part, 10)
