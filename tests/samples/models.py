"""What the variables of the templates about value and risk can hold."""

from datetime import date
from itertools import cycle
from typing import Any

from crm_store.analysis.bought import Bought
from crm_store.analysis.standing import Kept, KeptBy, Level, Risk, Standing, Value
from crm_store.analysis.tables import AnalysisKind, Snapshot
from handlers.manager.worth.listed import Line, Listed
from handlers.manager.worth.value import Thumb
from tests.samples.rows import CUSTOMERS, NOW, ago
from tests.samples.turnover import MARGINS
from tests.talk import WORDS as TEXTS

_VALUES = [
    Value(2.1, 1_640_000, 60_000, 2_900_000, Level.HIGH, "CNY"),
    Value(0.3, 4_649, 0, 9_000, Level.LOW, "CNY"),
    Value(0.0, 0, 0, 0, Level.LOW, "CNY", kept=Kept(0.3, KeptBy.SET)),
    Value(3.0, 60_000, 9_000, 90_000, Level.MIDDLE, "CNY", kept=Kept(0.412, KeptBy.OWN)),
]
_RISKS = [
    Risk(0.72, Level.HIGH, 7, 212, 90, [*TEXTS.labels("en", "risk_reasons")][:3]),
    Risk(0.04, Level.LOW, 0, 40, 41, []),
    Risk(0.98, Level.HIGH, 10, 38, 47, []),
]
STANDINGS = [
    None,
    Standing(ago(hours=10), _VALUES[0], _RISKS[0], bought_since=True),
    Standing(ago(hours=10), _VALUES[1], None, bought_since=False),
    Standing(ago(days=3), None, _RISKS[1], bought_since=False),
    Standing(ago(hours=10), _VALUES[0], _RISKS[0], bought_since=False),
    Standing(ago(hours=10), _VALUES[2], _RISKS[2], bought_since=False),
    Standing(ago(hours=10), _VALUES[3], _RISKS[2], bought_since=False),
]

BOUGHT = [
    Bought(0, 0, None, None, None),
    Bought(1, 9_900, date(2026, 3, 1), date(2026, 3, 1), None),
    Bought(7, 123_450, date(2025, 3, 1), date(2026, 9, 1), 21.0),
]


def _found(kind: AnalysisKind, result: dict[str, Any]) -> Snapshot:
    return Snapshot(
        id=1, kind=kind, as_of=ago(hours=10), zone="Asia/Shanghai", currency="CNY", n=2357, method="bg_nbd 1",
        result=result, made_at=NOW, seconds=3.0,
    )  # fmt: skip


_CHECK = {"days": 91, "value": [5_990_000, 7_100_000], "n": 2300, "error": 146_300, "plain_error": 198_800}
_WORTH: dict[str, Any] = {
    "method": "bg_nbd", "n": 2357, "repeat_orders": 2457, "left_out": {}, "margin": None,
    "total": [747_601_300, 627_985_100, 867_217_500], "check": _CHECK, "scale": None, "linked": False,
}  # fmt: skip
_LITTLE = {"method": "too_little", "n": 7, "repeat_orders": 2, "left_out": {"USD": 3}, "margin": None}

_LINES = [
    Line(customer, stands)
    for customer, stands in zip(cycle(CUSTOMERS), STANDINGS[1:], strict=False)
    if stands is not None
]
LISTED = Listed(_LINES, 1, 40, 0, 7)
NOBODY = Listed([], 1, 0, 0, 1)

VALUE_LISTS = [
    {"found": _found(AnalysisKind.VALUE, result), "worth": result, "at_risk": at_risk, "listed": listed}
    for result, at_risk, listed in (
        (_LITTLE, None, NOBODY),
        (_WORTH | {"linked": True}, 120_000_000, LISTED),
        (_WORTH, None, LISTED),
        (_WORTH | {"margin": 0.3, "is_measured": True}, None, NOBODY),
        (_WORTH | {"margin": 0.3, "check": None, "left_out": {"USD": 9}}, None, NOBODY),
        (_WORTH | {"method": "same_rate", "scale": 1.25}, 0, NOBODY),
    )
]
VALUES_OF_ONE = [
    {
        "customer": CUSTOMERS[0], "standing": stands, "is_refused": refused, "bought": bought, "thumb": thumb,
        "margin": margin, "currency": "CNY",
    }
    for stands in STANDINGS
    for refused in (False, True)
    for bought, thumb, margin in (
        (BOUGHT[0], None, None),
        (BOUGHT[1], None, MARGINS[2]),
        (BOUGHT[2], Thumb(100_000, 3.0, 5.0, 0.3, 450_000), MARGINS[1]),
    )
]  # fmt: skip

_CARD = {
    "learnt": ["2025-11-01", "2026-02-01"], "judged": ["2026-05-01", "2026-08-01"], "n_learnt": 1200,
    "n_judged": 1342, "metric": "auc", "used": "logistic", "baseline": "recency",
    "entries": [[name, 0.7 + place / 100, 0.013] for place, name in enumerate(TEXTS.labels("en", "models"))],
}  # fmt: skip
_CHURN: dict[str, Any] = {
    "method": "logistic", "window_days": 90, "n": 2357, "history_days": 546, "needed_days": 360,
    "needed_customers": 100, "usual_gap": 45.5, "auc": 0.79, "baseline": "recency", "baseline_auc": 0.776,
    "auc_once": 0.502, "auc_again": 0.724, "calibration_error": 0.0425,
    "auc_error": 0.011, "capacity": {"share": 0.1, "n": 134, "recall": 0.13, "right": 0.96}, "card": _CARD,
}  # fmt: skip
_GOOD = {"n": 163, "at_risk": 37, "usual_gap": 21, "away": 58}
_IDS = [one.customer.id for one in _LINES]


def _churn(result: dict[str, Any], good: dict[str, Any], listed: Listed, away: int | None) -> dict[str, Any]:
    return {
        "found": _found(AnalysisKind.CHURN, result),
        "churn": result,
        "good": good,
        "gaps": dict.fromkeys(_IDS, 21),
        "away": dict.fromkeys(_IDS, away),
        "listed": listed,
    }


CHURN_LISTS = [
    _churn(_CHURN | {"method": "too_little"}, {"n": 0, "at_risk": 0}, NOBODY, None),
    _churn(_CHURN, _GOOD, LISTED, 58),
    _churn(_CHURN, _GOOD, LISTED, None),
    _churn(_CHURN, {"n": 163, "at_risk": 0}, NOBODY, None),
]
RISKS_OF_ONE = [
    {"customer": CUSTOMERS[0], "standing": stands, "is_refused": refused, "bought": bought,
     "away": 58 if bought.orders else None, "is_gone": gone and bool(bought.orders)}
    for stands in STANDINGS
    for refused in (False, True)
    for bought in BOUGHT
    for gone in (False, True)
]  # fmt: skip

VALUES: dict[str, list[Any]] = {"standing": STANDINGS}
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/value/list": VALUE_LISTS,
    "manager/value/one": VALUES_OF_ONE,
    "manager/churn/list": CHURN_LISTS,
    "manager/churn/one": RISKS_OF_ONE,
    "manager/churn/board": [
        {"found": _found(AnalysisKind.CHURN, one), "churn": one, "card": _CARD}
        for one in (_CHURN, _CHURN | {"auc_once": None})
    ],
}
