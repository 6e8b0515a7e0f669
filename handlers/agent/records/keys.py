"""Which field of a record a word means: 手机, phone, a shop's own field; and what was written to it."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from crm_store.customers import fields, records
from crm_store.customers.refusals import NoSuchField
from crm_store.customers.tables import ContactKind, CustomField
from crm_store.staff import staff as staff_verbs
from handlers.chat import Chat

OFFERED = (
    "name",
    "remark",
    "salutation",
    *(kind.value for kind in ContactKind),
    "company",
    "city",
    "address",
    "tier",
    "owner_id",
    "tags",
)
"""The fields that every record has, in the order they are offered."""

KEYS = (*OFFERED, "province", "district", "street")
"""All that may be named."""

_SIGNS = "=＝"
_COLONS = ":："
_UNKNOWN = rf"[^\s{_SIGNS}{_COLONS},，;；、]{{1,24}}"
_GAP = " \t\n\u3000,，;；、"
_TIER = re.compile(r"^([ABC])\s*[级类]$", re.IGNORECASE)


@dataclass
class Pairs:
    """``手机=139… 城市=上海`` read: what was typed to which key, and what stood before the first."""

    typed: dict[str, Any] = field(default_factory=dict)
    stray: str = ""


def meant(chat: Chat, word: str) -> str | None:
    """The key a word means in any language; None for none."""
    wanted = _folded(word)
    for key in KEYS:
        if wanted == key or wanted in chat.words.listed("set_words", key):
            return key
    for own in visible(chat):
        if _folded(own.name) == wanted:
            return f"{records.OWN}{own.id}"
    return None


def visible(chat: Chat) -> list[CustomField]:
    """The shop's own fields that the speaker's role may see."""
    return [one for one in fields.all(chat.session) if chat.role.includes(one.role)]


def own(chat: Chat, key: str) -> CustomField | None:
    """The shop's own field that a key names."""
    number = key.removeprefix(records.OWN)
    if number == key or not number.isdigit():
        return None
    return next((one for one in visible(chat) if one.id == int(number)), None)


def is_key(chat: Chat, key: str) -> bool:
    return key in KEYS or own(chat, key) is not None


def label(chat: Chat, key: str) -> str:
    """What the speaker calls a field."""
    if key.startswith(records.OWN):
        known = chat.session.get(CustomField, int(key.removeprefix(records.OWN)))
        return known.name.partition("#")[0] if known is not None else key
    names = chat.words.labels(chat.language, "record_fields")
    return str(names.get(key, key))


def words(chat: Chat) -> list[str]:
    """Every word that means a field, the longest first."""
    known = {one for key in KEYS for one in (key, *chat.words.listed("set_words", key))}
    return sorted(known | {_folded(one.name) for one in visible(chat)}, key=len, reverse=True)


def pairs(chat: Chat, text: str, *, strict: bool = True) -> Pairs:
    """Read ``key=value`` pairs; a value goes on until the next key. Several contacts of a kind are a list.

    ``strict``: the text is nothing but a change, so that a single key may do without its sign, and
    one that nobody knows raises NoSuchField. Else it is a word like others. Raises NoSuchStaff for an owner.
    """
    found = Pairs()
    known = "|".join(re.escape(one) for one in words(chat))
    other = rf"|(?P<other>{_UNKNOWN})\s*[{_SIGNS}]" if strict else "|(?P<other>(?!))"
    sign = re.compile(
        rf"(?:^|(?<=[{_GAP}]))(?:(?P<known>{known})\s*[{_SIGNS}{_COLONS}]{other})\s*", re.IGNORECASE
    )
    signs = list(sign.finditer(text))
    found.stray = text[: signs[0].start()].strip(_GAP) if signs else text.strip(_GAP)
    for place, one in enumerate(signs):
        end = signs[place + 1].start() if place + 1 < len(signs) else len(text)
        key = meant(chat, one["known"] or one["other"])
        if key is None:
            raise NoSuchField(name=one["other"], fields=visible(chat))
        _put(found.typed, key, value(chat, key, text[one.end() : end].strip(_GAP)))
    lone = re.match(rf"({known})[{_GAP}]+(.+)", text.strip(), re.IGNORECASE | re.DOTALL)
    if strict and not signs and lone is not None:
        key = meant(chat, lone[1])
        assert key is not None
        found.typed[key], found.stray = value(chat, key, lone[2].strip()), ""
    return found


def value(chat: Chat, key: str, text: str) -> Any:
    """What was typed as ``records.change`` takes it: an owner by name, A级 as A."""
    if key == "owner_id":
        return owner(chat, text)
    if key == "tier" and (spoken := _TIER.match(unicodedata.normalize("NFKC", text).strip())):
        return spoken[1]
    return text or None


def owner(chat: Chat, text: str) -> int | None:
    """A colleague's id by @username, name or number, or the speaker's own; None for nobody.

    Raises NoSuchStaff.
    """
    wanted = _folded(text)
    if not wanted or wanted in chat.words.listed("me_words", "nobody"):
        return None
    if wanted in chat.words.listed("me_words", "me"):
        return chat.me.id
    return staff_verbs.find(chat.session, name=text.strip()).id


def _put(typed: dict[str, Any], key: str, said: Any) -> None:
    if key in typed and said and key in {kind.value for kind in ContactKind}:
        former = typed[key]
        typed[key] = [*(former if isinstance(former, list) else [former]), said]
    else:
        typed[key] = said


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
