"""What was written to a customer at the moment they were merged: it goes after the rest, to who was kept."""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, SQLModel, col

from crm_store.customers import customers
from crm_store.customers.merge_rules import references
from crm_store.customers.tables import Merge

WITHIN = timedelta(minutes=5)
"""No unit of work that began before a merge is at work longer."""

_LATELY = select(Merge).where(col(Merge.undone_at).is_(None))


def gather(session: Session, *, now: datetime) -> int:
    """Move what a unit of work that did not know of a recent merge wrote to the customer who is gone. Returns
    how many rows. A thing that both have and one may have once stays with the gone one, as in the merge."""
    return sum(
        _gather(session, one) for one in session.scalars(_LATELY.where(col(Merge.merged_at) > now - WITHIN))
    )


def _gather(session: Session, merge: Merge) -> int:
    kept = customers.get(session, customer_id=merge.gone_id)
    moved = 0
    for reference in references(SQLModel.metadata):
        if reference.alike():
            continue
        theirs = update(reference.table).where(reference.column == merge.gone_id)
        result = session.execute(theirs.values({reference.column: kept.id}))
        assert isinstance(result, CursorResult)
        moved += result.rowcount
    return moved
