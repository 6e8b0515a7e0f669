"""Lookups: what each member of staff searched for last, for the buttons that go on with it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Lookup
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

KEPT, KEPT_FOR = 50, timedelta(days=2)
"""Of each person, and for how long: people search for phone numbers. Buttons of older ones have expired."""


def keep(session: Session, *, text: str, by: Staff, now: datetime) -> Lookup:
    """Remember a search; the same one again is the same row."""
    own = select(Lookup).where(col(Lookup.staff_id) == by.id).order_by(col(Lookup.at), col(Lookup.id))
    kept = [one for one in session.scalars(own) if not _drop_old(session, one, now)]
    for one in kept:
        if one.text == text:
            one.at = now
            return one
    for one in kept[: 1 - KEPT]:
        session.delete(one)
    row = Lookup(staff_id=by.id, text=text, at=now)
    session.add(row)
    session.flush()
    return row


def _drop_old(session: Session, lookup: Lookup, now: datetime) -> bool:
    if is_old := lookup.at < now - KEPT_FOR:
        session.delete(lookup)
    return is_old


def get(session: Session, *, lookup_id: int, by: Staff) -> Lookup | None:
    """A search of this person; None for another's, and for one that is no longer kept."""
    row = session.get(Lookup, lookup_id) if 0 < lookup_id <= LARGEST_ID else None
    return row if row is not None and row.staff_id == by.id else None
