"""The files of a ticket's messages."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.service.tables import Attachment, Message, Ticket
from crm_store.service.transcript import attachments


def with_files(
    session: Session, *, ticket: Ticket, limit: int, before: int | None = None
) -> list[tuple[Message, list[Attachment]]]:
    """The last ``limit`` messages of a ticket that carry files, oldest first, each with its files."""
    statement = select(Message).where(
        col(Message.ticket_id) == ticket.id,
        select(col(Attachment.id)).where(col(Attachment.message_id) == col(Message.id)).exists(),
    )
    if before is not None:
        statement = statement.where(col(Message.id) < before)
    found = list(session.scalars(statement.order_by(col(Message.id).desc()).limit(limit)))[::-1]
    files = attachments(session, messages=found)
    return [(message, [one for one in files if one.message_id == message.id]) for message in found]


def count_files(session: Session, *, ticket: Ticket) -> int:
    statement = (
        select(func.count())
        .select_from(Attachment)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(col(Message.ticket_id) == ticket.id)
    )
    return session.scalar(statement) or 0
