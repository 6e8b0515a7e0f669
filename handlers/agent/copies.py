"""The customer's copy of an answer: queued, and joined by the other pictures of its album."""

from datetime import timedelta
from typing import Any

from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service.tables import Message, Ticket
from crm_store.service.transcript import Incoming
from handlers import outgoing
from handlers.chat import Chat
from handlers.outgoing import Call

ALBUM_WAIT = timedelta(seconds=1.5)
"""How long the first picture of an album waits for the others, which come as updates of their own."""

_WORDS = "\ue000"
"""Stands for the words while the template is rendered, so that not a line of them is touched."""


def send(chat: Chat, *, ticket: Ticket, customer: Customer, message: Message, incoming: Incoming) -> None:
    """Queue an answer to the customer."""
    wait = chat.now + ALBUM_WAIT if incoming.media_group_id else None
    html = html_of(chat, ticket, customer, incoming)
    queue(chat, customer, message, outgoing.calls(incoming, html), not_before=wait)


def join_album(chat: Chat, *, customer: Customer, message: Message, incoming: Incoming) -> None:
    """A further picture of an answer: into the album that still waits, else an album of its own."""
    first, *rest = outgoing.calls(incoming, incoming.html or "")
    rows = outbox.of_message(chat.session, message_id=message.id, lock=True)
    waiting = [row for row in rows if outgoing.items(call_of(row))][-1:]
    picture = outgoing.item(first)
    for row in waiting:
        parts = outgoing.items(call_of(row))
        if picture and row.state == OutboxState.PENDING and outgoing.may_join(parts, picture):
            write(row, outgoing.album([*parts, picture]))
            row.not_before = chat.now + ALBUM_WAIT
            break
    else:
        queue(chat, customer, message, [first], not_before=chat.now + ALBUM_WAIT)
    queue(chat, customer, message, rest)


def queue(chat: Chat, customer: Customer, message: Message, calls: list[Call], **about: Any) -> None:
    """Queue messages that carry (parts of) an answer, after those that do already."""
    if not calls:
        return
    number = len(outbox.of_message(chat.session, message_id=message.id))
    for call in calls:
        chat.queue(
            call.method,
            call.params,
            chat_id=customer.chat_id,
            key=f"answer:{message.id}/{number}",
            ticket_id=message.ticket_id,
            message_id=message.id,
            **about,
        )
        number += 1


def html_of(chat: Chat, ticket: Ticket, customer: Customer, incoming: Incoming) -> str:
    """The desk's name, the number, and the words as they were written, with their formatting."""
    around = chat.render(customer.language, "customer/ticket/answer.html.j2", ticket=ticket, html=_WORDS)
    return around.replace(_WORDS, incoming.html or "", 1).strip()


def call_of(row: Outbox) -> Call:
    return Call(row.method, row.params)


def write(row: Outbox, call: Call) -> None:
    row.method, row.params = call.method, call.params
