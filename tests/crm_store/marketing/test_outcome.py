"""What a campaign did: everybody counted as assigned, sums to the last fen, no claim that is not proven."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers import merging
from crm_store.engine import transaction
from crm_store.marketing import campaigns, drafts, feeding, outcome, promotions
from crm_store.marketing.drafts import NewArm
from crm_store.marketing.refusals import IllegalCampaignStep, NotStarted
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import CampaignMember
from crm_store.sales.states import OrderState
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.measured import AFTER, assigned, buy, customer, measured, send, sent, written
from tests.crm_store.marketing.people import NOW, boss, deliver, draft, fan, feed, running


def test_a_planted_rise_by_a_fifth_is_found(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=1200, holdout=400)
        buy(session, assigned(session, campaign)[:432], total=15_000)  # 60 % of 720
        buy(session, assigned(session, campaign, None)[:240])  # 50 % of 480

        found = measured(session, campaign)["lift"]

    assert (found["verdict"], found["n"], found["shares"]) == ("raised", [720, 480], [0.6, 0.5])
    assert 0.04 < found["rate"]["low"] < 0.1 < found["rate"]["high"] < 0.16
    assert found["customers"][0] == 72
    assert (found["money"]["verdict"], found["money"]["mean"]["value"]) == ("raised", 4000.0)
    assert found["money"]["whole"][0] == 720 * 4000


def test_where_nothing_was_changed_nothing_is_claimed(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=600, holdout=500)
        for arm in ("A", None):
            buy(session, assigned(session, campaign, arm)[:60])

        found = measured(session, campaign)["lift"]

    assert (found["verdict"], found["money"]["verdict"], found["more"]) == ("unproven", "unproven", None)
    assert found["rate"]["low"] < 0 < found["rate"]["high"]


def test_the_parts_of_the_ledger_add_up_to_its_members(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=60, holdout=200)
        rows = session.scalars(
            select(CampaignMember)
            .where(col(CampaignMember.state) == MemberState.SENT)
            .order_by(col(CampaignMember.customer_id))
        ).all()
        rows[0].state, rows[0].reason = MemberState.FAILED, "blocked"
        rows[1].state = MemberState.UNKNOWN
        rows[2].state, rows[2].reason = MemberState.SUPPRESSED, "opted_out"
        rows[3].opted_out_at = rows[3].replied_at = rows[4].clicked_at = NOW

        found = measured(session, campaign)

    states = {"failed": 1, "holdout": 12, "sent": 45, "suppressed": 1, "unknown": 1}
    assert found["states"] == states
    assert sum(found["states"].values()) == found["members"] == 60
    assert found["reasons"] == {"blocked": 1, "opted_out": 1}
    [arm], whole = found["arms"], found["whole"]
    assert {key: arm[key] for key in whole} == whole
    wanted = {"members": 48, "people": 48, "sent": 45, "failed": 1, "unknown": 1, "clicked": 1, "replied": 1}
    assert {key: whole[key] for key in wanted} == wanted
    assert found["rates"]["clicked"]["value"] == pytest.approx(1 / 46)
    assert json.loads(json.dumps(found)) == found


def test_who_opts_out_stays_in_their_arm(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=500)
        for one in session.scalars(
            select(CampaignMember).where(col(CampaignMember.state) == MemberState.SENT)
        ):
            one.state, one.reason, one.opted_out_at = MemberState.SUPPRESSED, "opted_out", NOW
        buy(session, assigned(session, campaign)[:5])

        found = measured(session, campaign)

    assert (found["lift"]["n"], found["whole"]["converted"], found["whole"]["sent"]) == ([20, 20], 5, 0)
    assert found["rates"] == {"clicked": None, "replied": None, "opted_out": None}


def test_money_adds_up_to_the_fen(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=250, cost=3_333)
        first, second, third, *rest = assigned(session, campaign)
        buy(session, [first], total=10_001, discount=499, line_discount=7, refunded=1, cost=4_567)
        buy(session, [first, second], total=5_000)
        buy(session, [third], total=700, refunded=700)
        buy(session, rest[:1], currency="USD")
        buy(session, rest[1:2], state=OrderState.CANCELLED)
        buy(session, rest[2:3], state=OrderState.DRAFT)
        buy(session, rest[3:4], at=NOW - timedelta(seconds=1))
        buy(session, rest[4:5], at=NOW + timedelta(days=14))
        buy(session, assigned(session, campaign, None)[:1], total=900, cost=800)

        found = measured(session, campaign)

    whole = found["whole"]
    assert {key: whole[key] for key in ("orders", "sales", "discounts", "refunds", "revenue", "net")} == {
        "orders": 4,
        "sales": 20_701,
        "discounts": 506,
        "refunds": 701,
        "revenue": 21_207,
        "net": 20_000,
    }
    assert whole["converted"] == 2, "what was given back whole is no conversion"
    assert found["margin"] == 21_207 - 701 - 506 - (4_567 + 3_333)
    assert found["goods"] == {"cost": 4_567, "known": 0.5}, "the goods' cost is known of the first alone"
    assert (found["left_out"], found["holdout"]["net"]) == ({"USD": 1}, 900)


def test_a_refund_after_the_window_counts_until_the_outcome_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=500)
        [order] = buy(session, assigned(session, campaign)[:1])
        before = measured(session, campaign)
        campaigns.complete(session, campaign=campaign, outcome=before, now=AFTER)
        order.refunded = order.total
        session.add(order)

        after = measured(session, campaign, now=AFTER + timedelta(days=1))
        kept = campaign.outcome

    assert (before["whole"]["net"], after["whole"]["net"]) == (10_000, 0)
    assert kept is not None
    assert kept["whole"]["net"] == 10_000


def test_before_the_window_ends_there_are_counts_and_no_result(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=500)
        buy(session, assigned(session, campaign))

        found = measured(session, campaign, now=NOW + timedelta(days=13))

    assert (found["is_closed"], found["lift"], found["unshown"], found["versions"]) == (
        False,
        None,
        "too_early",
        [],
    )
    assert found["whole"]["converted"] == 20
    assert found["window"] == [NOW.isoformat(), (NOW + timedelta(days=14)).isoformat()]


def test_without_a_public_address_clicks_are_not_known(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=20, holdout=0)

        found = measured(session, campaign, tracked=False)

    assert found["whole"]["clicked"] is None
    assert "clicked" not in found["rates"]


def test_two_who_were_merged_count_once(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=0)
        one, other, *_ = assigned(session, campaign)
        buy(session, [one, other])
        gone = customer(session, other)
        gone.user_id = gone.chat_id = None
        session.flush()
        merging.merge(session, kept=customer(session, one), gone=gone, by="test", now=NOW)

        found = measured(session, campaign)

    whole = found["whole"]
    assert (whole["members"], whole["people"], found["duplicates"]) == (40, 39, 1)
    assert (whole["converted"], whole["orders"], whole["net"]) == (1, 2, 20_000)


def test_who_got_the_message_counts_though_the_record_that_took_them_in_was_never_assigned(
    engine: Engine,
) -> None:
    """The old record had no chat; the customer answers, and staff see who it is."""
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=0)
        old, one, other, *_ = assigned(session, campaign)
        member = session.get_one(CampaignMember, (campaign.id, old))
        member.arm_id, member.state, member.reason = None, MemberState.SUPPRESSED, "no_chat"
        buy(session, [one])
        for number in (one, other):
            gone = customer(session, number)
            gone.user_id = gone.chat_id = None
            session.flush()
            merging.merge(session, kept=customer(session, old), gone=gone, by="test", now=NOW)

        found = measured(session, campaign)

    whole = found["whole"]
    assert (whole["members"], whole["people"], found["duplicates"]) == (39, 38, 1)
    assert (whole["converted"], whole["orders"], whole["net"]) == (1, 1, 10_000)
    assert found["attribution"]["total"] == 10_000
    assert found["attribution"]["models"]["last"] == 10_000


@pytest.mark.parametrize(
    ("count", "holdout", "why"), [(40, 0, "no_holdout"), (40, 50, "few"), (0, 500, "no_holdout")]
)
def test_what_cannot_be_compared_is_not(engine: Engine, count: int, holdout: int, why: str) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=count, holdout=holdout)
        buy(session, assigned(session, campaign)[:3])

        found = measured(session, campaign)

    assert (found["lift"], found["unshown"]) == (None, why)


def test_groups_of_other_sizes_than_planned_give_no_result(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=200, holdout=500)
        for member in session.scalars(
            select(CampaignMember).where(col(CampaignMember.state) == MemberState.HOLDOUT).limit(60)
        ):
            session.delete(member)

        found = measured(session, campaign)

    assert (found["lift"], found["unshown"], found["versions"]) == (None, "srm", [])


def test_a_campaign_that_never_began_has_no_outcome(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = draft(session)
        with pytest.raises(NotStarted):
            measured(session, campaign)
        campaign.started_at, campaign.state = (
            NOW,
            CampaignState.SCHEDULED,
        )  # it could not start
        assert campaigns.begun(session, limit=9) == []
        with pytest.raises(NotStarted):
            measured(session, campaign)


def test_a_cancelled_campaign_is_measured_from_its_last_message(engine: Engine) -> None:
    later = NOW + timedelta(days=3)
    with transaction(engine) as session:
        fan(session)
        campaign = running(session, boss(session))
        feed(session, campaign)
        deliver(session)
        feeding.settle(session, now=NOW)
        campaigns.pause(session, campaign=campaign, why=None, by=campaigns.ACTOR, now=NOW)
        campaigns.cancel(session, campaign=campaign, by=campaigns.ACTOR, now=later)

        assert outcome.span(campaign=campaign) == (NOW, NOW + timedelta(days=14))


def test_one_that_was_cancelled_before_its_first_message_has_no_outcome(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session, boss(session))
        feed(session, campaign)
        campaigns.cancel(session, campaign=campaign, by=campaigns.ACTOR, now=NOW)

        assert campaigns.begun(session, limit=9) == []
        with pytest.raises(NotStarted):
            measured(session, campaign)


def test_the_outcome_of_a_cancelled_campaign_is_kept_once_and_it_stays_cancelled(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=40, holdout=500)
        campaigns.cancel(session, campaign=campaign, by=campaigns.ACTOR, now=NOW)
        early = campaigns.measured(session, now=AFTER - timedelta(days=2))
        [found] = campaigns.measured(session, now=AFTER)
        campaigns.complete(session, campaign=found, outcome=measured(session, found), now=AFTER)

        assert (early, campaigns.measured(session, now=AFTER)) == ([], [])
        assert (campaign.state, campaign.outcome["is_closed"]) == (CampaignState.CANCELLED, True)  # type: ignore[index]
        with pytest.raises(IllegalCampaignStep):
            campaigns.complete(session, campaign=campaign, outcome={}, now=AFTER)


def test_versions_are_told_apart_with_and_without_a_hold_out(engine: Engine) -> None:
    with transaction(engine) as session:
        crowd.gather(session, count=600, now=NOW)
        campaign = crowd.campaign_at(session, send_at=NOW, holdout=0, now=NOW)
        by = boss(session, "Kim")
        campaign.state = CampaignState.DRAFT
        arms = [NewArm("A", {"en": "Tea"}), NewArm("B", {"en": "Cake"})]
        drafts.put_arms(session, campaign=campaign, new=arms, by=by, now=NOW)
        campaign.state = CampaignState.SCHEDULED
        send(session, campaign)
        first, second = assigned(session, campaign, "A"), assigned(session, campaign, "B")
        buy(session, first[: len(first) // 10])
        buy(session, second[: len(second) // 2])

        found = measured(session, campaign)

    [version] = found["versions"]
    assert (version["first"], version["second"], version["verdict"]) == ("B", "A", "raised")
    assert found["unshown"] == "no_holdout"
    assert sum(one["net"] for one in found["arms"]) == found["whole"]["net"]
    assert len(first) + len(second) == 600


def test_what_each_promotion_brought_adds_up_to_the_campaigns(engine: Engine) -> None:
    with transaction(engine) as session:
        everybody, found = crowd.gather(session, count=60, now=NOW), []
        for at, promotion in enumerate(("discount", "gift", "discount", None)):
            ids = everybody[at * 15 : (at + 1) * 15]
            campaign = written(session, ids, promotion=promotion, cost=11)
            buy(session, ids[:4], total=700 + 400 * at, refunded=3)
            found.append((campaign, measured(session, campaign)))

        rows = promotions.by_promotion(found)

    assert [(one["promotion"], one["campaigns"], one["net"]) for one in rows] == [
        ("discount", 2, 4 * (697 + 1_497)),
        (None, 1, 4 * 1_897),
        ("gift", 1, 4 * 1_097),
    ]
    for key in ("sent", "converted", "orders", "revenue", "refunds", "net"):
        assert sum(one[key] for one in rows) == sum(one["whole"][key] for _, one in found)
    assert sum(one["margin"] for one in rows) == sum(one["margin"] for _, one in found)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(
        st.tuples(
            st.integers(0, 19),
            st.integers(0, 10**9),
            st.integers(0, 10**9),
            st.integers(0, 500),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_all_money_is_that_of_the_orders(
    sqlite: Engine, amounts: list[tuple[int, int, int, int, bool]]
) -> None:
    """Whoever bought whatever: the arms and the hold-out add up to the orders, and so does every model."""
    with Session(sqlite) as session:
        ids = crowd.gather(session, count=20, now=NOW)
        campaign = written(session, ids[:14], held_out=ids[14:], cost=77)
        for at, total, refunded, discount, stands in amounts:
            state = OrderState.CONFIRMED if stands else OrderState.CANCELLED
            given = {"total": total, "refunded": min(refunded, total), "discount": discount, "state": state}
            buy(session, [ids[at]], **given)  # type: ignore[arg-type]

        found = measured(session, campaign)
        kept = [one for one in amounts if one[4]]
        session.rollback()

    totals, back = sum(one[1] for one in kept), sum(min(one[2], one[1]) for one in kept)
    groups = [found["whole"], found["holdout"]]
    assert sum(one["sales"] for one in groups) == totals
    assert sum(one["net"] for one in groups) == totals - back
    assert sum(one["revenue"] - one["discounts"] for one in groups) == totals
    assert found["margin"] == found["whole"]["net"] - 77
    assert found["attribution"]["total"] == found["whole"]["net"]
    assert set(found["attribution"]["models"].values()) == {found["whole"]["net"]}, (
        "nothing else touched them"
    )


def test_in_mid_campaign_every_member_is_somewhere(engine: Engine) -> None:
    with transaction(engine) as session:
        for at in range(12):
            fan(session, at)
        by = boss(session)
        campaign = running(session, by, holdout=250)
        feed(session, campaign, room=3)
        deliver(session)
        feeding.settle(session, now=NOW)
        feed(session, campaign, room=2)

        found = measured(session, campaign, now=NOW + timedelta(hours=1))

    assert found["states"] == {"holdout": 3, "planned": 4, "queued": 2, "sent": 3}
    assert sum(found["states"].values()) == found["members"] == 12
    assert found["whole"]["members"] + found["holdout"]["members"] == 12
    assert (found["window"], found["unshown"]) == ([NOW.isoformat(), None], "too_early")


def test_the_seal_is_looked_at_again(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = sent(session, count=20, holdout=500)
        found = [outcome.seal(session, campaign=campaign)]
        one, other, third = assigned(session, campaign)[:3]
        moved = session.get_one(CampaignMember, (campaign.id, third))
        moved.state, moved.arm_id = MemberState.HOLDOUT, None
        found.append(measured(session, campaign)["seal"])
        customer(session, other).reachable = False
        merging.merge(session, kept=customer(session, one), gone=customer(session, other), by="cli", now=NOW)
        found.append(outcome.seal(session, campaign=campaign))

    assert found == [outcome.INTACT, outcome.BROKEN, outcome.MERGED]
