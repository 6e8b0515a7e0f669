"""The customer's card and timeline with ten thousand events on the customer, on both databases."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from statistics import quantiles

from sqlalchemy import Engine, insert
from sqlmodel import Session, SQLModel

from bot.poller import arrivals
from crm_store.customers import records
from crm_store.customers.overview import overview
from crm_store.customers.tables import Customer, Event, Interaction, InteractionKind
from crm_store.customers.timeline import Cursor, Kind, timeline
from crm_store.engine import transaction
from crm_store.mailbox import inbox
from crm_store.sales.states import OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order
from crm_store.service.tables import Direction, Message
from handlers.agent.records.buttons import OpenCustomer, ShowTimeline
from tests.benchmarks.line import Line, at_most
from tests.benchmarks.shop import AGENT, Shop, postgres_store, sqlite_store
from tests.talk import BOT_ID

EVENTS = 10_000
SHARE: dict[type[SQLModel], float] = {Message: 0.4, Interaction: 0.1, Order: 0.1, Event: 0.4}
"""What the ten thousand on one customer are made of."""

OTHERS, OF_OTHERS = 200, 400
"""Further customers, and what each has, so that an index has something to leave out."""

ROUNDS = 200
MOST_MS = 30.0
_TAPS = count(1)


def run() -> Iterator[Line]:
    for name, store in (("SQLite", sqlite_store), ("PostgreSQL", postgres_store)):
        with store() as engine:
            shop = Shop(engine)
            shop.hire()
            _fill(engine, shop)
            yield from _measure(engine, shop, name)


def _fill(engine: Engine, shop: Shop) -> None:
    with transaction(engine) as session:
        for number in range(1 + OTHERS):
            customer = records.create(
                session, name=f"customer {number}", language="zh", source="bench", channel="bench",
                actor="bench", now=shop.now,
            )  # fmt: skip
            _history(session, customer, shop, EVENTS if not number else OF_OTHERS)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _history(session: Session, customer: Customer, shop: Shop, events: int) -> None:
    """An hour apart, the newest now."""
    for table, share in SHARE.items():
        rows = [
            {"customer_id": customer.id, **_row(table, customer, n, shop.now - timedelta(hours=n))}
            for n in range(round(events * share))
        ]
        session.execute(insert(table), rows)


def _row(table: type[SQLModel], customer: Customer, number: int, at: datetime) -> dict[str, object]:
    if table is Message:
        way = Direction.OUT if number % 3 else Direction.IN
        place = {"chat_id": customer.id, "telegram_id": number}
        return {"direction": way, "kind": "text", "text": "tea " * 10, "at": at, **place}
    if table is Interaction:
        return {"kind": list(InteractionKind)[number % 3], "text": "tea", "at": at}
    if table is Event:
        id = f"{customer.id}-{number}"
        return {"source": "bench", "external_id": id, "kind": "looked", "at": at, "received_at": at}
    states = {
        "state": OrderState.CONFIRMED,
        "payment_state": PaymentState.PAID,
        "shipment_state": ShipmentState.SHIPPED,
    }
    money = {"currency": "CNY", "discount": 0, "total": 100, "paid": 100, "refunded": 0}
    return {**states, **money, "source": "bench", "placed_at": at, "updated_at": at, "version": 1}


def _measure(engine: Engine, shop: Shop, name: str) -> Iterator[Line]:
    half_way = Cursor.at_moment(shop.now - timedelta(hours=EVENTS // 5))
    reads: dict[str, Callable[[Session, Customer], object]] = {
        "card": lambda session, customer: overview(session, customer=customer, now=shop.now),
        "timeline": lambda session, customer: timeline(session, customer=customer, limit=8),
        "timeline half-way": lambda session, customer: timeline(
            session, customer=customer, limit=8, after=half_way
        ),
        "timeline of a kind there is none of": lambda session, customer: timeline(
            session, customer=customer, limit=8, kind=Kind.NOTE
        ),
    }
    for what, read in reads.items():
        yield _line(f"{what}, 10 k events, {name}", [_read(engine, read) for _ in range(ROUNDS)])
    for what, data in (
        ("card", OpenCustomer(1).pack()),
        ("timeline", ShowTimeline(1, "all", "").pack()),
    ):
        took = [_tap(shop, data) for _ in range(ROUNDS)]
        yield _line(f"{what}, tap to committed answer, 10 k events, {name}", took)


def _read(engine: Engine, read: Callable[[Session, Customer], object]) -> float:
    """Seconds."""
    with transaction(engine) as session:
        customer = session.get_one(Customer, 1)
        start = time.perf_counter()
        read(session, customer)
        return time.perf_counter() - start


def _tap(shop: Shop, data: str) -> float:
    """Seconds from a tap in the inbox to the commit of its answer."""
    number = next(_TAPS)
    chat = {"id": AGENT, "type": "private", "first_name": "Bob"}
    user = {"id": AGENT, "is_bot": False, "first_name": "Bob", "language_code": "en"}
    message = {"message_id": number, "date": int(shop.now.timestamp()), "chat": chat, "text": "…"}
    tapped = {"id": str(number), "from": user, "chat_instance": "1", "data": data, "message": message}
    with transaction(shop.engine) as session:
        batch = arrivals([{"update_id": number, "callback_query": tapped}])
        inbox.store(session, bot_id=BOT_ID, arrived=batch, now=shop.now)
    start = time.perf_counter()
    assert shop.work() == 1
    return time.perf_counter() - start


def _line(what: str, seconds: list[float]) -> Line:
    took = sorted(one * 1000 for one in seconds)
    note = f"(median {took[len(took) // 2]:.1f})"
    return at_most(what, quantiles(took, n=20)[-1], MOST_MS, "ms p95", note)
