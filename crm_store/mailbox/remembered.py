"""Small facts the machine learns at run time and the next start needs."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from crm_store.engine import is_sqlite
from crm_store.mailbox.tables import Setting

BOT_USERNAME = "bot_username"


def recall(session: Session, key: str) -> str | None:
    row = session.get(Setting, key)
    return row.value if row else None


def remember(session: Session, key: str, value: str) -> None:
    """Note a fact, whatever was noted before; several workers may do so at once."""
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = dialect.insert(Setting).values(key=key, value=value)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
