"""One customer made two again, as they were."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_store.analysis import day_marks
from crm_store.customers import identities, moving, search_keys
from crm_store.customers.merge_trail import TABLE, lock, record, values
from crm_store.customers.moving import typed
from crm_store.customers.refusals import MergedLater, MergedLongAgo, NotMerged
from crm_store.customers.tables import Customer, Merge
from crm_store.marketing import waiting
from crm_store.marketing.tables import CampaignMember
from crm_store.refusals import NoSuchCustomer
from crm_store.service.tables import Message, Ticket
from crm_store.staff import audit

UNDO_WINDOW = timedelta(days=30)
_NOT_OURS = {"id", "version", *identities.IDENTITY}
"""Columns that are not set by themselves: accounts go from row to row."""


def unmerge(session: Session, *, number: int, by: audit.Actor, now: datetime) -> Merge:
    """Make two of one again, given the number of the one that is gone. Both are as they were, but that what
    came or was changed since stays with the one that was kept; what was said in a ticket goes with it.

    Raises NoSuchCustomer, NotMerged, MergedLongAgo, and MergedLater where a later merge must be undone first.
    """
    row = _standing(session, number)
    if now - row.merged_at > UNDO_WINDOW:
        raise MergedLongAgo(number=f"C{number}", at=row.merged_at, days=UNDO_WINDOW.days)
    kept, gone = (cast(Customer, session.get(Customer, one)) for one in (row.kept_id, number))
    lock(session, kept, gone)
    if (later := _later(session, row)) is not None:
        raise MergedLater(number=gone.number, first=f"C{later.gone_id}")
    waiting.take_back(session, whose=col(CampaignMember.customer_id).in_([kept.id, gone.id]))
    before, moved = row.before, row.moved
    was = {"kept": values(kept), "gone": values(gone)}

    identities.take_back(session, customer=kept, user_id=before["kept"]["user_id"])
    identities.take_back(session, customer=gone, user_id=before["gone"]["user_id"])
    _give_back(kept, before=before["kept"], written=moved["written"])
    _give_back(gone, before=before["gone"], written=None)
    session.flush()

    moving.drop(session, added=moved["added"])
    moving.move_back(session, kept_id=kept.id, gone_id=gone.id, rows=moved["rows"])
    moving.write_back(session, changed=moved["changed"])
    _keep_talks_whole(session, kept.id, gone.id)
    moving.move_refs(session, old=kept.id, new=gone.id, keys=moved["refs"])
    search_keys.refresh(session, customer_ids=[kept.id, gone.id])

    day_marks.touch_customers(session, customers=[kept.id, gone.id], now=now)
    row.undone_at = now
    session.add(row)
    session.flush()
    record(session, "unmerged", kept, was["kept"], {"gone": gone.id}, by, now)
    record(session, "unmerged", gone, was["gone"], {"into": kept.id}, by, now)
    return row


def taken(session: Session, *, kept_id: int) -> list[Merge]:
    """The merges by which a customer took others in, the latest first; those that were undone left out."""
    statement = select(Merge).where(col(Merge.kept_id) == kept_id, col(Merge.undone_at).is_(None))
    return list(session.scalars(statement.order_by(col(Merge.id).desc())))


def _standing(session: Session, number: int) -> Merge:
    """The merge that a customer is gone by. Raises NoSuchCustomer and NotMerged."""
    statement = (
        select(Merge)
        .where(col(Merge.gone_id) == number, col(Merge.undone_at).is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.scalars(statement).first()
    if row is not None:
        return row
    if session.get(Customer, number) is None:
        raise NoSuchCustomer(number=f"C{number}")
    raise NotMerged(number=f"C{number}", taken=[f"C{one.gone_id}" for one in taken(session, kept_id=number)])


def _later(session: Session, row: Merge) -> Merge | None:
    """The latest merge that stands on this one's outcome."""
    statement = select(Merge).where(
        col(Merge.id) > row.id,
        col(Merge.undone_at).is_(None),
        (col(Merge.kept_id) == row.kept_id) | (col(Merge.gone_id) == row.kept_id),
    )
    return session.scalars(statement.order_by(col(Merge.id).desc()).limit(1)).first()


def _give_back(customer: Customer, *, before: dict[str, Any], written: dict[str, Any] | None) -> None:
    """Each field is as it was, but for what somebody changed since."""
    now = values(customer)
    for name in before.keys() - _NOT_OURS:
        if name in now and (written is None or now[name] == written[name]):
            setattr(customer, name, typed(TABLE.c[name], before[name]))


def _keep_talks_whole(session: Session, *ids: int) -> None:
    """A ticket's messages are its customer's, also those written while the two were one."""
    session.flush()
    for id, other in (ids, ids[::-1]):
        theirs = select(col(Ticket.id)).where(col(Ticket.customer_id) == id)
        session.execute(
            update(Message)
            .where(col(Message.customer_id) == other, col(Message.ticket_id).in_(theirs))
            .values(customer_id=id)
        )
