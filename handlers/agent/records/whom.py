"""Which customer a member of staff means: C12, a ticket's (T12, or the message they reply to), or an
order's (O7)."""

from dataclasses import dataclass

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.refusals import NoCustomerNamed
from crm_store.sales import orders
from handlers.agent import aim
from handlers.chat import Chat
from handlers.numbers import ORDER, TICKET, number, numbered


@dataclass(frozen=True)
class Whom:
    """A customer, and what was said beside the number."""

    customer: Customer
    rest: str


def whom(chat: Chat, command: str) -> Whom:
    """The customer a command is about. A number of one that was merged is the one that took it in.

    Raises NoSuchCustomer, NoSuchTicket, NoSuchOrder, or NoCustomerNamed when nothing says which.
    """
    text = chat.arguments
    found = number(text)
    if found is not None and found[0] == TICKET:
        return Whom(get(chat, aim.get(chat, found[1]).customer_id), found[2])
    if found is not None and found[0] == ORDER:
        order = orders.get(chat.session, order_id=found[1], seen_by=chat.me)
        return Whom(get(chat, order.customer_id), found[2])
    if found is not None:
        return Whom(get(chat, found[1]), found[2])
    context = aim.replied_to(chat) or aim.being_answered(chat)
    if context is not None:
        return Whom(get(chat, context.customer_id), text)
    if bare := numbered(text, "C"):
        return Whom(get(chat, bare[0]), bare[1])
    raise NoCustomerNamed(command=command)


def get(chat: Chat, customer_id: int) -> Customer:
    return customers.get(chat.session, customer_id=customer_id)
