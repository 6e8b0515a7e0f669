"""The queue on both databases: what waits, in which order, and for whom."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.service import conversation, queue, tickets
from crm_store.service.states import Priority
from crm_store.service.tables import Ticket
from tests.crm_store.people import NOW, customer, staff, ticket, written


def three(session: Session, ann: Customer) -> list[Ticket]:
    """Opened an hour apart, the oldest first."""
    return [ticket(session, ann, now=NOW + timedelta(hours=hours)) for hours in range(3)]


def ids(found: list[Ticket]) -> list[int]:
    return [one.id for one in found]


def test_priority_comes_first_then_how_long_somebody_waits(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        first, second, third = three(session, customer(session))
        tickets.set_priority(session, ticket=third, priority=Priority.P1, by=bob, now=NOW)
        tickets.set_priority(session, ticket=first, priority=Priority.P4, by=bob, now=NOW)

        assert ids(queue.unassigned(session)) == ids([third, second, first])
        assert ids(queue.unassigned(session, limit=1, offset=1)) == [second.id]
        assert queue.count_unassigned(session) == 3


def test_what_somebody_has_is_in_their_list_and_not_in_the_queue(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol = staff(session), staff(session, "Carol")
        first, second, third = three(session, customer(session))
        tickets.claim(session, ticket=first, by=bob, now=NOW)
        tickets.claim(session, ticket=third, by=bob, now=NOW)
        conversation.answer(session, ticket=first, by=bob, incoming=written(bob.chat_id, 1), now=NOW)

        assert ids(queue.unassigned(session)) == [second.id]
        assert ids(queue.of_assignee(session, staff=bob)) == [third.id, first.id]  # the customer's turn: last
        assert (
            queue.count_of_assignee(session, staff=bob),
            queue.count_of_assignee(session, staff=carol),
        ) == (2, 0)
        assert queue.count_waiting(session) == 2
        assert queue.loads(session) == {bob.id: 2}


def test_what_nobody_has_and_waits_for_its_customer_comes_last_but_is_not_lost(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)
        first, second, _ = three(session, customer(session))
        conversation.answer(session, ticket=first, by=bob, incoming=written(bob.chat_id, 1), now=NOW)
        tickets.release(session, ticket=first, by=bob, now=NOW)

        assert ids(queue.unassigned(session))[-1] == first.id
        assert queue.next_for(session, staff=bob) == second


def test_next_is_ones_own_before_the_queues(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol = staff(session), staff(session, "Carol")
        first, _, third = three(session, customer(session))
        tickets.claim(session, ticket=third, by=bob, now=NOW)

        assert queue.next_for(session, staff=bob) == third
        assert queue.next_for(session, staff=carol) == first


def test_nothing_waits_in_an_empty_shop(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session)

        assert (
            queue.unassigned(session),
            queue.count_unassigned(session),
            queue.next_for(session, staff=bob),
        ) == ([], 0, None)
