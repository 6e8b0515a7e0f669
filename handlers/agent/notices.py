"""Notices: who of the staff hears what about a ticket, and when."""

from crm_store.customers.tables import Customer
from crm_store.service import conversation
from crm_store.service.conversation import Received
from crm_store.service.tables import Message, Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.tables import Staff
from handlers.chat import Chat


def audience(chat: Chat, ticket: Ticket) -> list[Staff]:
    """Its assignee; while nobody has it, everybody on duty."""
    if ticket.assignee_id is not None:
        assignee = chat.session.get(Staff, ticket.assignee_id)
        return [assignee] if assignee is not None else []
    return staff_verbs.on_duty(chat.session)


def customer_wrote(chat: Chat, *, ticket: Ticket, customer: Customer, received: Received) -> None:
    """A new message in a ticket, with its words, for those it concerns."""
    people = audience(chat, ticket)
    if not people:
        return
    files = conversation.attachments(chat.session, messages=[received.message])
    chat.notify(
        people,
        "agent/notice/customer_wrote.html.j2",
        ticket=ticket,
        customer=customer,
        outcome=received.outcome,
        message=received.message,
        files=files,
    )


def customer_edited(chat: Chat, *, ticket: Ticket, customer: Customer, before: str, message: Message) -> None:
    """What a message said before, and says now."""
    chat.notify(
        audience(chat, ticket),
        "agent/notice/customer_edited.html.j2",
        ticket=ticket,
        customer=customer,
        before=before,
        message=message,
    )


def customer_closed(chat: Chat, *, ticket: Ticket, customer: Customer) -> None:
    """The customer needs nothing more."""
    chat.notify(
        audience(chat, ticket), "agent/notice/customer_closed.html.j2", ticket=ticket, customer=customer
    )


def rated(chat: Chat, *, ticket: Ticket, customer: Customer, score: int) -> None:
    """How the customer liked the resolution."""
    chat.notify(
        audience(chat, ticket), "agent/notice/rated.html.j2", ticket=ticket, customer=customer, score=score
    )


def commented(chat: Chat, *, ticket: Ticket, customer: Customer, comment: str) -> None:
    """What the customer added to the score."""
    chat.notify(
        audience(chat, ticket),
        "agent/notice/commented.html.j2",
        ticket=ticket,
        customer=customer,
        comment=comment,
    )
