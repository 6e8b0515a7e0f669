"""What the variables of the templates about segments and tiers can hold."""

from typing import Any

from markupsafe import Markup

from crm_store.analysis import standings
from crm_store.analysis.standings import RfmTier
from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.customers.tables import ConsentState, CustomField, FieldKind
from crm_store.marketing.gate import Counted
from crm_store.marketing.membership import Classes, Reason
from crm_store.marketing.states import Blocked, MemberState
from crm_store.marketing.tables import Segment
from handlers.agent.records.hits import CustomerLine
from tests.samples.rows import CUSTOMERS, NOW, WORDS, ago
from tests.talk import WORDS as TEXTS

SEGMENTS = [
    Segment(id=3, name='Regulars <3 & "x"', filter='-tag:"a <b>" net>12000 segment:S1', created_at=NOW),
    Segment(id=1, name="Best", filter="rfm:champions", created_at=NOW),
]
COUNTED = [
    Counted(0, {}),
    Counted(1, {}),
    Counted(1_200, {one: n for n, one in enumerate(Blocked, 1)}),
    Counted(0, {Blocked.NO_CONSENT: 1_000_000}),
]
LINES = [
    CustomerLine(one, None, facts) for one, facts in zip(CUSTOMERS, ([], ["Paris", "…8821"]), strict=False)
]

_BIRTHDAY = CustomField(id=1, name="birthday <b>", kind=FieldKind.DATE, created_at=NOW)
_PARTS = (
    Reason("rfm:champions", met=True, kind="rfm", value="champions"),
    Reason("city:Paris", met=False, kind="text"),
)
REASONS = [
    Reason("segment:S1", met=False, kind="parts", parts=_PARTS),
    Reason("last_order<90d", met=True, kind="day", value=ago(days=3)),
    Reason("net>12000", met=True, kind="money", value=1_234_567),
    Reason("orders:1", met=True, kind="number", value=1),
    Reason("risk>60%", met=False, kind="share", value=0.4321),
    Reason("rfm:new", met=False, kind="rfm"),
    Reason("language:zh", met=True, kind="language", value="en"),
    Reason("consent:yes", met=True, kind="consent", value=ConsentState.GRANTED),
    Reason("campaign:M5", met=True, kind="member", value=MemberState.SENT),
    Reason("reachable:no", met=False, kind="yes_no", value=True),
    Reason("birthday:2026", met=False, kind="own", value="1990-05-06", field=_BIRTHDAY),
    Reason('tag:"a <b>"', met=True, kind="text", value=["a <b>", "VIP"]),
    Reason("ordered:tea", met=True, kind="none"),
]


def _found(kind: AnalysisKind, **result: Any) -> Snapshot:
    facts = {"window_days": 365, "month_days": 30, "buyers": 1, "needed": 30, "left_out": {"USD": 3}}
    return Snapshot(
        id=1, kind=kind, as_of=ago(hours=10), zone="Asia/Shanghai", currency="CNY", n=2357, method="rfm 1",
        result=facts | result, made_at=NOW, seconds=3.0,
    )  # fmt: skip


_TIERS = [{"tier": one, "customers": 100 + n, "net": 1_000_000 * n} for n, one in enumerate(RfmTier)]
_FEW = [{"tier": "new", "customers": 4, "net": 100}]
_WORDS = [*TEXTS.labels("en", "cluster_words")]
_GROUPS = [
    {
        "cluster": at, "customers": 450, "net": 7, "words": _WORDS, "recency_days": 9.5, "orders": 1.0,
        "spent": 123_456.5, "typical": 4,
    }
    for at in (1, 2)
]  # fmt: skip
_QUALITY = {
    "quality": {"k": 2, "stability": 0.874, "silhouette": 0.333, "smallest": 0.2},
    "moved": {"customers": 31, "of": 800},
}

REPORTED: list[dict[str, Any]] = [
    {
        "empty": True, "n": {"customers": 0}, "as_of": None, "window_days": None, "tiers": [], "quiet": 0,
        "best": 0, "finding": None, "now": {"segments": []},
    },
    {
        "empty": False, "n": {"customers": 1_036}, "as_of": NOW.isoformat(), "window_days": 365,
        "tiers": [
            {
                "tier": one.facts["tier"], "customers": one.customers, "net": one.net, "part": one.part,
                "share": one.share, "before": one.customers - n % 2,
            }
            for n, one in enumerate(standings.of(_TIERS).rows)
        ],
        "quiet": 14, "best": 96, "finding": {"weight": 0.4, "quiet": 14, "best": 96},
        "now": {"segments": [{"number": "S3", "name": SEGMENTS[0].name, "customers": 1_200}] * 4},
    },
    {
        "empty": False, "n": {"customers": 4}, "as_of": NOW.isoformat(), "window_days": 365,
        "tiers": [
            {"tier": "new", "customers": 4, "net": 100, "part": None, "share": None, "before": None}
        ],
        "quiet": 0, "best": 0,
        "finding": {"weight": 0.1, "quiet": 0, "tier": "champions", "part": 0.2, "share": 0.7},
        "now": {"segments": []},
    },
]  # fmt: skip

VALUES: dict[str, list[Any]] = {
    "classes": [
        Classes(),
        Classes("champions", 1, tuple(_WORDS[:2]), tuple(SEGMENTS)),
        Classes(None, 2, (), ()),
        Classes(None, None, (), (SEGMENTS[1],)),
    ],
    "segment": SEGMENTS,
}

FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/report/segments": [{"figures": one} for one in REPORTED],
    "manager/report/segments_finding": [{"figures": one} for one in REPORTED[1:]],
    "manager/segments/analysed": [{"as_of": NOW, "failed": one} for one in ([], ["rfm"], ["churn", "value"])],
    "manager/segments/broken": [{"why": Markup("a &lt;b&gt;")}],
    "manager/segments/card": [
        {"found": one, "lines": LINES if one.total else [], "made": made}
        for one in COUNTED
        for made in (True, False)
    ],
    "manager/segments/list": [{"segments": [], "total": 0}, {"segments": SEGMENTS, "total": 12}],
    "manager/segments/nameless": [{"filter": "rfm:<b>"}],
    "manager/segments/tiers": [
        {
            "kept": _found(AnalysisKind.RFM, tiers=tiers),
            "standing": standings.of(tiers),
            "clusters": clusters,
            "groups": groups,
            "typical": {2: CUSTOMERS[0]},
            "quiet": quiet,
            "best": 96,
        }
        for tiers in (_TIERS, _FEW)
        for clusters, groups in (
            (None, None),
            (_found(AnalysisKind.CLUSTERS), standings.of([])),
            (_found(AnalysisKind.CLUSTERS, needed=1), standings.of([])),
            (_found(AnalysisKind.CLUSTERS, **_QUALITY), standings.of(_GROUPS)),
        )
        for quiet in (0, 1, 14)
    ],
    "manager/segments/too_few": [{"kept": _found(AnalysisKind.RFM)}],
    "manager/segments/usage": [{"name": ""}, {"name": WORDS}],
    "manager/segments/why": [
        {"reasons": reasons, "belongs": all(one.met for one in reasons)}
        for reasons in (REASONS, REASONS[1:4])
    ],
    "refused/bad_segment": [
        {"problem": one, "name": WORDS} for one in ("words", "empty", "me", "taken", "name")
    ],
    "refused/segment_in_use": [{"others": SEGMENTS}],
}
