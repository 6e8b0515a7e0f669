"""Which order a member of staff means: O7, bare digits, the one they are being asked about, or that of the
ticket they reply to."""

from dataclasses import dataclass

from crm_store.refusals import NoOrderNamed
from crm_store.sales import orders
from crm_store.sales.tables import Order
from handlers.agent import aim
from handlers.agent.orders.asking import FORMS_OF_ORDERS
from handlers.chat import Chat
from handlers.numbers import numbered


@dataclass(frozen=True)
class Which:
    """An order, and what was said beside its number."""

    order: Order
    rest: str


def which(chat: Chat, command: str) -> Which:
    """The order a command is about. Raises NoSuchOrder, or NoOrderNamed when nothing says which."""
    if found := numbered(chat.arguments, "O"):
        return Which(get(chat, found[0]), found[1])
    replied_to = aim.replied_to(chat)
    if replied_to is None and chat.form is not None and chat.form.form in FORMS_OF_ORDERS:
        return Which(get(chat, chat.form.answers["order"]), chat.arguments)
    context = replied_to or aim.being_answered(chat)
    if context is not None and context.order_id is not None:
        return Which(get(chat, context.order_id), chat.arguments)
    raise NoOrderNamed(command=command)


def get(chat: Chat, order_id: int) -> Order:
    return orders.get(chat.session, order_id=order_id, seen_by=chat.me)
