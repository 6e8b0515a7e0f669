"""Which kept days still say what the books say.

Money is written down on the day it moves, so a day that is over changes only when an order of it is
confirmed or cancelled later, or when rows are moved or taken out. The first is found by the orders
themselves: the clock goes through them once, ten minutes after (by then whoever was writing has committed),
and everybody who reads looks at those ten minutes. The second says so: whoever moves or deletes rows calls
``touch``.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.analysis.calendar import day_of
from crm_store.analysis.tables import DayCounted
from crm_store.customers.tables import Customer
from crm_store.engine import is_sqlite
from crm_store.mailbox import remembered
from crm_store.sales.states import ACCEPTED
from crm_store.sales.tables import Order, Payment, Refund, Return

SETTLED = timedelta(minutes=10)
"""What was written so long ago is committed, whoever wrote it."""

ZONE, MARK, VERSION = "days:zone", "days:mark", "days:version"
"""What is remembered: whose days are kept, up to when orders' changes were gone through, and what is kept."""

MEASURES = "2"
"""The version of what is kept of a day. With another one than the store's, every day is counted anew."""

PAGE = 1000
"""Changed orders in one unit of work."""

_CHANGES = (col(Order.confirmed_at), col(Order.cancelled_at))


def kept(session: Session, *, first: date, until: date, zone: tzinfo) -> set[date]:
    """The days from ``first`` up to, without, ``until`` whose kept figures are right at this moment."""
    mark = _mark(session, zone)
    if mark is None:
        return set()
    changed = {day_of(at, zone) for at in _changed_since(session, mark)}
    statement = select(col(DayCounted.day)).where(
        col(DayCounted.day) >= first,
        col(DayCounted.day) < until,
        col(DayCounted.counted_at).is_not(None),
        col(DayCounted.stale_since).is_(None),
    )
    return set(session.scalars(statement)) - changed


def is_calm(session: Session, *, most: int) -> bool:
    """True when few orders changed since the clock last looked: to see which days is little work."""
    noted = remembered.recall(session, MARK)
    if noted is None:
        return True
    for changed_at in _CHANGES:
        some = select(changed_at).where(changed_at > datetime.fromisoformat(noted)).limit(most + 1).subquery()
        if (session.scalar(select(func.count()).select_from(some)) or 0) > most:
            return False
    return True


def touch(session: Session, *, moments: Iterable[datetime | None], now: datetime) -> None:
    """Something of these moments' days was changed, moved or taken out in this unit of work."""
    noted = remembered.recall(session, ZONE)
    if noted is None:
        return  # nothing is kept yet
    zone = ZoneInfo(noted)
    today = day_of(now, zone)
    days = sorted({day_of(one, zone) for one in moments if one is not None})
    _stale(session, [one for one in days if one < today], now=now)


def touch_orders(session: Session, *, orders: Iterable[int], now: datetime) -> None:
    """As ``touch``, for all that orders (by id) have part in: their days, their money's, and the days on
    which their customers bought first."""
    if remembered.recall(session, ZONE) is None:
        return
    ids = list(orders)
    for start in range(0, len(ids), PAGE):
        touch(session, moments=_moments(session, col(Order.id).in_(ids[start : start + PAGE])), now=now)


def touch_customers(session: Session, *, customers: Iterable[int], now: datetime) -> None:
    """As ``touch``, for all days that customers (by id) have part in: where they live, or who they are, is
    another now."""
    if remembered.recall(session, ZONE) is None:
        return
    ids = list(customers)
    for start in range(0, len(ids), PAGE):
        some = ids[start : start + PAGE]
        created = select(col(Customer.created_at)).where(col(Customer.id).in_(some))
        moments = [*session.scalars(created), *_moments(session, col(Order.customer_id).in_(some))]
        touch(session, moments=moments, now=now)


def go_through(session: Session, *, zone: tzinfo, now: datetime, limit: int = PAGE) -> int:
    """Mark the days of orders that were confirmed or cancelled up to ten minutes ago, each change once. For
    the clock: returns how many changes it saw; ``limit`` means that there may be more.

    Where the desk has another zone than before, every day is another: all are to be counted anew. So they are
    where more is kept of a day than was.
    """
    mark, until = _mark(session, zone), now - SETTLED
    if mark is None:
        session.execute(delete(DayCounted))
        remembered.remember(session, ZONE, str(zone))
        remembered.remember(session, MARK, until.isoformat())
        remembered.remember(session, VERSION, MEASURES)
        return 0
    if until <= mark:
        return 0
    seen, reached = 0, until
    for changed_at in _CHANGES:
        page = (
            select(changed_at)
            .where(changed_at > mark, changed_at <= until)
            .order_by(changed_at)
            .offset(limit - 1)
            .limit(1)
        )
        # Of one moment all or none: a page ends with the last order of a moment.
        reached = min(reached, session.scalar(page) or until)
    moments: set[datetime] = set()
    for changed_at in _CHANGES:
        found = session.execute(_with_first(changed_at, mark, reached)).all()
        seen += len(found)
        moments |= _changed(found)
    moments |= _given_back(session, mark, reached)
    touch(session, moments=moments, now=now)
    remembered.remember(session, MARK, reached.isoformat())
    return limit if reached < until else seen


def _mark(session: Session, zone: tzinfo) -> datetime | None:
    """Up to when changes were gone through; None while nothing is kept of this zone's days, or not all."""
    noted = remembered.recall(session, MARK)
    is_ours = remembered.recall(session, ZONE) == str(zone)
    is_whole = remembered.recall(session, VERSION) == MEASURES
    return datetime.fromisoformat(noted) if noted and is_ours and is_whole else None


def _changed_since(session: Session, mark: datetime) -> set[datetime]:
    found: set[datetime] = set()
    for changed_at in _CHANGES:
        found |= _changed(session.execute(_with_first(changed_at, mark, None)))
    return found | _given_back(session, mark, None)


def _changed(rows: Iterable[Any]) -> set[datetime]:
    """When orders were placed, and their customers' first others where those came after: these were first, or
    are now."""
    found = set()
    for placed_at, first in rows:
        found.add(placed_at)
        if first is not None and placed_at <= first:
            found.add(first)
    return found


def _with_first(changed_at: Any, after: datetime, until: datetime | None) -> Select[*tuple[Any, ...]]:
    """When the orders changed in a time were placed, and when each one's customer placed the first of the
    others that stand."""
    one = aliased(Order)
    first = (
        select(func.min(col(one.placed_at)))
        .where(
            col(one.customer_id) == col(Order.customer_id),
            col(one.id) != col(Order.id),
            col(one.state).in_(ACCEPTED),
        )
        .scalar_subquery()
    )
    statement = select(col(Order.placed_at), first).where(changed_at > after)
    return statement if until is None else statement.where(changed_at <= until)


def _given_back(session: Session, after: datetime, until: datetime | None) -> set[datetime]:
    """When money went back for the orders cancelled in a time: while they stood, it was taken off what was
    sold."""
    statement = (
        select(col(Refund.done_at))
        .join(Order, col(Order.id) == col(Refund.order_id))
        .where(col(Order.cancelled_at) > after, col(Refund.done_at).is_not(None))
    )
    if until is not None:
        statement = statement.where(col(Order.cancelled_at) <= until)
    return {one for one in session.scalars(statement) if one is not None}


def _moments(session: Session, where: Any) -> set[datetime]:
    """When the orders that ``where`` names, and their customers' others, were placed, paid, given back and
    came back."""
    theirs = select(col(Order.customer_id)).where(where)
    orders = select(col(Order.id)).where(col(Order.customer_id).in_(theirs))
    found = set(session.scalars(select(col(Order.placed_at)).where(col(Order.customer_id).in_(theirs))))
    if not found:
        return found
    found |= set(session.scalars(select(col(Payment.at)).where(col(Payment.order_id).in_(orders))))
    given = select(col(Refund.done_at)).where(col(Refund.order_id).in_(orders))
    came = select(col(Return.received_at)).where(col(Return.order_id).in_(orders))
    return found | {one for moments in (given, came) for one in session.scalars(moments) if one is not None}


def _stale(session: Session, days: list[date], *, now: datetime) -> None:
    """In order of the days, so that two who mark the same ones do not wait for each other."""
    dialect = sqlite if is_sqlite(session) else postgresql
    for day in days:
        statement = dialect.insert(DayCounted).values(day=day, stale_since=now, changes=1)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["day"],
                set_={
                    "stale_since": func.coalesce(col(DayCounted.stale_since), now),
                    "changes": col(DayCounted.changes) + 1,
                },
            )
        )
