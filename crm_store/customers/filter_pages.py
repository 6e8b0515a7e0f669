"""Pages of a filter: each goes on exactly where the last ended, whatever was added meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlmodel import Session, col

from crm_store.customers import search
from crm_store.customers.filter_conditions import sorted_by, where
from crm_store.customers.filter_terms import DAYS, MAY_LACK, Field, Filtered, Sort
from crm_store.customers.tables import Customer
from crm_store.staff.tables import Staff

MOST_WORDS = 200
"""Of those whom the words beside a filter find, so many are looked at, best first."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """Where a page ends: the value that customers are sorted by, as a whole number (times in microseconds
    since 1970; None: has none), and the customer's id."""

    value: int | None
    id: int

    @classmethod
    def of(cls, session: Session, filtered: Filtered, customer: Customer) -> Self:
        """The place of a customer as it is now."""
        sort = filtered.sort or Sort()
        value = session.scalar(
            select(sorted_by(sort, filtered.currency)).where(col(Customer.id) == customer.id)
        )
        return cls((value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value, customer.id)

    def packed(self) -> str:
        """For a button: ``value.id``."""
        return f"{'' if self.value is None else self.value}.{self.id}"

    @classmethod
    def unpacked(cls, text: str) -> Self | None:
        """None for anything that was not packed."""
        value, dot, id = text.rpartition(".")
        if not dot or not id.isdecimal() or len(text) > 40:
            return None
        try:
            return cls(int(value) if value else None, int(id))
        except ValueError:
            return None

    def moment(self, sort: Sort) -> Any:
        """The value as the column holds it."""
        if self.value is None or sort.field not in DAYS:
            return self.value
        return _EPOCH + timedelta(microseconds=self.value)


@dataclass(frozen=True)
class Page:
    """``before`` and ``after`` are where its neighbours begin; None where there is none."""

    customers: list[Customer]
    before: Cursor | None = None
    after: Cursor | None = None


def page(
    session: Session,
    *,
    filtered: Filtered,
    by: Staff | None,
    limit: int,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Page:
    """One page of a filter, behind ``after`` or ahead of ``before``, or the first."""
    sort = filtered.sort or Sort()
    conditions = where(filtered, by)
    if filtered.words:
        hits = [hit.customer.id for hit in search.customers(session, text=filtered.words, limit=MOST_WORDS)]
        conditions.append(col(Customer.id).in_(hits))
        if filtered.sort is None:
            return _best(session, hits, conditions, limit, after, before)
    backwards, cursor = before is not None, before or after
    found = _stretch(session, sort, filtered.currency, conditions, limit + 1, cursor, backwards)
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    ends = [Cursor.of(session, filtered, found[at]) for at in (0, -1)]
    return Page(
        found,
        before=ends[0] if (more if backwards else after is not None) else None,
        after=ends[1] if (backwards or more) else None,
    )


def _stretch(
    session: Session,
    sort: Sort,
    currency: str,
    conditions: list[ColumnElement[bool]],
    limit: int,
    cursor: Cursor | None,
    backwards: bool,
) -> list[Customer]:
    """The next in the sort's order, or against it: first those with a value, then those without (so that the
    index over the values serves)."""
    value, identity = sorted_by(sort, currency), col(Customer.id)
    down = sort.descending is not backwards
    stages: list[tuple[ColumnElement[bool], bool]] = [(true(), True)]
    if sort.field in MAY_LACK:
        stages = [(value.is_not(None), True), (value.is_(None), False)]
    found: list[Customer] = []
    for condition, valued in reversed(stages) if backwards else stages:
        if len(found) == limit:
            break
        beyond = _beyond(value, identity, sort, cursor, valued, down, backwards)
        if beyond is None:
            continue
        statement = select(Customer).where(*conditions, condition, beyond)
        order = [identity.desc() if down else identity.asc()]
        if valued and sort.field != Field.NUMBER:
            order.insert(0, value.desc() if down else value.asc())
        found += session.scalars(statement.order_by(*order).limit(limit - len(found)))
    return found


def _beyond(
    value: Any,
    identity: Any,
    sort: Sort,
    cursor: Cursor | None,
    valued: bool,
    down: bool,
    backwards: bool,
) -> ColumnElement[bool] | None:
    """What lies beyond the cursor in one stage; None where the whole stage lies behind it."""
    if cursor is None:
        return true()
    further = identity < cursor.id if down else identity > cursor.id
    if (cursor.value is not None) is not valued:
        # Going forward, those without a value lie beyond all that have one; backward the other way round.
        return true() if valued is backwards else None
    if not valued or sort.field == Field.NUMBER:
        return further  # type: ignore[no-any-return]
    moment = cursor.moment(sort)
    past = value < moment if down else value > moment
    return and_(value <= moment if down else value >= moment, or_(past, further))


def _best(
    session: Session,
    hits: list[int],
    conditions: list[ColumnElement[bool]],
    limit: int,
    after: Cursor | None,
    before: Cursor | None,
) -> Page:
    """Those of the hits who fulfil the filter, best first."""
    there = {one.id: one for one in session.scalars(select(Customer).where(*conditions))}
    ranked = [there[id] for id in hits if id in there]
    at = {one.id: place for place, one in enumerate(ranked)}
    first = 0
    if after is not None:
        first = at.get(after.id, -1) + 1
    elif before is not None:
        first = max(0, at.get(before.id, 0) - limit)
    shown = ranked[first : first + limit]
    return Page(
        shown,
        before=Cursor(0, shown[0].id) if first and shown else None,
        after=Cursor(0, shown[-1].id) if len(ranked) > first + limit else None,
    )
