"""/profile, 我的资料: what the shop knows about a customer, to correct or to confirm."""

from dataclasses import dataclass

from crm_store.customers import contacts, freshness, preferences, records
from crm_store.customers.tables import ContactKind, Customer, PreferenceSource
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer import bind
from handlers.taps import Keyboard, Tap, button

PROFILE, VALUE = "profile", "value"
PREFERENCE = "preference"
OWN_KEYS = ("name", "address", "email")


@dataclass(frozen=True)
class ShowProfile(Tap, verb="me"):
    """In place of the tapped message."""


@dataclass(frozen=True)
class CorrectOwn(Tap, verb="mefix"):
    key: str


@dataclass(frozen=True)
class StillRight(Tap, verb="meok"):
    pass


@dataclass(frozen=True)
class BindOwn(Tap, verb="mebind"):
    pass


def profile(chat: Chat) -> None:
    show(chat, chat.speaker)


def again(chat: Chat, _tapped: ShowProfile) -> None:
    show(chat, chat.speaker)


def show(chat: Chat, customer: Customer) -> None:
    ways = contacts.of(chat.session, customer=customer)
    wishes = preferences.current(chat.session, customer=customer)
    chat.show(
        "customer/profile/profile.html.j2",
        customer=customer,
        phones=[contacts.shown(one.kind, one.value) for one in ways if one.kind == ContactKind.PHONE],
        emails=[one.value for one in ways if one.kind == ContactKind.EMAIL],
        wishes=[one.value for one in wishes if one.source == PreferenceSource.STATED],
        due=any(freshness.is_due(one, now=chat.now) for one in ways),
        buttons=_buttons(chat, has_contacts=bool(ways)),
    )


def _buttons(chat: Chat, *, has_contacts: bool) -> Keyboard:
    names = [
        button("own_field", CorrectOwn(key), name=chat.words.label(chat.language, "own_fields", key))
        for key in (*OWN_KEYS, PREFERENCE)
    ]
    rows: Keyboard = [[button("still_right", StillRight())]] if has_contacts else []
    return [*rows, names[:2], names[2:], [button("own_bind", BindOwn())]]


def ways_to_confirm() -> Keyboard:
    """Under the question whether their contacts are still right."""
    return [[button("still_right", StillRight()), button("correct_own", ShowProfile())]]


def bind_own(chat: Chat, _tapped: BindOwn) -> None:
    bind.ask(chat)


def still_right(chat: Chat, _tapped: StillRight) -> None:
    freshness.confirm(chat.session, customer=chat.speaker, actor=chat.speaker, now=chat.now)
    chat.toast("confirmed")
    show(chat, chat.speaker)


def correct(chat: Chat, tapped: CorrectOwn) -> None:
    if tapped.key not in (*OWN_KEYS, PREFERENCE):
        return chat.toast("old_button")
    _ = chat.speaker
    chat.ask(PROFILE, VALUE, key=tapped.key)
    chat.say(
        "customer/profile/ask.html.j2",
        field=tapped.key,
        name=chat.words.label(chat.language, "own_fields", tapped.key),
        buttons=[[button("back", ShowProfile())]],
    )
    return None


def given(chat: Chat) -> None:
    """A refused value leaves the question open."""
    assert chat.form is not None
    key, said = chat.form.answers["key"], (chat.message.text or "").strip()
    customer = chat.speaker
    if not said:
        chat.say("customer/profile/words_only.html.j2")
        return
    if key == PREFERENCE:
        preferences.state(chat.session, customer=customer, text=said, actor=customer, now=chat.now)
    else:
        records.change(chat.session, customer=customer, changes={key: said}, actor=customer, now=chat.now)
    chat.leave_form()
    show(chat, customer)


HANDLERS = [
    command("profile", "我的资料", role=Role.CUSTOMER, run=profile, customers_only=True, glued=None),
    tap(ShowProfile, role=Role.CUSTOMER, run=again),
    tap(CorrectOwn, role=Role.CUSTOMER, run=correct),
    tap(StillRight, role=Role.CUSTOMER, run=still_right),
    tap(BindOwn, role=Role.CUSTOMER, run=bind_own),
]
FORMS = [answered(PROFILE, VALUE, role=Role.CUSTOMER, run=given)]
