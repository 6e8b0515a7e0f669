"""Alembic's environment: it migrates the engine that crm_store.migrate hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import BigInteger, Enum, String
from sqlmodel.sql.sqltypes import AutoString

from crm_store.tables import metadata
from crm_store.types import Json, Utc


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types by name, and enums as the text they are in the database."""
    if kind != "type":
        return False
    if item is Json:
        return "Json"
    if isinstance(item, Utc):
        return "Utc"
    if isinstance(item, Enum):
        return f"sa.String({item.length})"
    if isinstance(item, BigInteger):
        return "BigKey"
    if isinstance(item, AutoString):
        return "sa.String()"
    return False


def compare_type(_context: Any, _column: Any, found: Any, wanted: Any, _wanted_type: Any) -> bool | None:
    """An enum is text in the database: no difference."""
    return False if isinstance(wanted, Enum) and isinstance(found, String) else None


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=compare_type,
)
with context.begin_transaction():
    context.run_migrations()
