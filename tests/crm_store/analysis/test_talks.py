"""The report of contacts, beside figures counted by hand: a week of twenty messages."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import talks
from crm_store.analysis.contacts_made import Channel, Count, Frequency, Peak, Rush
from crm_store.analysis.service_summary import Share, Window
from crm_store.analysis.talks import Talks, Topics
from crm_store.analysis.waits import Waits
from crm_store.customers.tables import Customer, Interaction, InteractionKind, Need, Way
from crm_store.engine import transaction
from crm_store.service.states import Kind, KindSource, TicketState
from crm_store.service.tables import Delivery, Direction, Message, Ticket, TicketTag
from handlers.desk import Desk, Hours
from tests.crm_store import people

SHANGHAI = ZoneInfo("Asia/Shanghai")
DESK = Desk(name="Tea", timezone=SHANGHAI, hours=Hours.parse(["Mon-Fri 09:00-18:00", "Sat 10:00-16:00"]))
ANN, BEN, CID, DEE, EVE = range(1, 6)


def at(text: str) -> datetime:
    """A moment of November 2026 on the desk's clocks: ``09 13:30`` is Monday the 9th."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


WEEK = Window(at("09 00:00"), at("16 00:00"))
IN, OUT, NOTE = Direction.IN, Direction.OUT, Direction.NOTE

MESSAGES = [
    (ANN, 1, "09 09:00", IN, "where is my parcel?"),
    (ANN, 1, "09 09:10", OUT, "on its way"),  # waited 10 min
    (ANN, 1, "09 09:20", IN, "thanks"),  # nobody waits
    (ANN, 1, "09 17:50", IN, "it is broken"),
    (ANN, 1, "09 17:55", IN, "quite broken"),
    (ANN, 1, "10 09:05", OUT, "a new one comes"),  # 10 min of Monday, 5 of Tuesday
    (ANN, 1, "10 09:06", OUT, "today"),  # nobody waited any more
    (BEN, 2, "13 17:30", IN, "is it green?"),
    (BEN, 2, "14 10:30", OUT, "it is"),  # 30 min of Friday, 30 of Saturday
    (BEN, 2, "14 15:00", IN, "is it large?"),
    (BEN, 2, "14 15:20", OUT, "refused"),  # did not arrive
    (BEN, 2, "15 12:00", OUT, "it is"),  # 60 min of Saturday, none of Sunday
    (CID, 3, "08 23:00", IN, "before the week"),
    (CID, 3, "09 09:30", OUT, "good morning"),  # 30 min
    (CID, 3, "09 09:31", NOTE, "asks every week"),
    (CID, 3, "11 11:00", IN, "and now?"),
    (CID, 3, "11 11:02", OUT, "soon"),  # 2 min
    (CID, 3, "11 11:10", IN, "how soon?"),
    (CID, 3, "11 11:11", OUT, "in an hour"),  # 1 min
    (DEE, None, "01 12:00", IN, "hello"),
]

BY_HAND = Talks(
    first=Waits(3, median=30 * 60, ninth=60 * 60),  # 10, 30, 60 min
    every=Waits(7, median=15 * 60, ninth=60 * 60),  # 1, 2, 10, 15, 30, 60, 60 min
    frequency=Frequency(
        counts=(
            Count(Channel.CHAT, inbound=8, outbound=8),
            Count(Channel.CALL, inbound=1, outbound=1),
            Count(Channel.MAIL, inbound=1),
            Count(Channel.VISIT, unsaid=1),
        ),
        customers=5,
        median=5,  # 1, 1, 5, 5, 8
        most=8,
    ),
    rush=Rush(10, weekday=Peak(0, 4), hour=Peak(17, 3)),
    silent=Share(1, 2),  # Cid and Dee had come before; Dee did not come again
    topics=Topics(
        kinds=(("complaint", 1), ("inquiry", 1)),
        tags=(("late", 2), ("gift", 1)),
        tagged=2,
        needs=(("tea", 2), ("pots", 1)),
    ),
)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """The week."""
    assert len(MESSAGES) == 20
    with transaction(engine) as session:
        me = people.staff(session).id
        now = at("16 09:00")
        session.add_all(
            Customer(id=id, name='Ann <3 & "张"', language="en", created_at=now, updated_at=now)
            for id in (ANN, BEN, CID, DEE, EVE)
        )
        session.flush()
        ticket(session, 1, ANN, Kind.COMPLAINT, "09 09:00", "09 09:10", TicketState.WAITING_CUSTOMER)
        ticket(session, 2, BEN, Kind.INQUIRY, "13 17:30", "14 10:30", TicketState.OPEN, waiting="14 15:00")
        ticket(session, 3, CID, Kind.INQUIRY, "08 23:00", "09 09:30", TicketState.WAITING_INTERNAL)
        for id, (customer, of, moment, direction, text) in enumerate(MESSAGES, start=1):
            message(session, id, customer, of, at(moment), direction, text)
        log(session, me, ANN, InteractionKind.CALL, Way.IN, "12 14:00")
        log(session, me, BEN, InteractionKind.CALL, Way.OUT, "12 15:00")
        log(session, me, EVE, InteractionKind.MAIL, Way.IN, "11 15:00")
        log(session, me, DEE, InteractionKind.VISIT, None, "13 10:00")
        log(session, me, ANN, InteractionKind.NOTE, None, "13 10:00")
        session.add_all(
            TicketTag(ticket_id=of, tag=tag) for of, tag in ((1, "late"), (1, "gift"), (2, "late"))
        )
        session.add(TicketTag(ticket_id=3, tag="late"))
        for category, moment in (
            ("tea", "09 00:00"),
            ("tea", "14 09:00"),
            ("pots", "15 23:59"),
            ("tea", "16 00:00"),
        ):
            session.add(Need(customer_id=ANN, category=category, text="two", author_id=me, at=at(moment)))
        session.flush()
        yield session


def ticket(
    session: Session,
    id: int,
    of: int,
    kind: Kind,
    opened: str,
    answered: str,
    state: TicketState,
    waiting: str | None = None,
) -> None:
    session.add(
        Ticket(
            id=id,
            customer_id=of,
            kind=kind,
            kind_source=KindSource.STAFF,
            state=state,
            opened_at=at(opened),
            updated_at=at(opened),
            last_customer_at=at(opened),
            first_answered_at=at(answered),
            waiting_since=at(waiting) if waiting else None,
        )
    )
    session.flush()


def message(
    session: Session, id: int, of: int, ticket: int | None, moment: datetime, direction: Direction, text: str
) -> None:
    session.add(
        Message(
            id=id,
            customer_id=of,
            ticket_id=ticket,
            direction=direction,
            text=text,
            chat_id=of,
            telegram_id=id,
            at=moment,
            delivery=Delivery.REFUSED if text == "refused" else None,
        )
    )
    session.flush()


def log(session: Session, me: int, of: int, kind: InteractionKind, way: Way | None, moment: str) -> None:
    session.add(Interaction(customer_id=of, kind=kind, way=way, text="…", author_id=me, at=at(moment)))


def counted(session: Session, window: Window = WEEK, *, desk: Desk = DESK) -> Talks:
    return talks.count(
        session,
        window=window,
        zone=desk.timezone,
        openings=desk.openings,
        is_courtesy=lambda text: text == "thanks",
    )


def test_the_report_equals_a_hand_count_of_twenty_messages(session: Session) -> None:
    assert counted(session) == BY_HAND


def test_it_goes_from_process_to_process_unchanged(session: Session) -> None:
    assert Talks.heard(json.loads(json.dumps(asdict(BY_HAND)))) == BY_HAND


def test_a_desk_that_never_closes_counts_every_hour(session: Session) -> None:
    always = Desk(name="Tea", timezone=SHANGHAI)

    # 1 and 2 min, 10 min, 10:30 h since Sunday night, 15:15 h, 17 h, 21 h
    assert counted(session, desk=always).every == Waits(7, median=37_800, ninth=75_600)


def test_the_window_is_half_open(session: Session) -> None:
    message(session, 21, ANN, None, WEEK.start, IN, "at midnight")
    message(session, 22, ANN, None, WEEK.end, IN, "at midnight, a week later")

    [chat] = [one for one in counted(session).frequency.counts if one.channel == Channel.CHAT]

    assert chat == Count(Channel.CHAT, inbound=9, outbound=8)


def test_weekdays_are_compared_by_what_comes_a_day(session: Session) -> None:
    """Eight days hold two Mondays: four contacts on them are fewer a day than three on one Wednesday."""
    eight = counted(session, Window(WEEK.start, at("17 00:00")))

    assert eight.rush.weekday == Peak(2, 3)


def test_the_clocks_are_the_desks(session: Session) -> None:
    """17:50 in Shanghai is 15:20 in Kolkata, half an hour off the whole."""
    kolkata = Desk(name="Tea", timezone=ZoneInfo("Asia/Kolkata"))

    assert counted(session, desk=kolkata).rush.hour == Peak(15, 3)


def test_a_greeting_that_was_held_makes_nobody_wait_before_the_ticket_was_opened(session: Session) -> None:
    ticket(session, 4, DEE, Kind.INQUIRY, "17 12:00", "17 12:05", TicketState.WAITING_CUSTOMER)
    message(session, 23, DEE, 4, at("17 09:00"), IN, "anybody there")
    message(session, 24, DEE, 4, at("17 12:00"), IN, "how much is it?")
    message(session, 25, DEE, 4, at("17 12:05"), OUT, "ten")

    assert counted(session, Window(at("17 00:00"), at("18 00:00"))).every == Waits(1, median=300, ninth=300)


def test_nothing_at_all_is_no_error(engine: Engine) -> None:
    with transaction(engine) as session:
        assert counted(session) == Talks(Waits(0), Waits(0), Frequency(), Rush(), Share(0, 0), Topics())
        assert talks.owed(session) == talks.Owed(0, None)


def test_what_is_owed_is_what_the_queue_says_and_names_who_waits_longest(session: Session) -> None:
    owed = talks.owed(session)

    assert (owed.n, owed.longest and owed.longest.number) == (2, "T2")
