"""What the variables of the templates about goods and time can hold."""

from typing import Any

from crm_store.analysis.suggesting import Suggestion, Why
from crm_store.analysis.tables import AnalysisKind, Snapshot
from tests.samples.rows import ANN, CUSTOMERS, NOW, ago


def _kept(kind: AnalysisKind, n: int, **result: Any) -> Snapshot:
    return Snapshot(
        id=1,
        kind=kind,
        as_of=ago(hours=10),
        window_start=ago(days=90) if n else None,
        zone="Asia/Shanghai",
        currency="CNY",
        n=n,
        method="x 1",
        result=result,
        made_at=NOW,
        seconds=3.0,
    )


def _rule(again: str) -> dict[str, Any]:
    return {
        "given": ["plates <&>", "forks"],
        "then": ANN,
        "given_keys": ["=plates"],
        "then_key": "#1",
        "n": 48,
        "of": 50,
        "usual": 0.14,
        "confidence": 0.96,
        "range": [0.8654, 0.989],
        "lift": 6.9689,
        "again": again,
        "later": [9, 12],
    }


def _sequence(again: str) -> dict[str, Any]:
    return {
        "names": ["coffee machine <1>", ANN, "descaler"],
        "keys": ["#1", "#2", "#3"],
        "n": 31,
        "of": 120,
        "median_days": 29,
        "chance": 9.4,
        "by_chance": [3, 16],
        "again": again,
        "later": [3, 1.2],
    }


_RULES = [_rule(one) for one in ("yes", "no", "too_few")]
_BASKETS = {"later": 400, "later_days": 90, "least": 20, "one_in": 1}
_SEQUENCES = _kept(AnalysisKind.SEQUENCES, 812, max_gap=45, least=10, one_in=1)


def _category(**facts: Any) -> dict[str, Any]:
    plain = {
        "name": ANN,
        "expected": 12.34,
        "range": [8, 17],
        "last": 10,
        "likely": 0,
        "customers": [],
        "hit": [0, 0],
    }
    return plain | facts


_CATEGORIES = [_category(), _category(likely=12, hit=[7, 10])]
_TREND = {"change": 0.08, "range": [0.02, 0.14], "next": [12_000, 8_000, 16_500], "n": 10}
_FLAT = {"change": -0.01, "range": [-0.1, 0.08], "next": [0, 0, 1_500], "n": 6}
_SERIES = [
    {
        "name": name,
        "customers": 3,
        "orders": 4,
        "quantity": 4_500,
        "revenue": 123_456,
        "before": 0,
        "trend": trend,
    }
    for name, trend in (
        ("", None),
        (ANN, _TREND),
        ("tea", _FLAT),
        ("cake", _TREND | {"change": -0.08, "range": [-0.2, -0.01]}),
    )
]
_CARD = {
    "learnt": ["2026-02-03", "2026-09-01"],
    "judged": ["2026-10-01", "2026-10-31"],
    "n_learnt": 5000,
    "n_judged": 4000,
    "metric": "auc",
    "used": "personal",
    "baseline": "personal",
    "entries": [
        [one, 0.7512, 0.0123]
        for one in (
            "popular",
            "same_as_last",
            "last_period",
            "personal",
            "personal_recent",
            "logistic",
            "tree",
            "svc",
            "mlp",
        )
    ],
}
_DEMAND = {
    "days": 30,
    "one_in": 1,
    "unmet": [],
    "rule": "personal",
    "card": _CARD,
    "beats_last_period": True,
    "decile": [3.21, 2.8, 3.64],
    "telling": [["times", 0.21], ["recency_over_gap", 0.1]],
    "calibration_error": 0.012,
}
_DEMANDS = [
    _kept(AnalysisKind.DEMAND, 340, **_DEMAND),
    _kept(
        AnalysisKind.DEMAND,
        34_000,
        **_DEMAND | {"one_in": 7, "beats_last_period": False, "unmet": [[ANN, 3, 4]]},
    ),
    _kept(AnalysisKind.DEMAND, 2, **_DEMAND | {"rule": "too_little", "card": None}),
]
_TEST = {"name": "personal", "recall": 0.181, "error": 0.005, "again": 0.42, "new": 0.031, "hit": 0.804}
_POPULAR = _TEST | {"name": "popular", "recall": 0.05, "again": None, "new": None, "hit": 0.529}
_NEXT = [
    {"n": 0, "tests": [], "rule": "personal_recent", "best": "personal_recent", "repeats": None},
    {"n": 1540, "tests": [_POPULAR, _TEST], "rule": "personal", "best": "personal", "repeats": 0.42},
    {"n": 1540, "tests": [_POPULAR, _TEST], "rule": "popular", "best": "mlp", "repeats": 0.42},
]
_COHORTS = [
    {"again": [0, 0], "again_days": 90, "partial": True, "cohorts": []},
    {"again": [3, 9], "again_days": 90, "partial": False, "cohorts": [{"n": 9}]},
    {"again": [412, 1203], "again_days": 90, "partial": True, "cohorts": [{"n": 1203}]},
]
_FORECAST = {
    "too_little": False,
    "rule": "mean_4",
    "weeks": [[100_000, 80_000, 123_400]] * 4,
    "from": "2026-11-16",
    "total": [400_000, 350_000, 460_000],
    "origins": 36,
    "covered": [8, 13],
    "refunded": 0,
}
_ERRORS = {"mean_4": (0.99, 0.184, 0.142), "theta": (0.9, 0.17, 0.13)}
_FORECASTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"too_little": True, "weeks_needed": 36, "refunded": 0, "from": "2026-11-16"}, {}),
    (_FORECAST, _ERRORS),
    (_FORECAST | {"festival": "2027-02-06"}, _ERRORS),
    (_FORECAST | {"rule": "theta", "covered": [1, 3], "refunded": 4_500}, _ERRORS),
]
_REGIONS = [
    {"name": ANN, "known": 40, "active": 20, "least": 0.352, "few": False},
    {"name": "Tibet", "known": 2, "active": 2, "least": 0.34, "few": True},
]
_STEPS = [["viewed", 120], ["wanted", 40], ["checkout", 20], ["bought", 9]]
_SUGGESTIONS = [
    Suggestion("#1", ANN, Why.DUE, {"times": 4, "gap": 30, "since": 35}),
    Suggestion("#2", "tea <1>", Why.AFTER, {"given": [ANN], "n": 31, "of": 120, "days": 29}),
    Suggestion("#3", "cups", Why.WITH, {"given": ["plates", "<forks>"], "n": 48, "of": 50, "usual": 0.14}),
    Suggestion("=cake", "cake", Why.POPULAR, {"n": 12}),
]
VALUES: dict[str, list[Any]] = {
    "kept": [
        _kept(AnalysisKind.BASKETS, 3000),
        _kept(AnalysisKind.BASKETS, 3000, left_out={"USD": 3, "EUR": 1_200}),
    ]
}
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/goods/not_yet": [{"kind": kind} for kind in AnalysisKind],
    "manager/goods/together": [
        {"kept": _kept(AnalysisKind.BASKETS, 3000, **_BASKETS), "rules": [], "after": None, "sequences": []},
        {
            "kept": _kept(AnalysisKind.BASKETS, 0, **_BASKETS),
            "rules": [],
            "after": _SEQUENCES,
            "sequences": [],
        },
        {
            "kept": _kept(AnalysisKind.BASKETS, 3000, **_BASKETS | {"one_in": 12}),
            "rules": _RULES,
            "after": _SEQUENCES,
            "sequences": [_sequence("yes"), _sequence("too_few")],
        },
    ],
    "manager/goods/demand": [
        {"kept": kept, "categories": categories, "series": series, "products": series[1:]}
        for kept in _DEMANDS
        for categories in ([], _CATEGORIES)
        for series in ([], _SERIES)
    ],
    "manager/goods/likely": [
        {"kept": _DEMANDS[0], "category": category, "customers": customers}
        for category in _CATEGORIES
        for customers in ([], [(one, (6, 10)[at % 2]) for at, one in enumerate(CUSTOMERS)])
    ],
    "manager/goods/ahead_about": [{"kept": one} for one in _DEMANDS],
    "manager/goods/board": [
        {"kept": kept, "card": card, "following": following}
        for kept in _DEMANDS[:2]
        for card in (_CARD, None)
        for following in _NEXT
    ],
    "manager/goods/cohorts": [
        {
            "kept": _kept(AnalysisKind.COHORTS, 1203),
            "found": one | {"n": 1203},
            "channel": channel,
            "table": "First  n  +1\n26-01  9 (1)",
            "later": later,
        }
        for one in _COHORTS
        for channel in (None, "web", ANN)
        for later in ([], [(1, 3, 9)], [(1, 300, 1203), (2, 12, 400)])
    ],
    "manager/goods/ahead": [
        {
            "kept": _kept(AnalysisKind.FORECAST, 52),
            "forecast": forecast,
            "errors": errors,
            "used": errors.get(forecast.get("rule", "")),
        }
        for forecast, errors in _FORECASTS
    ],
    "manager/goods/potential": [
        {
            "kept": _kept(AnalysisKind.POTENTIAL, n, days=365, one_in=one_in),
            "categories": categories,
            "customers": customers,
            "regions": regions,
        }
        for n, one_in, categories, customers, regions in (
            (3, 1, [], [], []),
            (340, 1, [[ANN, 12, 340_000, 210_000, 480_000]], [], _REGIONS),
            (
                34_000,
                5,
                [["tea", 1, 3_000, 0, 7_000]],
                [(one, ANN, 3_000, 2_000, 4_100, 0.7) for one in CUSTOMERS],
                _REGIONS[1:],
            ),
        )
    ],
    "manager/goods/behaviour": [
        {"kept": _kept(AnalysisKind.BEHAVIOUR, 0), "steps": [], "following": []},
        {"kept": _kept(AnalysisKind.BEHAVIOUR, 9), "steps": [["viewed", 3]], "following": []},
        {
            "kept": _kept(AnalysisKind.BEHAVIOUR, 120),
            "steps": _STEPS,
            "following": [("view <x>", 120, [["cart & co", 40], ["", 80]]), ("cart & co", 40, [["", 40]])],
        },
    ],
    "agent/rec/refused": [{"customer": one} for one in CUSTOMERS],
    "agent/rec/suggested": [
        {
            "customer": CUSTOMERS[0],
            "suggestions": suggestions,
            "kept": kept,
            "record": record,
            "popular": _POPULAR,
            "judged": judged,
        }
        for suggestions in ([], _SUGGESTIONS)
        for kept, judged in ((None, 0), (_DEMANDS[0], 3), (_DEMANDS[0], 1540))
        for record in (_TEST, _POPULAR)
    ],
}
