"""Undoing an import: who was made is unmade, who was changed is changed back, in batches, the latest first.

What people touched since is theirs: it stays as it is, and is told. So does a consent that was taken back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Column, delete, func, select
from sqlmodel import Session, SQLModel, col

from crm_store.analysis import day_marks
from crm_store.customers import records, search_keys
from crm_store.customers.tables import Customer, Interaction, Tier, Touchpoint
from crm_store.exchange import refs
from crm_store.exchange.cells_in import reason
from crm_store.exchange.import_refusals import ImportOver
from crm_store.exchange.imports import actor_of, system_of
from crm_store.exchange.tables import ExternalRef, Fate, Import, ImportRow, ImportState, Subject
from crm_store.sales import orders
from crm_store.sales.tables import Order
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Audit

MADE_ROWS = 200
CHANGED_ROWS = 40
"""In one commit: customers wait for it."""

OF_CUSTOMER = (
    "contact_method",
    "customer_tag",
    "custom_value",
    "touchpoint",
    "interaction",
    "consent",
    "duplicate_pair",
    "customer_score",
)
"""What goes with a customer who is unmade. Whatever else points to one keeps them."""

OF_KEYS = ("search_key", "search_entry", "search_gram")
OF_ORDER = ("payment", "order_line")


def begin(session: Session, *, import_: Import, by: Actor, now: datetime) -> None:
    """Raises ImportOver for one that wrote nothing or is undone already."""
    if import_.state not in (ImportState.DONE, ImportState.FAILED):
        raise ImportOver(state=import_.state)
    import_.state = ImportState.UNDONE
    session.add(import_)
    audit.record(session, actor=by, action="import_undone", entity="import", entity_id=import_.id, now=now)


def undo(session: Session, *, import_: Import, now: datetime) -> int:
    """Undo the next rows. Returns how many were dealt with; none are left at 0."""
    statement = (
        select(ImportRow)
        .where(
            col(ImportRow.import_id) == import_.id,
            col(ImportRow.undone).is_(None),
            col(ImportRow.fate).in_([Fate.NEW, Fate.CHANGED]),
        )
        .order_by(col(ImportRow.line).desc())
        .limit(MADE_ROWS)
    )
    rows = list(session.scalars(statement))
    if not rows:
        return _unmeet(session, import_)
    changed = [place for place, row in enumerate(rows) if row.fate == Fate.CHANGED][:CHANGED_ROWS]
    if len(changed) == CHANGED_ROWS:
        rows = rows[: changed[-1] + 1]
    if import_.subject == Subject.ORDERS:
        _undo_orders(session, import_, rows[:CHANGED_ROWS], now=now)
        return len(rows[:CHANGED_ROWS])
    for row in rows:
        if row.fate == Fate.CHANGED:
            _change_back(session, import_, row, now=now)
    session.flush()
    made = [row for row in rows if row.fate == Fate.NEW and row.entity_id is not None]
    kept = _unmake(session, import_, [row.entity_id for row in made if row.entity_id], now=now)
    for row in made:
        _mark(row, left=row.entity_id in kept)
    return len(rows)


def _unmeet(session: Session, import_: Import) -> int:
    """Of rows about people who were here, and stayed as they were: only that they came by this way, too."""
    statement = select(ImportRow).where(
        col(ImportRow.import_id) == import_.id,
        col(ImportRow.fate) == Fate.SAME,
        col(ImportRow.before).is_not(None),
    )
    rows = list(session.scalars(statement.limit(MADE_ROWS)))
    _forget_touchpoints(session, [(row.before or {}).get("touchpoint") for row in rows])
    for row in rows:
        row.before = None
    session.flush()
    return len(rows)


def _forget_touchpoints(session: Session, ids: Sequence[int | None]) -> None:
    session.execute(delete(Touchpoint).where(col(Touchpoint.id).in_([one for one in ids if one is not None])))


def left(session: Session, *, import_: Import, limit: int) -> list[ImportRow]:
    """Rows that people had touched since, in the file's order."""
    statement = select(ImportRow).where(
        col(ImportRow.import_id) == import_.id, col(ImportRow.undone).is_(False)
    )
    return list(session.scalars(statement.order_by(col(ImportRow.line)).limit(limit)))


def count_undone(session: Session, *, import_: Import) -> dict[bool, int]:
    """How many rows are undone (True), and how many were left (False)."""
    statement = (
        select(col(ImportRow.undone), func.count())
        .where(col(ImportRow.import_id) == import_.id, col(ImportRow.undone).is_not(None))
        .group_by(col(ImportRow.undone))
    )
    return {False: 0, True: 0} | {
        bool(undone): count for undone, count in session.execute(statement) if undone is not None
    }


def _change_back(session: Session, import_: Import, row: ImportRow, *, now: datetime) -> None:
    customer = session.get(Customer, row.entity_id) if row.entity_id is not None else None
    before = row.before or {}
    if customer is None or row.entity_id in _touched(session, import_, "customer", [customer.id]):
        _mark(row, left=True)
        return
    values = {key: Tier(one) if key == "tier" and one else one for key, one in before["values"].items()}
    records.apply(
        session, customer=customer, values=values, action="import_undone", actor=actor_of(import_), now=now
    )
    if "ref" in before:
        session.execute(
            delete(ExternalRef).where(
                col(ExternalRef.system) == system_of(import_),
                col(ExternalRef.entity) == refs.CUSTOMER,
                col(ExternalRef.external_id) == before["ref"],
            )
        )
    _forget_touchpoints(session, [before.get("touchpoint")])
    if "note" in before:
        session.execute(delete(Interaction).where(col(Interaction.id) == before["note"]))
    _mark(row, left=False)


def _unmake(session: Session, import_: Import, ids: Sequence[int], *, now: datetime) -> set[int]:
    """Take out the customers whom the import made. Returns those that stay."""
    if not ids:
        return set()
    met = select(col(Customer.id)).where(col(Customer.id).in_(ids), col(Customer.user_id).is_not(None))
    kept = {*_touched(session, import_, "customer", ids), *session.scalars(met)}
    kept |= _pointed_at(session, "customer", ids, but=(*OF_CUSTOMER, *OF_KEYS))
    gone = [one for one in ids if one not in kept]
    if gone:
        day_marks.touch_customers(session, customers=gone, now=now)
        search_keys.forget(session, customer_ids=gone)
        _take_out(session, "customer", gone, OF_CUSTOMER)
        _forget_refs(session, refs.CUSTOMER, gone)
        for one in gone:
            audit.record(
                session,
                actor=actor_of(import_),
                action="import_undone",
                entity="customer",
                entity_id=one,
                now=now,
            )
    return kept


def _undo_orders(session: Session, import_: Import, rows: Sequence[ImportRow], *, now: datetime) -> None:
    ids = list(dict.fromkeys(row.entity_id for row in rows if row.entity_id is not None))
    placed = select(Order).where(col(Order.id).in_(ids))
    customers = {one.id: one.customer_id for one in session.scalars(placed)}
    kept = _touched(session, import_, "order", ids) | _pointed_at(session, "sales_order", ids, but=OF_ORDER)
    gone = [one for one in ids if one not in kept]
    if gone:
        day_marks.touch_orders(session, orders=gone, now=now)
        session.expunge_all()
        _take_out(session, "sales_order", gone, OF_ORDER)
        _forget_refs(session, refs.ORDER, gone)
    for row in rows:
        present = session.get_one(ImportRow, (row.import_id, row.line))
        _mark(present, left=row.entity_id in kept)
    for customer_id in {customers[one] for one in gone if one in customers}:
        orders.keep_last_order(session, customer_id=customer_id)
    session.flush()
    for one in gone:
        audit.record(
            session, actor=actor_of(import_), action="import_undone", entity="order", entity_id=one, now=now
        )
    made = [row.before["customer"] for row in rows if row.before and row.entity_id in gone]
    session.expunge_all()
    _unmake(session, import_, made, now=now)


def _touched(session: Session, import_: Import, entity: str, ids: Sequence[int]) -> set[int]:
    """Those that somebody else changed after the import did: every change is in the trail."""
    ours = (
        select(col(Audit.entity_id), func.min(col(Audit.id)).label("first"))
        .where(
            col(Audit.entity) == entity,
            col(Audit.entity_id).in_(ids),
            col(Audit.actor) == actor_of(import_),
        )
        .group_by(col(Audit.entity_id))
        .subquery()
    )
    statement = (
        select(col(Audit.entity_id))
        .join(ours, ours.c.entity_id == col(Audit.entity_id))
        .where(
            col(Audit.entity) == entity,
            col(Audit.id) > ours.c.first,
            col(Audit.actor) != actor_of(import_),
            col(Audit.action) != "unmasked",
        )
    )
    return set(session.scalars(statement.distinct()))


def _pointed_at(session: Session, table: str, ids: Sequence[int], *, but: Collection[str]) -> set[int]:
    found: set[int] = set()
    for column in _pointing(table):
        if column.table.name not in but:
            found |= set(session.scalars(select(column).where(column.in_(ids)).distinct()))
    return found


def _take_out(session: Session, table: str, ids: Sequence[int], with_: Collection[str]) -> None:
    connection = session.connection()
    for column in _pointing(table):
        if column.table.name in with_:
            connection.execute(delete(column.table).where(column.in_(ids)))
    own = SQLModel.metadata.tables[table]
    connection.execute(delete(own).where(own.c.id.in_(ids)))


def _pointing(table: str) -> list[Column[int]]:
    """The columns of other tables that name a row of this one."""
    return [
        column
        for one in SQLModel.metadata.sorted_tables
        for column in one.columns
        if any(key.column.table.name == table for key in column.foreign_keys)
    ]


def _forget_refs(session: Session, entity: str, ids: Sequence[int]) -> None:
    session.execute(
        delete(ExternalRef).where(col(ExternalRef.entity) == entity, col(ExternalRef.entity_id).in_(ids))
    )


def _mark(row: ImportRow, *, left: bool) -> None:
    row.undone = not left
    if left:
        row.reason = reason("touched")
