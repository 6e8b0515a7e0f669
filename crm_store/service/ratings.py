"""Ratings: one to five for each resolution, a comment if wanted, one reminder at most."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.refusals import AlreadyRated
from crm_store.service.tables import Rating, Ticket
from crm_store.staff import audit

REMIND_AFTER = timedelta(hours=24)
EXPIRES_AFTER = timedelta(days=7)


def ask(session: Session, *, ticket: Ticket, now: datetime) -> Rating | None:
    """Open the rating of this resolution. None when this cycle was asked about before."""
    if _of_cycle(session, ticket=ticket, cycle=ticket.reopen_count) is not None:
        return None
    rating = Rating(ticket_id=ticket.id, cycle=ticket.reopen_count, asked_at=now)
    session.add(rating)
    session.flush()
    return rating


def was_asked(session: Session, *, ticket: Ticket, cycle: int) -> bool:
    """True when the customer was asked to rate this resolution."""
    return _of_cycle(session, ticket=ticket, cycle=cycle) is not None


def rate(
    session: Session, *, ticket: Ticket, cycle: int, score: int, actor: audit.Actor, now: datetime
) -> Rating:
    """A score from 1 to 5 for one resolution (``cycle``: the ticket's reopen_count then).

    Raises AlreadyRated on a second tap, ValueError for another number.
    """
    if not 1 <= score <= 5:
        raise ValueError(f"a rating is 1 to 5, not {score}")
    rating = _of_cycle(session, ticket=ticket, cycle=cycle)
    if rating is None:
        rating = Rating(ticket_id=ticket.id, cycle=cycle, asked_at=now)
    elif rating.score is not None:
        raise AlreadyRated(ticket=ticket, score=rating.score)
    rating.score, rating.answered_at = score, now
    session.add(rating)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="rated",
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        after={"score": score},
    )
    return rating


def comment(session: Session, *, ticket: Ticket, text: str, actor: audit.Actor, now: datetime) -> None:
    """Words to the last score; a second comment is added to the first."""
    rating = latest(session, ticket=ticket)
    if rating is None:
        return
    before = {"comment": rating.comment}
    rating.comment = f"{rating.comment}\n{text}" if rating.comment else text
    session.add(rating)
    audit.record(
        session,
        actor=actor,
        action="rating_comment",
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        before=before,
        after={"comment": rating.comment},
    )


def latest(session: Session, *, ticket: Ticket) -> Rating | None:
    statement = select(Rating).where(col(Rating.ticket_id) == ticket.id).order_by(col(Rating.id).desc())
    return session.scalars(statement.limit(1)).first()


def to_remind(session: Session, *, now: datetime, limit: int = 100) -> list[tuple[Ticket, Customer]]:
    """Tickets whose customer was asked a day ago, has not answered, was not reminded yet and can be reached.

    Each goes to one caller at a time (PostgreSQL).
    """
    statement = (
        select(Ticket, Customer)
        .join(Rating, col(Rating.ticket_id) == col(Ticket.id))
        .join(Customer, col(Customer.id) == col(Ticket.customer_id))
        .where(
            col(Customer.reachable),
            col(Customer.chat_id).is_not(None),
            col(Rating.answered_at).is_(None),
            col(Rating.reminded_at).is_(None),
            col(Rating.asked_at) <= now - REMIND_AFTER,
            col(Rating.asked_at) > now - EXPIRES_AFTER,
            col(Rating.cycle) == col(Ticket.reopen_count),  # else it was reopened: that resolution is history
        )
        .order_by(col(Rating.asked_at))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Rating)
    )
    return list(session.execute(statement))


def mark_reminded(session: Session, *, ticket: Ticket, now: datetime) -> None:
    rating = _of_cycle(session, ticket=ticket, cycle=ticket.reopen_count)
    if rating is not None:
        rating.reminded_at = now
        session.add(rating)


def _of_cycle(session: Session, *, ticket: Ticket, cycle: int) -> Rating | None:
    statement = select(Rating).where(col(Rating.ticket_id) == ticket.id, col(Rating.cycle) == cycle)
    return session.scalars(statement).first()
