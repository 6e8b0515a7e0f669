"""A customer's record is changed: written, said as it was and is, with a way back."""

from typing import Any

from crm_store.customers import contacts, records
from crm_store.customers.tables import Customer
from crm_store.staff import history
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import UndoChange
from handlers.agent.records.lines import CONTACTS, lines, typed_contacts
from handlers.chat import Chat
from handlers.taps import Button, Keyboard, button

SHOWN_OTHERS = 3


def write(chat: Chat, customer: Customer, typed: dict[str, Any]) -> None:
    """Change what was typed, and say what it was and is, with a way back."""
    changed = records.change(
        chat.session,
        customer=customer,
        changes=typed,
        currency=chat.desk.currency,
        actor=chat.me,
        now=chat.now,
    )
    say_changed(chat, customer, changed, typed=typed)


def say_changed(
    chat: Chat, customer: Customer, changed: records.Changed, *, typed: dict[str, Any] | None = None
) -> None:
    if not changed:
        chat.say("agent/records/unchanged.html.j2", customer=customer, buttons=_open(customer))
        return
    given = typed_contacts(changed.after, typed or {})
    others = _who_else(chat, customer, changed)
    chat.say(
        "agent/records/changed.html.j2",
        customer=customer,
        lines=lines(chat, customer, changed, typed=given),
        others=others,
        buttons=[*under_change(chat, customer), *([_button(one)] for one in others)],
    )


def _who_else(chat: Chat, customer: Customer, changed: records.Changed) -> list[Customer]:
    """Who has a contact that was just given to the customer already: the same person, or who shares it."""
    found: dict[int, Customer] = {}
    for key, kind in CONTACTS.items():
        for value in set(changed.after.get(key) or ()) - set(changed.before.get(key) or ()):
            found |= {one.id: one for one in contacts.holders(chat.session, kind=kind, value=value)}
    return [found[id] for id in sorted(found) if id != customer.id][:SHOWN_OTHERS]


def under_change(chat: Chat, customer: Customer) -> Keyboard:
    """The way back from the change just made, and to the card."""
    [last] = history.of(chat.session, entity="customer", entity_id=customer.id, limit=1)
    return [[button("undo", UndoChange(customer.id, last.id)), *_open(customer)[0]]]


def _open(customer: Customer) -> Keyboard:
    return [[_button(customer)]]


def _button(customer: Customer) -> Button:
    return button("open_customer", OpenCustomer(customer.id), number=customer.number)
