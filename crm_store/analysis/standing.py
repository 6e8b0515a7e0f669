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
from crm_store.sales.margins import Margin


class Level(StrEnum):
    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


LEVELS = ((0.6, Level.HIGH), (0.3, Level.MIDDLE), (0.0, Level.LOW))
"""Of a risk, from where on."""


class KeptBy(StrEnum):
    """Where a share came from: what goods cost that this customer bought, or all customers did, or what the
    shop says."""

    OWN = "own"
    SHOP = "shop"
    SET = "set"


@dataclass(frozen=True)
class Kept:
    """What is kept of a sale, 0 to 1."""

    share: float
    by: KeptBy


@dataclass(frozen=True)
class Value:
    """In the next twelve months: days of buying, and minor units with the range of four of five. ``level``:
    among all customers. ``kept``: of the amounts only so much is counted; None counts all."""

    orders: float
    amount: int
    low: int
    high: int
    level: Level
    currency: str
    kept: Kept | None = None


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


def kept(found: Findings, *, own: Margin | None = None) -> Kept | None:
    """What is kept of a sale: of the customer's ``own`` where the cost of half of what they bought is known,
    else of all. None where nobody knows."""
    if own is not None and own.measured is not None and own.measured > 0:
        return Kept(own.measured, KeptBy.OWN)
    result = found.value.result if found.value is not None else {}
    share = result.get("margin")
    if share is None:
        return None
    return Kept(share, KeptBy.SHOP if result.get("is_measured") else KeptBy.SET)


def of(
    session: Session, *, customer: Customer, found: Findings | None = None, own: Margin | None = None
) -> Standing | None:
    """None where nothing is known of them, or they do not want it to be. ``own`` is their margin so far."""
    score = scores.of(session, customer=customer)
    if score is None or is_refused(session, customer=customer):
        return None
    found = found or findings(session)
    value = _value(score, found, own)
    risk = _risk(score, found.churn)
    if value is None and risk is None:
        return None
    last = customer.last_order_at
    return Standing(score.as_of, value, risk, bought_since=last is not None and last >= score.as_of)


def is_refused(session: Session, *, customer: Customer) -> bool:
    """True of who does not want to be profiled."""
    return consents.current(session, customer=customer).get(Purpose.PROFILING) == ConsentState.WITHDRAWN


def _value(score: CustomerScore, of: Findings, own: Margin | None) -> Value | None:
    found = of.value
    if found is None or score.expected_value is None or score.expected_orders is None:
        return None
    upper, middle = found.result.get("tiers", (0, 0))
    share = kept(of, own=own)
    counted = found.result.get("margin") or 1.0  # of the amounts of the night
    factor = share.share / counted if share is not None else 1.0
    low, high = score.value_low or 0, score.value_high or score.expected_value
    is_high, is_middle = score.expected_value >= upper > 0, score.expected_value >= middle > 0
    return Value(
        orders=score.expected_orders,
        amount=round(score.expected_value * factor),
        low=round(low * factor),
        high=round(high * factor),
        level=Level.HIGH if is_high else Level.MIDDLE if is_middle else Level.LOW,
        currency=found.currency,
        kept=share,
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
