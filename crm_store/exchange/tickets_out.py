"""Tickets as rows of a file: what became of each, and none of what was said in it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.exchange import selection as selections
from crm_store.exchange.cells import Cell, Label
from crm_store.exchange.customers_out import BETWEEN
from crm_store.exchange.selection import Selection
from crm_store.service.tables import Rating, Ticket, TicketTag
from crm_store.staff.tables import Staff

COLUMNS = (
    "ticket", "customer_number", "customer", "kind", "ticket_state", "priority", "assignee", "tags", "order",
    "opened_at", "first_answered_at", "answered_after", "resolved_at", "closed_at", "reopened", "score",
    "resolution",
)  # fmt: skip


def count(session: Session, *, selection: Selection) -> int:
    return selections.count(session, selection=selection, table=Ticket)


def rows(session: Session, *, selection: Selection, label: Label) -> Iterator[list[Cell]]:
    """By number."""
    staff = {one.id: one.name for one in session.scalars(select(Staff))}
    for page in selections.pages(session, selection=selection, table=Ticket):
        ids = [ticket.id for ticket, _ in page]
        tags, scores = _tags(session, ids), _scores(session, ids)
        for ticket, customer in page:
            yield _row(ticket, customer, tags[ticket.id], scores.get(ticket.id), staff, label)


def _tags(session: Session, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    statement = select(TicketTag).where(col(TicketTag.ticket_id).in_(ids)).order_by(col(TicketTag.tag))
    for one in session.scalars(statement):
        found[one.ticket_id].append(one.tag)
    return found


def _scores(session: Session, ids: list[int]) -> dict[int, int]:
    """The last score a customer gave."""
    statement = (
        select(col(Rating.ticket_id), col(Rating.score))
        .where(col(Rating.ticket_id).in_(ids), col(Rating.score).is_not(None))
        .order_by(col(Rating.cycle))
    )
    return {ticket_id: score for ticket_id, score in session.execute(statement)}


def _row(
    ticket: Ticket,
    customer: Customer,
    tags: list[str],
    score: int | None,
    staff: dict[int, str],
    label: Label,
) -> list[Cell]:
    return [
        ticket.number,
        customer.number,
        customer.name,
        label("kinds", ticket.kind),
        label("desk_states", ticket.state),
        label("priorities", ticket.priority),
        staff.get(ticket.assignee_id) if ticket.assignee_id else None,
        BETWEEN.join(tags),
        f"O{ticket.order_id}" if ticket.order_id else None,
        ticket.opened_at,
        ticket.first_answered_at,
        _minutes(ticket.opened_at, ticket.first_answered_at),
        ticket.resolved_at,
        ticket.closed_at,
        ticket.reopen_count,
        score,
        ticket.resolution,
    ]


def _minutes(start: datetime, end: datetime | None) -> int | None:
    return int((end - start).total_seconds() // 60) if end is not None else None
