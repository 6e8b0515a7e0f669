"""What the variables of the templates about alerts can hold."""

from datetime import UTC, date, datetime
from typing import Any

from crm_store.reports.readings import OF_A_DAY, Metric, Reading, unit_of
from crm_store.reports.tables import Alert, AlertEvent, AlertKind
from tests.samples.rows import ANN

_AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
_DAY = date(2026, 11, 20)


def alert(
    metric: Metric, kind: AlertKind, sign: str, level: float, *, paused: bool = False
) -> dict[str, Any]:
    return {
        "number": "A4",
        "metric": metric,
        "unit": unit_of(metric),
        "kind": kind,
        "sign": sign,
        "level": level,
        "cool_down": 3600,
        "is_paused": paused,
    }


_PAIRS = [
    (alert(Metric.BACKLOG, AlertKind.THRESHOLD, ">", 20.0), Reading(1234.0)),
    (alert(Metric.LONGEST, AlertKind.THRESHOLD, ">", 7200.0, paused=True), Reading(0.0)),
    (alert(Metric.RATING, AlertKind.THRESHOLD, "<", 4.0), Reading(3.25)),
    (alert(Metric.SALES, AlertKind.THRESHOLD, "<", 100_000.0), Reading(99_999.0, _DAY)),
    (alert(Metric.SALES, AlertKind.CHANGE, "<", -0.3), Reading(-0.5, _DAY, 200_000.0)),
    (alert(Metric.ORDERS, AlertKind.CHANGE, ">", 0.3), Reading(0.5, _DAY, 20.0)),
    (alert(Metric.ORDERS, AlertKind.CHANGE, "<", 0.1), Reading(0.05, _DAY, 20.0)),
    (alert(Metric.TICKETS, AlertKind.CHANGE, ">", -0.1), Reading(0.0, _DAY, 20.0)),
    (alert(Metric.REFUNDS, AlertKind.ANOMALY, ">", 0.0), Reading(900_000.0, _DAY, 10_000.0, True)),
]
_EVENTS = [
    AlertEvent(id=1, alert_id=4, value=0.5, at=_AT),
    AlertEvent(id=1, alert_id=4, value=4000.0, at=_AT, acknowledged_at=_AT, acknowledged_by=1),
]
_METRICS = [
    [{"metric": one, "unit": unit_of(one), "value": value, "is_read": is_read} for one in Metric]
    for value, is_read in ((None, True), (0.0, True), (123456.0, True), (None, False))
]
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/alert/list": [
        {"alerts": shown, "metrics": metrics, "currency": "CNY"}
        for shown in ([], [one for one, _ in _PAIRS])
        for metrics in _METRICS
    ],
    "manager/alert/usage": [
        {"problem": problem, "text": ANN, "metrics": _METRICS[0], "currency": "CNY"}
        for problem in ("metric", "sign", "level", "cool_down")
    ],
    "manager/alert/one": [
        {"alert": one, "reading": reading, "event": event, "currency": "CNY"}
        for one, found in _PAIRS
        for reading in (None, found)
        for event in (None, *_EVENTS)
    ],
    "manager/alert/raised": [
        {"alert": one, "reading": reading, "currency": "CNY"} for one, reading in _PAIRS
    ],
    "manager/alert/seen": [{"alert": one, "event": _EVENTS[1], "currency": "CNY"} for one, _ in _PAIRS],
    "refused/no_such_alert": [
        {"number": "A4", "alerts": found}
        for found in (
            [],
            [
                Alert(
                    id=at,
                    staff_id=1,
                    metric=one,
                    kind=AlertKind.THRESHOLD,
                    sign=">",
                    level=1.0,
                    cool_down_minutes=60,
                    created_at=_AT,
                )
                for at, one in enumerate(Metric)
            ],
        )
    ],
    "refused/not_by_day": [{"metric": Metric.BACKLOG, "metrics": list(OF_A_DAY)}],
}
