"""The timeline of a customer: one list over messages, calls, mails, visits, notes, orders, events and
messages of campaigns.

Each source is read by its own index, only as many rows as a page holds: the cost is the same for ten thousand
as for ten.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, true
from sqlmodel import Session, col

from crm_store.customers.tables import Customer, Event, Interaction, InteractionKind
from crm_store.marketing.tables import CampaignMember
from crm_store.sales.tables import Order
from crm_store.service.tables import Direction, Message

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Kind(StrEnum):
    """What a line of the timeline is. A note is for staff: on a ticket, or on the customer."""

    MESSAGE = "message"
    CALL = "call"
    MAIL = "mail"
    VISIT = "visit"
    NOTE = "note"
    ORDER = "order"
    EVENT = "event"
    CAMPAIGN = "campaign"


Row = Message | Interaction | Order | Event | CampaignMember


@dataclass(frozen=True)
class Entry:
    """One thing that happened, at ``at``; ``row`` is the message, interaction, order, event or
    membership of a campaign itself."""

    kind: Kind
    at: datetime
    row: Row


@dataclass(frozen=True)
class Cursor:
    """A place in the timeline: a moment (microseconds since 1970), which source, which row of it."""

    moment: int
    source: int
    id: int

    @classmethod
    def at_moment(cls, at: datetime) -> Self:
        """Before everything that happened at this moment or earlier."""
        return cls((at - _EPOCH) // _MICROSECOND + 1, 0, 0)

    @property
    def at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.moment)

    def packed(self) -> str:
        """For a button."""
        return f"{self.moment}.{self.source}.{self.id}"

    @classmethod
    def unpacked(cls, text: str) -> Self | None:
        """None for anything that was not packed."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 20 for part in parts):
            return None
        cursor = cls(*(int(part) for part in parts))
        try:
            return cursor if cursor.at and cursor.id < 2**63 else None
        except OverflowError:
            return None


@dataclass(frozen=True)
class Page:
    """``older`` and ``newer`` are where the neighbours begin; None where there is none."""

    entries: list[Entry]
    older: Cursor | None = None
    newer: Cursor | None = None


@dataclass(frozen=True)
class _Source:
    """A table that holds some kinds; ``narrow`` is what makes a row one of a kind, where it holds several (or
    others besides). ``id`` tells the rows of one customer apart."""

    table: Any
    at: Any
    kinds: tuple[Kind, ...]
    narrow: dict[Kind, ColumnElement[bool]]
    id: Any
    always: ColumnElement[bool] = field(default_factory=true)


_INTERACTIONS = {Kind(kind.value): col(Interaction.kind) == kind for kind in InteractionKind}
_SOURCES = (
    _Source(
        Message,
        col(Message.at),
        (Kind.MESSAGE, Kind.NOTE),
        {
            Kind.MESSAGE: col(Message.direction) != Direction.NOTE,
            # Written out, not bound: only so do both databases use the index over notes.
            Kind.NOTE: col(Message.direction) == literal_column("'note'"),
        },
        col(Message.id),
    ),
    _Source(Interaction, col(Interaction.at), tuple(_INTERACTIONS), _INTERACTIONS, col(Interaction.id)),
    _Source(Order, col(Order.placed_at), (Kind.ORDER,), {}, col(Order.id)),
    _Source(Event, col(Event.at), (Kind.EVENT,), {}, col(Event.id)),
    _Source(
        CampaignMember,
        col(CampaignMember.sent_at),
        (Kind.CAMPAIGN,),
        {},
        col(CampaignMember.campaign_id),
        col(CampaignMember.sent_at).is_not(None),
    ),
)
"""In this order where two rows are of the same moment; the number of a source is in cursors."""


def timeline(
    session: Session,
    *,
    customer: Customer,
    limit: int,
    kind: Kind | None = None,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Page:
    """One page, newest first: those of one ``kind``, or of all. ``after`` goes on behind (older than) a
    place, ``before`` back to what is newer. Every row is on exactly one page, whatever is added meanwhile.
    """
    back = before is not None
    cursor = before or after
    found: list[tuple[Cursor, Row]] = []
    for number, source in enumerate(_SOURCES):
        if kind is None or kind in source.kinds:
            rows = _rows(session, source, number, customer, kind, cursor, back, limit + 1)
            found += [(_place(source, number, row), row) for row in rows]
    chosen = _first(found, limit + 1, back)
    more, chosen = len(chosen) > limit, chosen[:limit]
    if back:
        chosen.reverse()
    if not chosen:
        return Page([])
    return Page(
        [Entry(_kind(row), place.at, row) for place, row in chosen],
        older=chosen[-1][0] if (back or more) else None,
        newer=chosen[0][0] if (more if back else after is not None) else None,
    )


def kinds(session: Session, *, customer: Customer) -> list[Kind]:
    """The kinds a customer has anything of."""
    return [kind for kind in Kind if any(_has(session, source, customer, kind) for source in _SOURCES)]


def _has(session: Session, source: _Source, customer: Customer, kind: Kind) -> bool:
    if kind not in source.kinds:
        return False
    statement = select(source.id).where(
        source.table.customer_id == customer.id, source.always, source.narrow.get(kind, true())
    )
    return session.scalar(statement.limit(1)) is not None


def _rows(
    session: Session,
    source: _Source,
    number: int,
    customer: Customer,
    kind: Kind | None,
    cursor: Cursor | None,
    back: bool,
    limit: int,
) -> Sequence[Row]:
    statement = select(source.table).where(
        source.table.customer_id == customer.id,
        source.always,
        source.narrow.get(kind, true()) if kind is not None else true(),
        _beyond(source, number, cursor, back),
    )
    order = [source.at.asc(), source.id.asc()] if back else [source.at.desc(), source.id.desc()]
    return session.scalars(statement.order_by(*order).limit(limit)).all()


def _beyond(source: _Source, number: int, cursor: Cursor | None, back: bool) -> ColumnElement[bool]:
    """What lies further on. Of one moment, a lower source comes first, and of one source the higher id."""
    if cursor is None:
        return true()
    at, id = source.at, source.id
    past = at > cursor.at if back else at < cursor.at
    if number == cursor.source:
        row = id > cursor.id if back else id < cursor.id
        return and_(at >= cursor.at if back else at <= cursor.at, or_(past, row))
    if (number < cursor.source) is back:
        return at >= cursor.at if back else at <= cursor.at  # type: ignore[no-any-return]
    return past  # type: ignore[no-any-return]


def _first(found: list[tuple[Cursor, Row]], count: int, back: bool) -> list[tuple[Cursor, Row]]:
    def place(one: tuple[Cursor, Row]) -> tuple[int, int, int]:
        cursor = one[0]
        return (cursor.moment, -cursor.source, cursor.id)

    return heapq.nsmallest(count, found, key=place) if back else heapq.nlargest(count, found, key=place)


def _place(source: _Source, number: int, row: Any) -> Cursor:
    at: datetime = getattr(row, source.at.key)
    return Cursor((at - _EPOCH) // _MICROSECOND, number, getattr(row, source.id.key))


def _kind(row: Row) -> Kind:
    if isinstance(row, Interaction):
        return Kind(row.kind.value)
    if isinstance(row, Message):
        return Kind.NOTE if row.direction == Direction.NOTE else Kind.MESSAGE
    if isinstance(row, CampaignMember):
        return Kind.CAMPAIGN
    return Kind.ORDER if isinstance(row, Order) else Kind.EVENT
