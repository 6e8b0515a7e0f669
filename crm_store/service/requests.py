"""What a customer asks for with a button, about one of their orders: it becomes a ticket like any other."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.sales.tables import Order
from crm_store.service import conversation, tickets
from crm_store.service.conversation import Outcome, Received
from crm_store.service.states import ACTIVE, Kind, KindSource
from crm_store.service.tables import Direction, Message, Ticket

NOWHERE = 0
"""A button's words stand nowhere in the chat."""


def about(session: Session, *, customer: Customer, order: Order) -> Ticket | None:
    """The customer's open ticket about this order."""
    statement = (
        select(Ticket)
        .where(
            col(Ticket.order_id) == order.id,
            col(Ticket.customer_id) == customer.id,
            col(Ticket.state).in_(ACTIVE),
        )
        .order_by(col(Ticket.id).desc())
    )
    return session.scalars(statement.limit(1)).first()


def was_asked(session: Session, *, ticket: Ticket, words: str) -> bool:
    """Whether the customer has asked exactly this in the ticket already."""
    statement = select(col(Message.id)).where(
        col(Message.ticket_id) == ticket.id,
        col(Message.direction) == Direction.IN,
        col(Message.text) == words,
    )
    return session.scalars(statement.limit(1)).first() is not None


def ask(
    session: Session, *, customer: Customer, order: Order, words: str, kind: Kind, now: datetime
) -> Received:
    """A customer asks for something; ``words`` say it for them. It goes into the open ticket about this
    order, else into a new one of ``kind``."""
    ticket = about(session, customer=customer, order=order)
    outcome, since = Outcome.CONTINUED, timedelta(0)
    if ticket is not None:
        since = now - ticket.last_customer_at
        conversation.customer_wrote(session, ticket=ticket, customer=customer, now=now)
    else:
        outcome = Outcome.OPENED
        ticket = tickets.open_ticket(
            session,
            customer=customer,
            kind=kind,
            source=KindSource.CUSTOMER,
            confidence=1.0,
            order_id=order.id,
            now=now,
        )
    message = Message(
        customer_id=customer.id,
        ticket_id=ticket.id,
        direction=Direction.IN,
        text=words,
        chat_id=customer.chat_id or NOWHERE,
        telegram_id=NOWHERE,
        at=now,
    )
    session.add(message)
    session.flush()
    return Received(outcome, message, ticket, since)


def take_up(session: Session, *, customer: Customer, order: Order | None, now: datetime) -> Received | None:
    """What the customer wrote and a person has not seen becomes a ticket about the order. None when nothing
    waits: somebody has it already, or it is too long ago."""
    if not conversation.held(session, customer=customer, since=now - conversation.HELD_FOR):
        return None
    ticket = tickets.open_ticket(
        session,
        customer=customer,
        kind=Kind.ORDER_STATUS,
        source=KindSource.MODEL,
        confidence=1.0,
        order_id=order.id if order else None,
        now=now,
    )
    waiting = conversation.attach_held(session, customer=customer, ticket=ticket, now=now)
    return Received(Outcome.OPENED, max(waiting, key=lambda one: len(one.text)), ticket)
