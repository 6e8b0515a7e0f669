"""Tickets on both databases: whose they are, what may happen to them, and the trail of it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from crm_store.engine import transaction
from crm_store.refusals import AlreadyClaimed, IllegalTransition, NoSuchTicket, NotAssigned
from crm_store.service import tickets
from crm_store.service.states import STAFF_EVENTS, TRANSITIONS, Event, Priority, TicketState, allowed
from crm_store.service.tables import Ticket
from tests.crm_store.people import NOW, customer, staff, ticket, trail

LATER = NOW + timedelta(hours=1)


def in_state(session: Session, state: TicketState) -> Ticket:
    found = ticket(session, customer(session))
    found.state = state
    session.flush()
    return found


def happen(session: Session, event: Event, found: Ticket) -> None:
    """Let a member of staff do it."""
    bob = staff(session)
    match event:
        case Event.CLAIM:
            tickets.claim(session, ticket=found, by=bob, now=LATER)
        case Event.WAIT:
            tickets.wait_internal(session, ticket=found, by=bob, now=LATER)
        case Event.RESOLVE:
            tickets.resolve(session, ticket=found, by=bob, reason="done", now=LATER)
        case Event.REOPEN:
            tickets.reopen(session, ticket=found, actor=bob, now=LATER)
        case Event.CLOSE:
            tickets.close(session, ticket=found, actor=bob, now=LATER)
        case _:
            tickets.move(session, ticket=found, event=event, actor=bob, now=LATER)


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("event", STAFF_EVENTS)
def test_every_event_in_every_state_happens_or_is_refused_with_what_is_allowed(
    engine: Engine, event: Event, state: TicketState
) -> None:
    with transaction(engine) as session:
        found = in_state(session, state)
        before = len(trail(session))
        after = TRANSITIONS[event].get(state)
        if after is None:
            with pytest.raises(IllegalTransition) as refused:
                happen(session, event, found)
            assert refused.value.facts == {"ticket": found, "event": event, "allowed": allowed(state)}
        else:
            happen(session, event, found)
        session.flush()
        assert found.state == (after or state)
        assert (len(trail(session)) > before) is (
            after not in (None, state) or (event == Event.CLAIM and after is not None)
        )


def test_a_claim_says_who_and_what_changed(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))

        tickets.claim(session, ticket=found, by=bob, now=LATER)
        tickets.claim(session, ticket=found, by=bob, now=LATER)

        assert trail(session)[1:] == [
            (
                f"staff:{bob.id}",
                "claimed",
                {"assignee": None, "state": "new"},
                {"assignee": bob.id, "state": "open"},
            )
        ]


def test_of_two_claims_the_second_is_told_who_was_first(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol, found = staff(session), staff(session, "Carol"), ticket(session, customer(session))
        tickets.claim(session, ticket=found, by=bob, now=LATER)

        with pytest.raises(AlreadyClaimed) as refused:
            tickets.claim(session, ticket=found, by=carol, now=LATER)

        assert refused.value.facts == {"ticket": found, "assignee": bob}
        assert found.assignee_id == bob.id


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_of_two_claims_at_the_same_moment_the_second_must_look_again(engine: Engine) -> None:
    """Both read the ticket before either wrote: the later write is refused, not lost."""
    with transaction(engine) as session:
        bob, carol = staff(session), staff(session, "Carol")
        number = ticket(session, customer(session)).id
    with Session(engine) as slow:
        seen = tickets.get(slow, ticket_id=number, seen_by=carol)
        with transaction(engine) as session:
            tickets.claim(
                session, ticket=tickets.get(session, ticket_id=number, seen_by=bob), by=bob, now=LATER
            )

        tickets.claim(slow, ticket=seen, by=carol, now=LATER)
        with pytest.raises(StaleDataError):
            slow.commit()

    with transaction(engine) as session:
        assert tickets.get(session, ticket_id=number, seen_by=bob).assignee_id == bob.id


def test_a_ticket_is_released_only_by_who_has_it(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol, found = staff(session), staff(session, "Carol"), ticket(session, customer(session))
        tickets.claim(session, ticket=found, by=bob, now=LATER)

        with pytest.raises(NotAssigned):
            tickets.release(session, ticket=found, by=carol, now=LATER)
        tickets.release(session, ticket=found, by=bob, now=LATER)

        assert (found.assignee_id, trail(session)[-1][1]) == (None, "released")


def test_assigning_to_who_has_it_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol, found = staff(session), staff(session, "Carol"), ticket(session, customer(session))

        tickets.assign(session, ticket=found, to=carol, by=bob, now=LATER)
        tickets.assign(session, ticket=found, to=carol, by=bob, now=LATER)

        assert [one[1] for one in trail(session)] == ["opened", "assigned"]


def test_a_resolution_takes_the_ticket_and_keeps_the_reason(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))

        tickets.resolve(session, ticket=found, by=bob, reason="a new <kettle>", now=LATER)

        assert (found.assignee_id, found.resolution, found.resolved_at, found.waiting_since) == (
            bob.id,
            "a new <kettle>",
            LATER,
            None,
        )


@pytest.mark.parametrize("ticket_id", [0, -1, 2, 2**31, 10**30])
def test_a_number_that_is_nobodys_is_refused_not_an_error(engine: Engine, ticket_id: int) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        ticket(session, customer(session))

        with pytest.raises(NoSuchTicket) as refused:
            tickets.get(session, ticket_id=ticket_id, seen_by=bob)

        assert refused.value.facts == {"number": f"T{ticket_id}"}


def test_a_customer_sees_only_their_own_tickets_staff_every_one(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, eve, bob = customer(session), customer(session, 5), staff(session)
        found = ticket(session, ann)

        assert tickets.get(session, ticket_id=found.id, seen_by=ann) is found
        assert tickets.get(session, ticket_id=found.id, seen_by=bob) is found
        with pytest.raises(NoSuchTicket):
            tickets.get(session, ticket_id=found.id, seen_by=eve)


def test_tags_and_priority_leave_a_trail(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))

        on = tickets.toggle_tag(session, ticket=found, tag="贵宾", by=bob, now=LATER)
        off = tickets.toggle_tag(session, ticket=found, tag="贵宾", by=bob, now=LATER)
        tickets.set_priority(session, ticket=found, priority=Priority.P1, by=bob, now=LATER)

        assert (on, off, tickets.tags(session, ticket=found)) == (True, False, [])
        assert [one[1:] for one in trail(session)[1:]] == [
            ("tagged", {"tags": []}, {"tags": ["贵宾"]}),
            ("tagged", {"tags": ["贵宾"]}, {"tags": []}),
            ("priority", {"priority": "P3"}, {"priority": "P1"}),
        ]


def test_the_clock_closes_what_was_resolved_more_than_48_hours_ago(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        tickets.resolve(session, ticket=found, by=bob, reason="", now=NOW)

        due = [
            len(tickets.overdue_resolved(session, now=NOW + timedelta(hours=48) + shift))
            for shift in (timedelta(0), timedelta(seconds=1))
        ]

        assert due == [0, 1]
