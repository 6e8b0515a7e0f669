"""A shop with half a year of nights behind it: customers, what they bought, and what the last night found."""

from datetime import datetime, time, timedelta

import numpy as np
from sqlalchemy import insert
from sqlmodel import Session

from crm_store.analysis import churn, nightly, scores, snapshots, value
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from tests.crm_store.analysis import buying
from tests.crm_store.analysis.ledger import FIRST, Sales
from tests.talk import Talk

ANALYSES = {AnalysisKind.VALUE: value.nightly, AnalysisKind.CHURN: churn.nightly}
DAYS = 546


def regulars(count: int, *, seed: int = 7) -> list[tuple[int, int, int]]:
    """Sales of customers who come over a year, each at a pace of their own, and leave one day."""
    random = np.random.default_rng(seed)
    sales = []
    for who in range(1, count + 1):
        day, gap = FIRST + random.uniform(0, 365), random.uniform(7, 40)
        price = random.gamma(6.0, 20_000.0 / 6)
        while day < FIRST + DAYS:
            sales.append((who, int(day), max(int(price * random.gamma(8.0, 1 / 8)), 1)))
            if random.random() < 0.06:
                break
            day += max(gap * random.normal(1.0, 0.2), 1.0)
    return sales


def trade(talk: Talk, sales: Sales, customers: int) -> list[int]:
    """The customers' ids: sales of the ledger, shifted so that its day ``FIRST + DAYS`` is today."""
    today = talk.desk.local(talk.now).date()
    with transaction(talk.engine) as session:
        ids = buying.customers(session, customers, at=talk.now - timedelta(days=DAYS))
        rows = []
        for who, day, amount in zip(sales.customer, sales.day, sales.amount, strict=True):
            ago = FIRST + DAYS - int(day)
            if ago > 0:
                at = talk.desk.moment(today - timedelta(days=ago), time(10))
                rows.append(_order(ids[int(who) - 1], int(amount), at))
        session.execute(insert(Order), rows)
        for id in ids:
            latest = max((row["placed_at"] for row in rows if row["customer_id"] == id), default=None)
            session.get_one(Customer, id).last_order_at = latest
    return ids


def _order(customer: int, amount: int, at: datetime) -> dict[str, object]:
    return {
        "customer_id": customer, "state": OrderState.COMPLETED, "currency": "CNY", "total": amount,
        "paid": amount, "placed_at": at, "confirmed_at": at, "updated_at": at, "version": 1,
    }  # fmt: skip


def analyse(talk: Talk) -> None:
    """What the night does about value and risk: found as of midnight, scores written, results kept."""
    as_of = talk.desk.moment(talk.desk.local(talk.now).date(), time())
    zone, currency = talk.desk.timezone, talk.desk.currency
    with Session(talk.engine) as session:
        night = nightly.begin(session, as_of=as_of, zone=zone, currency=currency, now=talk.now)
        found = {kind: analysis(night) for kind, analysis in ANALYSES.items()}
    with transaction(talk.engine) as session:
        after = 0
        for rows in scores.batches(night):
            scores.write(session, rows=rows, after=after, as_of=as_of)
            after = rows[-1][0]
        scores.drop(session, after=after)
        for kind, one in found.items():
            snapshots.keep(
                session, kind=kind, as_of=as_of, zone=zone, currency=currency, n=one.n, method=one.method,
                result=one.result, seconds=1.0, now=talk.now,
            )  # fmt: skip
