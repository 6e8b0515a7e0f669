"""Which orders or tickets are exported: those of a time, in some states."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

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


def conditions(
    selection: Selection, *, table: type[Order] | type[Ticket], at: Any
) -> list[ColumnElement[bool]]:
    """``at`` is the column of the moment that counts: placed, opened."""
    found: list[ColumnElement[bool]] = []
    if selection.start is not None:
        found.append(col(at) >= selection.start)
    if selection.end is not None:
        found.append(col(at) < selection.end)
    by_column: dict[str, list[str]] = defaultdict(list)
    for column, value in selection.states:
        by_column[column].append(value)
    return [*found, *(getattr(table, column).in_(values) for column, values in by_column.items())]
