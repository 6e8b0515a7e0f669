"""What was in the orders: one row a line, read once for all analyses of goods; postage and fees are none.

A store of ten million orders is not gone through row by row: above ``MOST_ORDERS``, or ``MOST_LINES`` in
them, every so many customers are read, each with all of their orders, and whoever shows a figure says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from crm_store.analysis.fees import is_fee
from crm_store.analysis.purchases import is_sale
from crm_store.sales.tables import Order, OrderLine, Product

Ints = NDArray[np.int64]

WINDOW_DAYS = 730
MOST_ORDERS = 200_000
MOST_LINES = 1_000_000
_LATEST = 1_000
"""Orders whose lines are counted, to guess those of all."""

_FETCHED = 10_000
COLUMNS = ("customer", "order", "day", "product", "category", "quantity", "total")


@dataclass(frozen=True)
class Goods:
    """One row a line of a sale in [``since``, ``as_of``), ascending by customer, day and order; ``product``
    and ``category`` are places in the lists. A product's key is ``#`` and its id, or ``=`` and the name on a
    line of what was none; a category may be ``""``, unknown. ``day`` is an ordinal of the desk's calendar,
    ``quantity`` in thousandths, ``total`` in minor units. ``one_in``: only every so-manyth customer was read
    (1: all)."""

    as_of: datetime
    since: datetime
    zone: tzinfo
    one_in: int
    customer: Ints
    order: Ints
    day: Ints
    product: Ints
    category: Ints
    quantity: Ints
    total: Ints
    keys: list[str]
    names: list[str]
    categories: list[str]

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def as_of_day(self) -> int:
        return self.as_of.astimezone(self.zone).toordinal()

    @property
    def latest_part(self) -> int:
        """The day from which on what was found before is looked for again: 90 days ago, or the last three
        tenths of a shorter history."""
        if not len(self):
            return self.as_of_day
        span = self.as_of_day - int(self.day.min())
        return self.as_of_day - min(90, max(1, round(0.3 * span)))

    def where(self, kept: NDArray[np.bool_]) -> "Goods":
        return replace(self, **{name: getattr(self, name)[kept] for name in COLUMNS})


def read(session: Session, *, as_of: datetime, zone: tzinfo, currency: str, customers: Ints) -> Goods:
    """The lines of ``customers`` (ids, ascending): of all of them, or of every so-manyth."""
    since = as_of - timedelta(days=WINDOW_DAYS)
    sold = [is_sale(session, as_of=as_of, since=since), col(Order.currency) == currency]
    one_in = _one_in(session, sold)
    few = [col(Order.customer_id) % one_in == 0] if one_in > 1 else []
    statement = (
        select(
            col(Order.customer_id),
            col(Order.id),
            col(Order.placed_at),
            col(OrderLine.product_id),
            col(OrderLine.name),
            col(OrderLine.category),
            col(OrderLine.quantity),
            col(OrderLine.total),
        )
        .join_from(Order, OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(*sold, *few)
        .execution_options(yield_per=_FETCHED)
    )
    products: dict[str, int] = {}
    categories: dict[str, int] = {}
    names: list[str] = []
    rows = _numbers(session.execute(statement), zone, products, names, categories)
    table: Ints = np.asarray(np.fromiter(rows, dtype=np.dtype((np.int64, 7))), np.int64)
    table = table[np.isin(table[:, 0], customers)]
    _number_by_name(table, COLUMNS.index("product"), products, names)
    _number_by_name(table, COLUMNS.index("category"), categories, list(categories))
    table = table[np.lexsort((table[:, 3], table[:, 1], table[:, 2], table[:, 0]))]
    _call_by_their_names(session, products, names)
    columns = dict(zip(COLUMNS, table.T.copy(), strict=True))
    return Goods(
        as_of, since, zone, one_in, keys=list(products), names=names, categories=list(categories), **columns
    )


def _one_in(session: Session, sold: list[ColumnElement[bool]]) -> int:
    """Of so many customers one is read; the lines of all orders are guessed from the latest."""
    orders = session.scalar(select(func.count()).select_from(Order).where(*sold)) or 0
    latest = select(col(Order.id)).where(*sold).order_by(col(Order.id).desc()).limit(_LATEST).subquery()
    of_latest = select(func.count()).where(col(OrderLine.order_id).in_(select(latest.c.id)))
    lines = orders * (session.scalar(of_latest) or 0) // max(1, min(orders, _LATEST))
    return max(1, -(-orders // MOST_ORDERS), -(-lines // MOST_LINES))


def _numbers(
    rows: Iterable[Any],
    zone: tzinfo,
    products: dict[str, int],
    names: list[str],
    categories: dict[str, int],
) -> Iterable[tuple[int, ...]]:
    """Rows as numbers; keys and names are numbered as they come."""
    for customer, order, placed_at, product_id, name, category, quantity, total in rows:
        if is_fee(name):
            continue
        key = f"#{product_id}" if product_id is not None else f"={name}"
        product = products.setdefault(key, len(products))
        if product == len(names):
            names.append(name)
        kind = categories.setdefault(category or "", len(categories))
        yield customer, order, placed_at.astimezone(zone).toordinal(), product, kind, quantity, total


def _number_by_name(table: Ints, column: int, numbers: dict[str, int], names: list[str]) -> None:
    """In the order of their keys, whatever order the rows came in: the same orders say the same anywhere."""
    order = sorted(numbers)
    before = [numbers[key] for key in order]
    place = np.zeros(len(order), np.int64)
    place[before] = np.arange(len(order))
    table[:, column] = place[table[:, column]]
    names[:] = [names[at] for at in before]
    numbers.clear()
    numbers.update({key: at for at, key in enumerate(order)})


def _call_by_their_names(session: Session, products: dict[str, int], names: list[str]) -> None:
    """What is for sale is called as it is called now."""
    for number, name in session.execute(select(col(Product.id), col(Product.name))):
        if (at := products.get(f"#{number}")) is not None:
            names[at] = name
