"""What all campaigns did together: the shop's own hold-out, over whole months, everybody in their group."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from crm_store.analysis.service_summary import Window
from crm_store.customers.tables import Consent, Customer
from crm_store.engine import transaction
from crm_store.mailbox import remembered
from crm_store.marketing import addresses, holdout, opt_outs
from crm_store.marketing.rules import Rules
from crm_store.marketing.together import together
from crm_store.sales.states import OrderState
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.measured import buy, customer, written
from tests.crm_store.marketing.people import NOW, ZONE, approved, fan, freeze

OCTOBER = Window(datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC))
BEFORE = OCTOBER.start - timedelta(days=1)
WITHIN = OCTOBER.start + timedelta(days=3)
SHARE = 400


def split(session: Session, count: int) -> tuple[list[int], list[int]]:
    """So many who had agreed before October: those who get campaigns, those who are kept out."""
    remembered.remember(session, addresses.KEY, "a shop's own")  # always the same ones
    ids = crowd.gather(session, count=count, now=BEFORE)
    kept_out = addresses.held_out(session, thousandths=SHARE)
    held = set(session.scalars(select(col(Customer.id)).where(kept_out)))
    return [one for one in ids if one not in held], sorted(held)


def found(session: Session) -> dict[str, object]:
    session.flush()
    return together(session, thousandths=SHARE, window=OCTOBER, currency="CNY")


def test_a_planted_rise_is_found_and_refunds_are_taken_off(engine: Engine) -> None:
    with transaction(engine) as session:
        treated, held = split(session, 1000)
        written(session, treated[:300], at=WITHIN)
        buy(session, treated[: len(treated) * 3 // 5], total=15_000, refunded=5_000, at=WITHIN)
        buy(session, held[: len(held) // 4], at=WITHIN)
        buy(session, held[:9], state=OrderState.CANCELLED, at=WITHIN)
        buy(session, held[:9], at=OCTOBER.end)
        buy(session, held[:9], currency="USD", at=WITHIN)

        told = found(session)

    bought = len(treated) * 3 // 5
    assert told["treated"] == {"people": len(treated), "converted": bought, "net": bought * 10_000}
    assert told["held"] == {"people": len(held), "converted": len(held) // 4, "net": len(held) // 4 * 10_000}
    assert (told["campaigns"], told["messages"], told["left_out"]) == (1, 300, {"USD": 9})
    assert (told["unshown"], told["lift"]["verdict"]) == (None, "raised")  # type: ignore[index]


def test_where_nothing_was_changed_nothing_is_claimed(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        treated, held = split(session, 1000)
        written(session, treated, at=WITHIN)
        for ids in (treated, held):
            buy(session, ids[: len(ids) // 5], at=WITHIN)

        told = found(session)["lift"]

    assert (told["verdict"], told["money"]["verdict"]) == ("unproven", "unproven")  # type: ignore[index]


def test_who_opts_out_in_between_stays_in_their_group_and_who_agrees_later_is_in_none(engine: Engine) -> None:
    with transaction(engine) as session:
        treated, held = split(session, 40)
        opt_outs.opt_out(session, customer=customer(session, treated[0]), why="word", actor="x", now=WITHIN)
        opt_outs.opt_out(session, customer=customer(session, treated[1]), why="word", actor="x", now=BEFORE)
        customer(session, treated[2]).merged_into_id = treated[3]
        customer(session, treated[4]).chat_id = None
        session.execute(update(Consent).where(col(Consent.customer_id) == held[0]).values(at=WITHIN))

        told = found(session)

    assert told["treated"]["people"] == len(treated) - 3  # type: ignore[index]
    assert told["held"]["people"] == len(held) - 1  # type: ignore[index]


@pytest.mark.parametrize("count", [0, 12])
def test_too_few_are_said_to_be_too_few(sqlite: Engine, count: int) -> None:
    with transaction(sqlite) as session:
        split(session, count)

        told = found(session)

    assert (told["lift"], told["unshown"]) == (None, "no_holdout" if not count else "few")


def test_the_share_counts_from_the_first_campaign_that_began_with_it(engine: Engine) -> None:
    later = NOW + timedelta(days=60)
    with transaction(engine) as session:
        fan(session)
        none = holdout.since(session, thousandths=20)
        for share, now in ((20, NOW), (20, later), (50, later)):
            campaign = approved(session)
            campaign.state = campaign.state.FREEZING
            freeze(session, campaign, rules=Rules(holdout=share), now=now)
            if (share, now) == (20, later):
                kept = holdout.since(session, thousandths=20)

        assert (none, kept, holdout.since(session, thousandths=50)) == (None, NOW, later)
        assert (holdout.since(session, thousandths=20), holdout.since(session, thousandths=0)) == (None, None)


@pytest.mark.parametrize(
    ("begun", "now", "first", "last"),
    [
        ("2026-03-05", "2026-11-20", "2026-08-01", "2026-11-01"),
        ("2026-09-02", "2026-11-20", "2026-10-01", "2026-11-01"),
        ("2026-10-01", "2026-11-20", "2026-10-01", "2026-11-01"),
        ("2026-10-02", "2026-11-20", None, None),
        ("2025-12-01", "2026-02-01", "2025-12-01", "2026-02-01"),
    ],
)
def test_it_looks_at_the_latest_whole_months(
    begun: str, now: str, first: str | None, last: str | None
) -> None:
    window = holdout.months(_at(begun), zone=ZONE, now=_at(now))

    assert window == (Window(_at(first), _at(last)) if first and last else None)


def test_the_first_month_is_told_by_when_it_ends() -> None:
    told = [holdout.first_told(at, zone=ZONE, now=_at("2026-11-20")) for at in (None, _at("2026-11-02"))]

    assert [one.isoformat() for one in told] == ["2027-01-01", "2027-01-01"]


def _at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZONE)
