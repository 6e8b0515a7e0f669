"""The timeline: one list over everything that happened with a customer."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from crm_store.customers import interactions, timeline
from crm_store.customers.tables import Customer, Event, Interaction, InteractionKind, Way
from crm_store.customers.timeline import Cursor, Kind
from crm_store.engine import transaction
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.sales.tables import Order
from crm_store.service.tables import Direction, Message
from tests.crm_store import people
from tests.crm_store.people import NOW, trail


def message(customer: Customer, number: int, at: datetime, direction: Direction = Direction.IN) -> Message:
    return Message(
        customer_id=customer.id, direction=direction, text=f"m{number}", chat_id=1, telegram_id=number, at=at
    )


def order(customer: Customer, at: datetime) -> Order:
    return Order(customer_id=customer.id, currency="CNY", placed_at=at, updated_at=at)


def event(customer: Customer, number: int, at: datetime) -> Event:
    return Event(
        source="shop", external_id=str(number), customer_id=customer.id, kind="looked", at=at, received_at=at
    )


def interaction(customer: Customer, kind: InteractionKind, at: datetime) -> Interaction:
    return Interaction(customer_id=customer.id, kind=kind, text=kind.value, at=at)


def campaign(session: Session, customer: Customer, at: datetime) -> CampaignMember:
    one = Campaign(name="Tea", salt="", currency="CNY", created_at=at, updated_at=at)
    session.add(one)
    session.flush()
    return CampaignMember(
        campaign_id=one.id, customer_id=customer.id, state=MemberState.SENT, sent_at=at, not_before=at
    )


def history(session: Session, customer: Customer) -> None:
    """Two of everything, in pairs at the very same moment."""
    for number in range(2):
        at = NOW - timedelta(minutes=number)
        session.add_all(
            [
                message(customer, number * 2, at),
                message(customer, number * 2 + 1, at, Direction.NOTE),
                order(customer, at),
                event(customer, number, at),
                campaign(session, customer, at),
                *(interaction(customer, kind, at) for kind in InteractionKind),
            ]
        )
    session.flush()


def keys(page: timeline.Page) -> list[tuple[str, int]]:
    rows = [one.row for one in page.entries]
    return [
        (type(one).__name__, one.campaign_id if isinstance(one, CampaignMember) else one.id) for one in rows
    ]


def walk(session: Session, customer: Customer, limit: int, **about: Any) -> list[list[tuple[str, int]]]:
    """Every page, from the newest on."""
    page = timeline.timeline(session, customer=customer, limit=limit, **about)
    pages = [keys(page)]
    while page.older is not None:
        page = timeline.timeline(session, customer=customer, limit=limit, after=page.older, **about)
        pages.append(keys(page))
    return pages


def test_everything_is_on_it_once_newest_first(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, other = people.customer(session), people.customer(session, 8)
        history(session, ann)
        session.add(message(other, 99, NOW))
        planned = campaign(session, ann, NOW)  # nothing was sent yet
        planned.state, planned.sent_at = MemberState.PLANNED, None
        session.add(planned)
        session.flush()

        page = timeline.timeline(session, customer=ann, limit=50)

    talk = [Kind.NOTE, Kind.MESSAGE, Kind.NOTE, Kind.VISIT, Kind.MAIL, Kind.CALL]
    first = [*talk, Kind.ORDER, Kind.EVENT, Kind.CAMPAIGN]
    assert [one.kind for one in page.entries] == first * 2
    assert len(set(keys(page))) == 18
    assert [one.at for one in page.entries] == [NOW] * 9 + [NOW - timedelta(minutes=1)] * 9
    assert (page.older, page.newer) == (None, None)


@pytest.mark.parametrize("limit", [1, 3, 5, 18])
def test_pages_hold_every_row_once_and_lead_back(engine: Engine, limit: int) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        history(session, ann)
        whole = keys(timeline.timeline(session, customer=ann, limit=50))

        pages = walk(session, ann, limit)
        page = timeline.timeline(session, customer=ann, limit=limit)
        while page.older is not None:
            page = timeline.timeline(session, customer=ann, limit=limit, after=page.older)
        back = [keys(page)]
        while page.newer is not None:
            page = timeline.timeline(session, customer=ann, limit=limit, before=page.newer)
            back.insert(0, keys(page))

    assert [one for page_keys in pages for one in page_keys] == whole
    assert back == pages


def test_pages_stay_while_new_things_happen(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        history(session, ann)
        before = walk(session, ann, 5)

        first = timeline.timeline(session, customer=ann, limit=5)
        session.add_all([message(ann, 50, NOW), event(ann, 50, NOW + timedelta(seconds=1))])
        session.flush()
        second = timeline.timeline(session, customer=ann, limit=5, after=first.older)

    assert keys(second) == before[1]


@pytest.mark.parametrize("kind", Kind)
def test_one_kind_alone(engine: Engine, kind: Kind) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        history(session, ann)

        pages = walk(session, ann, 1, kind=kind)
        page = timeline.timeline(session, customer=ann, limit=50, kind=kind)

    assert {one.kind for one in page.entries} == {kind}
    assert len(page.entries) == len(pages) == (4 if kind == Kind.NOTE else 2)


def test_the_kinds_there_are(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.customer(session, 8)
        history(session, ann)
        session.add(message(bob, 9, NOW, Direction.NOTE))
        session.flush()

        assert timeline.kinds(session, customer=ann) == list(Kind)
        assert timeline.kinds(session, customer=bob) == [Kind.NOTE]


def test_a_call_is_phone_inbound_300_seconds(engine: Engine) -> None:
    """AT C17, as the store keeps it."""
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.staff(session)

        interactions.log(
            session, customer=ann, kind=InteractionKind.CALL, way=Way.IN, duration_seconds=300, text="询价",
            by=bob, at=NOW, now=NOW,
        )  # fmt: skip
        [entry] = timeline.timeline(session, customer=ann, limit=5).entries

        assert entry.kind == Kind.CALL
        assert isinstance(entry.row, Interaction)
        assert (entry.row.way, entry.row.duration_seconds, entry.row.text) == (Way.IN, 300, "询价")
        assert trail(session, "customer")[-1] == (
            f"staff:{bob.id}", "logged", None, {"interaction": entry.row.id, "kind": "call"}
        )  # fmt: skip


def test_it_reads_no_more_than_a_page_of_each_source(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        for table, at in (
            ("message", "at"),
            ("interaction", "at"),
            ("sales_order", "placed_at"),
            ("event", "at"),
        ):
            statement = (
                f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE customer_id = 1 AND {at} <= '2026-01-01' "
                f"AND ({at} < '2026-01-01' OR id < 5) ORDER BY {at} DESC, id DESC LIMIT 9"
            )
            plan = [row[3] for row in session.execute(text(statement))]

            assert [line for line in plan if "SCAN" in line or "TEMP B-TREE FOR ORDER" in line] == [], plan


@given(st.integers(0, 2**52), st.integers(0, 3), st.integers(0, 2**62))
def test_a_cursor_fits_a_button_and_comes_back(moment: int, source: int, id: int) -> None:
    assert Cursor.unpacked(Cursor(moment, source, id).packed()) == Cursor(moment, source, id)


@pytest.mark.parametrize(
    "data", ["", "1.2", "1.2.x", "-1.0.0", "9" * 19 + ".0.1", "1.0." + "9" * 19, "²..", "1.²3.4"]
)
def test_a_cursor_that_was_not_packed_is_none(data: str) -> None:
    assert Cursor.unpacked(data) is None
