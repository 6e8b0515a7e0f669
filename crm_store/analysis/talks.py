"""How the desk and its customers talk: how fast, how often, when, about what, and who has fallen silent.

Figures only: no name, no number of a customer and no word of theirs leaves this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import contacts_made, service_summary, waits
from crm_store.analysis.contacts_made import Channel, Count, Frequency, Peak, Rush
from crm_store.analysis.service_summary import Share, Window, within
from crm_store.analysis.waits import Openings, Waits
from crm_store.customers.tables import Need
from crm_store.service import queue
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket, TicketTag

SHOWN = 8
"""Tags, or categories, the most frequent first."""

Topic = tuple[str, int]


@dataclass(frozen=True)
class Topics:
    """What customers came about: the new tickets by kind, the tags on them, and what was asked for by the
    needs written down; each (name, how many), most first. ``tagged`` of the tickets have a tag."""

    kinds: tuple[Topic, ...] = ()
    tags: tuple[Topic, ...] = ()
    tagged: int = 0
    needs: tuple[Topic, ...] = ()

    @property
    def tickets(self) -> int:
        return sum(n for _, n in self.kinds)


@dataclass(frozen=True)
class Talks:
    """``first``: waits for the first answer; ``every``: for each. ``silent``: who came before the window and
    not in it."""

    first: Waits
    every: Waits
    frequency: Frequency
    rush: Rush
    silent: Share
    topics: Topics

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> "Talks":
        """From JSON of ``asdict``."""
        frequency, rush, topics = told["frequency"], told["rush"], told["topics"]
        counts = tuple(Count(**{**one, "channel": Channel(one["channel"])}) for one in frequency["counts"])
        peaks = {key: Peak(**rush[key]) if rush[key] else None for key in ("weekday", "hour")}
        named = {key: tuple((name, n) for name, n in topics[key]) for key in ("kinds", "tags", "needs")}
        return cls(
            first=Waits(**told["first"]),
            every=Waits(**told["every"]),
            frequency=Frequency(**{**frequency, "counts": counts}),
            rush=Rush(**{**rush, **peaks}),
            silent=Share(**told["silent"]),
            topics=Topics(**{**topics, **named}),
        )


@dataclass(frozen=True)
class Owed:
    """``n`` tickets wait for the desk at this moment; in ``longest`` a customer has waited longest."""

    n: int
    longest: Ticket | None


def count(
    session: Session,
    *,
    window: Window,
    zone: tzinfo,
    openings: Openings,
    is_courtesy: Callable[[str], bool],
) -> Talks:
    """The figures of a window. It reads every contact there ever was: work for a process of its own."""
    every = waits.answers(session, window=window, is_courtesy=is_courtesy)
    return Talks(
        first=waits.measure(waits.first_answers(session, window=window), openings=openings),
        every=waits.measure(every, openings=openings),
        frequency=contacts_made.frequency(session, window=window),
        rush=contacts_made.rush(session, window=window, zone=zone),
        silent=contacts_made.silent(session, window=window),
        topics=_topics(session, window),
    )


def owed(session: Session) -> Owed:
    """Cheap: by the index of the queue."""
    statement = (
        select(Ticket)
        .where(col(Ticket.state).in_(queue.OURS), col(Ticket.waiting_since).is_not(None))
        .order_by(col(Ticket.waiting_since), col(Ticket.id))
        .limit(1)
    )
    return Owed(queue.count_waiting(session), session.scalars(statement).first())


def _topics(session: Session, window: Window) -> Topics:
    new = (*within(col(Ticket.opened_at), window), col(Ticket.merged_into_id).is_(None))
    tagged = select(col(TicketTag.tag), func.count()).join(Ticket, col(Ticket.id) == col(TicketTag.ticket_id))
    tickets = select(func.count(col(TicketTag.ticket_id).distinct())).join(
        Ticket, col(Ticket.id) == col(TicketTag.ticket_id)
    )
    needs = select(col(Need.category), func.count()).where(*within(col(Need.at), window))
    kinds = service_summary.kinds(session, window=window)
    return Topics(
        kinds=_ranked([(kind.value, kinds[kind]) for kind in Kind if kind in kinds], len(Kind)),
        tags=_ranked(session.execute(tagged.where(*new).group_by(col(TicketTag.tag))), SHOWN),
        tagged=session.scalar(tickets.where(*new)) or 0,
        needs=_ranked(session.execute(needs.group_by(col(Need.category))), SHOWN),
    )


def _ranked(rows: Any, most: int) -> tuple[Topic, ...]:
    """Sorted here: the databases order letters differently."""
    return tuple(sorted(((name, n) for name, n in rows), key=lambda one: (-one[1], one[0]))[:most])
