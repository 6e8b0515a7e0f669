"""Many new rows in few statements, on either database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, insert, literal_column, select, table, text
from sqlmodel import Session

from crm_store.engine import is_sqlite


def reserve(session: Session, of: Table, count: int) -> list[int]:
    """Ids that nobody has and nobody else will get, in order."""
    if is_sqlite(session):  # this transaction is the only one that writes
        last = session.scalar(
            select(literal_column("seq")).select_from(table("sqlite_sequence")).where(text("name = :name")),
            {"name": of.name},
        )
        return list(range((last or 0) + 1, (last or 0) + 1 + count))
    sequence = f"{of.name}_id_seq"
    return list(session.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))


def insert_rows(session: Session, into: Table, rows: Sequence[dict[str, Any]]) -> None:
    """All of ``rows`` (the same columns in each) at once."""
    if rows:
        session.connection().execute(insert(into), rows)
