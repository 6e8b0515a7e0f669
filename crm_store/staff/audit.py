"""The audit trail: every verb that changes something writes one row, in the same commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.staff.tables import Audit, Staff

_INSERT = insert(Audit.__table__)  # type: ignore[attr-defined]  # every table model has it

Actor = Staff | Customer | str
"""Who did it: a member of staff, a customer, or the machine's part by name ("clock", "cli", "sender")."""


def name_of(actor: Actor) -> str:
    """The actor as the trail writes it: ``staff:3``, ``customer:12``, ``clock``."""
    if isinstance(actor, Staff):
        return f"staff:{actor.id}"
    if isinstance(actor, Customer):
        return f"customer:{actor.id}"
    return actor


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    entity: str,
    entity_id: int,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down one change. ``before`` and ``after`` hold only the fields that changed."""
    # Not as an object: nobody looks at it again in this unit, and this is five times cheaper.
    session.connection().execute(
        _INSERT,
        {
            "at": now,
            "actor": name_of(actor),
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
        },
    )
