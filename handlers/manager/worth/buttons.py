"""The buttons about value and risk."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class TurnValue(Tap, verb="clv"):
    page: int


@dataclass(frozen=True)
class TurnChurn(Tap, verb="churn"):
    page: int


@dataclass(frozen=True)
class ShowValue(Tap, verb="clvof"):
    customer: int


@dataclass(frozen=True)
class ShowRisk(Tap, verb="churnof"):
    customer: int


@dataclass(frozen=True)
class ShowBoard(Tap, verb="churnboard"):
    """Which ways of foretelling were compared, and how each did."""
