"""What is exported: which rows somebody wants, what its columns are, and the rows themselves, one by one.

Everything is read in pages of a thousand, with what belongs to a page in a few queries: an export of any
length takes the same memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.customers import filters
from crm_store.customers.filter_terms import Filtered
from crm_store.exchange import customers_out, orders_out, tickets_out
from crm_store.exchange.cells import Cell, Label
from crm_store.exchange.selection import Selection
from crm_store.exchange.tables import Subject
from crm_store.mailbox.tables import Job
from crm_store.staff import audit
from crm_store.staff.tables import Staff


@dataclass(frozen=True)
class Wanted:
    """``filtered`` says which customers, ``selection`` which orders or tickets; ``by`` is who asks, and sees
    what their role may see."""

    subject: Subject
    by: Staff
    filtered: Filtered
    selection: Selection


def count(session: Session, *, wanted: Wanted) -> int:
    """How many rows it will have."""
    match wanted.subject:
        case Subject.CUSTOMERS:
            return filters.count(session, filtered=wanted.filtered, by=wanted.by)
        case Subject.ORDERS:
            return orders_out.count(session, selection=wanted.selection)
        case Subject.TICKETS:
            return tickets_out.count(session, selection=wanted.selection)


def headings(session: Session, *, wanted: Wanted, label: Label) -> list[str]:
    columns: Sequence[str] = {
        Subject.CUSTOMERS: customers_out.COLUMNS,
        Subject.ORDERS: orders_out.COLUMNS,
        Subject.TICKETS: tickets_out.COLUMNS,
    }[wanted.subject]
    own = customers_out.own_fields(session, by=wanted.by) if wanted.subject == Subject.CUSTOMERS else []
    return [*(label("export_columns", one) for one in columns), *(one.name for one in own)]


def rows(session: Session, *, wanted: Wanted, label: Label) -> Iterator[list[Cell]]:
    """In the order of ``headings``."""
    match wanted.subject:
        case Subject.CUSTOMERS:
            return customers_out.rows(session, filtered=wanted.filtered, by=wanted.by, label=label)
        case Subject.ORDERS:
            return orders_out.rows(session, selection=wanted.selection, by=wanted.by, label=label)
        case Subject.TICKETS:
            return tickets_out.rows(session, selection=wanted.selection, label=label)


def note(
    session: Session, *, job: Job, by: Staff, action: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """Write down who took what out of the house, and why: ``asked`` with filter and reason, and ``exported``
    with how many rows in which files."""
    audit.record(session, actor=by, action=action, entity="export", entity_id=job.id, now=now, after=facts)
