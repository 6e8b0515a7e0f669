"""What the variables of the templates about campaigns can hold."""

from datetime import UTC, datetime
from typing import Any

from crm_store.marketing.campaigns import NEEDS_APPROVAL, Progress, allowed
from crm_store.marketing.states import Blocked, CampaignEvent, CampaignState, MemberState
from crm_store.marketing.stopping import FAILURES, OPT_OUTS
from crm_store.marketing.tables import Campaign
from tests.samples.rows import ANN
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
VALUES: dict[str, list[Any]] = {"campaign": [campaign(one) for one in CampaignState], "progress": PROGRESS}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {
    "manager/campaign/frozen": [
        {"campaign": one}
        for one in (campaign(CampaignState.RUNNING), campaign(CampaignState.PAUSED, NEEDS_APPROVAL))
    ],
    "manager/campaign/stopped": [
        {"campaign": campaign(CampaignState.PAUSED, why)} for why in (OPT_OUTS, FAILURES)
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
