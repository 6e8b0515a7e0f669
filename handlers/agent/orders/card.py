"""/order, 订单, or a number alone: an order's card with its three states and all that may be done with it."""

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.sales import typical, whole
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.aim import ANSWERING, PICKING
from handlers.agent.orders import shelf
from handlers.agent.orders.asking import FORMS_OF_ORDERS, leave
from handlers.agent.orders.buttons import BackToOrder, OpenOrder, next_steps, under_card
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import command, said, tap
from handlers.numbers import GLUED_ORDER, ORDER, alone


def show(chat: Chat, order: Order, *, anew: bool = False) -> None:
    """The card; in place of the message whose button was tapped, unless ``anew`` or nothing was."""
    held = whole.of(chat.session, order=order)
    (chat.say if anew else chat.show)(
        "agent/order/card.html.j2",
        held=held,
        strange=typical.strange(chat.session, order=order),
        customer=customer_of(chat, order),
        taker=chat.session.get(Staff, order.taken_by) if order.taken_by else None,
        buttons=under_card(held, me=chat.me),
    )


def changed(chat: Chat, order: Order, word: str, *, told: bool | None = None) -> None:
    """Something was done to the order. Over a button a passing ``word`` and the card as it is now; to a typed
    command one line. ``told``: whether the customer heard of it; None where they need not."""
    if chat.update.callback_query is not None:
        chat.toast(f"order_{word}", number=order.number)
        show(chat, order)
        return
    held = whole.of(chat.session, order=order)
    chat.say(
        "agent/order/changed.html.j2",
        held=held,
        word=word,
        told=told,
        customer=customer_of(chat, order),
        buttons=next_steps(held),
    )


def customer_of(chat: Chat, order: Order) -> Customer:
    return customers.get(chat.session, customer_id=order.customer_id)


def show_named(chat: Chat) -> None:
    """``/order O7``; alone it lists the latest."""
    if chat.arguments:
        show(chat, which(chat, "order").order)
    else:
        shelf.show_latest(chat)


def show_typed(chat: Chat) -> None:
    number = alone(chat.message.text or "", ORDER)
    assert number is not None
    order = get(chat, number)
    _turn_from_question(chat)
    show(chat, order)


def open_(chat: Chat, tapped: OpenOrder) -> None:
    order = get(chat, tapped.order)
    _turn_from_question(chat)
    show(chat, order, anew=True)


def back(chat: Chat, tapped: BackToOrder) -> None:
    order = get(chat, tapped.order)
    _turn_from_question(chat)
    show(chat, order)


def _turn_from_question(chat: Chat) -> None:
    """Who looks at an order no longer answers what was asked about one; a draft stays as it is."""
    if chat.form is not None and chat.form.form in FORMS_OF_ORDERS:
        leave(chat)


def names_an_order(chat: Chat) -> bool:
    """A number typed alone opens its card, but where it answers what was asked."""
    message = chat.update.message
    return (
        chat.staff is not None
        and (chat.form is None or chat.form.form in {ANSWERING, PICKING, *FORMS_OF_ORDERS})
        and message is not None
        and message.reply_to_message is None
        and alone(message.text or "", ORDER) is not None
    )


HANDLERS = [
    command("order", "订单", role=Role.AGENT, run=show_named, glued=GLUED_ORDER),
    said(names_an_order, role=Role.AGENT, run=show_typed),
    tap(OpenOrder, role=Role.AGENT, run=open_),
    tap(BackToOrder, role=Role.AGENT, run=back),
]
