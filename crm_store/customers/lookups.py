"""Lookups: what each member of staff searched for last, for the buttons that go on with it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, false, or_, select
from sqlmodel import Session, col

from crm_store.customers.tables import Lookup
from crm_store.staff.tables import Staff

KEPT, KEPT_FOR = 50, timedelta(days=2)
"""Of each person, and for how long: people search for phone numbers. The buttons of older ones have expired."""


def keep(session: Session, *, text: str, by: Staff, now: datetime) -> Lookup:
    """Remember a search; the same one again is the same row."""
    own = select(Lookup).where(col(Lookup.staff_id) == by.id)
    latest = list(session.scalars(own.order_by(col(Lookup.id).desc()).limit(KEPT)))
    for one in latest:
        if one.text == text:
            return one
    if len(latest) == KEPT:
        session.execute(delete(Lookup).where(col(Lookup.staff_id) == by.id, col(Lookup.id) <= latest[-1].id))
    row = Lookup(staff_id=by.id, text=text, at=now)
    session.add(row)
    session.flush()
    return row


def get(session: Session, *, lookup_id: int, by: Staff) -> Lookup | None:
    """A search of this person; None for another's, and for one that is no longer kept."""
    row = session.get(Lookup, lookup_id) if 0 < lookup_id < 2**31 else None
    return row if row is not None and row.staff_id == by.id else None
