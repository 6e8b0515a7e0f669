"""/history, 记录: who changed what of a customer, a ticket or an order. /undo, 撤销: the last change of a
customer by staff taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_store.customers import records
from crm_store.customers.tables import Customer
from crm_store.sales import orders
from crm_store.sales.tables import Order
from crm_store.service.tables import Ticket
from crm_store.staff import history
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit, Staff
from handlers.agent import aim
from handlers.agent.records import changing, keys, whom
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import ShowTrail, UndoChange
from handlers.agent.records.lines import CONTACTS, Line, lines, text
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import CUSTOMER, GLUED_CUSTOMER, ORDER, TICKET, number
from handlers.taps import button
from handlers.words import shown_money

PAGE = 8
Subject = Customer | Ticket | Order
_ENTITIES = {CUSTOMER: "customer", TICKET: "ticket", ORDER: "order"}
_OF_RECORD = {*records.LENGTHS, *CONTACTS, "tier", "tags", "owner_id", "language", "source", "reachable"}
_LABELLED = {
    ("ticket", "state"): "desk_states",
    ("ticket", "priority"): "priorities",
    ("ticket", "kind"): "kinds",
    ("order", "state"): "order_states",
    ("order", "payment_state"): "payment_states",
    ("order", "shipment_state"): "shipment_states",
}
"""Fields whose values have words in the labels."""

_MONEY = {"total", "paid", "refunded", "discount", "payment", "refund"}
_PLAIN = {"reference", "tags"}
_MERGES = {"merged", "unmerged"}


@dataclass(frozen=True)
class Entry:
    """One row of the trail: when, who (a name, or a part of the machine), what, and each field."""

    at: datetime
    who: str
    action: str
    lines: list[Line]


def history_named(chat: Chat) -> None:
    """A number says of what; without one the customer of the message that is replied to."""
    found = number(chat.arguments)
    if found is None:
        return _show(chat, whom.whom(chat, "history").customer, before=0)
    return _show(chat, _subject(chat, found[0], found[1]), before=0)


def turn(chat: Chat, tapped: ShowTrail) -> None:
    if tapped.of in _ENTITIES:
        _show(chat, _subject(chat, tapped.of, tapped.id), before=tapped.before)


def _subject(chat: Chat, letter: str, id: int) -> Subject:
    if letter == TICKET:
        return aim.get(chat, id)
    if letter == ORDER:
        return orders.get(chat.session, order_id=id, seen_by=chat.me)
    return whom.get(chat, id)


def _show(chat: Chat, subject: Subject, *, before: int) -> None:
    entity = _ENTITIES[subject.number[0]]
    found = history.of(
        chat.session, entity=entity, entity_id=subject.id, limit=PAGE + 1, before=before or None
    )
    shown = found[:PAGE]
    turns = [button("newer", ShowTrail(subject.number[0], subject.id, 0))] if before else []
    if len(found) > PAGE:
        turns.append(button("older", ShowTrail(subject.number[0], subject.id, shown[-1].id)))
    chat.show(
        "agent/records/history.html.j2",
        number=subject.number,
        name=subject.name if isinstance(subject, Customer) else "",
        trail=[_entry(chat, subject, one) for one in shown],
        buttons=[turns] if turns else None,
    )


def _entry(chat: Chat, subject: Subject, row: Audit) -> Entry:
    actions = chat.words.labels(chat.language, "trail")
    return Entry(
        at=row.at,
        who=_who(chat, row.actor),
        action=str(actions.get(row.action, actions["other"])),
        lines=[] if row.action in _MERGES else _lines(chat, subject, row.before or {}, row.after or {}),
    )


def _lines(chat: Chat, subject: Subject, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    found = []
    for key in dict.fromkeys([*before, *after]):
        was, now = _text(chat, subject, key, before.get(key)), _text(chat, subject, key, after.get(key))
        if was or now:
            found.append(Line(_name(chat, key), was, now))
    return found


def _name(chat: Chat, key: str) -> str:
    topic = key.partition(":")[2] if key.startswith("preference:") else ""
    if topic:
        return str(chat.words.labels(chat.language, "preference_topics").get(topic, topic))
    names = chat.words.labels(chat.language, "trail_fields")
    return str(names[key]) if key in names else keys.label(chat, key)


def _text(chat: Chat, subject: Subject, key: str, value: Any) -> str:
    """A value as the speaker may read it; empty for what nobody needs to read."""
    if value is None or value == []:
        return ""
    if isinstance(subject, Customer):
        return _of_customer(chat, subject, key, value)
    section = _LABELLED.get((_ENTITIES[subject.number[0]], key))
    if section is not None:
        return str(chat.words.labels(chat.language, section).get(str(value), value))
    if key == "assignee":
        return text(chat, None, "owner_id", value)
    if key in _MONEY and isinstance(subject, Order) and isinstance(value, int):
        return shown_money(chat.language, value, subject.currency)
    if key in _PLAIN:
        return ", ".join(value) if isinstance(value, list) else str(value)
    return ""


def _of_customer(chat: Chat, customer: Customer, key: str, value: Any) -> str:
    if key in _OF_RECORD or key.startswith(records.OWN):
        return text(chat, customer, key, value)
    if key == "referred_by_id":
        return f"C{value}"
    if key.startswith("consent:"):
        return chat.words.label(chat.language, "consent_states", str(value))
    if key == "need_state":
        return chat.words.label(chat.language, "need_states", str(value))
    if key.startswith("preference:"):
        return str(chat.words.labels(chat.language, "preference_values").get(str(value), value))
    return str(value) if key == "need" else ""


def _who(chat: Chat, actor: str) -> str:
    kind, _, id = actor.partition(":")
    if kind == "staff" and id.isdigit():
        staff = chat.session.get(Staff, int(id))
        return staff.name if staff is not None else actor
    if kind == "customer" and id.isdigit():
        customer = chat.session.get(Customer, int(id))
        return customer.name if customer is not None else actor
    known = chat.words.labels(chat.language, "trail_actors")
    return str(known.get(kind, known["machine"]))


def undo_named(chat: Chat) -> None:
    """What would be restored is shown first; one tap restores it."""
    named = number(chat.arguments)
    if named is not None and named[0] != CUSTOMER:
        return _not_undone(chat, _subject(chat, named[0], named[1]))
    customer = whom.whom(chat, "undo").customer
    found = history.undoable(chat.session, customer=customer, by=chat.me)
    chat.say(
        "agent/records/undo.html.j2",
        customer=customer,
        at=found.change.at,
        who=_who(chat, found.change.actor),
        lines=lines(chat, customer, found.changed),
        buttons=[
            [
                button("undo", UndoChange(customer.id, found.change.id)),
                button("open_customer", OpenCustomer(customer.id), number=customer.number),
            ]
        ],
    )


def _not_undone(chat: Chat, subject: Subject) -> None:
    """Money and goods have moved, and customers were told: each step of an order or a ticket has its own way
    back."""
    assert not isinstance(subject, Customer)
    chat.say(
        "agent/records/not_undone.html.j2",
        number=subject.number,
        is_order=isinstance(subject, Order),
        customer=whom.get(chat, subject.customer_id),
    )


def undo(chat: Chat, tapped: UndoChange) -> None:
    customer = whom.get(chat, tapped.customer)
    changed = history.undo(chat.session, customer=customer, change_id=tapped.change, by=chat.me, now=chat.now)
    chat.edit(
        "agent/records/undone.html.j2",
        customer=customer,
        lines=lines(chat, customer, changed),
        buttons=changing.under_change(chat, customer),
    )


HANDLERS = [
    command("history", "记录", role=Role.AGENT, run=history_named, glued=r"\s*[#＃]?[CcＣｃTtＴｔOoＯｏ]\d"),
    command("undo", "撤销", role=Role.AGENT, run=undo_named, glued=GLUED_CUSTOMER),
    tap(ShowTrail, role=Role.AGENT, run=turn),
    tap(UndoChange, role=Role.AGENT, run=undo),
]
