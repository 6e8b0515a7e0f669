"""What other systems are told back: what they sent, where it stands, and no more of a person than needed."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from crm_store.customers import contacts, sight
from crm_store.customers.tables import ContactKind, Customer, Event
from crm_store.exchange import amounts, refs
from crm_store.sales import whole
from crm_store.sales.states import OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order
from handlers.intake.told import Outcome


class ContactSeen(BaseModel):
    """Masked: enough to recognise it."""

    kind: ContactKind
    value: str


class CustomerSeen(BaseModel):
    number: str = Field(description="Ours: C12. Of one that was merged, the one that took it in.")
    external_id: str | None
    name: str
    company: str | None
    province: str | None
    city: str | None
    contacts: list[ContactSeen]
    created_at: datetime
    updated_at: datetime


class CustomerKept(BaseModel):
    outcome: Outcome
    customer: CustomerSeen


class LineSeen(BaseModel):
    sku: str | None
    name: str
    price: str
    quantity: str
    discount: str
    total: str


class PaymentSeen(BaseModel):
    method: str
    reference: str | None
    amount: str
    paid_at: datetime


class ShipmentSeen(BaseModel):
    carrier: str
    tracking_number: str | None
    shipped_at: datetime
    delivered_at: datetime | None


class OrderSeen(BaseModel):
    """Amounts are decimal numbers in text, in ``currency``."""

    number: str = Field(description="Ours: O7.")
    external_id: str | None
    customer: str = Field(description="Our number: C12.")
    state: OrderState
    payment_state: PaymentState
    shipment_state: ShipmentState
    currency: str
    discount: str
    total: str
    paid: str
    refunded: str
    note: str | None
    address: str | None
    recipient: str | None
    placed_at: datetime
    confirmed_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    updated_at: datetime
    lines: list[LineSeen]
    payments: list[PaymentSeen]
    shipments: list[ShipmentSeen]


class OrderKept(BaseModel):
    outcome: Outcome
    order: OrderSeen


class EventSeen(BaseModel):
    id: int
    external_id: str
    kind: str
    customer: str | None = Field(description="Our number, once we know who it was.")
    customer_external_id: str | None = Field(description="Yours, as long as we do not.")
    subject: str | None
    session: str | None
    data: dict[str, Any] | None
    at: datetime
    received_at: datetime


class EventKept(BaseModel):
    id: int
    external_id: str
    new: bool
    customer: str | None


class EventsKept(BaseModel):
    new: int
    known: int
    events: list[EventKept]


def customer(session: Session, customer: Customer, *, system: str) -> CustomerSeen:
    found = contacts.of(session, customer=customer)
    return CustomerSeen(
        number=customer.number,
        external_id=_external_id(session, refs.CUSTOMER, customer.id, system),
        name=customer.name,
        company=customer.company,
        province=customer.province,
        city=customer.city,
        contacts=[ContactSeen(kind=one.kind, value=sight.mask(one)) for one in found],
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )


def order(session: Session, order: Order, *, system: str) -> OrderSeen:
    held = whole.of(session, order=order)
    lines = [
        LineSeen(
            sku=part.line.sku,
            name=part.line.name,
            price=amounts.text(part.line.price, order.currency),
            quantity=amounts.quantity(part.line.quantity),
            discount=amounts.text(part.line.discount, order.currency),
            total=amounts.text(part.line.total, order.currency),
        )
        for part in held.parts
    ]
    payments = [
        PaymentSeen(
            method=one.method,
            reference=one.reference,
            amount=amounts.text(one.amount, order.currency),
            paid_at=one.at,
        )
        for one in held.payments
    ]
    shipments = [
        ShipmentSeen(
            carrier=one.carrier,
            tracking_number=one.tracking_number,
            shipped_at=one.sent_at,
            delivered_at=one.delivered_at,
        )
        for one in (parcel.shipment for parcel in held.parcels)
    ]
    return OrderSeen(
        number=order.number,
        external_id=_external_id(session, refs.ORDER, order.id, system),
        customer=f"C{order.customer_id}",
        state=order.state,
        payment_state=order.payment_state,
        shipment_state=order.shipment_state,
        currency=order.currency,
        discount=amounts.text(order.discount, order.currency),
        total=amounts.text(order.total, order.currency),
        paid=amounts.text(order.paid, order.currency),
        refunded=amounts.text(order.refunded, order.currency),
        note=order.note,
        address=order.address,
        recipient=order.recipient,
        placed_at=order.placed_at,
        confirmed_at=order.confirmed_at,
        completed_at=order.completed_at,
        cancelled_at=order.cancelled_at,
        updated_at=order.updated_at,
        lines=lines,
        payments=payments,
        shipments=shipments,
    )


def event(event: Event) -> EventSeen:
    return EventSeen(
        id=event.id,
        external_id=event.external_id,
        kind=event.kind,
        customer=_number(event),
        customer_external_id=event.customer_ref,
        subject=event.subject,
        session=event.session,
        data=event.data,
        at=event.at,
        received_at=event.received_at,
    )


def events(kept: list[tuple[Event, bool]]) -> EventsKept:
    new = sum(is_new for _, is_new in kept)
    return EventsKept(
        new=new,
        known=len(kept) - new,
        events=[
            EventKept(id=one.id, external_id=one.external_id, new=is_new, customer=_number(one))
            for one, is_new in kept
        ],
    )


def _number(event: Event) -> str | None:
    return f"C{event.customer_id}" if event.customer_id is not None else None


def _external_id(session: Session, entity: str, entity_id: int, system: str) -> str | None:
    """What this system calls it; of several numbers the first."""
    known = refs.of(session, entity=entity, entity_id=entity_id)
    return next((one.external_id for one in known if one.system == system), None)
