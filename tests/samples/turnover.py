"""What the variables of the templates about sales can hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crm_store.analysis.amounts import describe
from crm_store.analysis.risks import Risks
from crm_store.analysis.sales import PARTS
from crm_store.analysis.service_summary import Window
from crm_store.sales.margins import Margin
from tests.samples.numbers import SUMMARIES
from tests.samples.rows import ANN, TICKETS, WORDS
from tests.samples.targets import ROWS

END = datetime(2026, 11, 20, 2, tzinfo=UTC)
WINDOWS = [Window(END - timedelta(hours=10), END), Window(END - timedelta(days=320), END)]
MARGINS = [
    Margin(revenue=0, cost=0, margin=0, known=0.0, known_revenue=0, percent=0),
    Margin(revenue=9_999, cost=4_000, margin=5_999, known=1.0, known_revenue=9_999, percent=30),
    Margin(revenue=9_999, cost=4_000, margin=4_500, known=0.8, known_revenue=8_000, percent=25),
    Margin(revenue=9_999, cost=9_000, margin=-1_000, known=0.8, known_revenue=8_000, percent=0),
    Margin(revenue=9_999, cost=0, margin=3_000, known=0.0, known_revenue=0, percent=30),
    Margin(revenue=-99, cost=0, margin=-30, known=1.0, known_revenue=-99, percent=30),
]
WHOLE = {
    "orders": 1234,
    "sales": 123_456_789,
    "paid": 120_000_000,
    "payments": 1230,
    "refunded": 4_500,
    "refunds": 2,
    "net": 119_995_500,
    "first": 17,
}
NOTHING: dict[str, int] = dict.fromkeys(WHOLE, 0)
PLAIN: dict[str, Any] = {
    "before": None,
    "left_out": {},
    "by_chance": False,
    "margin": MARGINS[0].plain(),
    "parts": {},
    "change": None,
    "usual": None,
    "days": [],
    "by_week": False,
}
USUAL = {"value": 1, "usual": 90_000_000, "least": 1.0, "most": 2.0, "n": 8, "is_unusual": True}
SALES: list[dict[str, Any]] = [
    NOTHING | PLAIN,
    WHOLE | PLAIN | {"before": NOTHING, "margin": MARGINS[1].plain()},
    WHOLE
    | PLAIN
    | {"before": WHOLE | {"sales": 150_000_000, "orders": 1240}, "by_chance": True}
    | {"margin": MARGINS[2].plain()},
    WHOLE
    | PLAIN
    | {
        "before": WHOLE | {"sales": 100},
        "left_out": {"USD": 2, "JPY": 1},
        "margin": MARGINS[4].plain(),
        "change": {"by": "product", "key": "#1", "name": ANN, "before": 100, "after": 99_000},
        "usual": USUAL,
    },
]
TABLE = f"City    Sales\n{ANN}  1,234.00 █████"
_ABOUT = [
    {"window": WINDOWS[at % 2], "compared": WINDOWS[1 - at % 2], "so_far": at % 2 == 0, "currency": "CNY"}
    for at in range(4)
]
_RISKS = [
    Risks(open=0, ours=0, complaints=0, oldest=None, refunds=0, alerts=0, leaving=None),
    Risks(open=1200, ours=30, complaints=3, oldest=TICKETS[0], refunds=2, alerts=1, leaving=1200),
]
FEW = {"hits": 2, "n": 7, "value": None, "low": None, "high": None, "change": None}
SHARE = {"hits": 420, "n": 1200, "value": 0.35, "low": 0.32, "high": 0.38, "change": None}
_NOBODY = FEW | {"hits": 0, "n": 0}
_BRANDS: list[dict[str, Any]] = [
    {"repeat": _NOBODY, "referral": _NOBODY, "orders": 0, "revenue_again": None},
    {"repeat": FEW, "referral": FEW, "orders": 2, "revenue_again": None},
    {
        "repeat": SHARE | {"change": {"value": 0.09, "low": 0.02, "high": 0.15, "may_be_chance": False}},
        "referral": SHARE | {"change": {"value": 0.0, "low": -0.02, "high": 0.1, "may_be_chance": True}},
        "orders": 1234,
        "revenue_again": 0.56,
    },
]
_SPENT = [
    {"orders": None, "customers": None, "brand": _BRANDS[0], "left_out": {}},
    {
        "orders": vars(describe([100_000, 200_000, 300_000])),
        "customers": vars(describe([600_000])),
        "brand": _BRANDS[1],
        "left_out": {"USD": 3},
    },
    {
        "orders": vars(describe([100] * 9 + [9_000_000])),
        "customers": None,
        "brand": _BRANDS[2],
        "left_out": {},
    },
]
_ROWS = [
    {"key": "=x", "name": ANN, "orders": 9, "sales": 90_000, "refunded": 100, "before": 80_000},
    {"key": "staff", "name": "staff", "orders": 3, "sales": 9_000, "refunded": 0, "before": 0},
    {"key": "", "name": None, "orders": 1, "sales": 100, "refunded": 0, "before": 9_000},
]
_CHANGE = {"by": "channel", "key": "staff", "name": "staff", "before": 100, "after": 99_000}
_DAYS = [
    {
        "day": f"2026-11-{day:02}",
        "is_of": day > 6,
        "is_part": day == 14,
        "orders": day,
        "sales": day * 12_345,
        "refunded": day,
    }
    for day in range(1, 15)
]


def reported(sales: dict[str, Any], finding: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """As ``sections.sales.figures`` gives them."""
    parts: dict[str, Any] = {by: [] for by in PARTS}
    return {
        **sales,
        "empty": not sales["orders"],
        "n": {key: sales[key] for key in ("orders", "payments", "refunds")},
        "finding": finding,
        "parts": parts,
        "targets": [],
        "brand": None,
        **more,
    }


REPORTED = [
    reported(SALES[0], None),
    reported(SALES[1], {"weight": 0.9, "what": "unusual", "sales": 1, **USUAL}),
    reported(
        SALES[2],
        {"weight": 0.6, "what": "change", "share": -0.5, "sales": 1, "former": 2, **_CHANGE},
        parts={by: _ROWS for by in PARTS},
        days=_DAYS,
        targets=ROWS[1],
        brand=_BRANDS[1],
    ),
    reported(
        SALES[3],
        {"weight": 0.6, "what": "change", "share": 0.5, "sales": 1, "former": 2, **_CHANGE, "by": "city"},
        parts={by: _ROWS[::-1] for by in PARTS},
        days=_DAYS,
        targets=ROWS[3],
        brand=_BRANDS[2],
    ),
]
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/sales/sales": [
        {"sales": one, "table": table, **about}
        for one, about in zip(SALES, _ABOUT, strict=True)
        for table in ("", TABLE)
    ],
    "manager/sales/brief": [
        {
            "sales": one,
            "service": SUMMARIES[at % len(SUMMARIES)],
            "risks": _RISKS[at % 2],
            "window": WINDOWS[0],
            "currency": "CNY",
        }
        for at, one in enumerate(SALES)
    ],
    "manager/sales/stats": [
        {"spent": one, "window": WINDOWS[0], "so_far": True, "currency": "CNY"} for one in _SPENT
    ],
    "manager/report/sales": [{"figures": one} for one in REPORTED],
    "manager/report/sales_finding": [{"figures": one} for one in REPORTED if one["finding"]],
    "manager/margin": [{"margin": one, "currency": "CNY"} for one in MARGINS if one.is_told and one.revenue],
    "manager/span": [{"window": one} for one in WINDOWS],
    "manager/brand": [{"brand": one} for one in _BRANDS],
    "manager/sales/usage": [{"text": WORDS}],
    "manager/sales/stats_usage": [{"text": WORDS}],
    "manager/sales/counting": [{"window": one} for one in WINDOWS],
    "manager/sales/file": [{"window": one, "currency": "CNY"} for one in WINDOWS],
}
