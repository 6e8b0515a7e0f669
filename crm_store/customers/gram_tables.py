"""Where grams are kept: an FTS5 index on SQLite, an array with a GIN index on PostgreSQL.

Neither is a table SQLAlchemy could describe for both, so they are made by hand: after ``create_all``, and by
a migration (``create``). ``owns`` names what belongs to them, for who compares the store with the metadata.
"""

from typing import Any

from sqlalchemy import Connection, MetaData, event, text
from sqlmodel import SQLModel

TABLE = "search_gram"

STATEMENTS = {
    "sqlite": [
        # Terms are looked up and nothing else: no positions, no copy of the text, one row may be replaced.
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5("
        "grams, content='', contentless_delete=1, detail=none, tokenize='ascii')",
    ],
    "postgresql": [
        f"CREATE TABLE IF NOT EXISTS {TABLE} (customer_id integer PRIMARY KEY "
        "REFERENCES customer (id) ON DELETE CASCADE, grams text[] NOT NULL)",
        f"CREATE INDEX IF NOT EXISTS ix_{TABLE}_grams ON {TABLE} USING gin (grams)",
    ],
}


def create(connection: Connection) -> None:
    for statement in STATEMENTS[connection.dialect.name]:
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))


def owns(table: str | None) -> bool:
    """Whether a table of the database is the grams' or one FTS5 keeps behind them."""
    return table is not None and (table == TABLE or table.startswith(f"{TABLE}_"))


def _after_create(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    create(connection)


event.listen(SQLModel.metadata, "after_create", _after_create)
