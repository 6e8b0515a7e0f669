"""Interactions: calls, mails, visits and notes about a customer, written down by staff."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer, Interaction, InteractionKind, Way
from crm_store.staff import audit
from crm_store.staff.tables import Staff


def log(
    session: Session,
    *,
    customer: Customer,
    kind: InteractionKind,
    way: Way | None,
    duration_seconds: int | None,
    text: str,
    by: Staff,
    at: datetime,
    now: datetime,
    written: tuple[int, int] | None = None,
) -> Interaction:
    """Write down what happened with a customer at ``at``. It is for staff: no customer ever reads it.

    ``written`` is where they wrote it, if a message says it: chat and Telegram's id in it.
    """
    row = Interaction(
        customer_id=customer.id,
        kind=kind,
        way=way,
        duration_seconds=duration_seconds,
        text=text,
        author_id=by.id,
        at=at,
        chat_id=written[0] if written else None,
        telegram_id=written[1] if written else None,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="logged",
        entity="customer",
        entity_id=customer.id,
        now=now,
        after={"interaction": row.id, "kind": kind},
    )
    return row


def written_at(session: Session, *, chat_id: int, telegram_id: int) -> Interaction | None:
    """What was written down by the message that stands at this place."""
    statement = select(Interaction).where(
        col(Interaction.telegram_id) == telegram_id, col(Interaction.chat_id) == chat_id
    )
    return session.scalars(statement.limit(1)).first()


def rewrite(
    session: Session,
    *,
    interaction: Interaction,
    way: Way | None,
    duration_seconds: int | None,
    text: str,
    at: datetime,
    by: Staff,
    now: datetime,
) -> bool:
    """It says something else now; what it said is in the trail. False when nothing changed."""
    after = {"way": way, "duration_seconds": duration_seconds, "text": text, "at": at}
    before = {key: getattr(interaction, key) for key in after}
    changed = [key for key in after if after[key] != before[key]]
    for key in changed:
        setattr(interaction, key, after[key])
    if changed:
        session.add(interaction)
        audit.record(
            session,
            actor=by,
            action="rewritten",
            entity="interaction",
            entity_id=interaction.id,
            now=now,
            before={key: _plain(before[key]) for key in changed},
            after={key: _plain(after[key]) for key in changed},
        )
    return bool(changed)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def latest(session: Session, *, customer: Customer, kind: InteractionKind, limit: int) -> list[Interaction]:
    """The last interactions of one kind, newest first."""
    statement = (
        select(Interaction)
        .where(col(Interaction.customer_id) == customer.id, col(Interaction.kind) == kind)
        .order_by(col(Interaction.at).desc(), col(Interaction.id).desc())
        .limit(limit)
    )
    return list(session.scalars(statement))
