"""What customers did elsewhere, as other systems tell it: each event kept once, at the time it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.customers import customers
from crm_store.customers.tables import Event
from crm_store.engine import is_sqlite
from crm_store.exchange import refs

MOST = 500
"""Events told at once."""


@dataclass(frozen=True)
class NewEvent:
    """``external_id`` and ``customer_ref`` are the source's own numbers, of the event and of the customer."""

    external_id: str
    kind: str
    at: datetime
    customer_ref: str | None = None
    subject: str | None = None
    session: str | None = None
    data: Mapping[str, Any] | None = None


def keep(
    session: Session, *, source: str, told: Sequence[NewEvent], now: datetime
) -> list[tuple[Event, bool]]:
    """Keep events, each with whether it is new, in the order told. One that ``source`` told before stays as
    it was. The customer may be unknown as yet."""
    known = _customers(session, source, {one.customer_ref for one in told if one.customer_ref is not None})
    rows: dict[str, dict[str, Any]] = {}
    for one in told:  # of two in one batch the first counts
        rows.setdefault(one.external_id, _row(one, source, known, now))
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(Event)
        .on_conflict_do_nothing(index_elements=["source", "external_id"])
        .returning(Event.external_id)
    )
    new = set(session.scalars(statement, list(rows.values())))
    found = {one.external_id: one for one in _by_external_ids(session, source, list(rows))}
    kept = []
    for one in told:
        kept.append((found[one.external_id], one.external_id in new))
        new.discard(one.external_id)
    return kept


def join(session: Session, *, source: str, customer_ref: str, customer_id: int) -> int:
    """Now it is known who that was: what they did before is theirs. Returns how many events."""
    result = session.execute(
        update(Event)
        .where(
            col(Event.customer_ref) == customer_ref,
            col(Event.source) == source,
            col(Event.customer_id).is_(None),
        )
        .values(customer_id=customer_id, customer_ref=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def join_all(session: Session, *, source: str, customers: Mapping[str, int]) -> int:
    """``join`` for a batch: our ids by the source's numbers. Returns how many events."""
    waiting = select(col(Event.customer_ref)).where(
        col(Event.customer_ref).in_(list(customers)),
        col(Event.source) == source,
        col(Event.customer_id).is_(None),
    )
    found = [one for one in session.scalars(waiting.distinct()) if one is not None]
    return sum(join(session, source=source, customer_ref=one, customer_id=customers[one]) for one in found)


def get(session: Session, *, source: str, event_id: int) -> Event | None:
    """An event that ``source`` told."""
    event = session.get(Event, event_id)
    return event if event is not None and event.source == source else None


def by_external_id(session: Session, *, source: str, external_id: str) -> Event | None:
    return next(iter(_by_external_ids(session, source, [external_id])), None)


def _by_external_ids(session: Session, source: str, external_ids: list[str]) -> list[Event]:
    statement = select(Event).where(col(Event.source) == source, col(Event.external_id).in_(external_ids))
    return list(session.scalars(statement))


def _row(told: NewEvent, source: str, known: Mapping[str, int], now: datetime) -> dict[str, Any]:
    customer_id = known.get(told.customer_ref) if told.customer_ref is not None else None
    return {
        "source": source,
        "external_id": told.external_id,
        "customer_id": customer_id,
        "customer_ref": told.customer_ref if customer_id is None else None,
        "kind": told.kind,
        "subject": told.subject,
        "session": told.session,
        "data": dict(told.data) if told.data is not None else None,
        "at": told.at,
        "received_at": now,
    }


def _customers(session: Session, source: str, their_ids: set[str]) -> dict[str, int]:
    """Our customers by the source's numbers; of one that was merged, the one that took it in."""
    found = refs.find_all(session, system=source, entity=refs.CUSTOMER, external_ids=their_ids)
    return {theirs: customers.get(session, customer_id=ours).id for theirs, ours in found.items()}
