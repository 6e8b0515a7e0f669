"""Pairs of customers who may be one, found at night, and what a person decides about each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.customers.pairing import WORTH_A_LOOK, Pair, Person
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, DuplicatePair, PairState
from crm_store.staff import audit
from crm_store.staff.tables import Staff

READ_AT_ONCE = 2000
ACCOUNTS = (ContactKind.WECHAT, ContactKind.QQ)


@dataclass(frozen=True)
class Found:
    """An open pair with both customers; ``one`` has the smaller number."""

    pair: DuplicatePair
    one: Customer
    other: Customer


def people(session: Session, *, ids: Collection[int] | None = None) -> Iterator[Person]:
    """Every customer (or those of these numbers) as the scorer wants them, without those that were merged."""
    last = 0
    while rows := _after(session, last, ids):
        contacts = _contacts(session, rows, ids)
        for row in rows:
            yield _person(row, contacts.get(row.id, {}))
        last = rows[-1].id


def _person(row: Any, contacts: dict[ContactKind, list[str]]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        remark=row.remark,
        phones=tuple(contacts.get(ContactKind.PHONE, ())),
        emails=tuple(contacts.get(ContactKind.EMAIL, ())),
        accounts=tuple(f"{kind}:{value}" for kind in ACCOUNTS for value in contacts.get(kind, ())),
        company=row.company,
        city=row.city,
        street=row.street,
    )


def keep(session: Session, *, found: Sequence[Pair], now: datetime) -> int:
    """Write down a batch of what the night found; how many are new. What a person decided stays decided, and
    whoever was merged meanwhile is no pair."""
    ids = {id for pair in found for id in (pair.a, pair.b)}
    there = select(col(Customer.id)).where(col(Customer.id).in_(ids), col(Customer.merged_into_id).is_(None))
    present = set(session.scalars(there))
    statement = select(DuplicatePair).where(col(DuplicatePair.a_id).in_({pair.a for pair in found}))
    known = {(one.a_id, one.b_id): one for one in session.scalars(statement)}
    new = 0
    for pair in found:
        row = known.get((pair.a, pair.b))
        if not {pair.a, pair.b} <= present:
            continue
        if row is None:
            new += 1
            session.add(
                DuplicatePair(a_id=pair.a, b_id=pair.b, score=pair.score, reasons=pair.reasons, found_at=now)
            )
        elif row.state == PairState.OPEN:
            row.score, row.reasons, row.found_at = pair.score, pair.reasons, now
    session.flush()
    return new


def drop_old(session: Session, *, before: datetime) -> None:
    """Open pairs that the last night did not find again: somebody corrected a phone or a name. One that the
    night never looks for (an intake asks about every shared phone) stays for as long as it is shared."""
    ours, theirs = aliased(ContactMethod), aliased(ContactMethod)
    still_shared = exists(
        select(1)
        .join_from(ours, theirs, and_(ours.kind == theirs.kind, ours.value == theirs.value))  # type: ignore[arg-type]  # columns
        .where(
            col(ours.customer_id) == col(DuplicatePair.a_id),
            col(theirs.customer_id) == col(DuplicatePair.b_id),
        )
    )
    session.execute(
        delete(DuplicatePair).where(
            col(DuplicatePair.state) == PairState.OPEN,
            col(DuplicatePair.found_at) < before,
            or_(col(DuplicatePair.score) >= WORTH_A_LOOK, ~still_shared),
        )
    )


def waiting(session: Session, *, limit: int = 1, offset: int = 0) -> list[Found]:
    """Pairs nobody has decided, the surest first."""
    one, other = aliased(Customer), aliased(Customer)
    statement = _open(select(DuplicatePair, one, other), one, other)
    statement = statement.order_by(
        col(DuplicatePair.score).desc(), col(DuplicatePair.a_id), col(DuplicatePair.b_id)
    )
    return [Found(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def count_waiting(session: Session) -> int:
    one, other = aliased(Customer), aliased(Customer)
    return session.scalar(_open(select(func.count()).select_from(DuplicatePair), one, other)) or 0


def get(session: Session, *, a_id: int, b_id: int) -> DuplicatePair | None:
    return session.get(DuplicatePair, (min(a_id, b_id), max(a_id, b_id)))


def not_the_same(session: Session, *, pair: DuplicatePair, by: Staff, now: datetime) -> bool:
    """A person says that these are two people; it is not asked again. False when it was decided before."""
    if pair.state != PairState.OPEN:
        return False
    pair.state, pair.decided_by, pair.decided_at = PairState.NOT_SAME, by.id, now
    session.add(pair)
    for id, other in ((pair.a_id, pair.b_id), (pair.b_id, pair.a_id)):
        audit.record(
            session,
            actor=by,
            action="dismissed",
            entity="customer",
            entity_id=id,
            now=now,
            after={"as": other},
        )
    return True


def _open(statement: Any, one: type[Customer], other: type[Customer]) -> Any:
    return (
        statement.join(one, and_(col(one.id) == col(DuplicatePair.a_id), col(one.merged_into_id).is_(None)))
        .join(other, and_(col(other.id) == col(DuplicatePair.b_id), col(other.merged_into_id).is_(None)))
        .where(col(DuplicatePair.state) == PairState.OPEN)
    )


_COLUMNS = ("id", "name", "remark", "company", "city", "street")


def _after(session: Session, last: int, ids: Collection[int] | None) -> list[Any]:
    columns = [getattr(Customer, name) for name in _COLUMNS]
    statement = select(*columns).where(col(Customer.id) > last, col(Customer.merged_into_id).is_(None))
    if ids is not None:
        statement = statement.where(col(Customer.id).in_(ids))
    return list(session.execute(statement.order_by(col(Customer.id)).limit(READ_AT_ONCE)))


def _contacts(
    session: Session, rows: Sequence[Any], ids: Collection[int] | None
) -> dict[int, dict[ContactKind, list[str]]]:
    """What customers (in the order of their numbers) can be reached by; what is known wrong is left out."""
    wanted = (col(ContactMethod.customer_id), col(ContactMethod.kind), col(ContactMethod.value))
    owner = col(ContactMethod.customer_id)
    theirs = owner.between(rows[0].id, rows[-1].id) if ids is None else owner.in_([row.id for row in rows])
    statement = select(*wanted).where(theirs, col(ContactMethod.invalid).is_(False))
    found: dict[int, dict[ContactKind, list[str]]] = {}
    for customer_id, kind, value in session.execute(statement.order_by(col(ContactMethod.id))):
        found.setdefault(customer_id, {}).setdefault(kind, []).append(value)
    return found
