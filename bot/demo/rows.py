"""Rows by table, their ids given out beforehand so that they can refer to each other."""

from functools import cache
from typing import Any

from sqlmodel import Session, SQLModel

from crm_store import bulk


class Rows:
    """For an empty store: the first row of a table gets the id 1. Rows are written in the order in which
    their tables were first added to, so add what is referred to first."""

    def __init__(self) -> None:
        self._tables: dict[type[SQLModel], list[dict[str, Any]]] = {}

    def add(self, table: type[SQLModel], **values: Any) -> int:
        """Note a row; returns the id it will have."""
        rows = self._tables.setdefault(table, [])
        numbered = {"id": len(rows) + 1} if "id" in table.model_fields else {}
        rows.append(_defaults(table) | numbered | values)
        return len(rows)

    def change(self, table: type[SQLModel], id: int, **values: Any) -> None:
        """Set more of a row that has been noted."""
        self._tables[table][id - 1] |= values

    def of(self, table: type[SQLModel]) -> list[dict[str, Any]]:
        return self._tables.get(table, [])

    def write(self, session: Session) -> None:
        for table, rows in self._tables.items():
            columns = list(rows[0])
            values = ([row[column] for column in columns] for row in rows)
            bulk.insert(session, table.__table__, columns, values)  # type: ignore[attr-defined]


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    return {
        name: None if one.is_required() else one.get_default() for name, one in table.model_fields.items()
    }
