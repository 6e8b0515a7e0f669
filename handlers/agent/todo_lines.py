"""A task as one member of staff sees it: whom to call, at which (masked) number, about what."""

from dataclasses import dataclass

from sqlmodel import Session

from crm_store.customers import contacts, customers, preferences, reach, sight
from crm_store.customers.tables import ContactKind, Customer, PreferenceSource
from crm_store.service.tables import Task
from crm_store.staff.tables import Staff
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.contacts_shown import ShownContact, one_shown
from handlers.agent.todo_buttons import Called, DropTask, FinishTask, SayUnsaid, TakeTask
from handlers.taps import Button, Keyboard, button


@dataclass(frozen=True)
class Todo:
    """``way`` is how to reach the customer, if any way is left; ``wish`` what they stated about being called,
    where they do not want it; ``is_back`` that the bot reaches them again."""

    task: Task
    customer: Customer
    holder: Staff | None
    way: ShownContact | None
    wish: str | None
    is_back: bool


def todo(session: Session, task: Task, *, to: Staff) -> Todo:
    customer = customers.get(session, customer_id=task.customer_id)
    likes = sorted(
        preferences.current(session, customer=customer),
        key=lambda one: (one.source != PreferenceSource.STATED, -one.confidence),
    )
    way = reach.best(contacts.of(session, customer=customer), likes)
    stated = [one for one in likes if one.source == PreferenceSource.STATED]
    refused = [one.value for one in stated if reach.refuses(ContactKind.PHONE, [one])]
    in_full = sight.sees_contacts(to, customer=customer)
    return Todo(
        task=task,
        customer=customer,
        holder=session.get(Staff, task.for_staff_id) if task.for_staff_id is not None else None,
        way=one_shown(way, in_full=in_full) if way is not None else None,
        wish=refused[0] if refused else None,
        is_back=customer.reachable and customer.chat_id is not None,
    )


def under(one: Todo, *, to: Staff) -> Keyboard:
    """What may be done with it."""
    id, number = one.task.id, one.customer.number
    first: list[Button] = [
        button("todo_say", SayUnsaid(id), number=number)
        if one.is_back and one.task.text
        else button("todo_called", Called(id), number=number),
        button("open_customer", OpenCustomer(one.customer.id), number=number),
    ]
    then = [button("todo_done", FinishTask(id)), button("todo_drop", DropTask(id))]
    if one.task.for_staff_id != to.id:
        then.append(button("todo_take", TakeTask(id)))
    return [first, then]
