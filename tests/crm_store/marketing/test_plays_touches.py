"""What the shop does for whom, version by version; tries to win somebody, with their range."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import Engine

from crm_store.analysis.standings import RfmTier
from crm_store.engine import transaction
from crm_store.marketing import plays, touches
from crm_store.marketing.refusals import BadPlay, BadTouch
from crm_store.marketing.tables import Goal
from tests.crm_store import people as persons
from tests.crm_store.marketing.people import NOW, boss, fan

WIN_BACK = {"tier": RfmTier.AT_RISK, "goal": Goal.WIN_BACK}


def test_a_changed_play_is_a_new_version_and_campaigns_keep_theirs(engine: Engine) -> None:
    with transaction(engine) as session:
        by = boss(session)
        given = {**WIN_BACK, "channel": "telegram", "by": by, "now": NOW}
        first = plays.put(session, offer="10 % off", every_days=30, **given)
        campaign = plays.draft(
            session, play=first, name="Come back", by=by, currency="CNY", zone=UTC, now=NOW
        )
        again = plays.put(session, offer=" 10 %  off ", every_days=30, **given)
        second = plays.put(session, offer="20 % off", every_days=None, **given)
        other = plays.put(session, **given | {"tier": RfmTier.CHAMPIONS}, offer="early", every_days=None)

        assert again is first
        assert [one.number for one in plays.versions(session, **WIN_BACK)] == [2, 1]
        assert plays.every(session) == [other, second]
        assert (campaign.play_id, campaign.goal, campaign.audience) == (
            first.id,
            Goal.WIN_BACK,
            "rfm:at_risk",
        )
        assert plays.made_by(session, plays=plays.versions(session, **WIN_BACK)) == [campaign]
        old, new = (
            {"offer": offer, "channel": "telegram", "every_days": days}
            for offer, days in (("10 % off", 30), ("20 % off", None))
        )
        trail = [(before, after) for _, _, before, after in persons.trail(session, "play")]
        assert trail[:2] == [(None, old), (old, new)]


@pytest.mark.parametrize(("offer", "days", "problem"), [(" ", None, "offer"), ("x", 0, "every_days")])
def test_a_play_without_an_offer_is_none(engine: Engine, offer: str, days: int | None, problem: str) -> None:
    with transaction(engine) as session:
        by = boss(session)
        with pytest.raises(BadPlay) as refused:
            plays.put(session, **WIN_BACK, offer=offer, channel="telegram", every_days=days, by=by, now=NOW)

    assert refused.value.facts["problem"] == problem


def test_two_of_three_is_two_thirds_with_a_wide_range(engine: Engine) -> None:
    with transaction(engine) as session:
        by, ann = boss(session), fan(session)
        for at, succeeded in enumerate((True, False, True)):
            touches.note(
                session, ad="Spring", succeeded=succeeded, customer=ann, by=by, now=NOW + timedelta(hours=at)
            )
        touches.note(session, ad="Autumn", succeeded=False, by=by, now=NOW)

        spring, autumn = touches.tried(session)

    assert (spring.ad, spring.n, spring.succeeded, autumn.n) == ("Spring", 3, 2, 1)
    assert [round(one, 3) for one in (spring.share.value, spring.share.low, spring.share.high)] == [
        0.667,
        0.208,
        0.939,
    ]
    assert (spring.first_at, spring.last_at) == (NOW, NOW + timedelta(hours=2))


def test_a_try_written_down_by_mistake_is_taken_out_and_the_trail_keeps_it(engine: Engine) -> None:
    with transaction(engine) as session:
        by = boss(session)
        touch = touches.note(session, ad="Spring", succeeded=True, by=by, now=NOW)
        other = boss(session, "Kim")
        gone = [touches.drop(session, ids=[touch.id], by=one, now=NOW) for one in (other, by, by)]

        assert gone == [0, 1, 0]
        assert touches.tried(session, ad="spring") == []
        said = {"ad": "Spring", "succeeded": True, "customer_id": None}
        assert persons.trail(session, "touch")[-1] == (f"staff:{by.id}", "dropped", said, None)
        with pytest.raises(BadTouch):
            touches.note(session, ad="  ", succeeded=True, by=by, now=NOW)
