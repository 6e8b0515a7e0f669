"""The buttons of orders: what each means."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class OpenOrder(Tap, verb="o"):
    """Say the order's card; what was tapped stays."""

    order: int


@dataclass(frozen=True)
class OrdersOf(Tap, verb="corders"):
    """A customer's orders, newest first; ``page`` counts from 0."""

    customer: int
    page: int


@dataclass(frozen=True)
class StartOrder(Tap, verb="onew"):
    """Begin a draft for a customer."""

    customer: int
