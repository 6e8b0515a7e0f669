"""Rows in every table that says whose they are, made from what the tables say of themselves."""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    TypeDecorator,
    insert,
    select,
)
from sqlmodel import Session, SQLModel

from crm_store.customers.merge_rules import references
from tests.crm_store.people import NOW

Rows = dict[str, list[dict[str, Any]]]

COUNTED = {"audit", "merge"}
"""Tables that tell what was done, and are longer after it."""

VERSION = {"customer": "version"}
"""Counts changes, those that lead back too."""


_numbers = count(1000)


def fill(session: Session, *, customer_id: int, words: str) -> None:
    """One row of the customer's in every table that has such rows. ``words`` make its texts its own."""
    session.flush()
    for reference in references(SQLModel.metadata):
        make(session, reference.table, {reference.column.name: customer_id}, words)


def make(session: Session, table: Table, given: dict[str, Any], words: str) -> dict[str, Any]:
    """A row with what is given and anything allowed in what must be there; rows it refers to are made."""
    values = {
        column.name: _value(session, column, given, words)
        for column in table.columns
        if column.name not in given and not _may_be_empty(column)
    }
    return dict(session.execute(insert(table).values(**values, **given).returning(table)).mappings().one())


def _may_be_empty(column: Column[Any]) -> bool:
    """The database finds a value by itself."""
    is_counter = list(column.table.primary_key) == [column] and not column.foreign_keys
    return bool(column.nullable) or (is_counter and column.name == "id")


def _value(session: Session, column: Column[Any], given: dict[str, Any], words: str) -> Any:
    for foreign in column.foreign_keys:
        table = foreign.column.table
        owner = {name: value for name, value in given.items() if name in table.columns}
        return make(session, table, owner, words)[foreign.column.name]
    kind = column.type
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class))  # type: ignore[arg-type]  # all of ours have one
    if isinstance(plain, DateTime):
        return NOW
    if isinstance(plain, Date):
        return date(2026, 1, 5)
    if isinstance(plain, Boolean):
        return False
    if isinstance(plain, JSON):
        return {"words": words}
    if isinstance(plain, LargeBinary):
        return words.encode()
    if isinstance(plain, Float):
        return 1.5
    if isinstance(plain, Integer):
        return next(_numbers) if column.primary_key or column.unique else 1
    assert isinstance(plain, String), (column, kind)
    return f"{words} {next(_numbers)}"


def everything(session: Session) -> Rows:
    """Every row of every table, but for the trails of what was done and the count of changes."""
    session.flush()
    found: Rows = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in COUNTED:
            continue
        rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        found[table.name] = [
            {name: value for name, value in row.items() if name != VERSION.get(table.name)} for row in rows
        ]
    return found


def whose(session: Session, customer_id: int) -> dict[str, int]:
    """How many rows each table has that are this customer's."""
    rows = everything(session)
    return {
        reference.table.name: sum(
            row[reference.column.name] == customer_id for row in rows[reference.table.name]
        )
        for reference in references(SQLModel.metadata)
    }
