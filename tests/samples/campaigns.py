"""What the variables of the templates about campaigns can hold."""

from datetime import UTC, datetime
from typing import Any

from crm_store.marketing.drafts import NewArm
from crm_store.marketing.members import Progress
from crm_store.marketing.responses import Responses
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import Blocked, CampaignEvent, CampaignState, MemberState
from crm_store.marketing.steps import allowed
from crm_store.marketing.stopping import FAILURES, OPT_OUTS
from crm_store.marketing.tables import Campaign, CampaignMember, Play, Segment
from handlers.manager.campaigns.asking import SOME_FIELDS
from handlers.manager.campaigns.checking import Checked, Purpose, reasons, smallest
from handlers.manager.campaigns.places import Step
from handlers.manager.campaigns.shown import Preview, Version, missing_lines
from handlers.manager.campaigns.sources import networks
from handlers.manager.campaigns.wording import NAMES
from tests.samples.rows import ANN, CUSTOMERS, STAFF
from tests.talk import WORDS

_AT = datetime(2026, 11, 20, 3, tzinfo=UTC)


def campaign(state: CampaignState, why_paused: str | None = None) -> Campaign:
    return Campaign(
        id=5,
        name=ANN,
        state=state,
        why_paused=why_paused,
        salt="",
        currency="CNY",
        measured_until=_AT,
        created_at=_AT,
        updated_at=_AT,
    )


PROGRESS = [
    Progress(),
    Progress(
        states={one: 1200 + at for at, one in enumerate(MemberState)},
        reasons={one.value: at + 1 for at, one in enumerate(Blocked)},
        opted_out=7,
    ),
]
FULL = Campaign(
    id=6,
    name=ANN,
    state=CampaignState.DRAFT,
    promotion="discount",
    audience="city:<Hangzhou>",
    excluding="tag:<sour>",
    holdout=0,
    send_at=_AT,
    quiet_from="22:00",
    quiet_to="08:00",
    stop_opt_outs=None,
    stop_failures=None,
    cost=500_00,
    play_id=3,
    salt="",
    currency="CNY",
    created_at=_AT,
    updated_at=_AT,
)
"""A draft of which everything was said."""

CHECKED = Checked(
    passing=4100,
    sendable=4000,
    blocked={one.value: at + 1 for at, one in enumerate(Blocked)},
    missing={"A": {one: at + 2 for at, one in enumerate(WORDS.labels("en", "campaign_variables"))}},
    recent=400,
    shown=[12],
)
_VERSIONS = [
    Version("A", 0.7, {"zh": f"{ANN}", "en": f"Tea for {ANN}"}, True, [f"{ANN} → https://a.example.com"]),
    Version("B", 0.3, {"en": f"More tea for {ANN}"}, False, []),
]


def _card(one: Campaign, checked: Checked | None = None, **more: Any) -> dict[str, Any]:
    return {
        "campaign": one,
        "versions": [],
        "segment": None,
        "play": None,
        "quiet": None,
        "rules": Rules(per_day=None, per_week=None),
        "author": None,
        "approver": None,
        "progress": None,
        "responses": None,
        "tracked": False,
        "purpose": Purpose.CARD,
        "checked": checked,
        "blocked": reasons(checked) if checked else [],
        "missing": missing_lines(checked) if checked else [],
        "smallest": smallest(one, checked) if checked else None,
        "above": 500,
        "late": False,
        "outgrew": False,
        "next_step": None,
    } | more


_PLAY = Play(id=3, tier="champions", goal="orders", number=2, offer=ANN, channel="telegram", at=_AT)
_OTHER_PLAY = Play(id=4, tier="lost", goal="orders", number=1, offer=ANN, channel="telegram", at=_AT)
_SEGMENT = Segment(id=3, name=ANN, filter="tag:vip", created_at=_AT)
_APPROVED = campaign(CampaignState.SCHEDULED)
_APPROVED.approved_at, _APPROVED.approved_for = _AT, 1203
CARDS = [
    *(_card(campaign(one)) for one in CampaignState),
    *(_card(FULL, late=True, next_step=one) for one in WORDS.labels("en", "campaign_next")),
    *(_card(campaign(CampaignState.PAUSED, why)) for why in WORDS.labels("en", "campaign_pauses")),
    _card(
        FULL, CHECKED, versions=_VERSIONS, segment=_SEGMENT, play=_PLAY, quiet="21:00–09:00", rules=Rules()
    ),
    _card(FULL, Checked(), versions=_VERSIONS[1:], above=None, tracked=True),
    _card(campaign(CampaignState.IN_REVIEW), CHECKED, purpose=Purpose.APPROVAL, author=STAFF[0]),
    _card(campaign(CampaignState.DRAFT), Checked(passing=3000, sendable=3000)),
    _card(campaign(CampaignState.IN_REVIEW), Checked(passing=9, sendable=9), purpose=Purpose.APPROVAL),
    _card(_APPROVED, Checked(passing=1, sendable=1), purpose=Purpose.START, approver=STAFF[0]),
    _card(_APPROVED, CHECKED, purpose=Purpose.START, approver=STAFF[0], outgrew=True),
    *(
        _card(campaign(CampaignState.RUNNING), progress=one, responses=Responses(3, 2), tracked=tracked)
        for one in PROGRESS
        for tracked in (False, True)
    ),
]


def member(state: MemberState = MemberState.SENT, **reacted: datetime) -> CampaignMember:
    return CampaignMember(campaign_id=6, customer_id=1, state=state, sent_at=_AT, **reacted)


MEMBERS = [
    member(),
    member(MemberState.UNKNOWN),
    member(clicked_at=_AT, replied_at=_AT, opted_out_at=_AT),
]
VALUES: dict[str, list[Any]] = {
    "campaign": [campaign(one) for one in CampaignState],
    "progress": PROGRESS,
    "answers": [None, campaign(CampaignState.RUNNING)],
    "arm": ["A"],
    "in_language": ["zh", "en"],
    "several": [True, False],
    "tracked": [True, False],
    "has_picture": [True, False],
    "quiet": [None, "21:00–09:00"],
    "rules": [Rules(), Rules(per_day=None, per_week=None)],
}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/campaign/frozen": [{"campaign": campaign(CampaignState.RUNNING)}],
    "manager/campaign/grown": [
        {"campaign": _APPROVED, "progress": one, "next_step": step}
        for one in PROGRESS
        for step in ("again", "wait", "nobody")
    ],
    "manager/campaign/stopped": [
        {"campaign": campaign(CampaignState.PAUSED, why)} for why in (OPT_OUTS, FAILURES)
    ],
    "manager/campaign/card": CARDS,
    "manager/campaign/audience": [{"checked": one, "blocked": reasons(one)} for one in (CHECKED, Checked())],
    "manager/campaign/preview": [
        {"missing": missing_lines(CHECKED), "previews": previews}
        for previews in (
            [],
            [
                Preview(CUSTOMERS[0], "It is <b>on its way</b>, 张 &amp; co"),
                *(Preview(CUSTOMERS[1], "", one) for one in WORDS.labels("en", "campaign_variables")),
            ],
        )
    ],
    "manager/campaign/list": [
        {"campaigns": [], "sent": {}},
        {"campaigns": [FULL, campaign(CampaignState.RUNNING)], "sent": {5: PROGRESS[1]}},
    ],
    "manager/campaign/unknown": [{"people": CUSTOMERS}],
    "manager/campaign/overtaken": [
        {"step": step, "stands": one} for step in (Step.MESSAGE, Step.PICTURE) for one in ("", ANN)
    ],
    "manager/campaign/which": [
        {"campaigns": found, "fitting": fitting, "event": event}
        for found, fitting in (([], False), ([FULL], False), ([FULL], True))
        for event in ("test", CampaignEvent.PAUSE)
    ],
    "manager/campaign/test": [{"like": one} for one in (None, CUSTOMERS[0])],
    "manager/campaign/rejected": [{"why": why} for why in ("", ANN)],
    "manager/campaign/approved": [
        {"campaign": one}
        for one in (FULL, campaign(CampaignState.SCHEDULED), campaign(CampaignState.RUNNING))
    ],
    "manager/campaign/link": [
        {
            "source": source,
            "campaign": one,
            "direct": "https://t.me/tea_desk_bot?start=weibo",
            "into_chat": into_chat,
            "tracked": tracked,
        }
        for source in ("weibo", "poster-1")
        for one in (None, FULL)
        for into_chat in (True, False)
        for tracked in ("", "https://shop.example.com/l/1-0-abc")
    ],
    "manager/campaign/link_usage": [{"networks": list(networks())}],
    **{
        f"manager/campaign/ask/{step}": [{"campaign": one} for one in (FULL, campaign(CampaignState.DRAFT))]
        for step in Step
    },
    "manager/campaign/ask/name": [{"campaign": one} for one in (None, FULL)],
    "manager/campaign/ask/audience": [{"text": text, "filters": SOME_FIELDS} for text in ("", ANN)],
    "manager/campaign/ask/message": [
        {"campaign": FULL, "names": NAMES, "body": body, "plays": found}
        for body in ("", "Dear <b>Ann</b> & co")
        for found in ([], [_PLAY, _OTHER_PLAY])
    ],
    "manager/campaign/ask/links": [{"lines": one} for one in ("", f"{ANN} | https://a.example.com")],
    "manager/campaign/ask/versions": [{"arms": [NewArm("A", {"en": "x"}), NewArm("B", {"en": "x"})]}],
    "manager/campaign/ask/weights": [{"arms": [NewArm("A", {"en": "x"}), NewArm("B", {"en": "x"})]}],
    "refused/bad_wording": [
        {"why": why, "what": what, "names": NAMES, "most": 1024}
        for why in WORDS.labels("en", "wording")
        for what in ("", "Ann <3")
    ],
    "refused/bad_source": [{"name": ANN, "networks": list(networks())}],
    "refused/bad_address": [{"address": ANN}],
    "refused/bad_link": [{"line": ANN, "why": why} for why in WORDS.labels("en", "link_flaws")],
    "refused/campaign_answer": [
        {"field": field, "value": value}
        for field in WORDS.labels("en", "campaign_answers")
        for value in ("", ANN)
    ],
    "refused/no_such_campaign": [{"number": "M5"}],
    "refused/opted_out": [{"number": "C12"}],
    "refused/needs_second_person": [{"sendable": 1203, "above": 500}],
    "refused/bad_campaign_value": [
        {"field": field, "value": value}
        for field in WORDS.labels("en", "campaign_fields")
        for value in (ANN, "")
    ],
    "refused/illegal_campaign_step": [
        {"campaign": campaign(state), "event": event, "allowed": allowed(campaign(state))}
        for state in CampaignState
        for event in CampaignEvent
        if event not in allowed(campaign(state))
    ],
}
"""By template, where a name means something else or several go together."""
