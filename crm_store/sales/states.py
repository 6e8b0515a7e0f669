"""The three states of an order, independent of each other, and what may follow what."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class OrderState(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentState(StrEnum):
    """Computed from what was paid and refunded against the total, never set by hand."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class ShipmentState(StrEnum):
    """Computed from the quantities sent, delivered and returned, never set by hand."""

    NONE = "none"
    PARTIAL = "partial"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"


class RefundState(StrEnum):
    """A refund above the configured amount waits for a manager."""

    REQUESTED = "requested"
    DONE = "done"
    REJECTED = "rejected"


class ReturnState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"
    REFUSED = "refused"


class OrderEvent(StrEnum):
    """What may happen to an order."""

    AMEND = "amend"
    CONFIRM = "confirm"
    PAY = "pay"
    SHIP = "ship"
    DELIVER = "deliver"
    RETURN = "return"
    REFUND = "refund"
    COMPLETE = "complete"
    CANCEL = "cancel"


ACCEPTED = (OrderState.CONFIRMED, OrderState.COMPLETED)
"""An order that stands: it counts as a sale."""

SETTLED_PAYMENTS = (PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED)
"""Nothing is owed any more: paid, or paid and given back."""

OPEN_RETURNS = (ReturnState.REQUESTED, ReturnState.APPROVED)

POSSIBLE_IN: dict[OrderEvent, tuple[OrderState, ...]] = {
    OrderEvent.AMEND: (OrderState.DRAFT,),
    OrderEvent.CONFIRM: (OrderState.DRAFT,),
    OrderEvent.PAY: ACCEPTED,
    OrderEvent.SHIP: (OrderState.CONFIRMED,),
    OrderEvent.DELIVER: (OrderState.CONFIRMED,),
    OrderEvent.RETURN: ACCEPTED,
    OrderEvent.REFUND: (*ACCEPTED, OrderState.CANCELLED),
    OrderEvent.COMPLETE: (OrderState.CONFIRMED,),
    OrderEvent.CANCEL: (OrderState.DRAFT, OrderState.CONFIRMED),
}
"""The first guard of each event; the second is what the order's rows still hold (``Whole.may``)."""


class Moved(NamedTuple):
    """Of one line: how much was ordered, sent, delivered and came back, in thousandths."""

    quantity: int
    shipped: int
    delivered: int
    returned: int


def payment_state(*, total: int, paid: int, refunded: int, accepted: bool) -> PaymentState:
    """Where the money stands; ``accepted``: the order was confirmed, so that its total is owed.

    What is kept (paid − refunded) counts first: an order refunded by mistake and paid again is paid. Of a
    deposit some was given back of, the rest is still owed.
    """
    if paid - refunded >= total and (paid > refunded or (accepted and paid == 0)):
        return PaymentState.PAID
    if refunded and refunded == paid:
        return PaymentState.REFUNDED
    if refunded and paid >= total:
        return PaymentState.PARTIALLY_REFUNDED
    return PaymentState.PARTIAL if paid else PaymentState.UNPAID


def shipment_state(lines: Iterable[Moved], *, returning: bool) -> ShipmentState:
    """Where the goods are; ``returning``: some are on their way back, agreed to and not yet received."""
    moved = [one for one in lines if one.quantity]
    shipped = sum(one.shipped for one in moved)
    if shipped == 0:
        return ShipmentState.NONE
    if returning:
        return ShipmentState.RETURNING
    if all(one.returned == one.shipped for one in moved):
        return ShipmentState.RETURNED
    if all(one.delivered == one.quantity for one in moved):
        return ShipmentState.DELIVERED
    if all(one.shipped == one.quantity for one in moved):
        return ShipmentState.SHIPPED
    return ShipmentState.PARTIAL
