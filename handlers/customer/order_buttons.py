"""The buttons of a customer's own orders: what each means."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class ShowOwnOrder(Tap, verb="myo"):
    """Say the order; what was tapped stays."""

    order: int


@dataclass(frozen=True)
class BackToOrder(Tap, verb="myoback"):
    """Turn the tapped message into the order."""

    order: int


@dataclass(frozen=True)
class TurnOrders(Tap, verb="myopage"):
    page: int


@dataclass(frozen=True)
class BindPhone(Tap, verb="mybind"):
    """Orders under one's phone number appear once the number is confirmed."""


@dataclass(frozen=True)
class WhereIs(Tap, verb="myowhere"):
    order: int


@dataclass(frozen=True)
class AskPerson(Tap, verb="myoask"):
    """``order`` 0 where it is not clear which."""

    order: int


@dataclass(frozen=True)
class AskToCancel(Tap, verb="myocancel"):
    """Asks whether it is meant."""

    order: int


@dataclass(frozen=True)
class AskToCancelSurely(Tap, verb="myocancelyes"):
    order: int


@dataclass(frozen=True)
class AskToReturn(Tap, verb="myoreturn"):
    order: int


@dataclass(frozen=True)
class ReturnLine(Tap, verb="myoback1"):
    """``line`` 0 is everything that may come back."""

    order: int
    line: int


@dataclass(frozen=True)
class ReturnBecause(Tap, verb="myowhy"):
    order: int
    line: int
    reason: str
