"""Tries to win somebody by an advertisement, and what came of them, as a shop writes them down itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.analysis.shares import Estimate, wilson
from crm_store.customers.tables import Customer
from crm_store.marketing.refusals import BadTouch
from crm_store.marketing.tables import Touch
from crm_store.staff import audit
from crm_store.staff.tables import Staff

ENTITY = "touch"
LONGEST = 60


@dataclass(frozen=True)
class Tried:
    """Of an advertisement: ``succeeded`` of ``n`` tries, from ``first_at`` to ``last_at``; ``share`` with its
    range."""

    ad: str
    n: int
    succeeded: int
    first_at: datetime
    last_at: datetime

    @property
    def share(self) -> Estimate:
        return wilson(self.succeeded, self.n)


def note(
    session: Session,
    *,
    ad: str,
    succeeded: bool,
    by: Staff,
    now: datetime,
    customer: Customer | None = None,
) -> Touch:
    """Write one try down. Raises BadTouch for an advertisement without a name, or with too long a one."""
    ad = " ".join(ad.split())
    if not ad or len(ad) > LONGEST:
        raise BadTouch(ad=ad)
    touch = Touch(
        ad=ad,
        succeeded=succeeded,
        customer_id=customer.id if customer is not None else None,
        author_id=by.id,
        at=now,
    )
    session.add(touch)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="noted",
        entity=ENTITY,
        entity_id=touch.id,
        now=now,
        after={"ad": ad, "succeeded": succeeded, "customer_id": touch.customer_id},
    )
    return touch


def drop(session: Session, *, ids: Sequence[int], by: Staff, now: datetime) -> int:
    """Take out what ``by`` wrote down by mistake. Returns how many there were: what is gone already, and what
    others wrote, is passed over."""
    mine = select(Touch).where(col(Touch.id).in_(ids), col(Touch.author_id) == by.id)
    found = session.scalars(mine.order_by(col(Touch.id))).all()
    for touch in found:
        before = {"ad": touch.ad, "succeeded": touch.succeeded, "customer_id": touch.customer_id}
        audit.record(
            session, actor=by, action="dropped", entity=ENTITY, entity_id=touch.id, now=now, before=before
        )
        session.delete(touch)
    session.flush()
    return len(found)


def tried(session: Session, *, ad: str | None = None) -> Sequence[Tried]:
    """By advertisement, the one tried last first; with ``ad`` that one alone, however it is written."""
    succeeded = func.sum(case((col(Touch.succeeded), 1), else_=0))
    last = func.max(col(Touch.at))
    statement = (
        select(col(Touch.ad), func.count(), succeeded, func.min(col(Touch.at)), last)
        .group_by(col(Touch.ad))
        .order_by(last.desc(), col(Touch.ad))
    )
    if ad is not None:
        statement = statement.where(func.lower(col(Touch.ad)) == " ".join(ad.split()).lower())
    return [
        Tried(name, int(n), int(good), first, until)
        for name, n, good, first, until in session.execute(statement)
    ]
