"""One gate for all marketing: who gets none, and why."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers import consents, contacts, merging, records
from crm_store.customers.tables import ConsentState, ContactKind, Customer, Purpose
from crm_store.engine import transaction
from crm_store.marketing import addresses, campaigns, gate, members, opt_outs
from crm_store.marketing.gate import Counted
from crm_store.marketing.refusals import OptedOut
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import Blocked, MemberState
from crm_store.marketing.tables import CampaignMember
from crm_store.staff.audit import Actor
from tests.crm_store import people
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.people import (
    ANN,
    NOW,
    RULES,
    ZONE,
    approved,
    boss,
    draft,
    fan,
    freeze,
    running,
)

PHONE = "+8613800000000"


def why(session: Session, customer: Customer, rules: Rules = RULES) -> Blocked | None:
    session.flush()
    found = gate.reasons(session, customer_ids=[customer.id], rules=rules, now=NOW)
    return found.get(customer.id)


def with_phone(session: Session, customer: Customer, phone: str = PHONE) -> Customer:
    contacts.add(session, customer=customer, kind=ContactKind.PHONE, value=phone, actor="cli", now=NOW)
    return customer


def imported(session: Session, phone: str = PHONE) -> Customer:
    return records.create(
        session,
        name="Ann",
        contacts=[(ContactKind.PHONE, phone)],
        language="en",
        source="list",
        channel="import",
        actor="import:1",
        now=NOW,
    )


def test_each_reason_is_told_by_name_and_the_first_that_holds(engine: Engine) -> None:
    with transaction(engine) as session:
        silent = people.customer(session, ANN)
        willing = fan(session, 1)
        lost = fan(session, 2, reachable=False)
        nowhere = fan(session, 3, chat_id=None, reachable=False)
        left = fan(session, 4)
        opt_outs.opt_out(session, customer=left, why="word", actor=left, now=NOW)
        colleague = fan(session, 5)
        people.staff(session, "Eve", id=ANN + 5)
        gone = fan(session, 6, merged_into_id=willing.id)

        found = [why(session, one) for one in (silent, willing, lost, nowhere, left, colleague, gone)]
        nobody = gate.reasons(session, customer_ids=[10**6], rules=RULES, now=NOW)

    assert found == [
        Blocked.NO_CONSENT,
        None,
        Blocked.UNREACHABLE,
        Blocked.NO_CHAT,
        Blocked.OPTED_OUT,
        Blocked.STAFF,
        Blocked.MERGED,
    ]
    assert nobody == {10**6: Blocked.NO_CHAT}


def test_an_audience_is_counted_by_reason(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(5):
            fan(session, number, city="北京" if number < 4 else "上海")
        people.customer(session, ANN + 9).city = "北京"
        lost = session.get_one(Customer, 1)
        lost.reachable = False
        campaign = draft(session, audience="city:北京", excluding="number:2")
        given = {"rules": RULES, "zone": ZONE, "currency": "CNY", "now": NOW}

        counted = gate.blocked(session, campaign=campaign, **given)

    assert counted == Counted(2, {Blocked.UNREACHABLE: 1, Blocked.NO_CONSENT: 1, Blocked.EXCLUDED: 1})
    assert list(counted.blocked) == [Blocked.UNREACHABLE, Blocked.NO_CONSENT, Blocked.EXCLUDED]
    assert counted.total == 5


@pytest.mark.parametrize(
    ("per_day", "per_week", "hours", "expected"),
    [
        (1, None, 23, Blocked.CAPPED),
        (1, None, 24, None),
        (2, None, 1, None),
        (None, 1, 24 * 6, Blocked.CAPPED),
        (None, 1, 24 * 7, None),
        (None, None, 0, None),
        (0, None, 24 * 300, Blocked.CAPPED),
        (None, 0, 24 * 300, Blocked.CAPPED),
    ],
)
def test_caps_roll_over_all_campaigns_none_is_no_limit_and_zero_is_nothing(
    engine: Engine, per_day: int | None, per_week: int | None, hours: int, expected: Blocked | None
) -> None:
    with transaction(engine) as session:
        ann, campaign = fan(session), draft(session)
        session.add(
            CampaignMember(
                campaign_id=campaign.id,
                customer_id=ann.id,
                state=MemberState.SENT,
                sent_at=NOW - timedelta(hours=hours),
            )
        )

        assert why(session, ann, Rules(per_day=per_day, per_week=per_week)) == expected


def test_what_waits_in_the_outbox_counts_as_sent(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, campaign = fan(session), draft(session)
        member = CampaignMember(campaign_id=campaign.id, customer_id=ann.id, state=MemberState.QUEUED)
        session.add(member)

        others = gate.reasons(session, customer_ids=[ann.id], rules=RULES, now=NOW)
        own = gate.reasons(session, customer_ids=[ann.id], rules=RULES, now=NOW, campaign_id=campaign.id)

    assert (others, own) == ({ann.id: Blocked.CAPPED}, {})


def test_an_address_that_opted_out_stays_so_in_a_new_record(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = with_phone(session, fan(session))
        opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)

        again = imported(session)
        again.chat_id, again.user_id = ANN + 1, ANN + 1
        session.flush()

        assert addresses.is_opted_out(session, customer=again)
        assert why(session, again) == Blocked.OPTED_OUT


@pytest.mark.parametrize("actor", ["import:1", "api:shop", "cli", "staff"])
def test_nobody_but_the_customer_can_grant_what_was_taken_back(engine: Engine, actor: str) -> None:
    with transaction(engine) as session:
        ann = with_phone(session, fan(session))
        opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
        again = imported(session)
        by: Actor = boss(session) if actor == "staff" else actor

        for customer in (ann, again):
            with pytest.raises(OptedOut):
                consents.record(
                    session,
                    customer=customer,
                    purpose=Purpose.MARKETING,
                    state=ConsentState.GRANTED,
                    source="list",
                    actor=by,
                    now=NOW,
                )
        assert opt_outs.opt_in(session, customer=ann, now=NOW)

        assert why(session, ann) is None


def test_of_two_made_one_the_no_counts_and_after_the_undoing_each_has_their_own(engine: Engine) -> None:
    with transaction(engine) as session:
        willing = fan(session)
        other = with_phone(session, people.customer(session, ANN + 1), "+8613911112222")
        other.reachable = False
        opt_outs.opt_out(session, customer=other, why="word", actor=other, now=NOW)

        merging.merge(session, kept=willing, gone=other, by="cli", now=NOW)
        together = why(session, willing)
        merging.unmerge(session, number=other.id, by="cli", now=NOW)
        other.reachable = True

        assert (together, why(session, willing), why(session, other)) == (
            Blocked.OPTED_OUT,
            None,
            Blocked.OPTED_OUT,
        )


def test_a_record_with_an_opted_out_phone_takes_its_no_along_into_a_merge(engine: Engine) -> None:
    with transaction(engine) as session:
        first = with_phone(session, fan(session))
        opt_outs.opt_out(session, customer=first, why="word", actor=first, now=NOW)
        willing, again = fan(session, 1), imported(session)

        merging.merge(session, kept=willing, gone=again, by="cli", now=NOW)

        assert why(session, willing) == Blocked.OPTED_OUT


def test_who_opts_out_while_two_are_one_is_out_by_both_accounts(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = fan(session), fan(session, 1, reachable=False)
        merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)
        opt_outs.opt_out(session, customer=kept, why="word", actor=kept, now=NOW)

        merging.unmerge(session, number=gone.id, by="cli", now=NOW)
        gone.reachable = True

        assert (why(session, kept), why(session, gone)) == (Blocked.OPTED_OUT, Blocked.OPTED_OUT)


def test_only_a_hash_is_kept_of_an_address_and_another_shops_is_another(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = with_phone(session, fan(session))
        opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
        kept = addresses.of(session, customer=ann)

    assert len(kept) == 2
    assert all(len(one) == 64 and PHONE not in one for one in kept)
    assert addresses.address_hash("a", "phone", PHONE) != addresses.address_hash("b", "phone", PHONE)


def test_an_opt_out_is_put_down_to_the_campaign_that_made_them(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = fan(session)
        campaign = running(session)
        member = session.get_one(CampaignMember, (campaign.id, ann.id))
        member.state, member.sent_at = MemberState.SENT, NOW
        session.add(member)
        session.flush()

        changed = [
            opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW + timedelta(hours=1))
            for _ in range(2)
        ]
        session.refresh(member)

    assert (changed, member.opted_out_at) == ([True, False], NOW + timedelta(hours=1))


def test_a_share_of_all_customers_is_held_out_of_all_marketing_always_the_same_ones(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = crowd.gather(session, count=2000, now=NOW)

        def held(thousandths: int) -> set[int]:
            rules = Rules(holdout=thousandths)
            found = gate.reasons(session, customer_ids=ids, rules=rules, now=NOW)
            assert set(found.values()) <= {Blocked.HELD_OUT}
            return set(found)

        few, more = held(50), held(100)
        assert (held(0), held(50)) == (set(), few)
        assert few < more
        assert 60 < len(few) < 140 < len(more) < 260


def test_who_is_held_out_of_all_marketing_is_no_member_of_a_campaign(engine: Engine) -> None:
    with transaction(engine) as session:
        crowd.gather(session, count=200, now=NOW)
        rules = Rules(holdout=500)
        campaign = approved(session)
        campaigns.start(session, campaign=campaign, by=campaigns.ACTOR, now=NOW)
        freeze(session, campaign, rules=rules)
        progress = members.progress(session, campaign=campaign)

        assert progress.of(MemberState.PLANNED) + progress.reasons["held_out"] == 200
        assert 60 < progress.reasons["held_out"] < 140
