"""The desk's numbers for a window, against a count by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from crm_store.analysis import service_summary
from crm_store.analysis.service_summary import (
    Backlog,
    FirstAnswers,
    Ratings,
    ServiceSummary,
    Share,
    Window,
    may_be_chance,
)
from crm_store.customers import customers
from crm_store.engine import transaction
from crm_store.service import conversation, ratings, tickets
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

START = datetime(2026, 11, 19, 12, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))


class Shop:
    """A desk with one agent, whose days are told in hours after the window's start."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.messages = 0
        self.bob = Staff(user_id=1, chat_id=1, name="Bob", role=Role.AGENT, language="en", joined_at=START)
        session.add(self.bob)
        session.flush()

    def writes(self, customer: int, hours: float, kind: Kind = Kind.UNSURE) -> Ticket:
        now = START + timedelta(hours=hours)
        person = customers.by_user_id(self.session, user_id=customer) or customers.meet(
            self.session,
            user_id=customer,
            chat_id=customer,
            name='Ann <3 & "张"',
            username=None,
            language="en",
            now=now,
        )
        received = conversation.receive(
            self.session, customer=person, incoming=self._incoming(customer), kind=kind, now=now
        )
        assert received.ticket is not None
        return received.ticket

    def answers(self, ticket: Ticket, hours: float) -> None:
        now = START + timedelta(hours=hours)
        conversation.answer(self.session, ticket=ticket, by=self.bob, incoming=self._incoming(1), now=now)

    def resolves(self, ticket: Ticket, hours: float) -> None:
        now = START + timedelta(hours=hours)
        tickets.resolve(self.session, ticket=ticket, by=self.bob, reason="", now=now)
        ratings.ask(self.session, ticket=ticket, now=now)

    def rates(self, ticket: Ticket, score: int, hours: float) -> None:
        now = START + timedelta(hours=hours)
        cycle = ticket.reopen_count
        ratings.rate(self.session, ticket=ticket, cycle=cycle, score=score, actor="customer", now=now)

    def closes(self, ticket: Ticket, hours: float) -> None:
        tickets.close(self.session, ticket=ticket, actor="clock", now=START + timedelta(hours=hours))

    def _incoming(self, chat_id: int) -> Incoming:
        self.messages += 1
        return Incoming(chat_id=chat_id, telegram_id=self.messages, kind="text", text="…")


@pytest.fixture
def shop(engine: Engine) -> Iterator[Shop]:
    with transaction(engine) as session:
        yield Shop(session)


def test_the_numbers_are_those_of_a_count_by_hand(shop: Shop) -> None:
    first = shop.writes(1, -30, Kind.COMPLAINT)
    shop.answers(first, -29)
    waited = shop.writes(2, -10, Kind.INQUIRY)
    before = shop.writes(3, -5, Kind.FEEDBACK)
    shop.answers(before, -4)
    shop.resolves(before, -3)
    on_the_dot = shop.writes(4, 0, Kind.ORDER_STATUS)
    shop.writes(4, 0.1)
    shop.answers(on_the_dot, 0.5)
    shop.answers(waited, 1)
    unsorted = shop.writes(5, 2)
    shop.answers(unsorted, 2 + 1 / 6)
    shop.writes(5, 3)
    shop.answers(unsorted, 4)
    shop.resolves(unsorted, 5)
    shop.rates(unsorted, 5, 6)
    unanswered = shop.writes(6, 6, Kind.COMPLAINT)
    shop.writes(6, 6.1)
    shop.answers(first, 6.5)
    shop.resolves(first, 7)
    shop.writes(1, 8)  # not resolved after all
    shop.resolves(waited, 9)
    shop.closes(before, 20)
    shop.writes(7, 24 - 1 / 3600, Kind.INQUIRY)
    shop.writes(8, 24, Kind.COMPLAINT)  # the next window's
    shop.answers(unanswered, 24)
    shop.rates(waited, 2, 24)
    assert shop.messages == 20

    summary = service_summary.summarise(shop.session, window=DAY)

    assert summary == ServiceSummary(
        window=DAY,
        new=4,
        answered=4,
        resolved=2,
        closed=1,
        kinds={
            Kind.INQUIRY: Share(1, 4),
            Kind.COMPLAINT: Share(1, 4),
            Kind.FEEDBACK: Share(0, 4),
            Kind.ORDER_STATUS: Share(1, 4),
            Kind.UNSURE: Share(1, 4),
        },
        first_answers=FirstAnswers(
            n=3, median=timedelta(minutes=30), fastest=timedelta(minutes=10), slowest=timedelta(hours=11)
        ),
        ratings=Ratings(scores={5: 1}, response=Share(2, 3)),
    )
    assert service_summary.backlog(shop.session) == Backlog(open=5, ours=3, oldest=first)


def test_an_empty_store_has_nothing_to_tell(shop: Shop) -> None:
    nobody = {kind: Share(0, 0) for kind in Kind}

    summary = service_summary.summarise(shop.session, window=DAY)

    assert summary == ServiceSummary(DAY, 0, 0, 0, 0, nobody, None, Ratings({}, Share(0, 0)))
    assert (summary.ratings.mean, summary.unsure.percent) == (None, None)
    assert service_summary.backlog(shop.session) == Backlog(open=0, ours=0, oldest=None)


def test_windows_that_meet_count_everything_once(shop: Shop) -> None:
    """A ticket opened, answered, resolved, rated and closed on the edge belongs to the later window alone."""
    ticket = shop.writes(1, 24)
    shop.answers(ticket, 24)
    shop.resolves(ticket, 24)
    shop.rates(ticket, 4, 24)
    shop.closes(ticket, 24)
    after = Window(DAY.end, DAY.end + timedelta(days=1))

    counts = [
        (one.new, one.answered, one.resolved, one.closed, one.ratings.n, one.ratings.response.whole)
        for one in (service_summary.summarise(shop.session, window=window) for window in (DAY, after))
    ]

    assert counts == [(0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1)]


def test_the_median_of_an_even_number_is_between_the_middle_two(shop: Shop) -> None:
    for number, minutes in enumerate([40, 10, 100, 20], start=1):
        shop.answers(shop.writes(number, 1), 1 + minutes / 60)

    answers = service_summary.summarise(shop.session, window=DAY).first_answers

    assert answers == FirstAnswers(
        4, timedelta(minutes=30), fastest=timedelta(minutes=10), slowest=timedelta(minutes=100)
    )


def test_the_second_answer_to_a_ticket_is_no_first_one(shop: Shop) -> None:
    ticket = shop.writes(1, -2)
    shop.answers(ticket, -1)
    shop.answers(ticket, 1)

    summary = service_summary.summarise(shop.session, window=DAY)

    assert (summary.answered, summary.first_answers) == (1, None)


def test_the_oldest_of_two_opened_at_once_is_the_lower_number(shop: Shop) -> None:
    first = shop.writes(1, 1)
    shop.writes(2, 1)

    assert service_summary.backlog(shop.session).oldest is first


def test_a_share_is_shown_from_ten_on() -> None:
    assert [Share(3, whole).percent for whole in (0, 9, 10)] == [None, None, 0.3]


def test_few_ratings_are_called_few() -> None:
    few, enough = Ratings({5: 9}, Share(9, 9)), Ratings({5: 9, 1: 1}, Share(10, 10))

    assert [(one.n, one.mean, one.is_few) for one in (few, enough)] == [(9, 5.0, True), (10, 4.6, False)]


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (12, 9, True), (40, 20, False), (1000, 900, False)],
)
def test_a_difference_within_two_standard_errors_may_be_chance(one: int, other: int, chance: bool) -> None:
    assert (may_be_chance(one, other), may_be_chance(other, one)) == (chance, chance)


class TestComparing:
    before = Window(START - timedelta(days=1), START)

    def test_goes_by_the_numbers_of_the_window_before(self, shop: Shop) -> None:
        shop.writes(1, -30)
        shop.writes(2, -3)

        compared = service_summary.comparable(shop.session, window=DAY, before=self.before)

        assert compared == service_summary.summarise(shop.session, window=self.before)
        assert compared.new == 1

    def test_is_left_out_when_the_desk_was_not_there_yet(self, shop: Shop) -> None:
        shop.writes(1, -24)

        assert service_summary.comparable(shop.session, window=DAY, before=self.before) is None

    def test_is_left_out_when_the_desk_has_no_tickets(self, shop: Shop) -> None:
        assert service_summary.comparable(shop.session, window=DAY, before=self.before) is None

    @pytest.mark.parametrize(("hours", "compares"), [(25, True), (23, True), (36, False), (12, False)])
    def test_is_left_out_between_windows_of_unlike_length(
        self, shop: Shop, hours: int, compares: bool
    ) -> None:
        shop.writes(1, -100)
        before = Window(START - timedelta(hours=hours), START)

        found = service_summary.comparable(shop.session, window=DAY, before=before)

        assert (found is not None) == compares


def test_every_number_is_read_by_an_index(sqlite: Engine) -> None:
    """A million tickets behind the window cost nothing: no table is read from end to end."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        sqlite,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
    )
    with transaction(sqlite) as session:
        shop = Shop(session)
        shop.answers(shop.writes(1, -30), 1)
        asked.clear()
        service_summary.summarise(session, window=DAY)
        service_summary.comparable(session, window=DAY, before=TestComparing.before)
        service_summary.backlog(session)
        statements = list(asked)
        plans = [
            row[3]
            for statement, parameters in statements
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    assert len(statements) >= 16
    reads = [plan for plan in plans if plan.startswith(("SCAN", "SEARCH"))]
    assert reads
    assert [plan for plan in reads if not plan.startswith("SEARCH")] == []
