"""What is counted by day, and into which parts each of it falls."""

from enum import StrEnum


class Measure(StrEnum):
    """``sales``: orders that stand, by the day they were placed (count: orders; value: their totals).
    ``paid``, ``refunded``: money received and given back, on its own day. ``first``: customers' first sales.
    ``net``: sales less what was given back for orders that stand (count: sales); ``cost``: what the goods of
    sales cost the shop as far as it is known, less those received back on that day (count: sales with one).
    ``customers``: new records. ``tickets``: opened; ``answered``: first answers (value: seconds waited for
    them); ``resolved``; ``ratings`` (value: the scores' sum)."""

    SALES = "sales"
    PAID = "paid"
    REFUNDED = "refunded"
    FIRST = "first"
    NET = "net"
    COST = "cost"
    CUSTOMERS = "customers"
    TICKETS = "tickets"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    RATINGS = "ratings"


class By(StrEnum):
    """Keys: a city, a channel (an order's source), a category as text; ``rep``: a staff id; ``product``:
    ``#`` and a product's id, or ``=`` and the name on the line of what was none; ``kind``: a ticket's;
    ``cost``: ``KNOWN`` of lines whose cost is known."""

    WHOLE = ""
    REP = "rep"
    CITY = "city"
    PRODUCT = "product"
    CATEGORY = "category"
    CHANNEL = "channel"
    KIND = "kind"
    COST = "cost"


UNKNOWN = ""
"""The key of what has none: no city known, nobody's order, no category."""

KNOWN = "known"

OFF_WHOLE = "%"
"""The key, by product and category, of what is on no line: discounts off whole orders, as a value below 0."""

_OF_MONEY = (By.WHOLE, By.REP, By.CITY, By.CHANNEL)
PARTS: dict[Measure, tuple[By, ...]] = {
    Measure.SALES: (*_OF_MONEY, By.PRODUCT, By.CATEGORY),
    Measure.PAID: _OF_MONEY,
    Measure.REFUNDED: (*_OF_MONEY, By.PRODUCT, By.CATEGORY),
    Measure.FIRST: (By.WHOLE, By.CHANNEL),
    Measure.NET: (By.WHOLE, By.COST),
    Measure.COST: (By.WHOLE,),
    Measure.CUSTOMERS: (By.WHOLE, By.CHANNEL),
    Measure.TICKETS: (By.WHOLE, By.KIND),
    Measure.ANSWERED: (By.WHOLE,),
    Measure.RESOLVED: (By.WHOLE,),
    Measure.RATINGS: (By.WHOLE,),
}
KEPT = (
    Measure.SALES,
    Measure.PAID,
    Measure.REFUNDED,
    Measure.FIRST,
    Measure.NET,
    Measure.COST,
    Measure.CUSTOMERS,
)
"""Measures whose days are kept. A ticket's past changes (it is sorted, merged, opened again), and an index
counts a day of them in no time: the rest are counted whenever they are asked for."""

MONEY = (Measure.SALES, Measure.PAID, Measure.REFUNDED, Measure.FIRST, Measure.NET, Measure.COST)
"""Measures whose value is an amount in a currency."""
