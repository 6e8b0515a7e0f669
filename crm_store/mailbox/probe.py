"""Whether the store takes anything at all, when one write failed."""

import secrets

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from crm_store.engine import transaction
from crm_store.mailbox.tables import Setting

BYTES = 1 << 16
"""More than a unit of work usually writes: a full disk must not look like one that has room."""


def can_write(engine: Engine) -> bool:
    """Write something and take it away again, each committed."""
    key = f"probe:{secrets.token_hex(8)}"
    try:
        with transaction(engine) as session:
            session.add(Setting(key=key, value=secrets.token_hex(BYTES // 2)))
        with transaction(engine) as session:
            session.delete(session.get_one(Setting, key))
    except SQLAlchemyError:
        return False
    return True
