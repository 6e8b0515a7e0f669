"""/apikey, 密钥: ways in for the shop's other systems; their tokens are shown once."""

from dataclasses import dataclass

from crm_store.exchange import keys
from crm_store.exchange.tables import ApiKey
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, Tap, button


@dataclass(frozen=True)
class ShowKeys(Tap, verb="keys"):
    """The list; also what a token's message turns into once it was noted."""


@dataclass(frozen=True)
class RevokeKey(Tap, verb="key_revoke"):
    """Asks whether it is meant."""

    key: int


@dataclass(frozen=True)
class RevokeKeySurely(Tap, verb="key_revoke_yes"):
    key: int


def keys_or_new(chat: Chat) -> None:
    """``/apikey`` lists; ``/apikey web shop`` makes one, ``/apikey web shop signed`` one that must sign."""
    if not chat.arguments:
        return show(chat)
    name, signed = _asked(chat)
    if not name:
        return show(chat)
    made = keys.make(chat.session, name=name, signed=signed, by=chat.me, now=chat.now)
    chat.say(
        "owner/apikey/made.html.j2",
        api_key=made.key,
        token=made.token,
        secret=made.secret,
        buttons=[[button("key_noted", ShowKeys())]],
    )


def _asked(chat: Chat) -> tuple[str, bool]:
    """The name, and whether the last word says that requests are to be signed."""
    words = chat.arguments.split()
    signed = words[-1].casefold() in chat.words.listed("key_words", "signed")
    return " ".join(words[:-1] if signed else words), signed


def show(chat: Chat) -> None:
    found = keys.in_use(chat.session)
    makers = staff_verbs.by_ids(chat.session, ids=[one.created_by for one in found])
    chat.show(
        "owner/apikey/keys.html.j2",
        keys=[(one, makers[one.created_by].name if one.created_by in makers else None) for one in found],
        buttons=_buttons(found),
    )


def show_tapped(chat: Chat, _tapped: ShowKeys) -> None:
    show(chat)


def _buttons(found: list[ApiKey]) -> Keyboard:
    each = [button("key_revoke", RevokeKey(one.id), name=one.name, number=one.id) for one in found]
    return [each[at : at + 2] for at in range(0, len(each), 2)]


def ask(chat: Chat, tapped: RevokeKey) -> None:
    key = keys.get(chat.session, key_id=tapped.key)
    yes, no = RevokeKeySurely(key.id), ShowKeys()
    chat.edit(
        "owner/apikey/sure.html.j2",
        api_key=key,
        buttons=[[button("key_revoke_yes", yes), button("key_revoke_no", no)]],
    )


def revoke(chat: Chat, tapped: RevokeKeySurely) -> None:
    key = keys.revoke(chat.session, key_id=tapped.key, by=chat.me, now=chat.now)
    chat.toast("key_revoked", name=key.name)
    show(chat)


HANDLERS = [
    command("apikey", "密钥", role=Role.OWNER, run=keys_or_new, glued=None),
    tap(ShowKeys, role=Role.OWNER, run=show_tapped),
    tap(RevokeKey, role=Role.OWNER, run=ask),
    tap(RevokeKeySurely, role=Role.OWNER, run=revoke),
]
