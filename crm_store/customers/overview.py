"""All that a customer's card shows, read in a few short queries however much there is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.customers import consents, interactions, reach
from crm_store.customers.filter_conditions import COUNTED
from crm_store.customers.tables import (
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    Interaction,
    InteractionKind,
    Need,
    NeedState,
    Preference,
    PreferenceSource,
    Purpose,
)
from crm_store.sales.tables import Order
from crm_store.service.states import ACTIVE
from crm_store.service.tables import Message, Ticket
from crm_store.staff.tables import Staff

TICKETS = ORDERS = NEEDS = PREFERENCES = 5
NOTES = 3
PARTS = ("name", "phone", "other_contact", "city", "street", "tier", "owner", "consent")
"""What makes a record complete, each as much as the others; keys of labels ``[parts]``."""


@dataclass(frozen=True)
class Net:
    """What a customer's orders of one currency brought, after refunds (minor units)."""

    currency: str
    amount: int


@dataclass(frozen=True)
class Overview:
    """``orders`` counts those placed and not cancelled; ``last_purchase_at`` is when the last of them that
    was paid was placed. ``missing`` are keys of ``PARTS``, ``completeness`` is the share that is there.
    ``reach_by`` is how to reach one who blocked the bot or never had a chat."""

    owner: Staff | None
    tags: list[str]
    contacts: list[ContactMethod]
    consents: dict[Purpose, ConsentState]
    tickets: list[Ticket]
    open_tickets: int
    latest_orders: list[Order]
    orders: int
    net: list[Net]
    last_purchase_at: datetime | None
    last_contact_at: datetime | None
    notes: list[Interaction]
    preferences: list[Preference]
    needs: list[Need]
    missing: list[str]
    reach_by: ContactMethod | None

    @property
    def completeness(self) -> float:
        return 1 - len(self.missing) / len(PARTS)


def overview(session: Session, *, customer: Customer, now: datetime) -> Overview:
    contacts = _contacts(session, customer)
    preferences = _preferences(session, customer)
    agreed = consents.current(session, customer=customer)
    open_tickets = _open_tickets(session, customer)
    orders, net, last_purchase_at = _figures(session, customer)
    cut_off = not customer.reachable or customer.chat_id is None
    return Overview(
        owner=session.get(Staff, customer.owner_id) if customer.owner_id else None,
        tags=_tags(session, customer),
        contacts=contacts,
        consents=agreed,
        tickets=open_tickets[:TICKETS],
        open_tickets=len(open_tickets),
        latest_orders=_latest_orders(session, customer),
        orders=orders,
        net=net,
        last_purchase_at=last_purchase_at,
        last_contact_at=_last_contact(session, customer, now),
        notes=interactions.latest(session, customer=customer, kind=InteractionKind.NOTE, limit=NOTES),
        preferences=preferences[:PREFERENCES],
        needs=_needs(session, customer),
        missing=_missing(customer, contacts, agreed),
        reach_by=reach.best(contacts, preferences) if cut_off else None,
    )


def _contacts(session: Session, customer: Customer) -> list[ContactMethod]:
    """Those that work first, the primary one of each kind first."""
    statement = select(ContactMethod).where(col(ContactMethod.customer_id) == customer.id)
    order = (col(ContactMethod.invalid), col(ContactMethod.primary).desc(), col(ContactMethod.id))
    found = list(session.scalars(statement.order_by(*order)))
    return sorted(found, key=lambda one: (one.invalid, list(ContactKind).index(one.kind)))


def _tags(session: Session, customer: Customer) -> list[str]:
    statement = select(col(CustomerTag.tag)).where(col(CustomerTag.customer_id) == customer.id)
    return list(session.scalars(statement.order_by(col(CustomerTag.tag))))


def _open_tickets(session: Session, customer: Customer) -> list[Ticket]:
    statement = select(Ticket).where(col(Ticket.customer_id) == customer.id, col(Ticket.state).in_(ACTIVE))
    return list(session.scalars(statement.order_by(col(Ticket.id).desc())))


def _latest_orders(session: Session, customer: Customer) -> list[Order]:
    statement = select(Order).where(col(Order.customer_id) == customer.id)
    order = (col(Order.placed_at).desc(), col(Order.id).desc())
    return list(session.scalars(statement.order_by(*order).limit(ORDERS)))


def _figures(session: Session, customer: Customer) -> tuple[int, list[Net], datetime | None]:
    """How many orders, what they brought by currency, when the last paid one was placed."""
    net = col(Order.paid) - col(Order.refunded)
    bought = case((COUNTED & (col(Order.paid) > 0), col(Order.placed_at)))
    statement = (
        select(
            col(Order.currency),
            func.sum(case((COUNTED, 1), else_=0)),
            func.sum(net),
            func.max(bought),
        )
        .where(col(Order.customer_id) == customer.id)
        .group_by(col(Order.currency))
        .order_by(col(Order.currency))
    )
    rows = session.execute(statement).all()
    bought_at = [row[3] for row in rows if row[3] is not None]
    return (
        sum(int(row[1]) for row in rows),
        [Net(row[0], int(row[2])) for row in rows if row[2]],
        max(bought_at, default=None),
    )


def _last_contact(session: Session, customer: Customer, now: datetime) -> datetime | None:
    """When somebody last spoke with them, in the chat or elsewhere. A note is no contact; neither is a visit
    that is still to come."""
    said = (
        select(col(Message.at))
        .where(col(Message.customer_id) == customer.id, col(Message.direction) != "note")
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    )
    logged = (
        select(col(Interaction.at))
        .where(
            col(Interaction.customer_id) == customer.id,
            col(Interaction.kind) != InteractionKind.NOTE,
            col(Interaction.at) <= now,
        )
        .order_by(col(Interaction.at).desc(), col(Interaction.id).desc())
        .limit(1)
    )
    return max(filter(None, (session.scalar(said), session.scalar(logged))), default=None)


def _preferences(session: Session, customer: Customer) -> list[Preference]:
    """What they said themselves before what was concluded; a topic of theirs hides the conclusion."""
    statement = select(Preference).where(col(Preference.customer_id) == customer.id)
    found = list(session.scalars(statement.order_by(col(Preference.at).desc(), col(Preference.id).desc())))
    stated = [one for one in found if one.source == PreferenceSource.STATED]
    topics = {one.topic.casefold() for one in stated}
    inferred = [one for one in found if one.source != PreferenceSource.STATED]
    return stated + [one for one in inferred if one.topic.casefold() not in topics]


def _needs(session: Session, customer: Customer) -> list[Need]:
    statement = select(Need).where(col(Need.customer_id) == customer.id, col(Need.state) == NeedState.OPEN)
    return list(session.scalars(statement.order_by(col(Need.id).desc()).limit(NEEDS)))


def _missing(
    customer: Customer, contacts: list[ContactMethod], agreed: dict[Purpose, ConsentState]
) -> list[str]:
    kinds = {one.kind for one in contacts if not one.invalid}
    there = {
        "name": bool(customer.name.strip()),
        "phone": ContactKind.PHONE in kinds,
        "other_contact": bool(kinds - {ContactKind.PHONE}) or customer.chat_id is not None,
        "city": customer.city is not None,
        "street": customer.street is not None,
        "tier": customer.tier is not None,
        "owner": customer.owner_id is not None,
        "consent": bool(agreed),
    }
    return [part for part in PARTS if not there[part]]
