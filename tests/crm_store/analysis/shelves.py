"""A shop's customers, what they bought of what, and when: as the store keeps it, and as ``Goods``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlalchemy import insert
from sqlmodel import Session

from crm_store.analysis.goods import Goods
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine
from tests.crm_store.analysis import buying
from tests.crm_store.analysis.buying import ZONE

END = date(2026, 11, 1)
AS_OF = datetime.combine(END, time(), ZONE)


@dataclass(frozen=True)
class Bought:
    """One order: a customer (from 0 on), so many days before the end, products, each its own category."""

    customer: int
    ago: int
    products: tuple[str, ...]


def goods(orders: Iterable[Bought]) -> Goods:
    """Everything costs 10.00; of each there is one."""
    lines = sorted(
        (one.customer + 1, -one.ago, at, product) for at, one in enumerate(orders) for product in one.products
    )
    names = sorted({product for *_, product in lines})
    place = {name: at for at, name in enumerate(names)}
    table = np.array(
        [(customer, END.toordinal() + day, at, place[product]) for customer, day, at, product in lines],
        np.int64,
    ).reshape(-1, 4)
    count = len(table)
    return Goods(
        as_of=AS_OF,
        since=AS_OF - timedelta(days=730),
        zone=ZONE,
        one_in=1,
        customer=table[:, 0],
        day=table[:, 1],
        order=table[:, 2],
        product=table[:, 3],
        category=table[:, 3],
        quantity=np.full(count, 1000, np.int64),
        total=np.full(count, 1000, np.int64),
        keys=[f"={name}" for name in names],
        names=names,
        categories=names,
    )


def earlier(found: Goods, *, days: int) -> Goods:
    """The same, everything so many days before."""
    begun, end = (one - timedelta(days=days) for one in (found.since, found.as_of))
    return replace(found, since=begun, as_of=end, day=found.day - days)


def fill(session: Session, orders: Iterable[Bought], *, currency: str = "CNY") -> list[int]:
    """Write them down. Returns the customers' ids."""
    every = list(orders)
    count = max((one.customer for one in every), default=-1) + 1
    ids = buying.customers(session, count, at=datetime(2020, 1, 1, tzinfo=UTC))
    for one in every:
        _write(session, ids[one.customer], one, currency)
    session.flush()
    return ids


def _write(session: Session, customer_id: int, one: Bought, currency: str) -> None:
    at = datetime.combine(END - timedelta(days=one.ago), time(15), ZONE)
    order = Order(
        customer_id=customer_id,
        state=OrderState.COMPLETED,
        currency=currency,
        total=1000 * len(one.products),
        paid=1000 * len(one.products),
        placed_at=at,
        confirmed_at=at,
        updated_at=at,
    )
    session.add(order)
    session.flush()
    session.execute(
        insert(OrderLine),
        [
            {
                "order_id": order.id,
                "name": product,
                "category": product,
                "price": 1000,
                "quantity": 1000,
                "discount": 0,
                "total": 1000,
            }
            for product in one.products
        ],
    )
