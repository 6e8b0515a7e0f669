"""A customer writes: the message goes into the ticket it belongs to."""

from dataclasses import replace
from datetime import timedelta

from crm_store.customers.tables import Customer
from crm_store.marketing import replies
from crm_store.sales import named
from crm_store.sales.tables import Order
from crm_store.service import conversation, requests
from crm_store.service.conversation import Outcome, Received
from crm_store.service.states import Kind
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import said
from handlers.customer import kind
from handlers.incoming import is_report, manner_of, read

ACKNOWLEDGE_AGAIN = timedelta(hours=24)
"""A burst is acknowledged once; after so long a silence, a further message is told that it arrived."""


def take(chat: Chat) -> None:
    """Any message of a customer's that is nothing else."""
    receive(chat)


def receive(
    chat: Chat, *, new_of_kind: Kind | None = None, text: str | None = None, about: Order | None = None
) -> None:
    """Take the message into its ticket, or with ``new_of_kind`` into a new one, and say what is due.

    ``text`` is what the message says without its command. ``about`` is the order it was written about: it
    goes into the open ticket about that one, else into a new one.
    """
    known = chat.customer is not None
    incoming = read(chat.message)
    if text is not None:
        incoming = replace(incoming, text=text, html=None)
    intent, into = chat.intent, None
    order = about or _named(chat, incoming.text)
    if about is not None:
        into = requests.about(chat.session, customer=chat.speaker, order=about)
        new_of_kind = Kind.ORDER_STATUS
    received = conversation.receive(
        chat.session,
        customer=chat.speaker,
        incoming=incoming,
        manner=manner_of(incoming, chat.words),
        kind=intent.kind if intent else Kind.UNSURE,
        confidence=intent.confidence if intent else 0.0,
        urgent=intent.urgent if intent else False,
        new_of_kind=new_of_kind,
        into=into,
        order_id=order.id if order else None,
        first=not known,
        now=chat.now,
    )
    if chat.addressed:
        _note_reply(chat, incoming, received)
    respond(chat, chat.speaker, received)


def _note_reply(chat: Chat, incoming: Incoming, received: Received) -> None:
    """Whether it answers a campaign, which the ticket that it opens then tells."""
    answered = replies.note(
        chat.session,
        customer_id=chat.speaker.id,
        chat_id=chat.chat_id,
        reply_to=incoming.reply_to,
        now=chat.now,
    )
    if answered is not None and received.ticket is not None and received.outcome == Outcome.OPENED:
        received.ticket.campaign_id = answered.id


def _named(chat: Chat, text: str) -> Order | None:
    """The customer's own order that the text names: staff see at once which it is about."""
    if chat.customer is None or not named.has_number(text):
        return None
    return named.in_text(chat.session, text=text, customer=chat.customer)


def respond(chat: Chat, customer: Customer, received: Received) -> None:
    """Tell the customer what became of their message, and staff of the message."""
    ticket, opens_at = received.ticket, chat.desk.next_opening(chat.now)
    match received.outcome:
        case Outcome.OPENED:
            chat.say(
                "customer/ticket/opened.html.j2",
                ticket=ticket,
                opens_at=opens_at,
                buttons=kind.buttons(ticket),
            )
        case Outcome.REOPENED:
            chat.say("customer/ticket/reopened.html.j2", ticket=ticket)
        case Outcome.CONTINUED if received.since >= ACKNOWLEDGE_AGAIN:
            chat.say("customer/ticket/added.html.j2", ticket=ticket)
        case Outcome.HELD:
            chat.say("customer/ticket/greeted.html.j2", name=customer.name, opens_at=opens_at)
        case Outcome.THANKED if ticket is None:
            chat.say("customer/ticket/welcome.html.j2")
    if ticket is not None and received.outcome in {Outcome.OPENED, Outcome.REOPENED, Outcome.CONTINUED}:
        notices.customer_wrote(chat, ticket=ticket, customer=customer, received=received)


def nothing(_chat: Chat) -> None:
    """Telegram reports something of its own (a pinned message, a timer): nobody said anything."""


def of_a_customer(chat: Chat) -> bool:
    return chat.update.message is not None and chat.staff is None


def of_telegram_itself(chat: Chat) -> bool:
    return of_a_customer(chat) and is_report(chat.update)


HANDLERS = [
    said(of_telegram_itself, role=Role.CUSTOMER, run=nothing),
    said(of_a_customer, role=Role.CUSTOMER, run=take),
]
