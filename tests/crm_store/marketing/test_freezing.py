"""Members are written down before the first message, and it makes no difference how."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.analysis.tables import CustomerScore
from crm_store.engine import transaction
from crm_store.marketing import campaigns, drafts, freezing
from crm_store.marketing.drafts import NewArm
from crm_store.marketing.members import progress as progress_of
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from tests.crm_store import people
from tests.crm_store.marketing.people import (
    ANN,
    NOW,
    RULES,
    ZONE,
    approved,
    boss,
    fan,
    freeze,
    members,
    running,
)


def started(session: Session, **changes: object) -> Campaign:
    campaign = approved(session, boss(session), **changes)
    campaigns.start(session, campaign=campaign, by="cli", now=NOW)
    return campaign


def test_everybody_of_the_audience_is_written_down_with_what_becomes_of_them(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(20):
            fan(session, number)
        people.customer(session, ANN + 90)
        campaign = running(session, holdout=250)
        found = members(session, campaign)
        progress = progress_of(session, campaign=campaign)

    assert progress.states == {
        MemberState.PLANNED: 15,
        MemberState.HOLDOUT: 5,
        MemberState.SUPPRESSED: 1,
    }
    assert progress.reasons == {"no_consent": 1}
    assert found[-1] == (21, "suppressed", "no_consent")


@pytest.mark.parametrize("chunk", [1, 7, 500])
def test_the_same_store_gives_the_same_members_whatever_the_chunks_and_wherever_it_was_broken_off(
    engine: Engine, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as session:
        for number in range(40):
            fan(session, number)
        campaign = started(session, holdout=200)
        campaign.salt = "always the same"
        session.flush()
        given = {"campaign": campaign, "rules": RULES, "zone": ZONE, "now": NOW}
        _, chunks = freezing.plan(session, **given)
        planned = [one for each in chunks for one in each]

        monkeypatch.setattr(freezing, "CHUNK", chunk)
        _, chunks = freezing.plan(session, **given)
        first = next(chunks)
        assert freezing.write(session, campaign_id=campaign.id, members=first)
        assert freezing.write(session, campaign_id=campaign.id, members=first), "a second time does nothing"
        session.refresh(campaign)
        freeze(session, campaign)
        kept = [
            (one.customer_id, one.arm_id, one.state.value)
            for one in session.scalars(select(CampaignMember).order_by(col(CampaignMember.customer_id)))
        ]

        assert kept == [(one.customer_id, one.arm_id, str(one.state)) for one in planned]
        assert campaign.members_hash == freezing._sealed(None, planned)
        assert freezing.seal(session, campaign_id=campaign.id) == campaign.members_hash


def test_the_hold_out_is_made_like_the_others_tier_by_tier(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(60):
            ann = fan(session, number)
            tier = "champions" if number < 20 else "lost"
            session.add(CustomerScore(customer_id=ann.id, as_of=NOW, rfm=tier))
        campaign = running(session, holdout=100)
        held = [id for id, state, _ in members(session, campaign) if state == "holdout"]

    assert (len([id for id in held if id <= 20]), len(held)) == (2, 6)


def test_arms_share_the_members_by_their_weights(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(200):
            fan(session, number)
        olga = boss(session)
        campaign = approved(session, olga)
        campaign.state = campaigns.CampaignState.DRAFT
        campaign.salt = "always the same"
        arms = drafts.put_arms(
            session,
            campaign=campaign,
            new=[NewArm("A", {"en": "Tea!"}), NewArm("B", {"en": "Coffee!"})],
            by=olga,
            now=NOW,
        )
        campaign.state = campaigns.CampaignState.FREEZING
        session.flush()
        freeze(session, campaign)
        got = list(session.scalars(select(col(CampaignMember.arm_id))))

    assert abs(got.count(arms[0].id) - got.count(arms[1].id)) < 40


def test_who_sleeps_has_their_turn_in_the_morning(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session, city="北京")
        fan(session, 1, city="Berlin")
        campaign = running(session)
        turns = {
            one.customer_id: one.not_before
            for one in session.scalars(
                select(CampaignMember).where(col(CampaignMember.campaign_id) == campaign.id)
            )
        }

    assert turns[1] == NOW
    assert turns[2] is not None
    assert turns[2].isoformat() == "2026-11-20T08:00:00+00:00"
