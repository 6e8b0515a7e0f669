"""Which orders or tickets are exported: those of a time, in some states."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.exchange.cells import PAGE
from crm_store.sales.tables import Order
from crm_store.service.tables import Ticket


@dataclass(frozen=True)
class Selection:
    """From ``start`` until before ``end`` (None: without an end). ``states`` are pairs of a column and a
    value: several of one column are either-or, different columns must all fit."""

    start: datetime | None = None
    end: datetime | None = None
    states: tuple[tuple[str, str], ...] = ()

    def told(self) -> dict[str, Any]:
        """As JSON, for a job."""
        return {
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "states": [list(one) for one in self.states],
        }

    @classmethod
    def heard(cls, told: dict[str, Any]) -> "Selection":
        start, end = (datetime.fromisoformat(told[one]) if told[one] else None for one in ("start", "end"))
        return cls(start, end, tuple((column, value) for column, value in told["states"]))


_AT: dict[type[Order] | type[Ticket], Any] = {Order: Order.placed_at, Ticket: Ticket.opened_at}
"""The moment that counts."""

R = TypeVar("R", Order, Ticket)


def count(session: Session, *, selection: Selection, table: type[Order] | type[Ticket]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*_conditions(selection, table))) or 0


def pages(session: Session, *, selection: Selection, table: type[R]) -> Iterator[list[tuple[R, Customer]]]:
    """What was selected with whose it is, by number, at most ``PAGE`` at once; the last page may be empty."""
    statement = (
        select(table, Customer)
        .join(Customer, col(Customer.id) == col(table.customer_id))
        .where(*_conditions(selection, table))
        .order_by(col(table.id))
        .limit(PAGE)
    )
    last = 0
    while True:
        page = [(row, customer) for row, customer in session.execute(statement.where(col(table.id) > last))]
        yield page
        if len(page) < PAGE:
            return
        last = page[-1][0].id
        session.expunge_all()  # a page that is written is not needed again


def _conditions(selection: Selection, table: type[Order] | type[Ticket]) -> list[ColumnElement[bool]]:
    at = _AT[table]
    found: list[ColumnElement[bool]] = []
    if selection.start is not None:
        found.append(col(at) >= selection.start)
    if selection.end is not None:
        found.append(col(at) < selection.end)
    by_column: dict[str, list[str]] = defaultdict(list)
    for column, value in selection.states:
        by_column[column].append(value)
    return [*found, *(getattr(table, column).in_(values) for column, values in by_column.items())]
