"""What waits for the desk, most urgent and oldest first."""

from collections.abc import Iterable

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.service.states import ACTIVE, TicketState
from crm_store.service.tables import Ticket
from crm_store.staff.tables import Staff

OURS = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING_INTERNAL)
"""States in which the next step is the desk's."""


def unassigned(session: Session, *, limit: int = 10, offset: int = 0) -> list[Ticket]:
    """Active tickets that nobody has; those that wait for their customer come last."""
    return list(session.scalars(_by_urgency(_unassigned()).limit(limit).offset(offset)))


def count_unassigned(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(_unassigned().subquery())) or 0


def count_waiting(session: Session) -> int:
    """Every ticket the desk owes the next step, whoever has it."""
    return session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def of_assignee(session: Session, *, staff: Staff, limit: int = 10, offset: int = 0) -> list[Ticket]:
    """A member of staff's active tickets; those that wait for the customer come last."""
    return list(session.scalars(_by_urgency(_of(staff)).limit(limit).offset(offset)))


def count_of_assignee(session: Session, *, staff: Staff) -> int:
    return session.scalar(select(func.count()).select_from(_of(staff).subquery())) or 0


def next_for(session: Session, *, staff: Staff) -> Ticket | None:
    """What to do now: one's own most urgent waiting ticket, else the queue's first."""
    own = _by_urgency(_of(staff).where(col(Ticket.state).in_(OURS))).limit(1)
    free = _by_urgency(_unassigned().where(col(Ticket.state).in_(OURS))).limit(1)
    return session.scalars(own).first() or session.scalars(free).first()


def customers_of(session: Session, *, tickets: Iterable[Ticket]) -> dict[int, Customer]:
    """The customers of these tickets, by their id."""
    ids = {ticket.customer_id for ticket in tickets}
    return {one.id: one for one in session.scalars(select(Customer).where(col(Customer.id).in_(ids)))}


def loads(session: Session) -> dict[int, int]:
    """How many active tickets each member of staff has, by their id."""
    statement = (
        select(col(Ticket.assignee_id), func.count())
        .where(col(Ticket.state).in_(ACTIVE), col(Ticket.assignee_id).is_not(None))
        .group_by(col(Ticket.assignee_id))
    )
    return {staff_id: count for staff_id, count in session.execute(statement)}


def _unassigned() -> Select[Ticket]:
    return select(Ticket).where(col(Ticket.state).in_(ACTIVE), col(Ticket.assignee_id).is_(None))


def _waiting() -> Select[Ticket]:
    return select(Ticket).where(col(Ticket.state).in_(OURS))


def _of(staff: Staff) -> Select[Ticket]:
    return select(Ticket).where(col(Ticket.state).in_(ACTIVE), col(Ticket.assignee_id) == staff.id)


def _by_urgency(statement: Select[Ticket]) -> Select[Ticket]:
    nobody_waits = col(Ticket.waiting_since).is_(None)
    return statement.order_by(nobody_waits, col(Ticket.priority), col(Ticket.waiting_since), col(Ticket.id))
