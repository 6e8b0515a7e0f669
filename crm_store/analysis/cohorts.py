"""Who comes back: customers by the month of their first purchase, and how many of them bought in each month
after it. Month 0 is all of them; a month that is not over is marked, and left out of what is said of it."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import purchase_rows
from crm_store.analysis.night import Found, Night
from crm_store.analysis.purchases import Ledger
from crm_store.customers.tables import Customer

Ints = NDArray[np.int64]

MOST_MONTHS = 12
MOST_CHANNELS = 4
REPEAT_DAYS = 90
"""Within which a second day of buying makes a customer one who came again."""


def nightly(night: Night) -> Found:
    result = by_month(night.ledger)
    found = channels(night.session)
    night.session.rollback()
    result["channels"] = [[source, by_month(night.ledger, only=only)] for source, only in found]
    return Found(n=result["n"], method="first month 1", result=result)


def channels(session: Session) -> list[tuple[str, Ints]]:
    """Where customers came from: the sources of most, each with its customers, ascending."""
    several = (
        select(col(Customer.source)).where(col(Customer.source).is_not(None)).group_by(col(Customer.source))
    )
    first = several.order_by(func.count().desc(), col(Customer.source)).limit(MOST_CHANNELS)
    ids = select(col(Customer.id)).order_by(col(Customer.id))
    return [
        (source, np.fromiter(session.scalars(ids.where(col(Customer.source) == source)), np.int64))
        for source in session.scalars(first).all()
        if source
    ]


def by_month(ledger: Ledger, *, only: Ints | None = None) -> dict[str, Any]:
    """JSON, of all customers or ``only`` of some (ids, ascending). ``cohorts``: for each of the latest months
    its first day, its ``n`` customers, and how many of them bought in month 0, 1, 2 …; the last figure is of
    the current month, which has not ended where ``partial``. ``again``: of those whose first purchase is 90
    days ago or more, who bought on another day within 90 days (n, of)."""
    end = ledger.as_of.astimezone(ledger.zone).date()
    current = _month(end)
    is_partial = end.day > 1
    last = current if is_partial else current - 1
    first = last - MOST_MONTHS + 1
    bought = np.zeros((MOST_MONTHS, MOST_MONTHS), np.int64)
    customers = again = of = 0
    for piece in ledger.rows.pieces():
        customer, day = purchase_rows.unpack(piece.key[piece.orders > 0])
        if only is not None:
            kept = np.isin(customer, only)
            customer, day = customer[kept], day[kept]
        if not len(customer):
            continue
        start = np.flatnonzero(np.diff(customer, prepend=-1))
        sizes = np.diff(start, append=len(customer))
        bought += _came(_months(day), customer, start, sizes, first)
        soon, known = _again(day, start, sizes, end.toordinal())
        customers, again, of = customers + len(start), again + soon, of + known
    table = {
        first + at: bought[at, : MOST_MONTHS - at].tolist() for at in range(MOST_MONTHS) if bought[at, 0]
    }
    return {
        "n": customers,
        "partial": is_partial,
        "cohorts": [
            {"month": f"{one // 12:04}-{one % 12 + 1:02}-01", "n": counts[0], "bought": counts}
            for one, counts in table.items()
        ],
        "later": _later(table, is_partial),
        "again": [again, of],
        "again_days": REPEAT_DAYS,
    }


def _came(month: Ints, customer: Ints, start: Ints, sizes: Ints, first: int) -> Ints:
    """How many customers of each of the latest months, from month ``first`` on, bought how many months
    later."""
    begun = np.repeat(month[start], sizes)
    is_new = np.ones(len(month), bool)
    is_new[1:] = (customer[1:] != customer[:-1]) | (month[1:] != month[:-1])
    kept = is_new & (begun >= first) & (month < first + MOST_MONTHS)
    cell = (begun[kept] - first) * MOST_MONTHS + month[kept] - begun[kept]
    return np.bincount(cell, minlength=MOST_MONTHS**2).reshape(MOST_MONTHS, MOST_MONTHS)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(days: Ints) -> Ints:
    """The month of each ordinal day, as year times twelve and months gone."""
    if not len(days):
        return days
    first = int(days.min())
    known = [_month(date.fromordinal(one)) for one in range(first, int(days.max()) + 1)]
    return np.array(known, np.int64)[days - first]


def _later(table: dict[int, list[int]], is_partial: bool) -> list[list[int]]:
    """Over all cohorts, for each month after the first: how many came, of how many whose month is over."""
    rows = [counts[:-1] if is_partial else counts for counts in table.values()]
    longest = max((len(row) for row in rows), default=0)
    return [
        [sum(row[at] for row in rows if len(row) > at), sum(row[0] for row in rows if len(row) > at)]
        for at in range(1, longest)
    ]


def _again(day: Ints, start: Ints, sizes: Ints, end: int) -> tuple[int, int]:
    since = day - np.repeat(day[start], sizes)
    soon = np.add.reduceat((since > 0) & (since <= REPEAT_DAYS), start) > 0
    known = end - day[start] >= REPEAT_DAYS
    return int((soon & known).sum()), int(known.sum())
