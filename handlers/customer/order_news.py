"""What customers hear of their orders, step by step, in their language, with a way to the order."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.mailbox import outbox
from crm_store.sales import whole
from crm_store.sales.stages import owed
from crm_store.sales.states import RefundState
from crm_store.sales.tables import Order, Payment, Refund, Return, Shipment
from crm_store.sales.whole import Whole
from crm_store.staff.tables import Staff
from handlers.agent import unsaid
from handlers.chat import TEXT_LIMIT
from handlers.customer.order_buttons import ShowOwnOrder
from handlers.html import plain, split
from handlers.taps import button
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
    voice: Voice,
    session: Session,
    *,
    order: Order,
    news: News | str,
    key: str,
    now: datetime,
    payment: Payment | None = None,
    shipment: Shipment | None = None,
    refund: Refund | None = None,
    back: Return | None = None,
    by: Staff | None = None,
) -> bool:
    """Tell the order's customer what happened. False when they have no chat, or cannot be reached: who
    blocked the bot has to be called. ``by`` sees that in the answer, and gets no notice of it.

    ``key`` is the message's own, new one. What it is about, where it is not the latest of its kind:
    ``payment`` (paid), ``shipment`` (shipped, delivered), ``refund`` (refunded), ``back`` (returned).
    """
    customer = customers.get(session, customer_id=order.customer_id)
    if customer.chat_id is None:
        return False
    session.flush()
    held = whole.of(session, order=order)
    message = voice.message(
        f"customer/order/news/{News(news)}.html.j2",
        to=customer,
        now=now,
        order=order,
        held=held,
        due=owed(order),
        left=[part for part in held.parts if part.left],
        **_about(held, News(news), payment, shipment, refund, back),
        buttons=[[button("own_order_open", ShowOwnOrder(order.id))]],
    )
    if not customer.reachable:
        unsaid.keep(
            session,
            customer=customer,
            reason="blocked",
            text=plain(message["text"]),
            order_id=order.id,
            knows=[by.id] if by is not None else [],
            now=now,
            voice=voice,
        )
        return False
    _post(session, message, order, chat_id=customer.chat_id, key=key, now=now)
    return True


def _about(
    held: Whole,
    news: News,
    payment: Payment | None,
    shipment: Shipment | None,
    refund: Refund | None,
    back: Return | None,
) -> dict[str, Any]:
    """The payment, parcel, refund or return that the news is of: the one given, else the latest."""
    match news:
        case News.PAID:
            return {"payment": payment or held.payments[-1]}
        case News.SHIPPED | News.DELIVERED:
            given = [one for one in held.parcels if shipment is not None and one.shipment.id == shipment.id]
            return {"parcel": (given or held.parcels)[-1]}
        case News.REFUNDED:
            done = [one for one in held.refunds if one.state == RefundState.DONE]
            return {"refund": refund or done[-1]}
        case News.RETURNED:
            asked = back or held.returns[-1].asked
            goods = [one.goods for one in held.returns if one.asked.id == asked.id]
            return {"back": asked, "going_back": goods[-1] if goods else []}
        case _:
            return {}


def _post(
    session: Session, message: dict[str, Any], order: Order, *, chat_id: int, key: str, now: datetime
) -> None:
    """An order of many lines is longer than one message: it goes out whole, the button under the last."""
    parts = split(message["text"], TEXT_LIMIT)
    for number, part in enumerate(parts):
        params = {**message, "text": part}
        if number < len(parts) - 1:
            params.pop("reply_markup", None)
        outbox.post(
            session,
            key=key if number == 0 else f"{key}/{number}",
            chat_id=chat_id,
            method="sendMessage",
            params=params,
            order_id=order.id,
            now=now,
        )
