"""Small facts the machine learns at run time and the next start needs."""

from sqlmodel import Session

from crm_store.mailbox.tables import Setting

BOT_USERNAME = "bot_username"


def recall(session: Session, key: str) -> str | None:
    row = session.get(Setting, key)
    return row.value if row else None


def remember(session: Session, key: str, value: str) -> None:
    session.merge(Setting(key=key, value=value))
