"""The edit button of a customer's card: choose a field, write or pick its new value."""

from typing import Any

from crm_store.customers import records
from crm_store.customers.fields import NO, YES
from crm_store.customers.tables import Customer, FieldKind, Tier
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.agent.records import changing, conflict, keys
from handlers.agent.records.buttons import BackToCustomer
from handlers.agent.records.conflict import EDITING
from handlers.agent.records.editing_buttons import (
    ClearField,
    EditCustomer,
    EditField,
    PickValue,
)
from handlers.agent.records.lines import text
from handlers.agent.records.whom import get
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.taps import Keyboard, button

VALUE = "value"
A_ROW = 3


def choose(chat: Chat, tapped: EditCustomer) -> None:
    customer = get(chat, tapped.customer)
    offered = [*keys.OFFERED, *(f"{records.OWN}{one.id}" for one in keys.visible(chat))]
    fields = [button("field", EditField(customer.id, key), name=keys.label(chat, key)) for key in offered]
    rows: Keyboard = [fields[at : at + A_ROW] for at in range(0, len(fields), A_ROW)]
    rows.append([button("back", BackToCustomer(customer.id))])
    chat.show("agent/records/edit.html.j2", customer=customer, buttons=rows)


def ask(chat: Chat, tapped: EditField) -> None:
    customer = get(chat, tapped.customer)
    if not keys.is_key(chat, tapped.key):
        return chat.toast("old_button")
    shown = _current(chat, customer, tapped.key)
    chat.ask(EDITING, VALUE, customer=customer.id, key=tapped.key, shown=shown)
    return chat.show(
        "agent/records/ask_value.html.j2",
        customer=customer,
        name=keys.label(chat, tapped.key),
        value=_shown(chat, customer, shown),
        choices=bool(_options(chat, tapped.key)),
        buttons=_choices(chat, customer, tapped.key),
    )


def _choices(chat: Chat, customer: Customer, key: str) -> Keyboard:
    options = [
        button("option", PickValue(customer.id, place, key), name=name)
        for place, (_, name) in enumerate(_options(chat, key))
    ]
    rows: Keyboard = [options[at : at + A_ROW] for at in range(0, len(options), A_ROW)]
    last = [button("back", EditCustomer(customer.id))]
    if key != "name":
        last.insert(0, button("clear", ClearField(customer.id, key)))
    return [*rows, last]


def _options(chat: Chat, key: str) -> list[tuple[Any, str]]:
    """The values there are to choose from, and what they are called; none where anything may be written."""
    if key == "tier":
        return [(one.value, one.value) for one in Tier]
    if key == "owner_id":
        team = staff_verbs.team(chat.session) if chat.role.includes(Role.MANAGER) else [chat.me]
        return [(one.id, one.name) for one in team]
    own = keys.own(chat, key)
    if own is not None and own.kind == FieldKind.CHOICE:
        return [(one, one) for one in own.choices or ()]
    if own is not None and own.kind == FieldKind.YES_NO:
        return [(one, chat.words.label(chat.language, "answers", one)) for one in (YES, NO)]
    return []


def given(chat: Chat) -> None:
    assert chat.form is not None
    customer, key = get(chat, chat.form.answers["customer"]), chat.form.answers["key"]
    said = (chat.message.text or "").strip()
    if not said:
        chat.say("agent/records/words_only.html.j2", name=keys.label(chat, key))
    else:
        _take(chat, customer, key, keys.value(chat, key, said))


def pick(chat: Chat, tapped: PickValue) -> None:
    options = _options(chat, tapped.key)
    if not 0 <= tapped.option < len(options):
        return chat.toast("old_button")
    return _take(chat, get(chat, tapped.customer), tapped.key, options[tapped.option][0])


def clear(chat: Chat, tapped: ClearField) -> None:
    if not keys.is_key(chat, tapped.key):
        return chat.toast("old_button")
    return _take(chat, get(chat, tapped.customer), tapped.key, None)


def _take(chat: Chat, customer: Customer, key: str, typed: Any) -> None:
    """Write it, unless somebody else changed the field since it was shown."""
    if typed is not None and key in {"tags"}:
        typed = [one for one in str(typed).replace("\n", " ").split(" ")] if "," not in typed else typed
    records.prepare(chat.session, {key: typed}, customer=customer, currency=chat.desk.currency)
    form = chat.form
    is_mine = form is not None and form.form == EDITING and form.answers.get("key") == key
    if form is not None and is_mine and form.answers.get("customer") == customer.id:
        now = _current(chat, customer, key)
        if now != form.answers["shown"]:
            return conflict.ask_which(chat, customer, {key: typed})
        chat.leave_form()
        return changing.write(chat, customer, {key: typed})
    return conflict.write(chat, customer, {key: typed})


def _current(chat: Chat, customer: Customer, key: str) -> dict[str, Any]:
    """A field as it is, as the trail would keep it: to be compared with later."""
    return conflict.current(chat, customer, records.PLACE if key == "address" else (key,))


def _shown(chat: Chat, customer: Customer, value: dict[str, Any]) -> str:
    return " ".join(filter(None, (text(chat, customer, one, value[one]) for one in value)))


HANDLERS = [
    tap(EditCustomer, role=Role.AGENT, run=choose),
    tap(EditField, role=Role.AGENT, run=ask),
    tap(PickValue, role=Role.AGENT, run=pick),
    tap(ClearField, role=Role.AGENT, run=clear),
    *conflict.HANDLERS,
]
FORMS = [
    answered(EDITING, VALUE, role=Role.AGENT, run=given),
    *conflict.FORMS,
]
