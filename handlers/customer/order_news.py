"""What customers hear of their orders, step by step, in their language, with a way to the order."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.sales.tables import Order
from handlers.voice import Voice


class News(StrEnum):
    """What happened to an order. Each has its template ``customer/order/news/<news>``."""

    CONFIRMED = "confirmed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    RETURNED = "returned"


def tell(
    voice: Voice, session: Session, *, order: Order, news: News | str, key: str, now: datetime, **facts: Any
) -> bool:
    """Tell the order's customer what happened. False when they have no chat, or cannot be reached.

    ``key`` is the message's own, new one. ``facts``: ``payment`` (paid), ``shipment`` (shipped, delivered),
    ``refund`` (refunded), ``back`` (the Return: returned).
    """
    customer = customers.get(session, customer_id=order.customer_id)
    if customer.chat_id is None or not customer.reachable:
        return False
    voice.say(
        session,
        f"customer/order/news/{News(news)}.html.j2",
        to=customer,
        key=key,
        now=now,
        order=order,
        **facts,
    )
    return True
