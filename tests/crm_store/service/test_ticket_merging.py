"""Two tickets of one customer become one, whatever refers to them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel, col

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox
from crm_store.service import conversation, places, ratings, ticket_merging, tickets, transcript
from crm_store.service.refusals import SameTicket, TicketIsClosed, TicketsOfTwo
from crm_store.service.states import Event, Kind, KindSource, Priority, TicketState
from crm_store.service.tables import Ticket
from crm_store.service.ticket_merging import MOVES, STAYS
from crm_store.service.transcript import Incoming
from crm_store.staff.tables import Audit
from tests.crm_store.people import NOW, customer, staff

LATER = NOW + timedelta(hours=1)


def said(text: str, number: int, *, reply_to: int | None = None) -> Incoming:
    return Incoming(chat_id=7, telegram_id=number, kind="text", text=text, reply_to=reply_to)


def two(session: Session) -> tuple[Ticket, Ticket]:
    """What a customer asked twice."""
    ann = customer(session)
    found = [
        conversation.receive(
            session, customer=ann, incoming=said(text, number), now=NOW, new_of_kind=Kind.INQUIRY
        ).ticket
        for number, text in enumerate(["my kettle leaks", "and its lid is broken"], start=1)
    ]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def test_every_reference_to_a_ticket_moves_or_is_named_as_one_that_stays() -> None:
    ticket = SQLModel.metadata.tables["ticket"]
    references = {
        (foreign.parent.table.name, foreign.parent.name)
        for table in SQLModel.metadata.tables.values()
        for foreign in table.foreign_keys
        if foreign.column.table is ticket
    }

    assert references == MOVES | STAYS
    assert not MOVES & STAYS


def test_everything_said_stands_in_the_one_that_is_kept_in_order(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        outbox.put(session, key="k", chat_id=7, method="sendMessage", params={}, ticket_id=gone.id, now=NOW)
        tickets.toggle_tag(session, ticket=gone, tag="vip", by=staff(session), now=NOW)

        ticket_merging.merge(session, kept=kept, gone=gone, by=staff(session, "Mia"), now=LATER)

        history = transcript.history(session, ticket=kept, limit=10, notes=True)
        place = places.mapped(session, chat_id=7, telegram_id=2)
        assert [one.text for one in history] == ["my kettle leaks", "and its lid is broken"]
        assert place is not None
        assert place.ticket_id == kept.id
        assert {row.ticket_id for row in session.scalars(select(Outbox))} == {kept.id}
        assert tickets.tags(session, ticket=kept) == ["vip"]
        assert (gone.state, gone.merged_into_id, gone.closed_at) == (TicketState.CLOSED, kept.id, LATER)


def test_its_number_and_the_customers_later_words_lead_to_the_one_that_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        ann = customer_of(session, kept)
        ticket_merging.merge(session, kept=kept, gone=gone, by=staff(session), now=LATER)

        later = conversation.receive(session, customer=ann, incoming=said("hello?", 3), now=LATER)
        reply = conversation.receive(session, customer=ann, incoming=said("this", 4, reply_to=2), now=LATER)

        assert tickets.get(session, ticket_id=gone.id, seen_by=ann) is kept
        assert (later.ticket, reply.ticket) == (kept, kept)
        assert tickets.of_customer(session, customer=ann) == [kept]


def customer_of(session: Session, ticket: Ticket) -> Customer:
    return session.get_one(Customer, ticket.customer_id)


def test_chains_of_tickets_lead_to_the_last(engine: Engine) -> None:
    with transaction(engine) as session:
        first, second = two(session)
        ann, bob = customer_of(session, first), staff(session)
        third = tickets.open_ticket(
            session, customer=ann, kind=Kind.UNSURE, source=KindSource.MODEL, confidence=0.0, now=NOW
        )

        ticket_merging.merge(session, kept=second, gone=first, by=bob, now=LATER)
        ticket_merging.merge(session, kept=third, gone=second, by=bob, now=LATER)

        assert tickets.get(session, ticket_id=first.id, seen_by=bob) is third
        assert third.kind == Kind.INQUIRY
        assert len(transcript.history(session, ticket=third, limit=10, notes=True)) == 2


def test_the_more_urgent_wins_and_who_owes_more_says_the_state(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        bob, carol = staff(session), staff(session, "Carol")
        tickets.resolve(session, ticket=kept, by=bob, reason="new lid", now=NOW)
        tickets.claim(session, ticket=gone, by=carol, now=NOW)
        tickets.set_priority(session, ticket=gone, priority=Priority.P1, by=carol, now=NOW)

        ticket_merging.merge(session, kept=kept, gone=gone, by=bob, now=LATER)

        assert (kept.priority, kept.assignee_id, kept.state) == (Priority.P1, carol.id, TicketState.OPEN)
        assert (kept.resolved_at, kept.resolution, kept.waiting_since) == (None, None, NOW)


def test_nobody_is_asked_any_more_how_the_one_that_is_gone_was_resolved(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        bob = staff(session)
        tickets.resolve(session, ticket=gone, by=bob, reason="", now=NOW)
        ratings.ask(session, ticket=gone, now=NOW)

        ticket_merging.merge(session, kept=kept, gone=gone, by=bob, now=LATER)

        assert ratings.to_remind(session, now=NOW + timedelta(days=2)) == []


def test_both_trails_tell_it(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        bob = staff(session)

        ticket_merging.merge(session, kept=kept, gone=gone, by=bob, now=LATER)

        rows = session.scalars(select(Audit).where(col(Audit.action) == "merged").order_by(col(Audit.id)))
        assert [(one.actor, one.entity_id, one.before, one.after) for one in rows] == [
            (f"staff:{bob.id}", kept.id, {}, {"gone": gone.id}),
            (f"staff:{bob.id}", gone.id, {"state": "new"}, {"state": "closed", "into": kept.id}),
        ]


def test_what_cannot_be_merged_is_refused_before_anything_changes(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = two(session)
        bob, other = staff(session), customer(session, 8)
        foreign = tickets.open_ticket(
            session, customer=other, kind=Kind.UNSURE, source=KindSource.MODEL, confidence=0.0, now=NOW
        )

        def merge(one: Ticket, another: Ticket) -> None:
            ticket_merging.merge(session, kept=one, gone=another, by=bob, now=LATER)

        with pytest.raises(SameTicket):
            merge(kept, kept)
        with pytest.raises(TicketsOfTwo):
            merge(kept, foreign)
        tickets.move(session, ticket=gone, event=Event.WITHDRAW, actor=bob, now=NOW)
        for one, another in ((kept, gone), (gone, kept)):
            with pytest.raises(TicketIsClosed):
                merge(one, another)

        assert (kept.state, gone.merged_into_id, foreign.merged_into_id) == (TicketState.NEW, None, None)
