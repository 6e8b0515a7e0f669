"""The desk's numbers for a window of time: what came, what was answered, what is still open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.service.queue import OURS
from crm_store.service.states import ACTIVE, Kind
from crm_store.service.tables import Direction, Message, Rating, Ticket

ENOUGH = 10
"""Of fewer, a share says nothing: only counts are shown."""

SPREAD = 1.96
"""Standard errors to either side that hold 95 % of what chance does."""

ALIKE = timedelta(hours=2)
"""Windows that differ by no more (a day with a clock change) may be compared."""


@dataclass(frozen=True)
class Window:
    """From ``start`` up to, and without, ``end``."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class Share:
    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """As a fraction of one; None of fewer than ``ENOUGH``."""
        return self.part / self.whole if self.whole >= ENOUGH else None


@dataclass(frozen=True)
class FirstAnswers:
    """How long customers waited for the first answer, over the ``n`` tickets first answered in the window,
    whenever they were opened."""

    n: int
    median: timedelta
    fastest: timedelta
    slowest: timedelta


@dataclass(frozen=True)
class Ratings:
    """``scores`` given in the window (score → how many); ``response`` is of those asked in it, how many
    have answered by now."""

    scores: Mapping[int, int]
    response: Share

    @property
    def n(self) -> int:
        return sum(self.scores.values())

    @property
    def mean(self) -> float | None:
        return sum(score * count for score, count in self.scores.items()) / self.n if self.n else None

    @property
    def is_few(self) -> bool:
        return self.n < ENOUGH


@dataclass(frozen=True)
class ServiceSummary:
    """``answered``: tickets that got an answer in the window. ``resolved``: those whose resolution, made in
    the window, still stands. ``kinds``: of the new tickets, as they are sorted by now; every kind is there.
    """

    window: Window
    new: int
    answered: int
    resolved: int
    closed: int
    kinds: Mapping[Kind, Share]
    first_answers: FirstAnswers | None
    ratings: Ratings

    @property
    def unsure(self) -> Share:
        """New tickets that neither the model nor a person has sorted."""
        return self.kinds[Kind.UNSURE]


@dataclass(frozen=True)
class Backlog:
    """What is open at this moment; ``ours`` of it waits for the desk, the rest for the customer."""

    open: int
    ours: int
    oldest: Ticket | None


def summarise(session: Session, *, window: Window) -> ServiceSummary:
    """Reads by the times' indexes: the cost is the window's, not the store's."""
    found = kinds(session, window=window)
    new = sum(found.values())
    return ServiceSummary(
        window=window,
        new=new,
        answered=_count_answered(session, window),
        resolved=_count(session, col(Ticket.resolved_at), window),
        closed=_count(session, col(Ticket.closed_at), window),
        kinds={kind: Share(found.get(kind, 0), new) for kind in Kind},
        first_answers=_first_answers(session, window),
        ratings=ratings(session, window),
    )


def backlog(session: Session) -> Backlog:
    statement = (
        select(col(Ticket.state), func.count(), func.min(col(Ticket.opened_at)))
        .where(col(Ticket.state).in_(ACTIVE))
        .group_by(col(Ticket.state))  # by state also keeps a planner from walking all tickets by age
    )
    rows = session.execute(statement).all()
    if not rows:
        return Backlog(open=0, ours=0, oldest=None)
    first = min(opened_at for _, _, opened_at in rows)
    oldest = (
        select(Ticket)
        .where(col(Ticket.opened_at) == first, col(Ticket.state).in_(ACTIVE))
        .order_by(col(Ticket.id))
        .limit(1)
    )
    return Backlog(
        open=sum(count for _, count, _ in rows),
        ours=sum(count for state, count, _ in rows if state in OURS),
        oldest=session.scalars(oldest).first(),
    )


def comparable(session: Session, *, window: Window, before: Window) -> ServiceSummary | None:
    """The numbers of the window before; None where comparing would mislead: its length is another, or the
    desk had no tickets yet when it began."""
    if abs(window.length - before.length) > ALIKE:
        return None
    first = session.scalar(select(func.min(col(Ticket.opened_at))))
    return summarise(session, window=before) if first is not None and first < before.start else None


def may_be_chance(one: int, other: int) -> bool:
    """True when two counts over windows of one length differ by no more than chance makes them (95 %).

    Counts of independent arrivals vary by their square root (Poisson).
    """
    return abs(one - other) <= SPREAD * sqrt(one + other)


def within(column: Any, window: Window) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that a column's moment is in a window."""
    return column >= window.start, column < window.end


def _count(session: Session, column: Any, window: Window) -> int:
    return session.scalar(select(func.count()).select_from(Ticket).where(*within(column, window))) or 0


def kinds(session: Session, *, window: Window) -> dict[Kind, int]:
    """The new tickets of a window by what they are about, as they are sorted by now."""
    statement = (
        select(col(Ticket.kind), func.count())
        .where(*within(col(Ticket.opened_at), window))
        .group_by(col(Ticket.kind))
    )
    return dict(session.execute(statement).all())


def _count_answered(session: Session, window: Window) -> int:
    statement = select(func.count(col(Message.ticket_id).distinct())).where(
        col(Message.direction) == Direction.OUT, *within(col(Message.at), window)
    )
    return session.scalar(statement) or 0


def _first_answers(session: Session, window: Window) -> FirstAnswers | None:
    waited = _seconds_between(session, col(Ticket.opened_at), col(Ticket.first_answered_at))
    answered = within(col(Ticket.first_answered_at), window)
    totals = select(func.count(), func.min(waited), func.max(waited)).where(*answered)
    n, fastest, slowest = session.execute(totals).one()
    if not n:
        return None
    middle = select(waited).where(*answered).order_by(waited).offset((n - 1) // 2).limit(2 - n % 2)
    pair = session.scalars(middle).all()
    return FirstAnswers(n, _span(sum(pair) / len(pair)), _span(fastest), _span(slowest))


def _seconds_between(session: Session, start: Any, end: Any) -> ColumnElement[float]:
    if is_sqlite(session):
        return (func.julianday(end, type_=Float) - func.julianday(start, type_=Float)) * 86400.0
    return cast(func.extract("epoch", end - start), Float)


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))


def ratings(session: Session, window: Window) -> Ratings:
    given = (
        select(col(Rating.score), func.count())
        .where(col(Rating.score).is_not(None), *within(col(Rating.answered_at), window))
        .group_by(col(Rating.score))
        .order_by(col(Rating.score).desc())
    )
    asked = select(func.count(), func.count(col(Rating.answered_at))).where(
        *within(col(Rating.asked_at), window)
    )
    whole, part = session.execute(asked).one()
    scores = {score: count for score, count in session.execute(given) if score is not None}
    return Ratings(scores, Share(part, whole))
