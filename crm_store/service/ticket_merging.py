"""Two tickets about one thing become one: what was said in both stands in the one that is kept."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlmodel import Session, SQLModel, col

from crm_store.mailbox.tables import Outbox
from crm_store.service.refusals import SameTicket, TicketIsClosed, TicketsOfTwo
from crm_store.service.states import ACTIVE, Kind, TicketState
from crm_store.service.tables import Rating, Ticket, TicketTag
from crm_store.staff import audit
from crm_store.staff.tables import Staff

MOVES = frozenset(
    {
        ("message", "ticket_id"),
        ("message_map", "ticket_id"),
        ("order_return", "ticket_id"),
        ("task", "ticket_id"),
        ("ticket", "parent_id"),
    }
)
"""References that go on with the ticket that is kept."""

STAYS = frozenset(
    {
        ("ticket", "merged_into_id"),  # who was merged before goes on leading here, one step further
        ("ticket_tag", "ticket_id"),  # put on the kept one too
        ("rating", "ticket_id"),  # of a resolution that was this ticket's
        ("correction", "ticket_id"),  # a lesson about the first words of this ticket
    }
)

_NEXT_STEP = (
    TicketState.OPEN,
    TicketState.NEW,
    TicketState.WAITING_INTERNAL,
    TicketState.WAITING_CUSTOMER,
    TicketState.RESOLVED,
)
"""Who owes more decides the state of both."""


def merge(session: Session, *, kept: Ticket, gone: Ticket, by: Staff, now: datetime) -> None:
    """Everything said in ``gone`` is said in ``kept``; ``gone`` is closed and its number leads to ``kept``.
    The more urgent of the two says priority and who has it.

    Raises SameTicket, TicketsOfTwo (customers) and TicketIsClosed.
    """
    session.flush()
    for one in sorted((kept, gone), key=lambda ticket: ticket.id):  # who merge at once wait for each other
        session.refresh(one, with_for_update=True)
    check(kept=kept, gone=gone)
    before = _facts(kept)
    _take_over(kept, gone)
    for name, column in sorted(MOVES):
        _repoint(session, SQLModel.metadata.tables[name], column, kept, gone)
    session.execute(update(Outbox).where(col(Outbox.ticket_id) == gone.id).values(ticket_id=kept.id))
    _share_tags(session, kept, gone)
    # Nobody is asked any more how a resolution was that is no longer one.
    unasked = (col(Rating.ticket_id) == gone.id, col(Rating.reminded_at).is_(None))
    session.execute(update(Rating).where(*unasked).values(reminded_at=now))

    was = gone.state
    gone.state, gone.merged_into_id, gone.closed_at = TicketState.CLOSED, kept.id, now
    gone.waiting_since, gone.updated_at, kept.updated_at = None, now, now
    session.add_all([kept, gone])
    session.flush()
    present = _facts(kept)
    changed = {name for name in before if before[name] != present[name]}
    audit.record(
        session,
        actor=by,
        action="merged",
        entity="ticket",
        entity_id=kept.id,
        now=now,
        before={name: before[name] for name in sorted(changed)},
        after={name: present[name] for name in sorted(changed)} | {"gone": gone.id},
    )
    audit.record(
        session,
        actor=by,
        action="merged",
        entity="ticket",
        entity_id=gone.id,
        now=now,
        before={"state": was},
        after={"state": gone.state, "into": kept.id},
    )


def check(*, kept: Ticket, gone: Ticket) -> None:
    """Whether two tickets may be merged as they are. Raises SameTicket, TicketsOfTwo and TicketIsClosed."""
    if kept.id == gone.id:
        raise SameTicket(number=kept.number)
    if kept.customer_id != gone.customer_id:
        raise TicketsOfTwo(one=kept.number, other=gone.number)
    for one in (gone, kept):
        if one.merged_into_id is not None:
            raise SameTicket(number=one.number)
        if one.state == TicketState.CLOSED:
            raise TicketIsClosed(ticket=one)


def _take_over(kept: Ticket, gone: Ticket) -> None:
    urgent = min((gone, kept), key=lambda one: (one.priority, one is gone))
    other = kept if urgent is gone else gone
    kept.assignee_id = urgent.assignee_id or other.assignee_id
    kept.priority = urgent.priority
    kept.state = min(kept.state, gone.state, key=_NEXT_STEP.index)
    if kept.state == TicketState.NEW and kept.assignee_id is not None:
        kept.state = TicketState.OPEN
    if kept.state in ACTIVE:
        kept.resolved_at = kept.resolution = None
    if kept.kind == Kind.UNSURE:
        kept.kind, kept.kind_source, kept.kind_confidence = gone.kind, gone.kind_source, gone.kind_confidence
    kept.order_id = kept.order_id or gone.order_id
    if kept.parent_id == gone.id:
        kept.parent_id = gone.parent_id
    kept.opened_at = min(kept.opened_at, gone.opened_at)
    kept.last_customer_at = max(kept.last_customer_at, gone.last_customer_at)
    kept.waiting_since = _earliest(kept.waiting_since, gone.waiting_since)
    kept.first_answered_at = _earliest(kept.first_answered_at, gone.first_answered_at)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _repoint(session: Session, table: Table, column: str, kept: Ticket, gone: Ticket) -> None:
    statement = update(table).where(table.c[column] == gone.id)
    if table.name == "ticket":
        statement = statement.where(table.c.id != kept.id)
    session.execute(statement.values({column: kept.id}))
    for one in list(session.identity_map.values()):
        if cast(Any, one).__table__ is table and one not in (kept, gone):
            session.expire(one)


def _share_tags(session: Session, kept: Ticket, gone: Ticket) -> None:
    tags = select(col(TicketTag.tag))
    present = set(session.scalars(tags.where(col(TicketTag.ticket_id) == kept.id)))
    theirs = session.scalars(tags.where(col(TicketTag.ticket_id) == gone.id))
    session.add_all(TicketTag(ticket_id=kept.id, tag=tag) for tag in theirs if tag not in present)


def _facts(ticket: Ticket) -> dict[str, object]:
    return {
        "state": ticket.state,
        "priority": ticket.priority,
        "assignee": ticket.assignee_id,
        "kind": ticket.kind,
        "order": ticket.order_id,
    }
