"""Orders as rows of a file: one each, with what was bought in a cell."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import sight
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.exchange import amounts
from crm_store.exchange import selection as selections
from crm_store.exchange.cells import Cell, Label
from crm_store.exchange.customers_out import BETWEEN, plain
from crm_store.exchange.selection import Selection
from crm_store.sales.tables import Order, OrderLine, Shipment
from crm_store.staff.tables import Staff

COLUMNS = (
    "order", "external_number", "order_source", "placed_at", "customer_number", "customer", "phone",
    "order_state", "payment_state", "shipment_state", "goods", "discount", "total", "paid", "refunded",
    "currency", "recipient", "address", "note", "carrier", "tracking_number", "taken_by", "confirmed_at",
    "completed_at", "cancelled_at", "cancel_reason",
)  # fmt: skip


def count(session: Session, *, selection: Selection) -> int:
    return selections.count(session, selection=selection, table=Order)


def rows(session: Session, *, selection: Selection, by: Staff, label: Label) -> Iterator[list[Cell]]:
    """By number."""
    staff = {one.id: one.name for one in session.scalars(select(Staff))}
    for page in selections.pages(session, selection=selection, table=Order):
        beside = _Beside(session, page)
        for order, customer in page:
            yield _row(order, customer, beside, by=by, staff=staff, label=label)


class _Beside:
    """What belongs to a page of orders: lines and parcels by order, phones by customer."""

    def __init__(self, session: Session, page: list[tuple[Order, Customer]]) -> None:
        orders = [order.id for order, _ in page]
        customers = {customer.id for _, customer in page}
        self.lines = self._by(session, OrderLine, OrderLine.order_id, orders)
        self.parcels = self._by(session, Shipment, Shipment.order_id, orders)
        ways = self._by(session, ContactMethod, ContactMethod.customer_id, customers)
        self.phones = {id: [one for one in of if one.kind == ContactKind.PHONE] for id, of in ways.items()}

    @staticmethod
    def _by(session: Session, table: Any, owner: Any, ids: Any) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for one in session.scalars(select(table).where(col(owner).in_(ids)).order_by(table.id)):
            found[getattr(one, owner.key)].append(one)
        return found


def _row(
    order: Order, customer: Customer, beside: _Beside, *, by: Staff, staff: dict[int, str], label: Label
) -> list[Cell]:
    phones = sorted(beside.phones.get(customer.id, []), key=lambda one: not one.primary)
    sees = sight.sees_contacts(by, customer=customer)
    parcels = beside.parcels[order.id]
    money = {
        name: amounts.decimal(getattr(order, name), order.currency)
        for name in ("discount", "total", "paid", "refunded")
    }
    return [
        order.number,
        order.external_number,
        order.source,
        order.placed_at,
        customer.number,
        customer.name,
        next((plain(one) if sees else sight.mask(one) for one in phones), None),
        label("order_states", order.state),
        label("payment_states", order.payment_state),
        label("shipment_states", order.shipment_state),
        BETWEEN.join(f"{one.name} × {amounts.quantity(one.quantity)}" for one in beside.lines[order.id]),
        *money.values(),
        order.currency,
        order.recipient,
        order.address,
        order.note,
        BETWEEN.join(dict.fromkeys(label("carriers", one.carrier) for one in parcels)),
        BETWEEN.join(one.tracking_number for one in parcels if one.tracking_number),
        staff.get(order.taken_by) if order.taken_by else None,
        order.confirmed_at,
        order.completed_at,
        order.cancelled_at,
        order.cancel_reason,
    ]
