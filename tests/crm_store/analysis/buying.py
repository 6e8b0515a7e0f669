"""Customers and what they bought, as rows: hundreds of them in a moment."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.sales.states import OrderState, RefundState
from crm_store.sales.tables import Order, Refund

ZONE = ZoneInfo("Asia/Shanghai")
ANN = 'Ann <3 & "张"'


def customers(session: Session, count: int, *, at: datetime) -> list[int]:
    """So many of them, without any order. Returns their ids."""
    rows = [Customer(name=ANN, language="zh", created_at=at, updated_at=at) for _ in range(count)]
    session.add_all(rows)
    session.flush()
    return [one.id for one in rows]


def noon(day: date, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.combine(day, time(12), zone)


def sale(
    session: Session,
    customer_id: int,
    at: datetime | date,
    total: int = 10_000,
    *,
    state: OrderState = OrderState.COMPLETED,
    currency: str = "CNY",
    cancelled_at: datetime | None = None,
) -> Order:
    """An order as it stands afterwards; a date is noon of that day in ``ZONE``."""
    moment = at if isinstance(at, datetime) else noon(at)
    order = Order(
        customer_id=customer_id,
        state=state,
        currency=currency,
        total=total,
        paid=total,
        placed_at=moment,
        confirmed_at=None if state == OrderState.DRAFT else moment,
        cancelled_at=cancelled_at,
        updated_at=cancelled_at or moment,
    )
    session.add(order)
    session.flush()
    return order


def refund(
    session: Session, order: Order, amount: int, at: datetime, state: RefundState = RefundState.DONE
) -> None:
    done_at = at if state == RefundState.DONE else None
    session.add(Refund(order_id=order.id, amount=amount, state=state, asked_at=at, done_at=done_at))
    order.refunded += amount if done_at else 0
    session.flush()


def every(
    session: Session, customer_id: int, first: date, *, gap: int, times: int, total: int = 10_000
) -> None:
    """A regular: so many sales, ``gap`` days apart."""
    for n in range(times):
        sale(session, customer_id, first + timedelta(days=gap * n), total)


def bought(session: Session, customer_id: int, on: Iterable[date], total: int = 10_000) -> None:
    for day in on:
        sale(session, customer_id, day, total)
