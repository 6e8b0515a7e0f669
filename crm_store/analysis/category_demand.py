"""What each category and product was asked for: customers, orders, pieces and money, and where that goes.

Ten periods of four weeks, those of categories counted by the database, those of products from the goods that
were read; each figure by its own unit, never one through another.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.analysis.goods import Goods
from crm_store.analysis.purchases import is_sale
from crm_store.analysis.regression import fit
from crm_store.moments import midnight
from crm_store.sales.tables import Order, OrderLine

PERIODS = 10
PERIOD_DAYS = 28
MOST, MOST_PRODUCTS = 30, 10
LEAST_PERIODS = 6


def by_category(session: Session, *, as_of: datetime, zone: tzinfo, currency: str) -> list[dict[str, Any]]:
    """JSON: the categories that sold most in the last four weeks first. ``customers``, ``orders``,
    ``quantity`` (thousandths) and ``revenue`` (minor units) of the last four weeks, ``before`` the revenue of
    the four before; ``series`` the pieces of each period, oldest first; ``trend``: by which share of the mean
    they change in a period, with its 80 % range, and the next period's pieces with theirs; None where there
    are fewer than six periods with something."""
    end = as_of.astimezone(zone).date()
    edges = [midnight(end - timedelta(days=PERIOD_DAYS * ago), zone=zone) for ago in range(PERIODS, -1, -1)]
    period = case(*((col(Order.placed_at) < edge, at) for at, edge in enumerate(edges[1:])))
    statement = (
        select(
            func.coalesce(col(OrderLine.category), "").label("sold_category"),
            period.label("sold_period"),
            func.count(col(Order.customer_id).distinct()),
            func.count(col(Order.id).distinct()),
            func.sum(col(OrderLine.quantity)),
            func.sum(col(OrderLine.total)),
        )
        .join_from(Order, OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(is_sale(session, as_of=edges[-1], since=edges[0]), col(Order.currency) == currency)
        .group_by("sold_category", "sold_period")
    )
    found: dict[str, list[tuple[int, ...]]] = {}
    for category, at, *figures in session.execute(statement):
        rows = found.setdefault(category, [(0, 0, 0, 0)] * PERIODS)
        rows[at] = tuple(int(one) for one in figures)
    return [
        _told(name, rows)
        for name, rows in sorted(found.items(), key=lambda one: (-one[1][-1][3], one[0]))[:MOST]
    ]


def by_product(bought: Goods) -> list[dict[str, Any]]:
    """Pure. As ``by_category``, of the products that brought most in the last four weeks; where every
    so-manyth customer was read, of all of them as these are."""
    period = PERIODS - 1 - (bought.as_of_day - 1 - bought.day) // PERIOD_DAYS
    recent = bought.where(period >= 0)
    period = period[period >= 0]
    latest = np.where(period == PERIODS - 1, recent.total, 0)
    revenue = np.bincount(recent.product, weights=latest, minlength=len(bought.keys))
    best = [at for at in np.argsort(-revenue, kind="stable")[:MOST_PRODUCTS].tolist() if revenue[at] > 0]
    return [_told(bought.names[at], _rows(recent, period, at)) for at in best]


def _rows(bought: Goods, period: NDArray[np.int64], product: int) -> list[tuple[int, ...]]:
    found = []
    for at in range(PERIODS):
        rows = (bought.product == product) & (period == at)
        counts = (len(np.unique(bought.customer[rows])), len(np.unique(bought.order[rows])))
        sums = (int(bought.quantity[rows].sum()), int(bought.total[rows].sum()))
        found.append(tuple(bought.one_in * one for one in (*counts, *sums)))
    return found


def _told(name: str, rows: list[tuple[int, ...]]) -> dict[str, Any]:
    """``rows``: customers, orders, pieces and revenue of each period."""
    series = [row[2] for row in rows]
    return {
        "name": name,
        **dict(zip(("customers", "orders", "quantity", "revenue"), rows[-1], strict=True)),
        "before": rows[-2][3],
        "series": series,
        "trend": trend(series),
    }


def trend(series: list[int]) -> dict[str, Any] | None:
    """Pure: a straight line through the periods since something was first sold."""
    start = next((at for at, value in enumerate(series) if value), len(series))
    pieces = np.array(series[start:], np.float64)
    line = fit(np.arange(len(pieces), dtype=np.float64), pieces) if len(pieces) >= LEAST_PERIODS else None
    if line is None:
        return None
    mean, (low, high) = float(pieces.mean()), line.interval(1)
    following = np.array([len(pieces)], np.float64)
    least, most = line.predicted(following)
    return {
        "change": round(float(line.coefficients[1]) / mean, 4),
        "range": [round(low / mean, 4), round(high / mean, 4)],
        "next": [max(0, round(one)) for one in (line.predict(following), least, most)],
        "n": len(pieces),
    }
