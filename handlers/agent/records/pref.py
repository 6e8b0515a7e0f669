"""/pref, 偏好: what a customer likes or does not want: /pref C12 不要电话, /pref C12 颜色=蓝色."""

from crm_store.customers import preferences
from crm_store.customers.tables import Customer, Preference, PreferenceSource
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import ForgetPreference
from handlers.agent.records.whom import get, whom
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Keyboard, button

SHOWN_VALUE = 20


def preference_named(chat: Chat) -> None:
    found = whom(chat, "pref")
    if found.rest:
        preferences.state(chat.session, customer=found.customer, text=found.rest, actor=chat.me, now=chat.now)
    _list(chat, found.customer)


def forget(chat: Chat, tapped: ForgetPreference) -> None:
    customer = get(chat, tapped.customer)
    preferences.forget(
        chat.session, customer=customer, preference_id=tapped.preference, actor=chat.me, now=chat.now
    )
    _list(chat, customer)


def _list(chat: Chat, customer: Customer) -> None:
    found = preferences.current(chat.session, customer=customer)
    rows: Keyboard = [
        [button("forget", ForgetPreference(customer.id, one.id), name=_value(chat, one)[:SHOWN_VALUE])]
        for one in found
    ]
    rows.append([button("open_customer", OpenCustomer(customer.id), number=customer.number)])
    chat.show("agent/records/preferences.html.j2", customer=customer, preferences=found, buttons=rows)


def _value(chat: Chat, preference: Preference) -> str:
    """What was concluded has a name in each language; what was stated is in the customer's words."""
    if preference.source == PreferenceSource.STATED:
        return preference.value
    return str(chat.words.labels(chat.language, "preference_values").get(preference.value, preference.value))


HANDLERS = [
    command("pref", "偏好", role=Role.AGENT, run=preference_named, glued=GLUED_CUSTOMER),
    tap(ForgetPreference, role=Role.AGENT, run=forget),
]
