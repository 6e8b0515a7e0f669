"""What a ticket is about: the model's guess, and the people's word that teaches it."""

from datetime import datetime

from sqlalchemy import func, select
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
    """The text of the customer's message that the ticket's kind was read from."""
    statement = (
        select(col(Message.text))
        .where(
            col(Message.ticket_id) == ticket.id,
            col(Message.direction) == Direction.IN,
            col(Message.text) != "",
            col(Message.at) >= ticket.opened_at,
        )
        .order_by(col(Message.id))
        .limit(1)
    )
    return session.scalar(statement) or ""


def corrections(session: Session) -> list[Correction]:
    return list(session.scalars(select(Correction).order_by(col(Correction.id))))


def count_corrections(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Correction)) or 0


def latest_model(session: Session, *, kept_only: bool = True) -> TrainedModel | None:
    """The newest trained model, among those that were kept unless told otherwise."""
    statement = select(TrainedModel).where(col(TrainedModel.name) == MODEL_NAME)
    if kept_only:
        statement = statement.where(col(TrainedModel.kept))
    return session.scalars(statement.order_by(col(TrainedModel.id).desc()).limit(1)).first()


def keep_model(
    session: Session, *, data: bytes, score: float, corrections: int, kept: bool, now: datetime
) -> None:
    """File the outcome of a training; a model that was worse is filed without its bytes."""
    session.add(
        TrainedModel(
            name=MODEL_NAME,
            data=data if kept else b"",
            score=score,
            corrections=corrections,
            kept=kept,
            trained_at=now,
        )
    )
