"""The one rule of rounding: half up to the minor unit, once a line; an order is the sum of its lines."""

from collections.abc import Iterable

from crm_store.money import MOST
from crm_store.sales.tables import QUANTITY_ONE, Order, OrderLine

LARGEST = MOST
"""Minor units, and thousandths: more is a slip of the hand."""

_PER_MILLE = 1000


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


def share_off(amount: int, *, kept_per_mille: int) -> int:
    """The discount that leaves so many thousandths of an amount to pay (900 keeps 90 %), what is left being
    rounded half up."""
    return amount - half_up(amount * kept_per_mille, _PER_MILLE)


def retotal(order: Order, lines: Iterable[OrderLine]) -> None:
    """Bring a draft's total up to date. A discount larger than what is left of the lines shrinks to that."""
    before_discount = order_total(lines, 0)
    order.discount = min(order.discount, before_discount)
    order.total = before_discount - order.discount
