"""Where grams are kept: an FTS5 index on SQLite, an array with a GIN index on PostgreSQL.

Neither is a table SQLAlchemy could describe for both, so they are made by hand: after ``create_all``, and by
a migration (``create``). ``owns`` names what belongs to them, for who compares the store with the metadata.
"""

from typing import Any

from sqlalchemy import Connection, MetaData, event, text
from sqlmodel import SQLModel

TABLE = "search_gram"

CONTENTLESS_DELETE = (3, 43, 0)
"""The first SQLite that can replace a row of which it keeps no copy."""

_POSTGRESQL = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (customer_id integer PRIMARY KEY "
    "REFERENCES customer (id) ON DELETE CASCADE, grams text[] NOT NULL)",
    f"CREATE INDEX IF NOT EXISTS ix_{TABLE}_grams ON {TABLE} USING gin (grams)",
)


def statements(dialect: str, version: tuple[int | str, ...]) -> tuple[str, ...]:
    """What makes the table on ``dialect``, of which SQLite is of this ``version``."""
    return (_fts5(version),) if dialect == "sqlite" else _POSTGRESQL


def _fts5(version: tuple[int | str, ...]) -> str:
    """Terms are looked up and nothing else: no positions, and no copy of the text where SQLite can do
    without one."""
    options = "detail=none, tokenize='ascii'"
    if version >= CONTENTLESS_DELETE:
        options += ", content='', contentless_delete=1"
    return f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(grams, {options})"


def create(connection: Connection) -> None:
    dialect = connection.dialect
    for statement in statements(dialect.name, dialect.server_version_info or ()):
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))


def owns(table: str | None) -> bool:
    """Whether a table of the database is the grams' or one FTS5 keeps behind them."""
    return table is not None and (table == TABLE or table.startswith(f"{TABLE}_"))


def _after_create(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    create(connection)


event.listen(SQLModel.metadata, "after_create", _after_create)
