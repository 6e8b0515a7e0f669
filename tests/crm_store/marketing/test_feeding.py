"""A running campaign: everybody once, through the gate at that moment, taken back while it can be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers import contacts, merging
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from crm_store.mailbox import sent
from crm_store.mailbox.outbox import BULK
from crm_store.mailbox.tables import OnAmbiguous, Outbox, OutboxState
from crm_store.marketing import campaigns, feeding, opt_outs, stopping
from crm_store.marketing.members import progress as progress_of
from crm_store.marketing.members import unknown
from crm_store.marketing.rendering import Message, Missing
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember
from tests.crm_store import people
from tests.crm_store.marketing.people import (
    ANN,
    NOW,
    RULES,
    boss,
    deliver,
    fan,
    feed,
    members,
    outbox,
    running,
    states,
)


def fans(session: Session, count: int) -> None:
    for number in range(count):
        fan(session, number)


def test_everybody_gets_it_once(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 5)
        campaign = running(session)
        fed = [feed(session, campaign, room=2).queued for _ in range(4)]
        deliver(session)
        settled = feeding.settle(session, now=NOW)
        done = feeding.go_on(session, campaign=campaign, now=NOW)
        row = session.scalars(select(Outbox).order_by(col(Outbox.id))).first()
        assert row is not None

        assert (fed, settled, done) == ([2, 2, 1, 0], 5, "finished")
        assert outbox(session) == [f"campaign:{campaign.id}:{id}" for id in range(1, 6)]
        assert states(session, campaign) == ["sent"] * 5
        assert campaign.state == CampaignState.MEASURING
        assert (row.priority, row.on_ambiguous, row.expires_at) == (
            BULK,
            OnAmbiguous.HOLD,
            NOW + timedelta(hours=1),
        )


def test_what_became_of_a_message_is_told_by_the_outbox(engine: Engine) -> None:
    ends = {
        "sent": {"state": OutboxState.SENT},
        "failed": {"state": OutboxState.FAILED, "error": "refused: Bad Request"},
        "blocked": {"state": OutboxState.FAILED, "error": "blocked: Forbidden"},
        "unknown": {"state": OutboxState.UNKNOWN, "error": "no_answer: timed out"},
        "lost": {"state": OutboxState.CANCELLED, "error": "blocked: Forbidden"},
        "waits": {"state": OutboxState.SENDING},
        "stale": {"state": OutboxState.FAILED, "error": "expired: it waited too long"},
    }
    with transaction(engine) as session:
        fans(session, len(ends))
        campaign = running(session)
        feed(session, campaign)
        rows = session.scalars(select(Outbox).order_by(col(Outbox.id))).all()
        for row, end in zip(rows, ends.values(), strict=True):
            row.claimed_at, row.sent_at = NOW, NOW
            for name, value in end.items():
                setattr(row, name, value)
        session.flush()
        feeding.settle(session, now=NOW)

        assert members(session, campaign) == [
            (1, "sent", None),
            (2, "failed", "refused"),
            (3, "failed", "blocked"),
            (4, "unknown", None),
            (5, "suppressed", "unreachable"),
            (6, "queued", None),
            (7, "planned", None),
        ]
        assert [one.customer_id for one in unknown(session, campaign=campaign, limit=9)] == [4]
        again = feed(session, campaign)
        assert (again.queued, states(session, campaign)[6]) == (1, "queued")


def test_a_pause_takes_back_what_waits_and_going_on_sends_nobody_twice(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 4)
        campaign = running(session)
        feed(session, campaign, room=2)
        deliver(session)
        feed(session, campaign, room=2)
        first = session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.PENDING)).first()
        assert first is not None
        first.state = OutboxState.SENDING
        session.flush()

        taken = campaigns.pause(session, campaign=campaign, why=None, by="cli", now=NOW)
        feeding.settle(session, now=NOW)
        paused = states(session, campaign)
        campaigns.resume(session, campaign=campaign, by=boss(session, "Eve"), rules=RULES, now=NOW)
        feed(session, campaign)

        assert (taken, paused) == (1, ["sent", "sent", "queued", "planned"])
        assert sorted(outbox(session)) == [f"campaign:{campaign.id}:{id}" for id in range(1, 5)]


def test_a_member_of_whom_the_outbox_has_the_message_is_never_queued_again(engine: Engine) -> None:
    """As after a copy of the members that is older than the outbox was put back."""
    with transaction(engine) as session:
        fan(session)
        campaign = running(session)
        feed(session, campaign)
        deliver(session)
        member = session.get_one(CampaignMember, (campaign.id, 1))
        member.state, member.outbox_id = MemberState.PLANNED, None
        session.flush()

        feed(session, campaign)
        feeding.settle(session, now=NOW)

        assert (outbox(session), states(session, campaign)) == ([f"campaign:{campaign.id}:1"], ["sent"])


def test_a_cancelled_campaign_leaves_nobody_waiting(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 4)
        campaign = running(session)
        feed(session, campaign, room=2)

        taken = campaigns.cancel(session, campaign=campaign, by="cli", now=NOW)
        swept = [feeding.sweep(session, limit=3) for _ in range(3)]

        assert (taken, swept, outbox(session)) == (2, [3, 1, 0], [])
        assert [(state, why) for _, state, why in members(session, campaign)] == [
            ("suppressed", "cancelled")
        ] * 4


def test_who_opts_out_gets_nothing_that_still_waits(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 3)
        campaign = running(session)
        feed(session, campaign, room=2)
        for id in (1, 3):
            ann = session.get_one(Customer, id)
            opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
        left = outbox(session)
        feed(session, campaign)

        assert left == [f"campaign:{campaign.id}:2"]
        assert members(session, campaign) == [
            (1, "suppressed", "opted_out"),
            (2, "queued", None),
            (3, "suppressed", "opted_out"),
        ]


def test_a_member_put_in_by_hand_passes_the_gate_like_everybody(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session)
        silent = people.customer(session, ANN + 5)
        [arm] = campaigns.arms(session, campaign=campaign)
        session.add(
            CampaignMember(
                campaign_id=campaign.id,
                customer_id=silent.id,
                arm_id=arm.id,
                state=MemberState.PLANNED,
                not_before=NOW,
            )
        )
        session.flush()
        feed(session, campaign)

        assert members(session, campaign) == [(1, "queued", None), (2, "suppressed", "no_consent")]


def test_who_falls_asleep_before_their_turn_is_put_off_until_morning(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session)
        night, morning = NOW + timedelta(hours=11), NOW + timedelta(hours=23)

        fed = feed(session, campaign, now=night)
        nothing = feed(session, campaign, now=night)
        at_nine = feed(session, campaign, now=morning)

        assert (fed.queued, nothing.next_at, at_nine.queued) == (0, morning, 1)


def test_a_message_never_waits_into_the_night(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session)
        feed(session, campaign, now=NOW + timedelta(hours=10, minutes=30))
        row = session.scalars(select(Outbox)).one()

        assert row.expires_at == NOW + timedelta(hours=11)


def test_who_lacks_what_the_message_says_gets_none_and_is_told_apart(engine: Engine) -> None:
    def by_city(
        session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer
    ) -> Message | Missing:
        return Message("sendMessage", {"text": customer.city}) if customer.city else Missing("city")

    with transaction(engine) as session:
        fan(session, city="北京")
        fan(session, 1)
        campaign = running(session)
        feed(session, campaign, render=by_city)
        progress = progress_of(session, campaign=campaign)

        assert members(session, campaign)[1] == (2, "suppressed", "missing:city")
        assert progress.reasons == {"missing": 1}


def test_two_campaigns_at_once_keep_the_cap_together(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        olga = boss(session)
        first, second = running(session, olga), running(session, olga)
        feed(session, first)
        feed(session, second)

        assert (states(session, first), members(session, second)) == (
            ["queued"],
            [(1, "suppressed", "capped")],
        )


@pytest.mark.parametrize(
    ("opted_out", "failed", "tried", "why"),
    [
        (0, 0, 60, None),
        (2, 0, 49, None),
        (1, 0, 50, stopping.OPT_OUTS),
        (1, 0, 60, None),
        (0, 5, 50, stopping.FAILURES),
        (0, 5, 60, None),
    ],
)
def test_it_pauses_by_itself_when_people_run_or_nothing_arrives(
    engine: Engine, opted_out: int, failed: int, tried: int, why: str | None
) -> None:
    with transaction(engine) as session:
        fans(session, tried + 1)
        campaign = running(session)
        for number, member in enumerate(
            session.scalars(select(CampaignMember).order_by(col(CampaignMember.customer_id)).limit(tried))
        ):
            member.state = MemberState.FAILED if number < failed else MemberState.SENT
            member.opted_out_at = NOW if failed <= number < failed + opted_out else None
        session.flush()

        assert feeding.go_on(session, campaign=campaign, now=NOW) == why
        assert campaign.why_paused == why


def test_after_a_person_lets_it_go_on_only_what_comes_then_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 60)
        campaign = running(session)
        rows = session.scalars(select(CampaignMember).order_by(col(CampaignMember.customer_id))).all()
        for member in rows[:50]:
            member.state = MemberState.FAILED
        session.flush()
        stopped = feeding.go_on(session, campaign=campaign, now=NOW)
        campaigns.resume(session, campaign=campaign, by=boss(session, "Eve"), rules=RULES, now=NOW)

        assert (stopped, feeding.go_on(session, campaign=campaign, now=NOW)) == (stopping.FAILURES, None)


def test_two_members_made_one_get_it_once(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = fan(session), fan(session, 1)
        campaign = running(session)
        gone.reachable = False
        merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)
        feed(session, campaign)

        assert (outbox(session), members(session, campaign)) == (
            [f"campaign:{campaign.id}:{kept.id}"],
            [(kept.id, "queued", None), (gone.id, "suppressed", "merged")],
        )


def test_who_was_sent_it_before_they_were_taken_in_gets_it_no_second_time(engine: Engine) -> None:
    with transaction(engine) as session:
        gone, kept = fan(session), fan(session, 1)
        campaign = running(session)
        feed(session, campaign, room=1)
        deliver(session)
        feeding.settle(session, now=NOW)
        gone.reachable = False
        merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)
        feed(session, campaign)
        once = outbox(session)
        merging.unmerge(session, number=gone.id, by="cli", now=NOW)

        assert once == [f"campaign:{campaign.id}:{gone.id}"]
        assert members(session, campaign) == [(gone.id, "sent", None), (kept.id, "planned", None)]


def test_a_member_who_is_taken_in_is_sent_it_as_who_they_are_now(engine: Engine) -> None:
    with transaction(engine) as session:
        gone = fan(session)
        campaign = running(session)
        kept = fan(session, 1)
        gone.reachable = False
        merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)
        feed(session, campaign)
        row = session.scalars(select(Outbox)).one()
        deliver(session)
        feeding.settle(session, now=NOW)
        merging.unmerge(session, number=gone.id, by="cli", now=NOW)

        assert row.chat_id == kept.chat_id
        assert members(session, campaign) == [(gone.id, "sent", None)]


def test_who_opts_out_while_their_message_is_being_queued_gets_none(postgres: Engine) -> None:
    """Two units of work at once: whichever is first, the no counts."""
    with transaction(postgres) as session:
        fans(session, 2)
        campaign_id = running(session).id

    with transaction(postgres) as feeder:
        campaign = feeder.get_one(Campaign, campaign_id)
        with transaction(postgres) as theirs:
            ann = theirs.get_one(Customer, 1)
            opt_outs.opt_out(theirs, customer=ann, why="word", actor=ann, now=NOW)
            fed = feed(feeder, campaign)
        again = feed(feeder, campaign)

    with transaction(postgres) as session:
        assert (fed.queued, again.queued, outbox(session)) == (1, 0, [f"campaign:{campaign_id}:2"])


def test_a_pause_waits_for_what_is_being_queued_and_takes_it_back(postgres: Engine) -> None:
    with transaction(postgres) as session:
        fans(session, 3)
        campaign_id = running(session).id

    def pause() -> int:
        with transaction(postgres) as session:
            campaign = campaigns.get(session, number=campaign_id)
            return campaigns.pause(session, campaign=campaign, why=None, by="cli", now=NOW)

    with ThreadPoolExecutor(1) as other:
        with transaction(postgres) as session:
            assert feed(session, session.get_one(Campaign, campaign_id)).queued == 3
            paused = other.submit(pause)
            with pytest.raises(TimeoutError):
                paused.result(0.3)
        taken = paused.result(10)

    with transaction(postgres) as session:
        assert (taken, outbox(session)) == (3, [])
        assert feed(session, session.get_one(Campaign, campaign_id)).queued == 0


def put_off(session: Session, campaign: Campaign) -> None:
    """The sender had them all, and gave them back: Telegram wanted a rest."""
    for row in session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.SENDING)):
        sent.put_off(row, until=NOW + timedelta(seconds=5), error="limited: rest", counted=False)
    session.flush()


def on_their_way(session: Session) -> None:
    for row in session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.PENDING)):
        row.state, row.claimed_at = OutboxState.SENDING, NOW
    session.flush()


@pytest.mark.parametrize("event", ["pause", "cancel"])
def test_what_telegram_would_not_take_is_taken_back_where_its_campaign_stopped_meanwhile(
    engine: Engine, event: str
) -> None:
    with transaction(engine) as session:
        fans(session, 2)
        campaign = running(session)
        feed(session, campaign)
        on_their_way(session)
        if event == "pause":
            campaigns.pause(session, campaign=campaign, why=None, by="cli", now=NOW)
        else:
            campaigns.cancel(session, campaign=campaign, by="cli", now=NOW)
        meanwhile = states(session, campaign)
        put_off(session, campaign)

        assert feeding.recall(session, rules=RULES, now=NOW) == 2
        assert (meanwhile, outbox(session)) == (["queued"] * 2, [])
        assert states(session, campaign) == ["planned"] * 2


def test_what_telegram_would_not_take_is_taken_back_from_who_said_no_meanwhile(engine: Engine) -> None:
    with transaction(engine) as session:
        fans(session, 2)
        campaign = running(session)
        feed(session, campaign)
        on_their_way(session)
        ann = session.get_one(Customer, 1)
        opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
        put_off(session, campaign)
        feeding.recall(session, rules=RULES, now=NOW)
        feed(session, campaign)

        assert outbox(session) == [f"campaign:{campaign.id}:2"]
        assert members(session, campaign) == [(1, "suppressed", "opted_out"), (2, "queued", None)]


def test_a_no_takes_back_what_waits_for_another_record_with_the_same_phone(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, other = fan(session), fan(session, 1)
        for one in (ann, other):
            contacts.add(
                session, customer=one, kind=ContactKind.PHONE, value="+8613800000000", actor="cli", now=NOW
            )
        campaign = running(session)
        feed(session, campaign)
        opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
        left = outbox(session)
        feed(session, campaign)

        assert (left, outbox(session)) == ([], [])
        assert members(session, campaign) == [
            (1, "suppressed", "opted_out"),
            (2, "suppressed", "opted_out"),
        ]


def test_what_was_queued_for_two_in_one_is_taken_back_when_they_are_two_again(engine: Engine) -> None:
    with transaction(engine) as session:
        gone = fan(session)
        campaign = running(session)
        kept = fan(session, 1)
        gone.reachable = False
        merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)
        feed(session, campaign)
        waited = outbox(session)
        merging.unmerge(session, number=gone.id, by="cli", now=NOW)

        assert (waited, outbox(session)) == ([f"campaign:{campaign.id}:{kept.id}"], [])
        assert members(session, campaign) == [(gone.id, "planned", None)]
