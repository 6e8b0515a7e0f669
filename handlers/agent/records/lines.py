"""Changes of a record as people read them: the field's name, what it was, what it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crm_store.customers import contacts, records, sight
from crm_store.customers.tables import ContactKind, Customer, CustomField
from crm_store.staff.tables import Staff
from handlers.agent.records import keys
from handlers.chat import Chat

CONTACTS = {kind.value: kind for kind in ContactKind}


@dataclass(frozen=True)
class Line:
    """``before`` and ``after`` are empty where there was, or is, nothing."""

    name: str
    before: str
    after: str


def lines(
    chat: Chat,
    customer: Customer | None,
    changed: records.Changed,
    *,
    typed: Collection[str] = (),
) -> list[Line]:
    """A line for each field that changed. Contacts are masked as the speaker sees them; those that they
    ``typed`` themselves just now (normalised) are not."""
    return [
        Line(
            name=keys.label(chat, key),
            before=text(chat, customer, key, changed.before.get(key), typed=typed),
            after=text(chat, customer, key, changed.after.get(key), typed=typed),
        )
        for key in changed.after
    ]


def text(chat: Chat, customer: Customer | None, key: str, value: Any, *, typed: Collection[str] = ()) -> str:
    """A canonical value as the speaker may read it; empty for none."""
    if value is None or value == []:
        return ""
    if key in CONTACTS:
        return contact_text(chat, customer, CONTACTS[key], value, typed=typed)
    if key == "tags":
        return " ".join(f"#{one}" for one in value)
    if key == "owner_id":
        known = chat.session.get(Staff, int(value))
        return known.name if known is not None else str(value)
    if key.startswith(records.OWN):
        return _own(chat, key, str(value))
    if isinstance(value, bool):
        return chat.words.label(chat.language, "answers", "yes" if value else "no")
    return str(value)


def contact_text(
    chat: Chat,
    customer: Customer | None,
    kind: ContactKind,
    value: str | list[str],
    *,
    typed: Collection[str] = (),
) -> str:
    """Contacts of a kind, each in full or masked."""
    full = customer is None or (chat.staff is not None and sight.sees_contacts(chat.me, customer=customer))
    given = [value] if isinstance(value, str) else value
    return ", ".join(
        contacts.shown(kind, one) if full or one in typed else sight.mask_value(kind, one) for one in given
    )


def typed_contacts(ready: Mapping[str, Any], said: Mapping[str, Any]) -> set[str]:
    """Of the contacts that a change would leave, those whose numbers were among what was typed."""
    found: set[str] = set()
    for key, kind in CONTACTS.items():
        given = said.get(key) or []
        for one in [given] if isinstance(given, str) else given:
            value = contacts.normalised(kind, one)
            if value is not None and value in (ready.get(key) or ()):
                found.add(value)
    return found


def _own(chat: Chat, key: str, value: str) -> str:
    field = chat.session.get(CustomField, int(key.removeprefix(records.OWN)))
    if field is None or not chat.role.includes(field.role):
        return sight.HIDDEN
    return chat.words.own_value(chat.language, field, value, currency=chat.desk.currency)
