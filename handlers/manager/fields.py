"""/field, 字段: the shop's own fields of its customers: /field add 生日 date, /field drop 生日."""

import re
import unicodedata

from crm_store.customers import fields
from crm_store.customers.filter_values import tables
from crm_store.customers.tables import FieldKind
from crm_store.staff.roles import Role
from handlers.agent.records.keys import KEYS
from handlers.chat import Chat
from handlers.commands import command

_BETWEEN_CHOICES = re.compile(r"[\s,，、/|;；]+")


def field_named(chat: Chat) -> None:
    words = chat.arguments.split()
    verb = _meant(chat, words[0], "field_words", ["add", "drop"]) if words else None
    if verb == "add" and len(words) > 1:
        _add(chat, words[1:])
    elif verb == "drop" and len(words) > 1:
        _drop(chat, " ".join(words[1:]))
    else:
        chat.say("manager/fields/list.html.j2", fields=fields.all(chat.session))


def _add(chat: Chat, words: list[str]) -> None:
    """The name, its kind, what there is to choose from, and last the role that may see it."""
    role = _meant(chat, words[-1], "role_words", [Role.AGENT, Role.MANAGER, Role.OWNER])
    words = words[:-1] if role is not None and len(words) > 2 else words
    kinds = [_meant(chat, word, "field_kind_words", list(FieldKind)) for word in words]
    place = next((at for at, kind in enumerate(kinds) if kind is not None and at > 0), None)
    if place is None:
        chat.say("manager/fields/usage.html.j2", name=" ".join(words), kinds=list(FieldKind))
        return
    field = fields.define(
        chat.session,
        name=" ".join(words[:place]),
        kind=FieldKind(kinds[place] or ""),
        choices=_BETWEEN_CHOICES.split(" ".join(words[place + 1 :])),
        role=Role(role) if role is not None else Role.AGENT,
        reserved=reserved(chat),
        by=chat.me,
        now=chat.now,
    )
    chat.say("manager/fields/added.html.j2", field=field)


def _drop(chat: Chat, name: str) -> None:
    field = fields.by_name(chat.session, name=name)
    fields.drop(chat.session, field=field, by=chat.me, now=chat.now)
    chat.say("manager/fields/dropped.html.j2", field=field)


def reserved(chat: Chat) -> frozenset[str]:
    """Words that mean a field already, in a change or in a filter."""
    of_records = {one for key in KEYS for one in (key, *chat.words.listed("set_words", key))}
    return frozenset(of_records.union(*tables()["fields"].values()))


def _meant(chat: Chat, text: str, section: str, choices: list[str]) -> str | None:
    typed = unicodedata.normalize("NFKC", text).casefold()
    for one in choices:
        if typed == one or typed in chat.words.listed(section, one):
            return one
    return None


HANDLERS = [command("field", "字段", role=Role.MANAGER, run=field_named)]
