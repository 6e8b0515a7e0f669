"""People and tickets for tests of the store."""

from datetime import UTC, datetime
from itertools import count

from sqlmodel import Session, select

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.service import tickets
from crm_store.service.states import Kind, KindSource
from crm_store.service.tables import Ticket
from crm_store.service.transcript import File, Incoming
from crm_store.staff import invites
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit, Staff

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_ids = count(1000)


def customer(session: Session, user_id: int = 7_000_000_000, language: str = "en") -> Customer:
    return customers.meet(
        session,
        user_id=user_id,
        chat_id=user_id,
        name='Ann <3 & "张"',
        username=None,
        language=language,
        now=NOW,
    )


def staff(
    session: Session, name: str = "Bob", role: Role = Role.AGENT, *, username: str | None = None, id: int = 0
) -> Staff:
    """Somebody who joins by an invite."""
    user_id = id or next(_ids)
    token = invites.invite(session, role=role, by=None, now=NOW)
    return join(session, token, user_id=user_id, name=name, username=username)


def join(
    session: Session,
    token: str,
    *,
    user_id: int,
    name: str = "Bob",
    username: str | None = None,
    now: datetime = NOW,
) -> Staff:
    return invites.accept(
        session,
        token=token,
        user_id=user_id,
        chat_id=user_id,
        name=name,
        username=username,
        language="en",
        now=now,
    )


def ticket(session: Session, of: Customer, *, now: datetime = NOW) -> Ticket:
    return tickets.open_ticket(
        session, customer=of, kind=Kind.UNSURE, source=KindSource.MODEL, confidence=0.0, now=now
    )


def written(
    chat_id: int,
    telegram_id: int,
    text: str = "hello",
    *files: File,
    album: str | None = None,
    kind: str = "text",
) -> Incoming:
    return Incoming(
        chat_id=chat_id, telegram_id=telegram_id, kind=kind, text=text, files=files, media_group_id=album
    )


def trail(session: Session, entity: str = "ticket") -> list[tuple[str, str, object, object]]:
    """Who did what, from what to what, oldest first."""
    found = session.exec(select(Audit).where(Audit.entity == entity).order_by(Audit.id)).all()  # type: ignore[arg-type]
    return [(one.actor, one.action, one.before, one.after) for one in found]
