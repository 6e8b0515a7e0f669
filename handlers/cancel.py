"""/cancel, 取消: out of whatever question is open; with an order's number, of that order."""

from crm_store.staff.roles import Role
from handlers.agent.orders import cancelling
from handlers.chat import Chat
from handlers.commands import command
from handlers.customer import orders as own_orders
from handlers.numbers import GLUED_ORDER, ORDER, number


def cancel(chat: Chat) -> None:
    """``/cancel O7 reason`` cancels the order; a customer asks for it."""
    found = number(chat.arguments)
    if found is None or found[0] != ORDER:
        _leave(chat)
    elif chat.staff is not None:
        cancelling.cancel_named(chat, found[1], found[2])
    else:
        own_orders.ask_to_cancel(chat, found[1])


def _leave(chat: Chat) -> None:
    left = chat.leave_form()
    if left:
        chat.say("cancel/left.html.j2", staff=chat.staff)
    else:
        chat.say("cancel/nothing.html.j2")


HANDLERS = [command("cancel", "取消", role=Role.CUSTOMER, run=cancel, glued=GLUED_ORDER)]
