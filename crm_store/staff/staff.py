"""Staff: who they are, who is on duty, who has left."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.mailbox import forms
from crm_store.refusals import LastOwner, NoSuchStaff, NotAllowed
from crm_store.service import tickets
from crm_store.service.states import ACTIVE
from crm_store.service.tables import Ticket
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff


def by_user_id(session: Session, *, user_id: int) -> Staff | None:
    """The member of staff with this Telegram id, unless they have left."""
    statement = select(Staff).where(col(Staff.user_id) == user_id, col(Staff.revoked_at).is_(None))
    return session.scalars(statement).first()


def team(session: Session) -> list[Staff]:
    """Everybody with access, owners first."""
    present = select(Staff).where(col(Staff.revoked_at).is_(None)).order_by(col(Staff.id))
    return sorted(session.scalars(present), key=lambda one: not one.role.includes(Role.MANAGER))


def on_duty(session: Session) -> list[Staff]:
    statement = select(Staff).where(col(Staff.revoked_at).is_(None), col(Staff.on_duty))
    return list(session.scalars(statement.order_by(col(Staff.id))))


def of_role(session: Session, *, role: Role) -> list[Staff]:
    """Everybody who may do what ``role`` may do."""
    return [one for one in team(session) if one.role.includes(role)]


def find(session: Session, *, name: str) -> Staff:
    """A colleague by @username, name or number. Raises NoSuchStaff, with those there are."""
    wanted = name.removeprefix("@").casefold()
    present = team(session)
    for one in present:
        if wanted in {(one.username or "").casefold(), one.name.casefold(), str(one.id)} - {""}:
            return one
    raise NoSuchStaff(name=name, staff=present)


def greet_again(session: Session, *, staff: Staff, chat_id: int, name: str, username: str | None) -> None:
    """Keep name and chat current; both are Telegram's."""
    if (staff.chat_id, staff.name, staff.username) != (chat_id, name, username):
        staff.chat_id, staff.name, staff.username = chat_id, name, username
        session.add(staff)


def set_duty(session: Session, *, staff: Staff, on_duty: bool, now: datetime) -> bool:
    """Come on duty or go off. False when it was so already."""
    if staff.on_duty == on_duty:
        return False
    staff.on_duty = on_duty
    session.add(staff)
    audit.record(
        session,
        actor=staff,
        action="on_duty" if on_duty else "off_duty",
        entity="staff",
        entity_id=staff.id,
        now=now,
    )
    return True


def choose_language(session: Session, *, staff: Staff, language: str, now: datetime) -> None:
    before = {"language": staff.language}
    staff.language = language
    session.add(staff)
    audit.record(
        session,
        actor=staff,
        action="language",
        entity="staff",
        entity_id=staff.id,
        now=now,
        before=before,
        after={"language": language},
    )


def revoke(session: Session, *, staff: Staff, by: Staff, now: datetime) -> list[Ticket]:
    """End a person's access at once. Their tickets go back to the queue, and are returned.

    Raises NotAllowed (only an owner removes an owner, only managers remove) or LastOwner.
    """
    if not by.role.includes(Role.MANAGER) or not by.role.includes(staff.role):
        raise NotAllowed(role=max(Role.MANAGER, staff.role, key=list(Role).index))
    if staff.role == Role.OWNER and len(of_role(session, role=Role.OWNER)) == 1:
        raise LastOwner
    staff.revoked_at, staff.on_duty = now, False
    session.add(staff)
    forms.drop_of_user(session, user_id=staff.user_id)
    audit.record(session, actor=by, action="revoked", entity="staff", entity_id=staff.id, now=now)
    theirs = select(Ticket).where(col(Ticket.assignee_id) == staff.id, col(Ticket.state).in_(ACTIVE))
    orphaned = list(session.scalars(theirs))
    for ticket in orphaned:
        tickets.unassign(session, ticket=ticket, actor=by, now=now)
    return orphaned
