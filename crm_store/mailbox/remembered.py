"""Small facts the machine learns at run time and the next start needs."""

import secrets

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


def secret(session: Session, key: str) -> str:
    """A key of the shop's own, made when it is first needed. Two that make it at once end with the same."""
    present = session.get(Setting, key)
    if present is None:
        dialect = sqlite if is_sqlite(session) else postgresql
        statement = dialect.insert(Setting).values(key=key, value=secrets.token_hex(32))
        session.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
        present = session.get_one(Setting, key, populate_existing=True)
    return present.value
