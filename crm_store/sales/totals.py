"""The one rule of rounding: half up to the minor unit, once a line; an order is the sum of its lines."""

from collections.abc import Iterable

from crm_store.money import MOST
from crm_store.sales.tables import QUANTITY_ONE, Order, OrderLine

LARGEST = MOST
"""Minor units, and thousandths: more is a slip of the hand."""

PER_MILLE = 1000


def half_up(numerator: int, denominator: int) -> int:
    """A fraction of nothing negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def gross(price: int, quantity: int) -> int:
    """Price × quantity: minor units and thousandths in, minor units out. 9.5 × ¥124.75 is ¥1,185.13."""
    return half_up(price * quantity, QUANTITY_ONE)


def line_total(price: int, quantity: int, discount: int = 0) -> int:
    return gross(price, quantity) - discount


def order_total(lines: Iterable[OrderLine], discount: int) -> int:
    return sum(line.total for line in lines) - discount


def share_off(amount: int, *, rate: int) -> int:
    """The discount of so many thousandths of an amount (100 leaves 90 % to pay), what is left being rounded
    half up."""
    return amount - half_up(amount * (PER_MILLE - rate), PER_MILLE)


def retotal(order: Order, lines: Iterable[OrderLine]) -> None:
    """Bring a draft's total up to date. A discount that was agreed as a share follows the lines; an amount
    larger than what is left of them shrinks to that."""
    before_discount = order_total(lines, 0)
    if order.discount_rate is not None:
        order.discount = share_off(before_discount, rate=order.discount_rate)
    order.discount = min(order.discount, before_discount)
    order.total = before_discount - order.discount
