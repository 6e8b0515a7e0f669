"""What a ticket is about: the model's guess, and the people's word that teaches it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from crm_store.service.states import Kind, KindSource
from crm_store.service.tables import Correction, Direction, Message, Ticket, TrainedModel
from crm_store.staff import audit
from crm_store.staff.tables import Staff

MODEL_NAME = "intent"


def correct(session: Session, *, ticket: Ticket, kind: Kind, actor: audit.Actor, now: datetime) -> None:
    """A person says what kind the ticket is; the words it was opened with become a lesson.

    The last word counts: one lesson a ticket.
    """
    source = KindSource.STAFF if isinstance(actor, Staff) else KindSource.CUSTOMER
    before = {"kind": ticket.kind, "kind_source": ticket.kind_source}
    lesson = session.scalars(select(Correction).where(col(Correction.ticket_id) == ticket.id)).first()
    if lesson is not None:
        lesson.kind, lesson.source, lesson.at = kind, source, now
    elif text := first_words(session, ticket=ticket):
        session.add(
            Correction(ticket_id=ticket.id, text=text, was=ticket.kind, kind=kind, source=source, at=now)
        )
    ticket.kind, ticket.kind_source, ticket.kind_confidence, ticket.updated_at = kind, source, 1.0, now
    session.add(ticket)
    audit.record(
        session,
        actor=actor,
        action="kind",
        entity="ticket",
        entity_id=ticket.id,
        now=now,
        before=before,
        after={"kind": kind, "kind_source": source},
    )


def guess(ticket: Ticket, *, kind: Kind, confidence: float) -> bool:
    """Let a later line of the same request settle what the model was not sure of. True when it did."""
    if ticket.kind != Kind.UNSURE or ticket.kind_source != KindSource.MODEL or kind == Kind.UNSURE:
        return False
    ticket.kind, ticket.kind_confidence = kind, confidence
    return True


def first_words(session: Session, *, ticket: Ticket) -> str:
    """The text of the customer's message that the ticket's kind was read from: the first since it was opened;
    where it was opened with what had been held, what says most of that."""
    statement = select(col(Message.text)).where(
        col(Message.ticket_id) == ticket.id, col(Message.direction) == Direction.IN, col(Message.text) != ""
    )
    first = statement.where(col(Message.at) >= ticket.opened_at).order_by(col(Message.id))
    most = statement.order_by(func.length(col(Message.text)).desc(), col(Message.id))
    return session.scalar(first.limit(1)) or session.scalar(most.limit(1)) or ""


def lessons(session: Session) -> list[tuple[str, Kind]]:
    """What there is to learn: the words of each corrected ticket and the kind a person gave it, oldest
    first."""
    statement = (
        select(col(Correction.text), col(Correction.kind))
        .where(col(Correction.kind) != Kind.UNSURE)
        .order_by(col(Correction.at), col(Correction.id))
    )
    return list(session.execute(statement))


def count_lessons(session: Session, *, since: datetime) -> int:
    """How many were given, or changed, after ``since``."""
    statement = select(func.count()).where(col(Correction.kind) != Kind.UNSURE, col(Correction.at) > since)
    return session.scalar(statement) or 0


def latest_model(session: Session, *, after: int = 0) -> TrainedModel | None:
    """The newest model that was kept, if it is newer than the one with the id ``after``."""
    statement = (
        select(TrainedModel)
        .where(col(TrainedModel.name) == MODEL_NAME, col(TrainedModel.kept), col(TrainedModel.id) > after)
        .order_by(col(TrainedModel.id).desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def last_training(session: Session) -> TrainedModel | None:
    """The newest training, kept or not, without its bytes (read them from ``latest_model``)."""
    statement = (
        select(TrainedModel)
        .options(defer(TrainedModel.data, raiseload=True))  # type: ignore[arg-type]  # SQLModel's fields
        .where(col(TrainedModel.name) == MODEL_NAME)
        .order_by(col(TrainedModel.id).desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def keep_model(
    session: Session,
    *,
    data: bytes,
    score: float,
    corrections: int,
    kept: bool,
    fingerprint: str,
    now: datetime,
) -> None:
    """File the outcome of a training; a model that was worse is filed without its bytes.

    ``now`` is when its lessons were read: later ones are for the next training.
    """
    session.add(
        TrainedModel(
            name=MODEL_NAME,
            data=data if kept else b"",
            score=score,
            corrections=corrections,
            kept=kept,
            fingerprint=fingerprint,
            trained_at=now,
        )
    )
