"""What the variables of the templates about targets can hold."""

from dataclasses import replace
from datetime import date
from typing import Any

from crm_store.reports.tables import TargetMeasure
from crm_store.reports.targets import Standing
from tests.samples.rows import ANN, ago

_MONTH = date(2026, 11, 1)
_SALES = Standing(TargetMeasure.SALES, _MONTH, 20_000_000, 16_400_000, 0.67, True, 19, 11)
_MARGIN = Standing(TargetMeasure.MARGIN, _MONTH, 6_000_000, -120_000, 0.64, False, 19, 11, known=0.8)
_FEW = Standing(TargetMeasure.NEW_CUSTOMERS, _MONTH, 50, 7, 0.1, False, 3, 27)
_OVER = replace(_SALES, month=date(2026, 10, 1), passed=1.0, days_passed=31, days_left=0)
ROWS: list[list[dict[str, Any]]] = [
    [],
    [one.plain() for one in (_SALES, _MARGIN, replace(_FEW, days_passed=20, days_left=10, passed=0.6))],
    [one.plain() for one in (replace(_SALES, actual=20_000_000), replace(_MARGIN, known=1.0), _FEW)],
    [one.plain() for one in (_OVER, replace(_OVER, actual=30_000_000))],
    [
        replace(
            _SALES, month=date(2027, 1, 1), actual=0, passed=0.0, days_passed=0, days_left=31, has_begun=False
        ).plain()
    ],
]
TABLE = "Net received  Target  Came to\n2026-10   200,000  164,000 82%"
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/target/targets": [
        {
            "month": date.fromisoformat(one[0]["month"]) if one else _MONTH,
            "targets": one,
            "table": table,
            "currency": "CNY",
            "percent": percent,
        }
        for one in ROWS
        for table, percent in (("", 0), (TABLE, 30))
    ],
    "manager/target/about": [{"until": ago(days=1)}],
    "manager/target/usage": [
        {"problem": problem, "text": text}
        for problem, text in (("measure", ANN), ("amount", ANN), ("amount", ""))
    ],
}
