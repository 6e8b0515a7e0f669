"""Notices: who of the staff hears what about a ticket, and when."""

from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crm_store.customers.tables import Customer
from crm_store.service import kinds, queue, tasks, tickets, transcript
from crm_store.service.conversation import Received
from crm_store.service.tables import Delivery, Message, Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.tables import Staff
from handlers.agent import unsaid
from handlers.agent.buttons import under_notice
from handlers.chat import Chat
from handlers.voice import Voice

log = structlog.get_logger()


def audience(chat: Chat, ticket: Ticket) -> list[Staff]:
    """Its assignee; while nobody has it, everybody on duty."""
    assignee = chat.session.get(Staff, ticket.assignee_id) if ticket.assignee_id is not None else None
    if assignee is not None and assignee.revoked_at is None:
        return [assignee]
    return staff_verbs.on_duty(chat.session)


def customer_wrote(chat: Chat, *, ticket: Ticket, customer: Customer, received: Received) -> None:
    """A new message in a ticket, with its words, for those it concerns. What cannot be shown here is told of
    by the ticket's number alone: a customer's message does not fail because of our notice."""
    people = audience(chat, ticket)
    if not people:
        return
    message = received.message
    files = transcript.attachments(chat.session, messages=[message]) if message.kind != "text" else []
    values = {"customer": customer, "outcome": received.outcome, "message": message, "files": files}
    for one in people:
        if not _told(chat, one, "agent/notice/customer_wrote.html.j2", ticket, **values):
            _told(chat, one, "agent/notice/unshown.html.j2", ticket)


def _told(chat: Chat, to: Staff, template: str, ticket: Ticket, **values: Any) -> bool:
    try:
        chat.notify([to], template, ticket=ticket, buttons=under_notice(ticket), **values)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception(
            "a notice could not be written", action="notice_failed", template=template, ticket=ticket.id
        )
        return False
    return True


def customer_edited(chat: Chat, *, ticket: Ticket, customer: Customer, before: str, message: Message) -> None:
    """What a message said before, and says now."""
    chat.notify(
        audience(chat, ticket),
        "agent/notice/customer_edited.html.j2",
        ticket=ticket,
        customer=customer,
        before=before,
        message=message,
        buttons=under_notice(ticket),
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


def assigned(chat: Chat, *, ticket: Ticket, to: Staff, customer: Customer) -> None:
    """A colleague gave somebody a ticket."""
    chat.notify(
        [to],
        "agent/notice/assigned.html.j2",
        ticket=ticket,
        customer=customer,
        by=chat.me,
        words=kinds.first_words(chat.session, ticket=ticket),
        buttons=under_notice(ticket),
    )


def taken_over(chat: Chat, *, ticket: Ticket, had: Staff, now_has: Staff) -> None:
    """Somebody's ticket was given to somebody else."""
    chat.notify([had], "agent/notice/taken_over.html.j2", ticket=ticket, by=chat.me, assignee=now_has)


def returned(chat: Chat, *, tickets: list[Ticket], who: Staff) -> None:
    """Tickets that were somebody's are in the queue again."""
    people = queue.customers_of(chat.session, tickets=tickets)
    for ticket in tickets:
        chat.notify(
            staff_verbs.on_duty(chat.session),
            "agent/notice/returned.html.j2",
            ticket=ticket,
            customer=people[ticket.customer_id],
            who=who,
            words=kinds.first_words(chat.session, ticket=ticket),
            buttons=under_notice(ticket),
        )


def colleague_answered(chat: Chat, *, ticket: Ticket, message: Message) -> None:
    """Somebody else answered one's ticket."""
    _tell_assignee(chat, "agent/notice/colleague_answered.html.j2", ticket, message)


def noted(chat: Chat, *, ticket: Ticket, message: Message) -> None:
    """A colleague left a note on one's ticket."""
    _tell_assignee(chat, "agent/notice/noted.html.j2", ticket, message)


def moved(chat: Chat, *, ticket: Ticket) -> None:
    """A colleague changed the state of one's ticket."""
    _tell_assignee(chat, "agent/notice/moved.html.j2", ticket, None)


def _tell_assignee(chat: Chat, template: str, ticket: Ticket, message: Message | None) -> None:
    if ticket.assignee_id is not None:
        about = {"message": message} if message is not None else {}
        chat.notify(
            audience(chat, ticket), template, ticket=ticket, by=chat.me, buttons=under_notice(ticket), **about
        )


def reachable_again(chat: Chat) -> None:
    """The customer is back: what the desk answered meanwhile never arrived, and may be sent again."""
    customer, told = chat.speaker, False
    for ticket in tickets.of_customer(chat.session, customer=customer):
        last = transcript.last_answer(chat.session, ticket=ticket)
        if tickets.is_active(ticket) and last is not None and last.delivery == Delivery.REFUSED:
            chat.notify(
                audience(chat, ticket),
                "agent/notice/reachable_again.html.j2",
                ticket=ticket,
                customer=customer,
                message=last,
            )
            told = True
    task = tasks.of_customer(chat.session, customer=customer)
    if task is not None and (task.order_id is not None or not told):
        unsaid.tell(
            chat.session,
            task,
            template="agent/todo/back.html.j2",
            key=chat.next_key(),
            now=chat.now,
            voice=Voice(chat.desk, chat.words),
        )
