"""Staff: who they are, who is on duty, who has left."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import object_session
from sqlmodel import Session, col

from crm_store.mailbox import forms
from crm_store.refusals import LastOwner, NoSuchStaff, NotAllowed
from crm_store.service import tickets
from crm_store.service.states import ACTIVE, TicketState
from crm_store.service.tables import Ticket
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

_READ = "staff"
_BY_USERS = select(Staff).where(col(Staff.user_id).in_(bindparam("users", expanding=True)))


def by_user_id(session: Session, *, user_id: int) -> Staff | None:
    """The member of staff with this Telegram id, unless they have left."""
    return next((one for one in _present(session) if one.user_id == user_id), None)


def by_user_ids(session: Session, *, user_ids: Collection[int]) -> list[Staff]:
    """Those of these Telegram ids who are or were staff."""
    return list(session.scalars(_BY_USERS, {"users": list(user_ids)}))


def team(session: Session) -> list[Staff]:
    """Everybody with access, owners first."""
    return sorted(_present(session), key=lambda one: -list(Role).index(one.role))


def on_duty(session: Session) -> list[Staff]:
    return [one for one in _present(session) if one.on_duty]


def _present(session: Session) -> list[Staff]:
    """Everybody with access, by id. Read once a session: they are few, and every message asks for them."""
    if _READ not in session.info:
        statement = select(Staff).where(col(Staff.revoked_at).is_(None)).order_by(col(Staff.id))
        session.info[_READ] = list(session.scalars(statement))
    # One who joined in a savepoint that was rolled back is no longer in the session.
    return [one for one in session.info[_READ] if one in session and one.revoked_at is None]


@event.listens_for(Staff, "after_insert")
@event.listens_for(Staff, "after_update")
def _read_again(_mapper: object, _connection: object, staff: Staff) -> None:
    session = object_session(staff)
    if session is not None:
        session.info.pop(_READ, None)


def of_role(session: Session, *, role: Role) -> list[Staff]:
    """Everybody who may do what ``role`` may do."""
    return [one for one in team(session) if one.role.includes(role)]


def get(session: Session, *, staff_id: int) -> Staff:
    """A colleague who has access. Raises NoSuchStaff, with those there are."""
    staff = session.get(Staff, staff_id) if 0 < staff_id <= LARGEST_ID else None
    if staff is None or staff.revoked_at is not None:
        raise NoSuchStaff(name=str(staff_id), staff=team(session))
    return staff


def find(session: Session, *, name: str) -> Staff:
    """A colleague by @username, name or number.

    Raises NoSuchStaff, with those there are; of several with one name, with these.
    """
    wanted = name.removeprefix("@").casefold()
    present = team(session)
    found = [one for one in present if wanted and wanted == (one.username or "").casefold()]
    if not (found and name.startswith("@")):
        found = [one for one in present if one in found or wanted in {one.name.casefold(), str(one.id)}]
    if len(found) != 1:
        raise NoSuchStaff(name=name, staff=found or present)
    return found[0]


def by_ids(session: Session, *, ids: Iterable[int | None]) -> dict[int, Staff]:
    """Members of staff by id, those who have left too: whose words they are."""
    wanted = {one for one in ids if one is not None}
    return {one.id: one for one in session.scalars(select(Staff).where(col(Staff.id).in_(wanted)))}


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
    """End a person's access at once. Their active tickets go back to the queue, and are returned.

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
    # A resolved one may reopen, and must not come back to somebody who is gone.
    may_go_on = (*ACTIVE, TicketState.RESOLVED)
    theirs = select(Ticket).where(col(Ticket.assignee_id) == staff.id, col(Ticket.state).in_(may_go_on))
    orphaned = list(session.scalars(theirs.order_by(col(Ticket.id))))
    for ticket in orphaned:
        tickets.unassign(session, ticket=ticket, actor=by, now=now)
    return [ticket for ticket in orphaned if tickets.is_active(ticket)]
