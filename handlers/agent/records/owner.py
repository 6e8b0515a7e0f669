"""/owner, 负责人: whose customer it is. Agents take one whom nobody has; managers assign anybody.
And /tag C12: a customer's tags."""

import re

from crm_store.customers import customers, records, tags
from crm_store.customers.tables import Customer
from crm_store.refusals import NotAllowed
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.records import changing, keys
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import AssignCustomer, TakeCustomer
from handlers.agent.records.whom import get, whom
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import CUSTOMER, GLUED_CUSTOMER, number
from handlers.taps import Keyboard, button

_BETWEEN_TAGS = re.compile(r"[\s,，、;；]+")
_OFF = "-－"


def owner_named(chat: Chat) -> None:
    found = whom(chat, "owner")
    if not found.rest:
        return _choose(chat, found.customer)
    return _assign(chat, found.customer, keys.owner(chat, found.rest))


def _choose(chat: Chat, customer: Customer) -> None:
    rows: Keyboard = []
    if chat.role.includes(Role.MANAGER):
        team = [one for one in staff_verbs.team(chat.session) if one.id != customer.owner_id]
        names = [button("colleague", AssignCustomer(customer.id, one.id), name=one.name) for one in team]
        rows = [names[at : at + 3] for at in range(0, len(names), 3)]
    elif customer.owner_id is None:
        rows = [[button("take_customer", TakeCustomer(customer.id))]]
    rows.append([button("open_customer", OpenCustomer(customer.id), number=customer.number)])
    owner = chat.session.get(Staff, customer.owner_id) if customer.owner_id else None
    chat.show("agent/records/owner.html.j2", customer=customer, owner=owner, buttons=rows)


def take(chat: Chat, tapped: TakeCustomer) -> None:
    _assign(chat, get(chat, tapped.customer), chat.me.id)


def assign(chat: Chat, tapped: AssignCustomer) -> None:
    _assign(chat, get(chat, tapped.customer), tapped.staff)


def _assign(chat: Chat, customer: Customer, owner_id: int | None) -> None:
    changed = records.change(
        chat.session, customer=customer, changes={"owner_id": owner_id}, actor=chat.me, now=chat.now
    )
    changing.say_changed(chat, customer, changed)
    if changed and owner_id is not None:
        chat.notify(
            [staff_verbs.get(chat.session, staff_id=owner_id)],
            "agent/records/yours_now.html.j2",
            customer=customer,
            by=chat.me,
            buttons=[[button("open_customer", OpenCustomer(customer.id), number=customer.number)]],
        )


def names_a_customer(chat: Chat) -> bool:
    """/tag is a customer's where C12 follows it."""
    found = number(chat.arguments)
    return found is not None and found[0] == CUSTOMER


def tag_named(chat: Chat) -> None:
    """``/tag C12 老客户 -新客户``"""
    found = number(chat.arguments)
    assert found is not None
    customer = customers.get(chat.session, customer_id=found[1])
    words = [one for one in _BETWEEN_TAGS.split(found[2]) if one]
    present = records.tags(chat.session, customer=customer)
    if not words:
        chat.say("agent/records/tags.html.j2", customer=customer, tags=present)
        return
    off = {records.tag(one[1:]) for one in words if one[0] in _OFF}
    on = {records.tag(one) for one in words if one[0] not in _OFF}
    changing.write(chat, customer, {"tags": sorted((set(present) | on) - off)})


def renames_a_tag(chat: Chat) -> bool:
    """``/tag rename 老客户 常客``"""
    first, _, rest = chat.arguments.partition(" ")
    return bool(rest.strip()) and first.casefold() in chat.words.listed("tag_words", "rename")


def rename_tag(chat: Chat) -> None:
    if not chat.role.includes(Role.MANAGER):
        raise NotAllowed(role=Role.MANAGER)
    _, *names = chat.arguments.split()
    if len(names) != 2:
        chat.say("agent/records/rename_tag.html.j2")
        return
    was, to = (records.tag(one) for one in names)
    count = tags.rename(chat.session, was=was, to=to, by=chat.me, now=chat.now)
    chat.say("agent/records/tag_renamed.html.j2", was=was, name=to, count=count)


HANDLERS = [
    command("owner", "负责人", role=Role.AGENT, run=owner_named, glued=GLUED_CUSTOMER),
    tap(TakeCustomer, role=Role.AGENT, run=take),
    tap(AssignCustomer, role=Role.MANAGER, run=assign),
]
