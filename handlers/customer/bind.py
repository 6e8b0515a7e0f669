"""/bind, 绑定手机: a customer shares their own phone number by Telegram's button. Nobody else's is taken: the
contact must be the sender's own, and not forwarded."""

from dataclasses import dataclass
from typing import Any

from crm_store.customers import binding, contacts, names
from crm_store.customers.overview import overview
from crm_store.customers.tables import ContactKind, Customer
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer import message
from handlers.taps import Keyboard, Tap, button

BINDING, CONTACT = "bind", "contact"


@dataclass(frozen=True)
class ItIsMe(Tap, verb="isme"):
    other: int


@dataclass(frozen=True)
class ItIsNotMe(Tap, verb="notme"):
    other: int


def ask(chat: Chat) -> None:
    chat.ask(BINDING, CONTACT)
    share = {"text": chat.words.label(chat.language, "buttons", "share_phone"), "request_contact": True}
    _say(
        chat,
        "customer/bind/ask.html.j2",
        {"keyboard": [[share]], "resize_keyboard": True, "one_time_keyboard": True},
    )


def given(chat: Chat) -> None:
    shared = chat.message.contact
    if shared is None:
        return _something_else(chat)
    if shared.user_id != chat.user.id or chat.message.forward_origin is not None:
        chat.say("customer/bind/not_own.html.j2")
        return None
    chat.leave_form()
    bound = binding.bind(chat.session, customer=chat.speaker, phone=shared.phone_number, now=chat.now)
    if bound is None:
        return _say(chat, "customer/bind/no_phone.html.j2", {"remove_keyboard": True})
    _say(
        chat,
        "customer/bind/bound.html.j2",
        {"remove_keyboard": True},
        phone=contacts.shown(ContactKind.PHONE, bound.contact.value),
    )
    if bound.maybe is not None:
        _ask_whether(chat, bound.maybe)
    return None


def _something_else(chat: Chat) -> None:
    """A number typed by hand proves nothing; any other message is one to the shop."""
    if contacts.phone(chat.message.text or "") is not None:
        chat.say("customer/bind/use_the_button.html.j2")
        return
    chat.leave_form()
    message.take(chat)


def _ask_whether(chat: Chat, other: Customer) -> None:
    """Only what they know anyway if it is them: how their name begins, how many orders."""
    found = overview(chat.session, customer=other, now=chat.now)
    choice: Keyboard = [[button("it_is_me", ItIsMe(other.id)), button("it_is_not_me", ItIsNotMe(other.id))]]
    chat.say(
        "customer/bind/is_it_you.html.j2",
        name=names.hint(other.name),
        orders=found.orders,
        buttons=choice,
    )


def it_is_me(chat: Chat, tapped: ItIsMe) -> None:
    kept = binding.join(chat.session, customer=chat.speaker, other_id=tapped.other, now=chat.now)
    if kept is None:
        return chat.toast("old_button")
    return chat.edit("customer/bind/joined.html.j2")


def it_is_not_me(chat: Chat, tapped: ItIsNotMe) -> None:
    other = binding.candidate(chat.session, customer=chat.speaker)
    if other is None or other.id != tapped.other:
        return chat.toast("old_button")
    binding.leave_to_managers(chat.session, customer=chat.speaker, now=chat.now)
    return chat.edit("customer/bind/not_joined.html.j2")


def say_left(chat: Chat) -> None:
    """Cancelled: the big button goes too."""
    _say(chat, "cancel/left.html.j2", {"remove_keyboard": True}, staff=None)


def _say(chat: Chat, template: str, markup: dict[str, Any], **values: Any) -> None:
    """A message with a reply keyboard, or one that takes it away."""
    params = {
        "text": chat.render(chat.language, template, **values),
        "parse_mode": "HTML",
        "reply_markup": markup,
    }
    chat.queue("sendMessage", params)


HANDLERS = [
    command("bind", "绑定手机", "绑定", role=Role.CUSTOMER, run=ask, customers_only=True, glued=None),
    tap(ItIsMe, role=Role.CUSTOMER, run=it_is_me),
    tap(ItIsNotMe, role=Role.CUSTOMER, run=it_is_not_me),
]
FORMS = [answered(BINDING, CONTACT, role=Role.CUSTOMER, run=given)]
