"""Rows that change their customer, and change back: by table, whatever tables there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Column, Date, Table, and_, delete, func, select, tuple_, update
from sqlmodel import Session, SQLModel, col

from crm_store.customers.merge_rules import COMBINE, Reference, Row, references
from crm_store.exchange.refs import CUSTOMER
from crm_store.exchange.tables import ExternalRef
from crm_store.types import Utc

BATCH = 500
"""Keys in one statement."""


@dataclass
class Moved:
    """What a merge did to rows, as JSON keeps it: all that is needed to undo it.

    ``rows``: table → column → keys (as they are after the move). ``changed``: rows of the kept customer with
    the columns that were written, before and after. ``added``: table → keys.
    """

    rows: dict[str, dict[str, list[list[Any]]]] = field(default_factory=dict)
    changed: list[dict[str, Any]] = field(default_factory=list)
    added: dict[str, list[list[Any]]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"rows": self.rows, "changed": self.changed, "added": self.added}


def count(session: Session, *, customer_id: int) -> dict[str, int]:
    """How many rows are a customer's, by table; tables without any are left out."""
    found: dict[str, int] = {}
    for reference in references(SQLModel.metadata):
        statement = select(func.count()).select_from(reference.table).where(reference.column == customer_id)
        if number := session.scalar(statement):
            found[reference.table.name] = found.get(reference.table.name, 0) + number
    return found


def move(session: Session, *, kept_id: int, gone_id: int, moved: Moved) -> None:
    """Everything of the gone customer's becomes the kept one's. Of a thing that both have and one may have
    once (a tag, a phone), the gone one's row stays where it is, and the kept one's says what both did."""
    session.flush()
    for reference in references(SQLModel.metadata):
        if reference.alike():
            keys = _combine(session, reference, kept_id, gone_id, moved)
        else:
            keys = _keys(session, reference, gone_id)
        if keys:
            moved.rows.setdefault(reference.table.name, {})[reference.column.name] = _assign(
                session, reference, keys, to=kept_id
            )
        _forget(session, reference.table)


def move_back(session: Session, *, kept_id: int, gone_id: int, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Those rows of a merge that are still there and still the kept customer's are the gone one's again."""
    session.flush()
    for reference in references(SQLModel.metadata):
        keys = rows.get(reference.table.name, {}).get(reference.column.name, [])
        _assign(session, reference, keys, to=gone_id, only_of=kept_id)
        _forget(session, reference.table)


def write(session: Session, *, table: Table, row: Row, values: Mapping[str, Any], moved: Moved) -> None:
    """Change a row so that it can be changed back."""
    differing = {name: value for name, value in values.items() if row[name] != value}
    if not differing:
        return
    key = [row[one.name] for one in table.primary_key.columns]
    session.execute(update(table).where(_is(list(table.primary_key.columns), key)).values(**differing))
    moved.changed.append(
        {
            "table": table.name,
            "key": [plain(one) for one in key],
            "before": {name: plain(row[name]) for name in differing},
            "after": {name: plain(value) for name, value in differing.items()},
        }
    )
    _forget(session, table)


def write_back(session: Session, *, changed: Sequence[Mapping[str, Any]]) -> None:
    """Each value that still is what the merge wrote becomes what it was before; the last first."""
    for one in reversed(changed):
        table = SQLModel.metadata.tables[one["table"]]
        here = _is(list(table.primary_key.columns), one["key"])
        row = session.execute(select(table).where(here)).mappings().first()
        if row is None:
            continue
        values = {
            name: typed(table.c[name], value)
            for name, value in one["before"].items()
            if plain(row[name]) == one["after"][name]
        }
        if values:
            session.execute(update(table).where(here).values(**values))
            _forget(session, table)


def drop(session: Session, *, added: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    """Take out the rows that a merge added."""
    for name, keys in added.items():
        table = SQLModel.metadata.tables[name]
        for key in keys:
            session.execute(delete(table).where(_is(list(table.primary_key.columns), key)))
        _forget(session, table)


def refs(session: Session, customer_id: int) -> list[list[str]]:
    """What other systems call the customer; the one reference that no foreign key tells of."""
    statement = select(col(ExternalRef.system), col(ExternalRef.external_id)).where(
        col(ExternalRef.entity) == CUSTOMER, col(ExternalRef.entity_id) == customer_id
    )
    return [list(row) for row in session.execute(statement.order_by(col(ExternalRef.system)))]


def move_refs(
    session: Session, *, old: int, new: int, keys: list[list[str]] | None = None
) -> list[list[str]]:
    theirs = [key for key in refs(session, old) if keys is None or key in keys]
    for system, external_id in theirs:
        row = session.get(ExternalRef, (system, CUSTOMER, external_id))
        assert row is not None
        row.entity_id = new
        session.add(row)
    session.flush()
    return theirs


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def typed(column: Column[Any], value: Any) -> Any:
    """What ``plain`` was made of."""
    if isinstance(value, str) and isinstance(column.type, Utc):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(column.type, Date):
        return date.fromisoformat(value)
    return value


def _keys(session: Session, reference: Reference, customer_id: int) -> list[list[Any]]:
    statement = select(*reference.key).where(reference.column == customer_id).order_by(*reference.key)
    return [list(row) for row in session.execute(statement)]


def _combine(
    session: Session, reference: Reference, kept_id: int, gone_id: int, moved: Moved
) -> list[list[Any]]:
    """The keys of the rows that may move; what stays is written into its like."""
    table, name = reference.table, reference.column.name
    statement = select(table).where(reference.column.in_([kept_id, gone_id])).order_by(*reference.key)
    rows: list[Row] = [dict(row) for row in session.execute(statement).mappings()]
    ours = [row for row in rows if row[name] == kept_id]
    keys = []
    for row in rows:
        if row[name] == kept_id:
            continue
        like = next((one for one in ours if _are_alike(reference, one, row)), None)
        if like is None:
            keys.append([row[one.name] for one in reference.key])
        elif combine := COMBINE.get(table.name):
            write(session, table=table, row=like, values=combine(like, row), moved=moved)
    return keys


def _are_alike(reference: Reference, one: Row, other: Row) -> bool:
    return any(
        all(one[column.name] == other[column.name] is not None for column in group)
        for group in reference.alike()
    )


def _assign(
    session: Session,
    reference: Reference,
    keys: Sequence[Sequence[Any]],
    *,
    to: int,
    only_of: int | None = None,
) -> list[list[Any]]:
    """Give the rows of these keys to a customer; their keys after that."""
    columns = reference.key
    for batch in _batches(keys):
        statement = update(reference.table).where(_are(columns, batch)).values({reference.column: to})
        session.execute(statement if only_of is None else statement.where(reference.column == only_of))
    if reference.column not in columns:
        return [list(key) for key in keys]
    at = columns.index(reference.column)
    return [[*key[:at], to, *key[at + 1 :]] for key in keys]


def _is(columns: Sequence[Column[Any]], key: Sequence[Any]) -> Any:
    return and_(*(column == typed(column, value) for column, value in zip(columns, key, strict=True)))


def _are(columns: Sequence[Column[Any]], keys: Sequence[Sequence[Any]]) -> Any:
    if len(columns) == 1:
        return columns[0].in_([typed(columns[0], key[0]) for key in keys])
    wanted = [tuple(typed(one, value) for one, value in zip(columns, key, strict=True)) for key in keys]
    return tuple_(*columns).in_(wanted)


def _batches(keys: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def _forget(session: Session, table: Table) -> None:
    """What the session holds of a table is read anew when it is asked for; where a key may have changed, it
    is another row."""
    rekeyed = any(column.foreign_keys for column in table.primary_key.columns)
    for one in list(session.identity_map.values()):
        if cast(Any, one).__table__ is table:
            session.expunge(one) if rekeyed else session.expire(one)
