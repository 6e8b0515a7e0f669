"""What a search found, as people tell it apart: on buttons, and in words why it matches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from crm_store.customers.overview import phone_tails
from crm_store.customers.tables import Customer
from crm_store.sales.tables import Order
from crm_store.service.tables import Ticket
from handlers.agent.buttons import OpenTicket
from handlers.agent.orders.buttons import OpenOrder
from handlers.agent.records import whom
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.desk import Desk
from handlers.taps import Button, button
from handlers.words import excerpt, shown_day

LONGEST_NAME = 24


@dataclass(frozen=True)
class CustomerLine:
    """``why`` is a key of labels ``[match]``, None where the match speaks for itself; ``facts`` tell people
    of one name apart: city, tail of the phone, day of the last order."""

    customer: Customer
    why: str | None
    facts: list[str]


@dataclass(frozen=True)
class OrderLine:
    order: Order
    customer: Customer


@dataclass(frozen=True)
class TicketLine:
    ticket: Ticket
    customer: Customer


class Reader(Protocol):
    """Whoever reads the lines: in a chat, or when a job is done."""

    @property
    def session(self) -> Session: ...

    @property
    def desk(self) -> Desk: ...

    @property
    def language(self) -> str: ...


def customer_lines(to: Reader, found: Iterable[tuple[Customer, str | None]]) -> list[CustomerLine]:
    pairs = list(found)
    tails = phone_tails(to.session, customers=[customer for customer, _ in pairs])
    return [CustomerLine(one, why, _facts(to, one, tails.get(one.id))) for one, why in pairs]


def _facts(to: Reader, customer: Customer, tail: str | None) -> list[str]:
    ordered = customer.last_order_at
    return [
        *([customer.city] if customer.city else []),
        *([f"…{tail}"] if tail else []),
        *([shown_day(to.language, to.desk.local(ordered))] if ordered else []),
    ]


def order_lines(chat: Chat, found: Sequence[Order]) -> list[OrderLine]:
    return [OrderLine(one, whom.get(chat, one.customer_id)) for one in found]


def ticket_lines(chat: Chat, found: Sequence[Ticket]) -> list[TicketLine]:
    return [TicketLine(one, whom.get(chat, one.customer_id)) for one in found]


def customer_button(line: CustomerLine) -> Button:
    words = [excerpt(called(line.customer), LONGEST_NAME), *line.facts]
    return button("found_customer", OpenCustomer(line.customer.id), facts=" · ".join(words))


def order_button(line: OrderLine) -> Button:
    name = excerpt(line.customer.name, LONGEST_NAME)
    return button("found_order", OpenOrder(line.order.id), number=line.order.number, name=name)


def ticket_button(line: TicketLine) -> Button:
    name = excerpt(line.customer.name, LONGEST_NAME)
    return button("found_ticket", OpenTicket(line.ticket.id), number=line.ticket.number, name=name)


def called(customer: Customer) -> str:
    """A customer's name with what staff call them among themselves."""
    return f"{customer.name} / {customer.remark}" if customer.remark else customer.name
