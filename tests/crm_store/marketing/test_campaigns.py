"""A campaign's life: what may follow what, who may do it, and what the trail says."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers.refusals import BadFilter
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from crm_store.marketing import campaigns, drafts, freezing
from crm_store.marketing.campaigns import NEEDS_APPROVAL
from crm_store.marketing.drafts import NewArm
from crm_store.marketing.refusals import (
    BadCampaignValue,
    IllegalCampaignStep,
    NeedsSecondPerson,
    NoMessage,
    NoSuchCampaign,
    NotTested,
)
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import BY_ITSELF, TRANSITIONS, CampaignEvent, CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff.tables import Audit, Staff
from tests.crm_store.marketing.people import (
    NOW,
    RULES,
    ZONE,
    approved,
    boss,
    draft,
    fan,
    feed,
    freeze,
    running,
)


def submitted(session: Session, by: Staff) -> Campaign:
    campaign = draft(session, by)
    drafts.note_test(session, campaign=campaign, by=by, now=NOW)
    campaigns.submit(session, campaign=campaign, by=by, now=NOW)
    return campaign


def test_it_goes_from_draft_to_completed_and_every_step_is_in_the_trail(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session, excluding="number:1")
        campaigns.pause(session, campaign=campaign, why=None, by="cli", now=NOW)
        campaigns.resume(session, campaign=campaign, by=boss(session, "Eve"), rules=RULES, now=NOW)
        campaigns.finish(session, campaign=campaign, now=NOW)
        too_early = campaigns.measured(session, now=NOW + timedelta(days=13))
        [found] = campaigns.measured(session, now=NOW + timedelta(days=14))
        campaigns.complete(session, campaign=found, outcome={"lift": 0.2}, now=NOW)
        trail = session.scalars(
            select(col(Audit.action)).where(col(Audit.entity) == "campaign").order_by(col(Audit.id))
        ).all()

    assert (too_early, campaign.state, campaign.outcome) == ([], CampaignState.COMPLETED, {"lift": 0.2})
    assert trail == [
        "created", "changed", "arms", "tested", "submit", "approve", "start", "freeze", "pause", "resume",
        "finish", "complete",
    ]  # fmt: skip


@pytest.mark.parametrize("state", CampaignState)
def test_what_a_state_does_not_allow_is_refused_with_what_it_does(
    engine: Engine, state: CampaignState
) -> None:
    with transaction(engine) as session:
        by = boss(session)
        campaign = draft(session, by)
        campaign.state = state
        session.flush()
        steps: dict[CampaignEvent, Any] = {
            CampaignEvent.AMEND: lambda: drafts.change(
                session, campaign=campaign, changes={"name": "x"}, by=by, now=NOW, zone=ZONE
            ),
            CampaignEvent.SUBMIT: lambda: campaigns.submit(session, campaign=campaign, by=by, now=NOW),
            CampaignEvent.APPROVE: lambda: campaigns.approve(
                session, campaign=campaign, by=by, rules=RULES, zone=ZONE, now=NOW
            ),
            CampaignEvent.REJECT: lambda: campaigns.reject(session, campaign=campaign, by=by, now=NOW),
            CampaignEvent.START: lambda: campaigns.start(session, campaign=campaign, by=by, now=NOW),
            CampaignEvent.FREEZE: lambda: campaigns.freeze(session, campaign=campaign, rules=RULES, now=NOW),
            CampaignEvent.FAIL: lambda: campaigns.fail(session, campaign=campaign, now=NOW),
            CampaignEvent.PAUSE: lambda: campaigns.pause(
                session, campaign=campaign, why=None, by=by, now=NOW
            ),
            CampaignEvent.RESUME: lambda: campaigns.resume(
                session, campaign=campaign, by=by, rules=RULES, now=NOW
            ),
            CampaignEvent.FINISH: lambda: campaigns.finish(session, campaign=campaign, now=NOW),
            CampaignEvent.COMPLETE: lambda: campaigns.complete(
                session, campaign=campaign, outcome=None, now=NOW
            ),
            CampaignEvent.CANCEL: lambda: campaigns.cancel(session, campaign=campaign, by=by, now=NOW),
        }
        for event in CampaignEvent:
            if state in TRANSITIONS[event]:
                continue
            with pytest.raises(IllegalCampaignStep) as refused:
                steps[event]()
            assert refused.value.facts["allowed"] == [
                one for one in CampaignEvent if state in TRANSITIONS[one] and one not in BY_ITSELF
            ]


def test_nothing_is_submitted_without_a_message_or_unseen(engine: Engine) -> None:
    with transaction(engine) as session:
        by = boss(session)
        empty = drafts.create(session, name="x", by=by, currency="CNY", now=NOW)
        campaign = draft(session, by)

        with pytest.raises(NoMessage):
            campaigns.submit(session, campaign=empty, by=by, now=NOW)
        with pytest.raises(NotTested):
            campaigns.submit(session, campaign=campaign, by=by, now=NOW)
        drafts.note_test(session, campaign=campaign, by=by, now=NOW)
        drafts.put_arms(session, campaign=campaign, new=[NewArm("A", {"en": "Coffee!"})], by=by, now=NOW)
        with pytest.raises(NotTested):
            campaigns.submit(session, campaign=campaign, by=by, now=NOW)


def test_above_a_size_somebody_else_than_its_author_approves(engine: Engine) -> None:
    few = Rules(approval_above=2)
    with transaction(engine) as session:
        for number in range(3):
            fan(session, number)
        olga, eve = boss(session), boss(session, "Eve")
        campaign = submitted(session, olga)

        with pytest.raises(NeedsSecondPerson) as refused:
            campaigns.approve(session, campaign=campaign, by=olga, rules=few, zone=ZONE, now=NOW)
        counted = campaigns.approve(session, campaign=campaign, by=eve, rules=few, zone=ZONE, now=NOW)

    assert (refused.value.facts["sendable"], refused.value.facts["above"]) == (3, 2)
    assert (counted.sendable, campaign.approved_by) == (3, eve.id)


@pytest.mark.parametrize("above", [3, None])
def test_up_to_that_size_its_author_may(engine: Engine, above: int | None) -> None:
    with transaction(engine) as session:
        for number in range(3):
            fan(session, number)
        olga = boss(session)
        campaign = submitted(session, olga)
        rules = Rules(approval_above=above)

        campaigns.approve(session, campaign=campaign, by=olga, rules=rules, zone=ZONE, now=NOW)

    assert campaign.state == CampaignState.SCHEDULED


def test_an_audience_that_grew_since_waits_for_a_second_person(engine: Engine) -> None:
    few = Rules(approval_above=1)
    with transaction(engine) as session:
        fan(session)
        olga, eve = boss(session), boss(session, "Eve")
        campaign = submitted(session, olga)
        campaigns.approve(session, campaign=campaign, by=olga, rules=few, zone=ZONE, now=NOW)
        fan(session, 1)
        campaigns.start(session, campaign=campaign, by=olga, now=NOW)
        freeze(session, campaign, rules=few)
        paused = (campaign.state, campaign.why_paused)

        with pytest.raises(NeedsSecondPerson):
            campaigns.resume(session, campaign=campaign, by=olga, rules=few, now=NOW)
        campaigns.resume(session, campaign=campaign, by=eve, rules=few, now=NOW)

    assert paused == (CampaignState.PAUSED, NEEDS_APPROVAL)
    assert (campaign.state, campaign.approved_by) == (CampaignState.RUNNING, eve.id)


@pytest.mark.parametrize(
    ("approved_for", "reach", "waits"),
    [
        (100, 110, False),  # by no more than ten people
        (100, 111, True),
        (200, 220, False),  # by no more than a tenth
        (200, 221, True),
        (20, 50, False),  # nobody else was needed for so many
        (40, 51, True),
        (500, 100, False),
    ],
)
def test_what_was_approved_for_fewer_is_approved_again(approved_for: int, reach: int, waits: bool) -> None:
    campaign = Campaign(
        name="x", salt="", currency="CNY", created_by=1, approved_by=2, approved_for=approved_for
    )  # type: ignore[call-arg]

    assert campaigns.outgrew(campaign, reach=reach, rules=Rules(approval_above=50)) is waits
    assert not campaigns.outgrew(campaign, reach=reach, rules=Rules(approval_above=None))


def test_a_second_person_approves_again_what_grew_and_nobody_was_sent_it_before(engine: Engine) -> None:
    few = Rules(approval_above=1)
    with transaction(engine) as session:
        for number in range(2):
            fan(session, number)
        olga, eve = boss(session), boss(session, "Eve")
        campaign = submitted(session, olga)
        campaigns.approve(session, campaign=campaign, by=eve, rules=few, zone=ZONE, now=NOW)
        for number in range(2, 13):
            fan(session, number)
        campaigns.start(session, campaign=campaign, by=olga, now=NOW)
        freeze(session, campaign, rules=few)
        fed = feed(session, campaign)
        waited = (campaigns.waits_again(campaign), campaign.approved_for, fed.looked_at)

        campaigns.resume(session, campaign=campaign, by=eve, rules=few, now=NOW)

    assert (waited, campaign.approved_for) == ((True, 2, 0), 13)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "x" * 65},
        {"holdout": 901},
        {"holdout": None},
        {"goal": "fame"},
        {"quiet_from": "21:00"},
        {"quiet_from": "25:00", "quiet_to": "09:00"},
        {"conversion_days": 0},
        {"stop_opt_outs": 1001},
        {"send_at": "tomorrow"},
        {"salt": "mine"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(engine: Engine, changes: dict[str, Any]) -> None:
    with transaction(engine) as session:
        by = boss(session)
        campaign = draft(session, by)
        before = campaign.model_dump()

        with pytest.raises(BadCampaignValue):
            drafts.change(
                session, campaign=campaign, changes={"cost": 7} | changes, by=by, now=NOW, zone=ZONE
            )

        assert campaign.model_dump() == before


def test_a_filter_is_read_when_it_is_given(engine: Engine) -> None:
    with transaction(engine) as session:
        by = boss(session)
        campaign = draft(session, by)

        with pytest.raises(BadFilter):
            drafts.change(
                session, campaign=campaign, changes={"audience": "colour:red"}, by=by, now=NOW, zone=ZONE
            )


def test_a_campaign_starts_when_its_time_comes_and_one_without_waits(engine: Engine) -> None:
    with transaction(engine) as session:
        olga = boss(session)
        timed = approved(session, olga, send_at=NOW + timedelta(hours=1))
        approved(session, olga)

        early = campaigns.due(session, now=NOW + timedelta(minutes=59))
        [due] = campaigns.due(session, now=NOW + timedelta(hours=1))
        campaigns.start(session, campaign=due, by=campaigns.ACTOR, now=NOW)
        jobs = [(one.kind, one.arguments) for one in session.scalars(select(Job))]

    assert (early, due.id, due.state) == ([], timed.id, CampaignState.FREEZING)
    assert jobs == [("freeze", {"campaign": timed.id})]


def test_nobody_is_written_down_for_a_campaign_that_was_cancelled_meanwhile(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = approved(session)
        campaigns.start(session, campaign=campaign, by="cli", now=NOW)
        _, chunks = freezing.plan(session, campaign=campaign, rules=RULES, zone=ZONE, now=NOW)
        campaigns.cancel(session, campaign=campaign, by="cli", now=NOW)

        assert not freezing.write(session, campaign_id=campaign.id, members=next(chunks))


def test_a_number_that_is_none_is_said_so(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in (0, 7, 10**12):
            with pytest.raises(NoSuchCampaign):
                campaigns.get(session, number=number)
