"""How one customer stands by what the last night found: what they may bring, and the chance that they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from crm_store.analysis import scores, snapshots
from crm_store.analysis.tables import AnalysisKind, CustomerScore, Snapshot
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose


class Level(StrEnum):
    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


LEVELS = ((0.6, Level.HIGH), (0.3, Level.MIDDLE), (0.0, Level.LOW))
"""Of a risk, from where on."""


@dataclass(frozen=True)
class Value:
    """In the next twelve months: days of buying, and minor units with the range of four of five. ``level``:
    among all customers. ``is_margin``: of the amounts only what the shop keeps is counted."""

    orders: float
    amount: int
    low: int
    high: int
    level: Level
    currency: str
    is_margin: bool = False


@dataclass(frozen=True)
class Risk:
    """Of ten such customers about ``of_ten`` bought nothing within ``days``: so it was with ``n`` of them.
    ``chance`` is this customer's own; ``reasons`` are keys of ``[risk_reasons]``, strongest first."""

    chance: float
    level: Level
    of_ten: int
    n: int
    days: int
    reasons: Sequence[str]


@dataclass(frozen=True)
class Standing:
    """As of ``as_of``. Either part is None where too little is known. ``bought_since``: there was an order
    that neither knows of yet."""

    as_of: datetime
    value: Value | None
    risk: Risk | None
    bought_since: bool


@dataclass(frozen=True)
class Findings:
    """The latest snapshots: None where there never was one."""

    value: Snapshot | None
    churn: Snapshot | None


def findings(session: Session) -> Findings:
    return Findings(
        snapshots.latest(session, kind=AnalysisKind.VALUE),
        snapshots.latest(session, kind=AnalysisKind.CHURN),
    )


def of(session: Session, *, customer: Customer, found: Findings | None = None) -> Standing | None:
    """None where nothing is known of them, or they do not want it to be."""
    score = scores.of(session, customer=customer)
    if score is None or is_refused(session, customer=customer):
        return None
    found = found or findings(session)
    value = _value(score, found.value)
    risk = _risk(score, found.churn)
    if value is None and risk is None:
        return None
    last = customer.last_order_at
    return Standing(score.as_of, value, risk, bought_since=last is not None and last >= score.as_of)


def is_refused(session: Session, *, customer: Customer) -> bool:
    """True of who does not want to be profiled."""
    return consents.current(session, customer=customer).get(Purpose.PROFILING) == ConsentState.WITHDRAWN


def _value(score: CustomerScore, found: Snapshot | None) -> Value | None:
    if found is None or score.expected_value is None or score.expected_orders is None:
        return None
    upper, middle = found.result.get("tiers", (0, 0))
    is_high, is_middle = score.expected_value >= upper > 0, score.expected_value >= middle > 0
    return Value(
        orders=score.expected_orders,
        amount=score.expected_value,
        low=score.value_low or 0,
        high=score.value_high or score.expected_value,
        level=Level.HIGH if is_high else Level.MIDDLE if is_middle else Level.LOW,
        currency=found.currency,
        is_margin=found.result.get("margin") is not None,
    )


def _risk(score: CustomerScore, found: Snapshot | None) -> Risk | None:
    if found is None or score.risk is None or "groups" not in found.result:
        return None
    came, n = _group(found.result["groups"], score.risk)
    return Risk(
        chance=score.risk,
        level=next(level for least, level in LEVELS if score.risk >= least),
        of_ten=round(10 * came),
        n=n,
        days=found.result["window_days"],
        reasons=score.reasons or [],
    )


def _group(groups: Sequence[Sequence[Any]], risk: float) -> tuple[float, int]:
    """What share of those of about this risk was lost, and how many they were."""
    fitting = [one for one in groups if one[0] <= risk] or groups[:1]
    _least, _said, came, n = fitting[-1]
    return float(came), int(n)
