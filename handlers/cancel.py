"""/cancel, 取消: out of whatever question is open; with an order's number, of that order, as 取消订单 is."""

from crm_store.staff.roles import Role
from handlers.agent.orders import cancelling
from handlers.agent.orders.which import which
from handlers.chat import Chat
from handlers.commands import command
from handlers.customer import bind
from handlers.customer import orders as own_orders
from handlers.numbers import GLUED_ORDER, ORDER, number, numbered


def cancel(chat: Chat) -> None:
    """``/cancel O7 reason`` cancels the order; a customer asks for it."""
    found = number(chat.arguments)
    if found is None or found[0] != ORDER:
        _leave(chat)
    elif chat.staff is not None:
        cancelling.cancel_named(chat, found[1], found[2])
    else:
        own_orders.ask_to_cancel(chat, found[1])


def cancel_order(chat: Chat) -> None:
    """``取消订单 O7``; a customer who names none chooses from their own."""
    found = numbered(chat.arguments, ORDER)
    if chat.staff is not None:
        named = which(chat, "cancel")
        cancelling.cancel_named(chat, named.order.id, named.rest)
    elif found is not None:
        own_orders.ask_to_cancel(chat, found[0])
    else:
        own_orders.choose(chat)


def _leave(chat: Chat) -> None:
    binding = chat.form is not None and chat.form.form == bind.BINDING
    left = chat.leave_form()
    if binding:
        bind.say_left(chat)
    elif left:
        chat.say("cancel/left.html.j2", staff=chat.staff)
    else:
        chat.say("cancel/nothing.html.j2")


HANDLERS = [
    command("cancel", "取消", role=Role.CUSTOMER, run=cancel, glued=GLUED_ORDER),
    command("cancel_order", "取消订单", role=Role.CUSTOMER, run=cancel_order, glued=GLUED_ORDER, menu=False),
]
