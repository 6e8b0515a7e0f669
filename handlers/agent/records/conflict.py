"""Two people change one field at once: the second sees both versions, and chooses."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from crm_store.customers import records
from crm_store.customers.tables import Customer, Tier
from crm_store.staff import history
from crm_store.staff.roles import Role
from handlers.agent.records import changing, keys
from handlers.agent.records.editing_buttons import KeepTheirs, TakeMine
from handlers.agent.records.lines import lines, typed_contacts
from handlers.agent.records.whom import get
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.taps import button

EDITING, CONFLICT = "edit_customer", "conflict"
AT_ONCE = timedelta(minutes=5)
"""What a colleague wrote so shortly before may not have been seen yet."""


def write(chat: Chat, customer: Customer, typed: Mapping[str, Any]) -> None:
    """Change what was typed; where somebody else has just changed the same, ask first."""
    ready = records.prepare(chat.session, typed, customer=customer, currency=chat.desk.currency)
    records.check(chat.session, customer=customer, values=ready, actor=chat.me)
    now = records.current(chat.session, customer=customer, keys=ready)
    theirs = history.just_changed(
        chat.session, customer=customer, since=chat.now - AT_ONCE, by_others_than=chat.me
    )
    if any(key in theirs and ready[key] != now[key] for key in ready):
        ask_which(chat, customer, typed)
    else:
        changing.write(chat, customer, dict(typed))


def ask_which(chat: Chat, customer: Customer, typed: Mapping[str, Any]) -> None:
    ready = records.prepare(chat.session, typed, customer=customer, currency=chat.desk.currency)
    shown = current(chat, customer, ready)
    chat.ask(EDITING, CONFLICT, customer=customer.id, mine=dict(typed), shown=shown)
    named = [key for key in ready if key != "province" or "city" not in typed or key in typed]
    differing = [key for key in named if plain(ready[key]) != shown[key]]
    both = records.Changed({key: shown[key] for key in differing}, {key: ready[key] for key in differing})
    chat.say(
        "agent/records/conflict.html.j2",
        customer=customer,
        lines=lines(chat, customer, both, typed=typed_contacts(ready, typed)),
        buttons=[
            [button("take_mine", TakeMine(customer.id)), button("keep_theirs", KeepTheirs(customer.id))]
        ],
    )


def take_mine(chat: Chat, tapped: TakeMine) -> None:
    form = chat.form
    if form is None or (form.form, form.step) != (EDITING, CONFLICT):
        return chat.toast("old_button")
    customer = get(chat, form.answers["customer"])
    if customer.id != tapped.customer:
        return chat.toast("old_button")
    mine, shown = form.answers["mine"], form.answers["shown"]
    if current(chat, customer, shown) != shown:  # a third person, meanwhile
        return ask_which(chat, customer, mine)
    chat.leave_form()
    return changing.write(chat, customer, mine)


def keep_theirs(chat: Chat, tapped: KeepTheirs) -> None:
    form = chat.form
    if form is not None and (form.form, form.step) == (EDITING, CONFLICT):
        chat.leave_form()
    customer = get(chat, tapped.customer)
    chat.edit("agent/records/kept_theirs.html.j2", customer=customer)


def which_again(chat: Chat) -> None:
    """A message where a button was asked for: it is a new version of one's own."""
    assert chat.form is not None
    customer, mine = get(chat, chat.form.answers["customer"]), chat.form.answers["mine"]
    said = (chat.message.text or "").strip()
    if said and len(mine) == 1:
        mine = {key: keys.value(chat, key, said) for key in mine}
    elif said:
        mine = keys.pairs(chat, said).typed or mine
    ask_which(chat, customer, mine)


def current(chat: Chat, customer: Customer, wanted: Iterable[str]) -> dict[str, Any]:
    """Fields as they are, as the trail would keep them: to be compared with later."""
    found = records.current(chat.session, customer=customer, keys=wanted)
    return {key: plain(value) for key, value in found.items()}


def plain(value: Any) -> Any:
    return value.value if isinstance(value, Tier) else value


HANDLERS = [
    tap(TakeMine, role=Role.AGENT, run=take_mine),
    tap(KeepTheirs, role=Role.AGENT, run=keep_theirs),
]
FORMS = [answered(EDITING, CONFLICT, role=Role.AGENT, run=which_again)]
