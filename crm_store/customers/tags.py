"""Tags of all customers: renamed without losing anybody who has them."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from crm_store.customers.refusals import NoSuchTag, TooManyTags
from crm_store.customers.tables import CustomerTag
from crm_store.customers.typed import MAX_TAG_LENGTH, MAX_TAGS, tag
from crm_store.staff import audit
from crm_store.staff.tables import Audit, Staff


def rename(session: Session, *, was: str, to: str, by: Staff, now: datetime) -> int:
    """Whoever has the tag ``was`` has ``to`` instead; who has both has one. How many there were.

    Each customer's trail says so. Raises NoSuchTag, TooManyTags (for one that is none, or too long).
    """
    old, new = tag(was), tag(to)
    if not new or len(new) > MAX_TAG_LENGTH:
        raise TooManyTags(most=MAX_TAGS, longest=MAX_TAG_LENGTH)
    having = select(col(CustomerTag.customer_id)).where(col(CustomerTag.tag) == old)
    statement = select(col(CustomerTag.customer_id), col(CustomerTag.tag))
    before: dict[int, set[str]] = defaultdict(set)
    for customer_id, one in session.execute(statement.where(col(CustomerTag.customer_id).in_(having))):
        before[customer_id].add(one)
    if not before:
        raise NoSuchTag(tag=old)
    if old == new:
        return len(before)
    session.execute(delete(CustomerTag).where(col(CustomerTag.tag) == old))
    lacking = [{"customer_id": id, "tag": new} for id, present in before.items() if new not in present]
    if lacking:
        session.execute(insert(CustomerTag), lacking)
    session.execute(insert(Audit), [_row(id, present, old, new, by, now) for id, present in before.items()])
    return len(before)


def _row(id: int, present: set[str], old: str, new: str, by: Staff, now: datetime) -> dict[str, object]:
    """As ``records`` would have written it, so that one customer's change is taken back like any other."""
    return {
        "at": now,
        "actor": audit.name_of(by),
        "action": "changed",
        "entity": "customer",
        "entity_id": id,
        "before": {"tags": sorted(present)},
        "after": {"tags": sorted(present - {old} | {new})},
    }
