"""Tasks: what a person has to do because the bot cannot, such as calling a customer who blocked it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.sales.tables import Order
from crm_store.service.refusals import NoSuchTask
from crm_store.service.tables import Task, TaskKind, Ticket
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

DUE_AFTER = timedelta(days=1)
"""When a customer should have been called at the latest."""

_IS_OPEN = col(Task.done_at).is_(None)


def open_call(
    session: Session,
    *,
    customer: Customer,
    reason: str,
    text: str,
    ticket_id: int | None = None,
    order_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Task, bool]:
    """A customer has to be called to hear ``text``. What cannot be said later is added to the task that is
    open. Also returns whether it is a new one.

    It is for who has the ticket, took the order or owns the customer; else for anybody.
    """
    # Two who fail at once wait for each other here: a customer has one open task.
    session.execute(
        select(col(Customer.id)).where(col(Customer.id) == customer.id).with_for_update(key_share=True)
    )
    task = session.scalars(
        _about(customer).with_for_update(), execution_options={"populate_existing": True}
    ).first()
    if task is not None:
        _add(session, task, text=text, ticket_id=ticket_id, order_id=order_id, actor=actor, now=now)
        return task, False
    task = Task(
        kind=TaskKind.CALL,
        customer_id=customer.id,
        reason=reason,
        text=text.strip(),
        ticket_id=ticket_id,
        order_id=order_id,
        for_staff_id=_whose(session, customer, ticket_id, order_id),
        opened_at=now,
        due_at=now + DUE_AFTER,
    )
    session.add(task)
    session.flush()
    after = {
        "kind": task.kind,
        "customer_id": customer.id,
        "reason": reason,
        "for_staff_id": task.for_staff_id,
    }
    _note(session, task, "opened", actor=actor, now=now, after=after)
    return task, True


def of_customer(session: Session, *, customer: Customer) -> Task | None:
    """The open task about a customer; of two who were merged, the older one."""
    return session.scalars(_about(customer)).first()


def _about(customer: Customer) -> Select[Task]:
    mine = select(Task).where(_IS_OPEN, col(Task.customer_id) == customer.id)
    return mine.order_by(col(Task.id)).limit(1)


def open_for(session: Session, *, staff: Staff, limit: int, offset: int = 0) -> list[Task]:
    """Open tasks that are a member of staff's or nobody's, those due first first; managers see all."""
    ordered = _seen(staff).order_by(col(Task.due_at), col(Task.id))
    return list(session.scalars(ordered.limit(limit).offset(offset)))


def count_open(session: Session, *, staff: Staff) -> int:
    return session.scalar(select(func.count()).select_from(_seen(staff).subquery())) or 0


def get(session: Session, *, task_id: int, seen_by: Staff) -> Task:
    """An open task. Raises NoSuchTask, for a colleague's too."""
    statement = _seen(seen_by).where(col(Task.id) == min(task_id, LARGEST_ID))
    task = session.scalars(statement).first()
    if task is None:
        raise NoSuchTask
    return task


def take(session: Session, *, task: Task, by: Staff, now: datetime) -> None:
    """It is theirs from now on."""
    before = {"for_staff_id": task.for_staff_id}
    if before["for_staff_id"] == by.id:
        return
    task.for_staff_id = by.id
    session.add(task)
    _note(session, task, "taken", actor=by, now=now, before=before, after={"for_staff_id": by.id})


def done(session: Session, *, task: Task, by: Staff, now: datetime) -> bool:
    """The customer was told. False when it was over before."""
    return _close(session, task, "done", by, now)


def drop(session: Session, *, task: Task, by: Staff, now: datetime) -> bool:
    """The customer need not be told any more. False when it was over before."""
    return _close(session, task, "dropped", by, now)


def _close(session: Session, task: Task, action: str, by: Staff, now: datetime) -> bool:
    """With it any other open one about the same customer: one call deals with them all."""
    if task.done_at is not None:
        return False
    same = select(Task).where(_IS_OPEN, col(Task.customer_id) == task.customer_id)
    for one in session.scalars(same.order_by(col(Task.id))).all():
        one.done_at, one.done_by = now, by.id
        session.add(one)
        _note(session, one, action, actor=by, now=now, after={"done_by": by.id})
    return True


def _add(
    session: Session,
    task: Task,
    *,
    text: str,
    ticket_id: int | None,
    order_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    said = text.strip()
    after = {
        "text": "\n\n".join(filter(None, (task.text, said))) if not _holds(task.text, said) else task.text,
        "ticket_id": ticket_id or task.ticket_id,
        "order_id": order_id or task.order_id,
    }
    before = {name: getattr(task, name) for name in after}
    changed = [name for name in after if after[name] != before[name]]
    for name in changed:
        setattr(task, name, after[name])
    if changed:
        session.add(task)
        # The words are in the task; the trail says that some were added.
        plain = {name: after[name] for name in changed if name != "text"}
        _note(session, task, "added", actor=actor, now=now, after=plain)


def _holds(text: str, said: str) -> bool:
    """True when this very part was added before: the same message failed once more."""
    return not said or f"\n\n{said}\n\n" in f"\n\n{text}\n\n"


def _whose(session: Session, customer: Customer, ticket_id: int | None, order_id: int | None) -> int | None:
    ticket = session.get(Ticket, ticket_id) if ticket_id is not None else None
    order = session.get(Order, order_id) if order_id is not None else None
    near = [
        ticket.assignee_id if ticket is not None else None,
        order.taken_by if order is not None else None,
        customer.owner_id,
    ]
    for staff_id in near:
        staff = session.get(Staff, staff_id) if staff_id is not None else None
        if staff is not None and staff.revoked_at is None:
            return staff.id
    return None


def _seen(staff: Staff) -> Select[Task]:
    """What is of somebody who left is nobody's."""
    statement = select(Task).where(_IS_OPEN)
    if staff.role.includes(Role.MANAGER):
        return statement
    gone = select(col(Staff.id)).where(col(Staff.revoked_at).is_not(None))
    whose = col(Task.for_staff_id)
    return statement.where(or_(whose.is_(None), whose == staff.id, whose.in_(gone)))


def _note(
    session: Session,
    task: Task,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        entity="task",
        entity_id=task.id,
        now=now,
        before=before,
        after=after,
    )
