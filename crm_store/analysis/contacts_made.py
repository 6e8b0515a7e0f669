"""Contacts between customers and the desk: messages, and the calls, mails and visits staff wrote down.

Notes are none, and an answer that did not arrive is none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, case, cast, extract, func, select, union_all
from sqlalchemy import literal_column as written
from sqlmodel import Session, col

from crm_store.analysis.service_summary import ENOUGH, Share, Window
from crm_store.customers.tables import Interaction, InteractionKind, Way
from crm_store.engine import is_sqlite
from crm_store.service.tables import Message

QUARTER = 900
"""Seconds. Every time zone is off by whole quarters of an hour: they can be counted in UTC."""


class Channel(StrEnum):
    CHAT = "chat"
    CALL = "call"
    MAIL = "mail"
    VISIT = "visit"


@dataclass(frozen=True)
class Count:
    """Contacts over one channel: those that customers began, those that the desk began, and those of which
    nobody wrote down who did."""

    channel: Channel
    inbound: int = 0
    outbound: int = 0
    unsaid: int = 0

    @property
    def n(self) -> int:
        return self.inbound + self.outbound + self.unsaid


@dataclass(frozen=True)
class Frequency:
    """``counts``: the channels that were used, most first. Of the ``customers``, half had at most ``median``
    contacts, none more than ``most``."""

    counts: tuple[Count, ...] = ()
    customers: int = 0
    median: float = 0.0
    most: int = 0

    @property
    def n(self) -> int:
        return sum(one.n for one in self.counts)

    @property
    def mean(self) -> float:
        return self.n / self.customers if self.customers else 0.0

    @property
    def is_few(self) -> bool:
        return self.customers < ENOUGH


@dataclass(frozen=True)
class Peak:
    """A weekday (0 is Monday) or an hour of the day, and how many contacts fell into it."""

    at: int
    n: int


@dataclass(frozen=True)
class Rush:
    """When customers come, by the desk's clocks: ``n`` contacts that they began. The busiest weekday is the
    one with the most a day: a window need not hold as many of each. None where there are too few."""

    n: int = 0
    weekday: Peak | None = None
    hour: Peak | None = None


def frequency(session: Session, *, window: Window) -> Frequency:
    made = _made(window.start, window.end)
    ways = [func.sum(case((made.c.way == way.value, 1), else_=0)) for way in Way]
    channels = select(made.c.channel, *ways, func.count()).group_by(made.c.channel)
    counts = [_count(*row) for row in session.execute(channels)]
    each = select(func.count().label("n")).select_from(made).group_by(made.c.customer_id).subquery()
    spread = session.execute(select(each.c.n, func.count()).group_by(each.c.n).order_by(each.c.n)).all()
    customers = sum(many for _, many in spread)
    return Frequency(
        counts=tuple(sorted(counts, key=lambda one: (-one.n, list(Channel).index(one.channel)))),
        customers=customers,
        median=(_nth(spread, (customers - 1) // 2) + _nth(spread, customers // 2)) / 2 if spread else 0.0,
        most=spread[-1][0] if spread else 0,
    )


def rush(session: Session, *, window: Window, zone: tzinfo) -> Rush:
    came = _made(window.start, window.end, inbound=True)
    quarter = _quarter(session, came.c.at)
    rows = session.execute(select(quarter, func.count()).group_by(quarter)).all()
    weekdays: Counter[int] = Counter()
    hours: Counter[int] = Counter()
    for at, n in rows:
        local = datetime.fromtimestamp(at * QUARTER, UTC).astimezone(zone)
        weekdays[local.weekday()] += n
        hours[local.hour] += n
    total = sum(hours.values())
    if total < ENOUGH:
        return Rush(total)
    days = _days(window, zone)
    weekday = min(weekdays, key=lambda one: (-weekdays[one] / days[one], one))
    hour = min(hours, key=lambda one: (-hours[one], one))
    return Rush(total, Peak(weekday, weekdays[weekday]), Peak(hour, hours[hour]))


def silent(session: Session, *, window: Window) -> Share:
    """Of the customers who had come before the window, those who did not come in it."""
    came = _made(None, window.end, inbound=True)
    last, first = func.max(came.c.at).label("last"), func.min(came.c.at).label("first")
    each = select(last, first).group_by(came.c.customer_id).subquery()
    before = each.c.first < window.start
    silent = func.sum(case((each.c.last < window.start, 1), else_=0))
    row = session.execute(select(silent, func.count()).where(before)).one()
    return Share(int(row[0] or 0), row[1])


def _made(start: datetime | None, end: datetime, *, inbound: bool = False) -> Subquery:
    """Every contact from ``start`` until before ``end``: whose, when, over which channel, and which way.

    What is written out instead of bound lets both databases use the partial indexes over directions.
    """

    def during(at: Any) -> list[ColumnElement[bool]]:
        return [at < end, *([at >= start] if start is not None else [])]

    def said(way: Way) -> Any:
        return select(
            col(Message.customer_id),
            col(Message.at),
            written("'chat'").label("channel"),
            written(f"'{way}'").label("way"),
        ).where(col(Message.direction) == written(f"'{way}'"), *during(col(Message.at)))

    logged = select(
        col(Interaction.customer_id), col(Interaction.at), col(Interaction.kind), col(Interaction.way)
    ).where(col(Interaction.kind) != InteractionKind.NOTE, *during(col(Interaction.at)))
    if inbound:
        return union_all(said(Way.IN), logged.where(col(Interaction.way) == Way.IN)).subquery()
    arrived = col(Message.delivery).is_(None) | (col(Message.delivery) != written("'refused'"))
    return union_all(said(Way.IN), said(Way.OUT).where(arrived), logged).subquery()


def _count(channel: str, inbound: int, outbound: int, n: int) -> Count:
    return Count(Channel(channel), int(inbound), int(outbound), n - int(inbound) - int(outbound))


def _nth(spread: Sequence[Any], place: int) -> int:
    """The value at a place of what ``spread`` counts: (value, how often), ascending."""
    for value, many in spread:
        if place < many:
            return int(value)
        place -= many
    raise IndexError(place)


def _quarter(session: Session, at: ColumnElement[Any]) -> ColumnElement[int]:
    """Which quarter of an hour since 1970 a moment lies in."""
    if is_sqlite(session):
        return cast(func.strftime("%s", at), Integer).op("/")(QUARTER)
    return cast(func.floor(extract("epoch", at) / QUARTER), Integer)


def _days(window: Window, zone: tzinfo) -> Counter[int]:
    """How many of each weekday a window touches."""
    day, last = (
        window.start.astimezone(zone).date(),
        (window.end - timedelta.resolution).astimezone(zone).date(),
    )
    return Counter((day + timedelta(days=ahead)).weekday() for ahead in range((last - day).days + 1))
