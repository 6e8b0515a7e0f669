"""What reports and their schedules can say: quiet, with little, and busy."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from crm_store.analysis.service_summary import Window
from crm_store.reports.tables import Period, ReportSchedule
from crm_store.service.states import Kind
from tests.samples.rows import NOW, STAFF, WORDS, ago

DAY = Window(ago(days=1), NOW)
WEEK_AGO = Window(ago(days=8), ago(days=7))
TODAY = date(2026, 11, 20)


def days(many: int, *, most: int, kinds: int = 5) -> list[dict[str, Any]]:
    """So many bars, the last of the report's own day; never twice the same height."""
    return [
        {
            "day": (TODAY - timedelta(days=many - 1 - at)).isoformat(),
            "is_of": at == many - 1,
            "is_part": at == many - 1,
            "kinds": {
                kind.value: (at * 7 + number * 5) % most
                for number, kind in enumerate(list(Kind)[:kinds])
                if (at * 7 + number * 5) % most
            },
        }
        for at in range(many)
    ]


_QUIET = {"new": 0, "answered": 0, "resolved": 0, "kinds": {}, "first": None}
_NOBODY = {"n": 0, "mean": None, "few": True}
_NOTHING = {"open": 0, "ours": 0, "oldest": None, "pairs": 0}
_OPEN = {"open": 7, "ours": 5, "oldest": {"id": 12, "opened_at": ago(days=3).isoformat()}, "pairs": 4}
_FIRST = {"n": 1200, "median": 240.0, "slowest": 32_400.0}
_BEFORE = {"new": 900, "answered": 800, "resolved": 700, "kinds": {}, "ratings": _NOBODY}

QUIET: dict[str, Any] = {
    "empty": True,
    "n": {"tickets": 0, "ratings": 0},
    "finding": None,
    **_QUIET,
    "ratings": _NOBODY,
    "before": None,
    "by_chance": False,
    "by_week": False,
    "days": days(14, most=1),
    "now": _NOTHING,
}
LITTLE = QUIET | {
    "empty": False,
    "new": 2,
    "first": {"n": 1, "median": 60.0, "slowest": 60.0},
    "ratings": {"n": 2, "mean": 4.5, "few": True},
    "before": {**_BEFORE, "first": None},
    "by_chance": True,
    "days": days(14, most=3, kinds=2),
    "now": _OPEN | {"oldest": None},
}
BUSY = QUIET | {
    "empty": False,
    "n": {"tickets": 1200, "ratings": 300},
    "finding": {"weight": 0.6, "new": 1200, "usual": None, "before": 900, "kind": "complaint", "by": 250},
    "new": 1200,
    "answered": 1100,
    "resolved": 1000,
    "kinds": {"complaint": 400, "inquiry": 800},
    "first": _FIRST,
    "ratings": {"n": 300, "mean": 4.52, "few": False},
    "before": {**_BEFORE, "first": _FIRST},
    "days": days(31, most=90),
    "now": _OPEN,
}
_FEWER = {"weight": 0.6, "new": 900, "usual": None, "before": 1200, "kind": "inquiry", "by": 250}
_ODD = {"weight": 0.9, "new": 1200, "usual": 800, "range": [520.4, 990.0], "weeks": 8}
FEWER, ODD = BUSY | {"finding": _FEWER}, BUSY | {"finding": _ODD}
SERVICE = [QUIET, LITTLE, BUSY]

_MIA = {"name": "Mia <&> 张", "answers": 12, "tickets": 10, "resolved": 8, "orders": 3, "sales": 120_000}
_BOB = {"name": "Bob", "answers": 2, "tickets": 2, "resolved": 0, "orders": 0, "sales": 0}
_SELLER = {"name": "Ann Seller of Teas", "answers": 0, "tickets": 0, "resolved": 0, "orders": 1, "sales": 5}
_TOTAL = {"answers": 14, "tickets": 12, "resolved": 8, "orders": 4, "sales": 120_005}
TEAM: list[dict[str, Any]] = [
    {"empty": True, "n": {"people": 0}, "finding": None, "people": [], "total": dict.fromkeys(_TOTAL, 0)},
    {
        "empty": False,
        "n": {"people": 3},
        "finding": None,
        "people": [_MIA, _BOB, _SELLER],
        "total": _TOTAL,
    },
]


def _schedule(number: int, cron: str, period: Period, **about: Any) -> ReportSchedule:
    return ReportSchedule(
        id=number,
        staff_id=1,
        period=period,
        sections=["service", "sales"],
        cron=cron,
        zone="Asia/Shanghai",
        created_at=NOW,
        changed_at=NOW,
        **about,
    )


SCHEDULES = [
    _schedule(1, "0 20 * * *", Period.DAY, from_settings=True),
    _schedule(2, "30 8 * * 1", Period.WEEK, language="en", skip_empty=True),
    _schedule(3, "0 9 1 * *", Period.MONTH, paused_at=NOW),
    _schedule(4, "0 20 L * *", Period.MONTH, ended_at=NOW),
    _schedule(5, "0 18 * * 1,2,3,4,5", Period.DAY),
    _schedule(6, "0 18 * * 1,3,7", Period.DAY),
]

VALUES: dict[str, list[Any]] = {
    "beside": ["before", "week_ago", "week_before", "so_far"],
    "brief": [True, False],
    "changed_since": [None, ago(days=1)],
    "covers": ["last_week", "last_month", "days_before", "since_last"],
    "currency": ["CNY"],
    "done": ["", "started", "changed", "paused", "resumed"],
    "finding": [None, Markup("1,200 &lt;new&gt;")],
    "is_empty": [True, False],
    "next_at": [ago(days=-3)],
    "period": ["day", "week", "month"],
    "is_last": [True, False],
    "replaced": [True, False],
    "schedule": SCHEDULES,
    "schedules": [[], SCHEDULES],
    "title": ["day", "week", "month", "other"],
    "window": [DAY],
    "zone": [ZoneInfo("Asia/Shanghai")],
}

_SPANS = [
    {"window": DAY, "first": None, "last": None, "so_far": True},
    {"window": DAY, "first": TODAY, "last": TODAY, "so_far": False},
    {"window": DAY, "first": TODAY - timedelta(days=6), "last": TODAY, "so_far": False},
]
FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/report/failed": [{"period": one, "due": ago(days=1)} for one in ("day", "week", "month")],
    "manager/report/file": _SPANS,
    "manager/report/report": [
        {**span, "parts": [Markup("<b>Part</b> 张")] * many} for span in _SPANS for many in (1, 3)
    ],
    "manager/report/service": [{"figures": one} for one in SERVICE],
    "manager/report/service_finding": [{"figures": one} for one in (BUSY, FEWER, ODD)],
    "manager/report/team": [{"figures": one} for one in TEAM],
    "manager/report/usage": [{"text": WORDS}],
    "manager/sched/list": [{"schedules": []}, {"schedules": [(one, ago(days=-1)) for one in SCHEDULES]}],
    "manager/sched/orphaned": [{"who": STAFF[0], "schedules": SCHEDULES[:2]}],
    "manager/sched/unclear": [{"text": WORDS}],
    "refused/too_many_schedules": [{"most": 10}],
}
