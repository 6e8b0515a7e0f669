"""A customer asks that an order be cancelled: a ticket about it, for staff to decide."""

from crm_store.sales import orders, whole
from crm_store.sales.stages import stage_of
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order
from crm_store.sales.whole import Whole
from crm_store.service import requests
from crm_store.service.conversation import Received
from crm_store.service.states import Kind
from crm_store.staff.roles import Role
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import tap
from handlers.customer.order_buttons import (
    AskPerson,
    AskToCancel,
    AskToCancelSurely,
    AskToReturn,
    BackToOrder,
)
from handlers.taps import button


def own(chat: Chat, order_id: int) -> Order:
    """The speaker's own order. Raises NoSuchOrder, for another's too."""
    return orders.get(chat.session, order_id=order_id, seen_by=chat.speaker)


def ask_to_cancel(chat: Chat, order_id: int) -> None:
    """Asks whether it is meant; or says why the order cannot be cancelled any more, and what can be done.

    Raises NoSuchOrder.
    """
    order = own(chat, order_id)
    held = whole.of(chat.session, order=order)
    if not held.may(OrderEvent.CANCEL):
        return _no_cancel(chat, held)
    choice = [
        button("own_cancel_yes", AskToCancelSurely(order.id)),
        button("own_cancel_no", BackToOrder(order.id)),
    ]
    return chat.show("customer/order/cancel.html.j2", order=order, buttons=[choice])


def cancel(chat: Chat, tapped: AskToCancel) -> None:
    ask_to_cancel(chat, tapped.order)


def cancel_surely(chat: Chat, tapped: AskToCancelSurely) -> None:
    order = own(chat, tapped.order)
    held = whole.of(chat.session, order=order)
    if not held.may(OrderEvent.CANCEL):
        return _no_cancel(chat, held)
    words = chat.words.label(chat.language, "requests", "cancel", number=order.number)
    return _request(chat, order, words, Kind.INQUIRY)


def _no_cancel(chat: Chat, held: Whole) -> None:
    may_return = held.may(OrderEvent.RETURN)
    ways = [button("own_return", AskToReturn(held.order.id))] if may_return else []
    chat.show(
        "customer/order/no_cancel.html.j2",
        order=held.order,
        held=held,
        stage=stage_of(held.order),
        may_return=may_return,
        buttons=[[*ways, button("own_ask", AskPerson(held.order.id))]],
    )


def _request(chat: Chat, order: Order, words: str, kind: Kind) -> None:
    """Once: who asks the same again is told of the ticket there is."""
    ticket = requests.about(chat.session, customer=chat.speaker, order=order)
    if ticket is not None and requests.was_asked(chat.session, ticket=ticket, words=words):
        return chat.toast("asked_before", number=ticket.number)
    received = requests.ask(
        chat.session, customer=chat.speaker, order=order, words=words, kind=kind, now=chat.now
    )
    return asked(chat, received, words)


def asked(chat: Chat, received: Received, words: str) -> None:
    assert received.ticket is not None
    chat.show(
        "customer/order/asked.html.j2",
        ticket=received.ticket,
        words=words,
        opens_at=chat.desk.next_opening(chat.now),
    )
    notices.customer_wrote(chat, ticket=received.ticket, customer=chat.speaker, received=received)


HANDLERS = [
    tap(AskToCancel, role=Role.CUSTOMER, run=cancel),
    tap(AskToCancelSurely, role=Role.CUSTOMER, run=cancel_surely),
]
