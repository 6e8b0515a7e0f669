"""The three states of an order, independent of each other, and what may follow what."""

from enum import StrEnum


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
