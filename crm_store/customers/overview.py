"""All that a customer's card shows, read in a few short queries however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.customers import (
    completeness,
    consents,
    contacts,
    interactions,
    needs,
    preferences,
    reach,
    records,
    referrals,
    sight,
)
from crm_store.customers.completeness import Completeness
from crm_store.customers.filter_conditions import COUNTED
from crm_store.customers.tables import (
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    Interaction,
    InteractionKind,
    Need,
    NeedState,
    Preference,
    PreferenceSource,
    Purpose,
)
from crm_store.marketing import responses
from crm_store.marketing.responses import Received
from crm_store.sales import typical
from crm_store.sales.tables import Order
from crm_store.sales.typical import Mean
from crm_store.service import tasks
from crm_store.service.states import ACTIVE
from crm_store.service.tables import Direction, Message, Task, Ticket
from crm_store.staff.tables import Staff

TICKETS = ORDERS = NEEDS = 5
NOTES = CAMPAIGNS = 3


@dataclass(frozen=True)
class Net:
    """What a customer's orders of one currency brought, after refunds (minor units)."""

    currency: str
    amount: int


@dataclass(frozen=True)
class Overview:
    """``orders`` counts those placed and not cancelled; ``last_purchase_at`` is when the last of them that
    was paid was placed. Preferences come as they count: what the customer stated first. ``reach_by`` is how
    to reach one whom the bot cannot: who blocked it, or never had a chat. ``task`` is what somebody has to
    tell them because it could not. ``referred_by`` is who brought them, ``brought`` how many they did."""

    owner: Staff | None
    tags: list[str]
    contacts: list[ContactMethod]
    consents: dict[Purpose, ConsentState]
    tickets: list[Ticket]
    open_tickets: int
    latest_orders: list[Order]
    orders: int
    net: list[Net]
    means: list[Mean]
    last_purchase_at: datetime | None
    last_contact_at: datetime | None
    notes: list[Interaction]
    preferences: list[Preference]
    needs: list[Need]
    completeness: Completeness
    reach_by: ContactMethod | None
    task: Task | None
    campaigns: list[Received]
    referred_by: Customer | None
    brought: int


def overview(session: Session, *, customer: Customer, now: datetime) -> Overview:
    ways = contacts.of(session, customer=customer)
    tags = records.tags(session, customer=customer)
    likes = sorted(
        preferences.current(session, customer=customer),
        key=lambda one: (one.source != PreferenceSource.STATED, -one.confidence),
    )
    open_tickets = _open_tickets(session, customer)
    orders, net, last_purchase_at = _figures(session, customer)
    wanted = needs.of(session, customer=customer, limit=NEEDS)
    within_reach = customer.reachable and customer.chat_id is not None
    return Overview(
        owner=session.get(Staff, customer.owner_id) if customer.owner_id else None,
        tags=tags,
        contacts=ways,
        consents=consents.current(session, customer=customer),
        tickets=open_tickets[:TICKETS],
        open_tickets=len(open_tickets),
        latest_orders=_latest_orders(session, customer),
        orders=orders,
        net=net,
        means=typical.means(session, customer_id=customer.id),
        last_purchase_at=last_purchase_at,
        last_contact_at=_last_contact(session, customer, now),
        notes=interactions.latest(session, customer=customer, kind=InteractionKind.NOTE, limit=NOTES),
        preferences=likes,
        needs=[one for one in wanted if one.state == NeedState.OPEN],
        completeness=completeness.score(customer, contacts=ways, tags=tags),
        reach_by=None if within_reach else reach.best(ways, likes),
        task=tasks.of_customer(session, customer=customer),
        campaigns=responses.received(session, customer_id=customer.id, limit=CAMPAIGNS),
        referred_by=session.get(Customer, customer.referred_by_id) if customer.referred_by_id else None,
        brought=referrals.brought(session, customer=customer),
    )


def phone_tails(session: Session, *, customers: Sequence[Customer]) -> dict[int, str]:
    """The last four digits of each customer's main phone, by the customer's id: enough to tell people of one
    name apart, and what a mask shows anyway."""
    statement = (
        select(col(ContactMethod.customer_id), col(ContactMethod.value))
        .where(
            col(ContactMethod.customer_id).in_([one.id for one in customers]),
            col(ContactMethod.kind) == ContactKind.PHONE,
        )
        .order_by(col(ContactMethod.invalid).desc(), col(ContactMethod.primary), col(ContactMethod.id).desc())
    )
    return {
        id: value.partition(contacts.EXTENSION)[0][-sight.SHOWN_TAIL :]
        for id, value in session.execute(statement)
    }


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
        .where(col(Message.customer_id) == customer.id, col(Message.direction) != Direction.NOTE)
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
