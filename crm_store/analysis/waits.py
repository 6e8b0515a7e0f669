"""How long customers waited for answers, counted while the desk was open."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.analysis.service_summary import ENOUGH, Window, within
from crm_store.service.tables import Delivery, Direction, Message, Ticket

LONGEST_COURTESY = 60
"""Characters; a longer message says something, and is not looked at."""

Openings = Callable[[datetime, datetime], Sequence[tuple[datetime, datetime]]]
"""When a desk is open between two moments: spans in order, none empty."""

Wait = tuple[datetime, datetime]
"""From when somebody waited, until when."""


@dataclass(frozen=True)
class Waits:
    """Over ``n`` answers, in seconds of opening hours: half took at most ``median``, nine of ten at most
    ``ninth`` (which is one of the waits). None of none."""

    n: int
    median: int | None = None
    ninth: int | None = None

    @property
    def is_few(self) -> bool:
        return self.n < ENOUGH


def first_answers(session: Session, *, window: Window) -> list[Wait]:
    """Of the tickets first answered in the window, as the summary of the day counts them."""
    answered = within(col(Ticket.first_answered_at), window)
    rows = session.execute(select(col(Ticket.opened_at), col(Ticket.first_answered_at)).where(*answered))
    return [(asked, answer) for asked, answer in rows if answer is not None]


def answers(session: Session, *, window: Window, is_courtesy: Callable[[str], bool]) -> list[Wait]:
    """Of every answer of the window that customers waited for: since the first message after the answer
    before. A second answer in a row is none; neither is one to mere courtesy (thanks), which ``is_courtesy``
    knows. An answer that did not arrive is not counted."""
    rows = session.execute(_exchanges(window).execution_options(yield_per=2000))
    waits = (_wait(list(run), is_courtesy) for _, run in groupby(rows, key=attrgetter("answer")))
    return [one for one in waits if one is not None]


def measure(waits: Iterable[Wait], *, openings: Openings) -> Waits:
    """The figures of these waits."""
    found = list(waits)
    if not found:
        return Waits(0)
    first, last = min(asked for asked, _ in found), max(answered for _, answered in found)
    seconds = sorted(_open_seconds(found, openings(first, last)))
    n, middle = len(seconds), len(seconds) // 2
    median = seconds[middle] if n % 2 else (seconds[middle - 1] + seconds[middle]) / 2
    return Waits(n, median=round(median), ninth=round(seconds[ceil(0.9 * n) - 1]))


def _exchanges(window: Window) -> Any:
    """Each answer beside each message of the customer's since the answer before, in order. Both are found
    by walking back along the ticket's index."""
    before, asked = aliased(Message), aliased(Message)
    previous = (
        select(col(before.id))
        .where(col(before.ticket_id) == col(Message.ticket_id), col(before.id) < col(Message.id))
        .where(*_arrived(before))
        .order_by(col(before.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    short = func.length(col(asked.text)) <= LONGEST_COURTESY
    return (
        select(
            col(Message.id).label("answer"),
            col(Message.at).label("answered_at"),
            col(Ticket.opened_at),
            col(asked.at).label("asked_at"),
            case((short & (col(asked.kind) == "text"), col(asked.text)), else_=None).label("said"),
        )
        .join(Ticket, col(Ticket.id) == col(Message.ticket_id))
        .join(asked, col(asked.ticket_id) == col(Message.ticket_id))
        .where(*within(col(Message.at), window), *_arrived(Message))
        .where(col(asked.direction) == Direction.IN, col(asked.id) < col(Message.id))
        .where(col(asked.id) > func.coalesce(previous, 0))
        .order_by(col(Message.id), col(asked.id))
    )


def _arrived(message: Any) -> tuple[Any, Any]:
    """The conditions that a message is an answer which was not refused."""
    delivery = col(message.delivery)
    return col(message.direction) == Direction.OUT, delivery.is_(None) | (delivery != Delivery.REFUSED)


def _wait(run: Sequence[Row[Any]], is_courtesy: Callable[[str], bool]) -> Wait | None:
    asked = next((one for one in run if one.said is None or not is_courtesy(one.said)), None)
    # A greeting that was held joined the ticket later: nobody waited before it was opened.
    return (max(asked.asked_at, asked.opened_at), asked.answered_at) if asked is not None else None


def _open_seconds(waits: Iterable[Wait], spans: Sequence[tuple[datetime, datetime]]) -> Iterable[float]:
    """How long the desk was open during each wait."""
    starts = [start for start, _ in spans]
    before = [timedelta(0)]
    for start, end in spans:
        before.append(before[-1] + (end - start))

    def until(moment: datetime) -> timedelta:
        at = bisect_right(starts, moment)
        return before[at] - max(spans[at - 1][1] - moment, timedelta(0)) if at else before[0]

    return ((until(answered) - until(asked)).total_seconds() for asked, answered in waits)
