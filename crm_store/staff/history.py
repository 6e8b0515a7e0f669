"""The trail read back: who changed what, and the last change of a customer taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from crm_store.customers import fields, records
from crm_store.customers.refusals import ChangedSince, NothingToUndo, NotUndone
from crm_store.customers.tables import Customer
from crm_store.staff.tables import Audit, Staff

UNDOABLE = ("changed", "undone")
"""What ``records`` wrote: whole values before and after."""

BY_STAFF = (*UNDOABLE, "created")
BY_ANYBODY = ("merged", "unmerged")
"""A change before one of these is not taken back over it; they have their own way back."""

IMPORTED = "imported"
PEOPLE = ("staff:", "customer:")


@dataclass(frozen=True)
class Undoable:
    """The last change by staff, and what taking it back would make of the customer: from what, to what."""

    change: Audit
    changed: records.Changed


def of(
    session: Session, *, entity: str, entity_id: int, limit: int, before: int | None = None
) -> list[Audit]:
    """The rows of one ticket, order or customer, newest first; ``before``: those older than this row."""
    statement = select(Audit).where(col(Audit.entity) == entity, col(Audit.entity_id) == entity_id)
    if before is not None:
        statement = statement.where(col(Audit.id) < before)
    return list(session.scalars(statement.order_by(col(Audit.id).desc()).limit(limit)))


def just_changed(
    session: Session, *, customer: Customer, since: datetime, by_others_than: Staff
) -> frozenset[str]:
    """The keys of ``records.change`` that another person (a colleague, the customer) was the last to write,
    at or after ``since``."""
    statement = (
        select(Audit)
        .where(col(Audit.entity) == "customer", col(Audit.entity_id) == customer.id)
        .where(col(Audit.action).in_(UNDOABLE), col(Audit.at) >= since)
        .order_by(col(Audit.id))
    )
    last = {key: one.actor for one in session.scalars(statement) for key in one.after or ()}
    mine = f"staff:{by_others_than.id}"
    return frozenset(key for key, actor in last.items() if actor != mine and actor.startswith(PEOPLE))


def undoable(session: Session, *, customer: Customer, by: Staff) -> Undoable:
    """What ``undo`` would take back. An undone change can be taken back as well: that does it again.

    Raises NothingToUndo; NotUndone when the last change was a merge, an import or the customer's creation;
    NotAllowed where ``by`` could not have made the change.
    """
    statement = (
        select(Audit)
        .where(col(Audit.entity) == "customer", col(Audit.entity_id) == customer.id)
        .where(
            or_(
                and_(col(Audit.actor).like("staff:%"), col(Audit.action).in_(BY_STAFF)),
                col(Audit.actor).like("import:%"),
                col(Audit.action).in_(BY_ANYBODY),
            )
        )
        .order_by(col(Audit.id).desc())
        .limit(1)
    )
    last = session.scalars(statement).first()
    if last is None:
        raise NothingToUndo(number=customer.number)
    if last.actor.startswith("import:"):
        raise NotUndone(number=customer.number, action=IMPORTED)
    if last.action not in UNDOABLE:
        raise NotUndone(number=customer.number, action=last.action)
    known = {f"{records.OWN}{one.id}" for one in fields.all(session)}
    values = {
        key: value
        for key, value in (last.before or {}).items()
        if not key.startswith(records.OWN) or key in known
    }
    if "owner_id" in values and not _is_there(session, values["owner_id"]):
        values["owner_id"] = None  # somebody who has left gets no customers back
    mine = last.actor == f"staff:{by.id}"
    asked = {key: value for key, value in values.items() if key != "owner_id" or not mine}
    records.check(session, customer=customer, values=asked, actor=by)
    now = records.current(session, customer=customer, keys=values)
    restored = {key: value for key, value in values.items() if value != now[key]}
    if not restored:
        raise NothingToUndo(number=customer.number)
    return Undoable(last, records.Changed({key: now[key] for key in restored}, restored))


def undo(
    session: Session, *, customer: Customer, change_id: int, by: Staff, now: datetime
) -> records.Changed:
    """Restore what the customer was before the change ``change_id``, which must still be the last by staff.

    Raises ChangedSince, and what ``undoable`` raises.
    """
    found = undoable(session, customer=customer, by=by)
    if found.change.id != change_id:
        raise ChangedSince(number=customer.number)
    return records.apply(
        session, customer=customer, values=found.changed.after, action="undone", actor=by, now=now
    )


def _is_there(session: Session, staff_id: int | None) -> bool:
    staff = session.get(Staff, staff_id) if staff_id is not None else None
    return staff_id is None or (staff is not None and staff.revoked_at is None)
