"""Where an order is, in the one word a customer wants to hear; its three states are the shop's affair."""

from enum import StrEnum

from crm_store.sales.states import ACCEPTED, OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order


class Stage(StrEnum):
    RECEIVED = "received"
    TO_PAY = "to_pay"
    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    RETURNING = "returning"
    RETURNED = "returned"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


OVER = (Stage.COMPLETED, Stage.RETURNED, Stage.REFUNDED, Stage.CANCELLED)
"""Nothing more is expected."""

_BY_GOODS = {
    ShipmentState.PARTIAL: Stage.PARTLY_SHIPPED,
    ShipmentState.SHIPPED: Stage.UNDER_WAY,
    ShipmentState.DELIVERED: Stage.DELIVERED,
    ShipmentState.RETURNING: Stage.RETURNING,
    ShipmentState.RETURNED: Stage.RETURNED,
}


def owed(order: Order) -> int:
    """What the customer is asked to pay, in minor units. What was given back of a paid order is not asked for
    again, and nothing for what is not agreed yet."""
    unpaid = order.payment_state in (PaymentState.UNPAID, PaymentState.PARTIAL)
    return order.total - order.paid + order.refunded if order.state in ACCEPTED and unpaid else 0


def stage_of(order: Order) -> Stage:
    if order.state == OrderState.CANCELLED:
        return Stage.CANCELLED
    if order.state == OrderState.DRAFT:
        return Stage.RECEIVED
    goods = _BY_GOODS.get(order.shipment_state)
    if goods in (Stage.RETURNING, Stage.RETURNED):
        return goods
    if order.state == OrderState.COMPLETED:
        return Stage.COMPLETED
    if goods is None and order.payment_state == PaymentState.REFUNDED:
        return Stage.REFUNDED
    if goods is None:
        return Stage.TO_PAY if owed(order) else Stage.TO_SHIP
    return goods
