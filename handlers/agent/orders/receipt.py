"""/receipt O7 (收据): what was bought and what it came to, as one message to keep or pass on."""

from crm_store.customers import customers
from crm_store.sales import whole
from crm_store.sales.stages import owed
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from handlers.agent.orders.buttons import Receipt
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import GLUED_ORDER


def receipt_named(chat: Chat) -> None:
    _say(chat, which(chat, "receipt").order)


def receipt_tapped(chat: Chat, tapped: Receipt) -> None:
    _say(chat, get(chat, tapped.order))


def _say(chat: Chat, order: Order) -> None:
    """A message of its own: what was tapped stays."""
    chat.say(
        "agent/receipt/order.html.j2",
        order=order,
        held=whole.of(chat.session, order=order),
        due=owed(order),
        customer=customers.get(chat.session, customer_id=order.customer_id),
    )


HANDLERS = [
    command("receipt", "收据", role=Role.AGENT, run=receipt_named, glued=GLUED_ORDER),
    tap(Receipt, role=Role.AGENT, run=receipt_tapped),
]
