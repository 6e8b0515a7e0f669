"""What the variables of the templates about outcomes, plays and tries can hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crm_store.analysis.lift import Unshown, Verdict
from crm_store.analysis.standings import RfmTier
from crm_store.marketing.attribution import Model
from crm_store.marketing.outcome import BROKEN, INTACT, Fate
from crm_store.marketing.states import Blocked, CampaignState, MemberState
from crm_store.marketing.tables import Campaign, Goal, Play
from crm_store.marketing.touches import Tried
from tests.samples.campaigns import campaign
from tests.samples.rows import ANN, STAFF

_AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
_UNTIL = _AT + timedelta(days=16)


def _estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "p": 0.04}


def _lift(verdict: Verdict, sign: int, more: int | None = None) -> dict[str, Any]:
    ends = (0.011, 0.053) if verdict != Verdict.UNPROVEN else (-0.02, 0.08)
    rate = _estimate(sign * 0.032, *sorted(sign * one for one in ends))
    money = {
        key: _estimate(sign * 770.25, sign * 770.25 - 900, sign * 770.25 + 900)
        for key in ("mean", "drawn", "capped")
    }
    customers = [round(3600 * rate[key]) for key in ("value", "low", "high")]
    return {
        "verdict": verdict.value,
        "rate": rate,
        "shares": [0.132, 0.1],
        "n": [3600, 400],
        "more": more,
        "customers": customers,
        "money": {
            "verdict": Verdict.UNPROVEN.value,
            "whole": [round(3600 * money["mean"][key]) for key in ("value", "low", "high")],
            **money,
        },
    }


def _fate(**values: int) -> dict[str, Any]:
    return Fate(**values).plain()


WHOLE = _fate(
    members=3600, people=3590, sent=3500, failed=40, unknown=10, replied=200, clicked=90, opted_out=12,
    converted=474, orders=500, sales=5_000_000, discounts=250_050, refunds=120_000,
)  # fmt: skip
BARE: dict[str, Any] = {
    "as_of": _UNTIL.isoformat(),
    "window": [_AT.isoformat(), None],
    "is_closed": False,
    "currency": "CNY",
    "members": 0,
    "states": {},
    "reasons": {},
    "opted_out": 0,
    "whole": _fate() | {"clicked": None},
    "arms": [_fate() | {"name": "A"}],
    "holdout": _fate(),
    "seal": None,
    "duplicates": 0,
    "cost": 0,
    "margin": 0,
    "left_out": {},
    "others": 0,
    "rates": {"replied": None, "opted_out": None},
    "attribution": {
        "models": dict.fromkeys(Model, 0), "total": 0, "lookback_days": 30, "half_life_days": 7
    },
    "lift": None,
    "unshown": Unshown.TOO_EARLY.value,
    "versions": [],
}  # fmt: skip
FULL = BARE | {
    "window": [_AT.isoformat(), _UNTIL.isoformat()],
    "is_closed": True,
    "members": 5000,
    "states": {one.value: 1200 + at for at, one in enumerate(MemberState)},
    "reasons": {one.value: at + 1 for at, one in enumerate(Blocked)},
    "opted_out": 12,
    "whole": WHOLE,
    "arms": [WHOLE | {"name": "A"}, WHOLE | {"name": "B"}],
    "holdout": _fate(members=400, people=400, converted=40, orders=41, sales=400_000),
    "seal": INTACT,
    "duplicates": 10,
    "cost": 30_000,
    "goods": {"cost": 1_000_000, "known": 0.8},
    "margin": 3_850_000,
    "left_out": {"USD": 2},
    "others": 40,
    "rates": {"replied": _estimate(0.057, 0.049, 0.065), "opted_out": None, "clicked": None},
    "attribution": BARE["attribution"] | {"models": dict.fromkeys(Model, 1_234_567), "total": 4_880_000},
    "unshown": None,
    "versions": [
        {"first": "A", "second": "", "rate": _estimate(0.04, 0.02, 0.06), "p": 0.001, "verdict": "raised"},
        {"first": "B", "second": "A", "rate": _estimate(-0.01, -0.03, 0.01), "p": 0.4, "verdict": "unproven"},
    ],
}
RAISED = FULL | {"lift": _lift(Verdict.RAISED, 1)}
LOWERED = FULL | {"lift": _lift(Verdict.LOWERED, -1)}
UNPROVEN = FULL | {"lift": _lift(Verdict.UNPROVEN, 1, 160), "versions": []}
OUTCOMES = [
    BARE,
    *(BARE | {"unshown": one.value, "is_closed": True} for one in Unshown),
    RAISED,
    LOWERED,
    UNPROVEN,
    FULL | {"lift": _lift(Verdict.UNPROVEN, 1), "goods": {"cost": 1_000_000, "known": 1.0}},
    FULL | {"lift": _lift(Verdict.UNPROVEN, 1), "goods": {"cost": 0, "known": 0.0}},
]


def play(number: int = 2, **values: Any) -> Play:
    given: dict[str, Any] = {"tier": RfmTier.AT_RISK.value, "goal": Goal.WIN_BACK, "channel": "telegram"}
    return Play(id=number, number=number, offer=f"10 % {ANN}", at=_AT, **given | values)


PLAYS = [play(), play(3, channel="carrier pigeon", every_days=30, tier="gone")]
TRIED = [
    Tried(ANN, n=3, succeeded=2, first_at=_AT, last_at=_UNTIL),
    Tried("Poster", n=4000, succeeded=0, first_at=_AT, last_at=_AT),
]
_CAMPAIGNS = [campaign(CampaignState.MEASURING), campaign(CampaignState.COMPLETED)]
_CAMPAIGNS.append(campaign(CampaignState.COMPLETED))
_CAMPAIGNS[2].goal, _CAMPAIGNS[2].started_at = Goal.REPLIES, _AT
_PROMOTED = {
    "campaigns": 3, "sent": 9000, "converted": 12, "net": 9_900, "margin": -120, "currency": "CNY"
}  # fmt: skip


def _done() -> Campaign:
    found = campaign(CampaignState.COMPLETED)
    found.outcome = OUTCOMES[-1]
    return found


_COUNTS = {"sent": 900, "unknown": 1, "clicked": 9, "replied": 8, "opted_out": 7}
_NONE: dict[str, int] = dict.fromkeys(_COUNTS, 0)
_ROW = {"number": "M5", "name": ANN, "promotion": "discount", **_COUNTS, "attributed": 123_456}
_RESULT = {
    "number": "M5", "name": ANN, "unshown": None, "verdict": "raised", "n": [3600, 400], "more": None,
    "rate": _estimate(0.032, 0.011, 0.053), "margin": -5, "currency": "CNY",
}  # fmt: skip
_UNSHOWN = _RESULT | {"verdict": None, "rate": None, "n": None, "unshown": "no_holdout"}
QUIET: dict[str, Any] = {
    "empty": True,
    "n": {"campaigns": 0, "orders": 0},
    "finding": None,
    "campaigns": [],
    "promotions": [],
    "total": _NONE | {"attributed": 0},
    "before": None,
    "results": [],
    "attribution": {"models": {one.value: [["", 0]] for one in Model}, "total": 0},
}
BUSY = QUIET | {
    "empty": False,
    "n": {"campaigns": 3, "orders": 900},
    "finding": {"weight": 0.7, **_RESULT},
    "campaigns": [_ROW, _ROW | {"number": "M4", "promotion": None}, _ROW | {"number": "M3"}],
    "promotions": [_ROW, _ROW | {"promotion": None}, _ROW | {"promotion": ANN}],
    "total": _COUNTS | {"attributed": 370_368},
    "before": _COUNTS,
    "results": [_RESULT, _RESULT | {"verdict": "lowered"}, _UNSHOWN],
    "attribution": {
        "models": {one.value: [["M5", 99], ["=weibo", 5], ["rest", 3], ["", 1]] for one in Model},
        "total": 108,
    },
}
REPORTED = [QUIET, BUSY, BUSY | {"finding": {"weight": 0.8, **_RESULT, "verdict": "lowered"}, "before": None}]

_ENDED_EARLY = {
    "campaign": campaign(CampaignState.CANCELLED),
    "outcome": RAISED | {"seal": BROKEN},
    "start": _AT,
    "until": _UNTIL,
    "as_of": _UNTIL,
    "play": None,
}


def _together(
    lift: dict[str, Any] | None, unshown: str | None = None, messages: int = 9000
) -> dict[str, Any]:
    return {
        "start": _AT,
        "until": _UNTIL,
        "found": {
            "window": [_AT.isoformat(), _UNTIL.isoformat()],
            "thousandths": 25,
            "currency": "CNY",
            "campaigns": 3 if messages else 0,
            "messages": messages,
            "treated": {"people": 3600, "converted": 474, "net": 4_880_000},
            "held": {"people": 400, "converted": 40, "net": 400_000},
            "lift": lift,
            "unshown": unshown,
            "left_out": {"USD": 2} if messages else {},
        },
    }


FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/campaign/report": [
        {
            "campaign": _CAMPAIGNS[at % 3],
            "outcome": one,
            "start": _AT,
            "until": _UNTIL if one["window"][1] else None,
            "as_of": _UNTIL,
            "play": [None, *PLAYS][at % 3],
        }
        for at, one in enumerate(OUTCOMES)
    ]
    + [_ENDED_EARLY],
    "manager/campaign/together": [
        *(_together(one["lift"]) for one in (RAISED, LOWERED, UNPROVEN)),
        *(_together(None, one.value) for one in (Unshown.FEW, Unshown.SRM)),
        _together(RAISED["lift"], messages=0),
    ],
    "manager/campaign/together_later": [
        {"share": 0.025, "begun": begun, "day": _UNTIL.date()} for begun in (None, _AT)
    ],
    "manager/campaign/together_soon": [{"share": 0.025}],
    "manager/campaign/reports": [
        {"campaigns": [], "promotions": []},
        {
            "campaigns": [
                {"campaign": _CAMPAIGNS[1], "verdict": one} for one in (None, *(one.value for one in Verdict))
            ],
            "promotions": [_PROMOTED | {"promotion": one} for one in ("discount", None, ANN)],
        },
    ],
    "manager/campaign/about": [{"campaign": one} for one in _CAMPAIGNS],
    "manager/campaign/fates": [{"campaign": one, "rows": 1200} for one in _CAMPAIGNS],
    "manager/play/list": [
        {"plays": found, "wanted": wanted, "tiers": list(RfmTier), "goals": list(Goal)}
        for found in ([], PLAYS)
        for wanted in (None, (RfmTier.LOST, Goal.NEWS))
    ],
    "manager/play/one": [
        {"play": PLAYS[0], "author": None, "former": [], "newer": [PLAYS[1]], "made": []},
        {
            "play": PLAYS[1],
            "author": STAFF[0],
            "former": PLAYS,
            "newer": [],
            "made": [(_CAMPAIGNS[0], 1), (_done(), 2)],
        },
    ],
    "manager/touch/list": [
        {"tried": [], "ad": None}, {"tried": [], "ad": ANN}, {"tried": TRIED, "ad": None}
    ],
    "manager/touch/noted": [
        {"count": 1, "tried": TRIED[:1], "unread": []},
        {"count": 2, "tried": TRIED, "unread": [ANN, "x"]},
    ],
    "manager/report/campaigns": [{"figures": one} for one in REPORTED],
    "manager/report/campaigns_finding": [{"figures": one} for one in REPORTED if one["finding"]],
    "refused/bad_play": [
        {"problem": problem, "value": value}
        for problem in ("tier", "goal", "offer", "every_days")
        for value in ("", ANN)
    ],
    "refused/bad_touch": [{"ad": ""}, {"ad": ANN}],
    "refused/campaign_not_started": [
        {"campaign": campaign(one)} for one in (CampaignState.DRAFT, CampaignState.CANCELLED)
    ],
}  # fmt: skip
