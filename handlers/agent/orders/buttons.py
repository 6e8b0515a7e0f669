"""The buttons of orders: what each means, and which stand under a card.

A button that would do something twice when tapped twice carries what it was shown for (what was paid, the
draft's version): where that has changed since, nothing is done.
"""

from dataclasses import dataclass
from decimal import Decimal

from crm_store.sales.orders import Shelf
from crm_store.sales.states import (
    ACCEPTED,
    SETTLED_PAYMENTS,
    OrderEvent,
    PaymentState,
    RefundState,
    ReturnState,
)
from crm_store.sales.whole import Whole
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.records.buttons import OpenCustomer
from handlers.taps import Button, Keyboard, Tap, button

NAME = 24
"""Characters of a line's name on its button."""


@dataclass(frozen=True)
class OpenOrder(Tap, verb="o"):
    """Say the order's card; what was tapped stays."""

    order: int


@dataclass(frozen=True)
class BackToOrder(Tap, verb="ocard"):
    """Turn the tapped message into the order's card."""

    order: int


@dataclass(frozen=True)
class OrdersOf(Tap, verb="corders"):
    """A customer's orders, newest first; ``page`` counts from 0."""

    customer: int
    page: int


@dataclass(frozen=True)
class ShowShelf(Tap, verb="orders"):
    shelf: Shelf
    page: int


@dataclass(frozen=True)
class StartOrder(Tap, verb="onew"):
    """Begin a draft for a customer."""

    customer: int


@dataclass(frozen=True)
class EditDraft(Tap, verb="odraft"):
    order: int


@dataclass(frozen=True)
class ChoosePending(Tap, verb="owhich"):
    order: int


@dataclass(frozen=True)
class PickProduct(Tap, verb="oadd"):
    """Add a product that was found; ``quantity`` in thousandths."""

    order: int
    product: int
    quantity: int
    version: int


@dataclass(frozen=True)
class PickNone(Tap, verb="oskip"):
    """None of the products that were found is meant."""

    order: int
    version: int


@dataclass(frozen=True)
class EditLine(Tap, verb="oline"):
    order: int
    line: int


@dataclass(frozen=True)
class SetQuantity(Tap, verb="oqty"):
    """``quantity`` in thousandths."""

    order: int
    line: int
    quantity: int


@dataclass(frozen=True)
class RemoveLine(Tap, verb="orm"):
    order: int
    line: int


@dataclass(frozen=True)
class AskLineDiscount(Tap, verb="olinedisc"):
    order: int
    line: int


@dataclass(frozen=True)
class AskDiscount(Tap, verb="odisc"):
    order: int


@dataclass(frozen=True)
class AskNote(Tap, verb="onote"):
    order: int


@dataclass(frozen=True)
class AskAddress(Tap, verb="oaddr"):
    order: int


@dataclass(frozen=True)
class ConfirmOrder(Tap, verb="oconf"):
    """``version``: of the draft as it was shown; what is confirmed is what was seen."""

    order: int
    version: int


@dataclass(frozen=True)
class AskPay(Tap, verb="opay"):
    order: int


@dataclass(frozen=True)
class PayBy(Tap, verb="opayby"):
    order: int
    paid: int
    method: str


@dataclass(frozen=True)
class AskShip(Tap, verb="oship"):
    order: int


@dataclass(frozen=True)
class Choose(Tap, verb="opick"):
    """So much of a line (thousandths) goes into the parcel, or comes back."""

    order: int
    line: int
    quantity: int


@dataclass(frozen=True)
class Deliver(Tap, verb="odlv"):
    order: int
    shipment: int


@dataclass(frozen=True)
class AskRefund(Tap, verb="orfnd"):
    order: int


@dataclass(frozen=True)
class RefundNow(Tap, verb="orfndnow"):
    """Give so much back without more words."""

    order: int
    amount: int
    refunded: int


@dataclass(frozen=True)
class ApproveRefund(Tap, verb="orfndyes"):
    refund: int


@dataclass(frozen=True)
class RejectRefund(Tap, verb="orfndno"):
    refund: int


@dataclass(frozen=True)
class AskReturn(Tap, verb="oret"):
    order: int


@dataclass(frozen=True)
class ApproveReturn(Tap, verb="oretyes"):
    returned: int


@dataclass(frozen=True)
class RefuseReturn(Tap, verb="oretno"):
    returned: int


@dataclass(frozen=True)
class ReceiveReturn(Tap, verb="oretin"):
    returned: int


@dataclass(frozen=True)
class AskCancel(Tap, verb="ocancel"):
    order: int


@dataclass(frozen=True)
class CancelNow(Tap, verb="ocancelnow"):
    """Without a reason."""

    order: int


@dataclass(frozen=True)
class CompleteOrder(Tap, verb="odone"):
    order: int


@dataclass(frozen=True)
class Receipt(Tap, verb="receipt"):
    order: int


def under_card(held: Whole, *, me: Staff) -> Keyboard:
    """Everything that may be done with an order as it is; what its state forbids is not offered."""
    order = held.order
    offered = _steps(held)
    rows: Keyboard = [
        [offered[one] for one in (OrderEvent.AMEND, OrderEvent.CONFIRM) if one in offered],
        [offered[one] for one in (OrderEvent.PAY, OrderEvent.SHIP) if one in offered],
        *([one] for one in _deliveries(held)),
        *_decisions(held, me=me),
        [
            offered[one]
            for one in (OrderEvent.RETURN, OrderEvent.REFUND, OrderEvent.COMPLETE, OrderEvent.CANCEL)
            if one in offered
        ],
        [
            button("order_customer", OpenCustomer(order.customer_id)),
            button("order_others", OrdersOf(order.customer_id, 0)),
            *([button("receipt", Receipt(order.id))] if order.state in ACCEPTED else []),
        ],
    ]
    return [row for row in rows if row]


def next_steps(held: Whole) -> Keyboard:
    """What one does next, under one line about what was done."""
    offered = _steps(held)
    usual = (OrderEvent.CONFIRM, OrderEvent.PAY, OrderEvent.SHIP)
    first: list[OrderEvent] = [one for one in usual if one in offered]
    if held.order.payment_state == PaymentState.REFUNDED and OrderEvent.CANCEL in offered:
        first.append(OrderEvent.CANCEL)
    row = [*(offered[one] for one in first), button("open", OpenOrder(held.order.id))]
    return [*([one] for one in _deliveries(held)), row]


def _steps(held: Whole) -> dict[OrderEvent, Button]:
    order = held.order
    every = {
        OrderEvent.AMEND: button("order_edit", EditDraft(order.id)),
        OrderEvent.CONFIRM: button("order_confirm", ConfirmOrder(order.id, order.version)),
        OrderEvent.PAY: button("order_pay", AskPay(order.id)),
        OrderEvent.SHIP: button("order_ship", AskShip(order.id)),
        OrderEvent.RETURN: button("order_return", AskReturn(order.id)),
        OrderEvent.REFUND: button("order_refund", AskRefund(order.id)),
        OrderEvent.COMPLETE: button("order_complete", CompleteOrder(order.id)),
        OrderEvent.CANCEL: button("order_cancel", AskCancel(order.id)),
    }
    offered = {event: shown for event, shown in every.items() if held.may(event)}
    if order.payment_state in SETTLED_PAYMENTS:  # what was given back may be paid again; nobody waits for it
        offered.pop(OrderEvent.PAY, None)
    if order.payment_state == PaymentState.REFUNDED:  # nor is it sent for nothing without a word
        offered.pop(OrderEvent.SHIP, None)
    return offered


def _deliveries(held: Whole) -> list[Button]:
    if not held.may(OrderEvent.DELIVER):
        return []
    return [
        button(
            "order_deliver",
            Deliver(held.order.id, one.shipment.id),
            parcel=one.shipment.tracking_number or str(held.parcels.index(one) + 1),
        )
        for one in held.under_way
    ]


def _decisions(held: Whole, *, me: Staff) -> Keyboard:
    """Returns and refunds that wait for a word. Who asks for a refund does not approve it."""
    rows: Keyboard = []
    for returning in held.returns:
        if returning.asked.state == ReturnState.REQUESTED:
            rows.append(
                [
                    button("return_approve", ApproveReturn(returning.asked.id)),
                    button("return_refuse", RefuseReturn(returning.asked.id)),
                ]
            )
        elif returning.asked.state == ReturnState.APPROVED:
            rows.append([button("return_receive", ReceiveReturn(returning.asked.id))])
    for refund in held.refunds:
        if refund.state != RefundState.REQUESTED:
            continue
        if me.role.includes(Role.MANAGER) and refund.asked_by != me.id:
            rows.append(
                [
                    button("refund_approve", ApproveRefund(refund.id)),
                    button("refund_reject", RejectRefund(refund.id)),
                ]
            )
        elif refund.asked_by == me.id:
            rows.append([button("refund_withdraw", RejectRefund(refund.id))])
    return rows


def figure(thousandths: int) -> str:
    """A quantity on a button: 2, 1.5."""
    return format(Decimal(thousandths).scaleb(-3).normalize(), "f")


def short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"
