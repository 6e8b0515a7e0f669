"""The draft of a new customer: read from what is typed, shown field by field with those it may be."""

import re
from collections.abc import Mapping
from typing import Any

from crm_store.customers import contacts, duplicates, records
from crm_store.customers.duplicates import Likely
from crm_store.customers.tables import ContactKind, Customer
from crm_store.mailbox.forms import TYPED
from handlers.agent.records import keys, one_line
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import ChangeNew, CreateNew, DropNew, PutRest
from handlers.agent.records.lines import CONTACTS, contact_text, text
from handlers.agent.records.one_line import OneLine
from handlers.chat import Chat
from handlers.taps import Keyboard, button

CREATING, LINE, DRAFT, FIELD = "new_customer", "line", "draft", "field"
SHOWN_LIKELY = 5
A_ROW = 3
LEFT_OUT, NOTE, TAGS = "none", "note", "tags"
REST_MAY_BE = ("name", NOTE, "remark", "company", "city", "street", TAGS)
_ORDER = ("name", "salutation", "remark", "phone", "email", "wechat", "qq", "company", *records.PLACE)


def read(chat: Chat, said: str, *, known: OneLine | None = None) -> OneLine:
    """What is written to a field by name is that, in place of what it was; the rest is recognised, and comes
    to what is ``known``."""
    known = known or OneLine()
    pairs = keys.pairs(chat, said, strict=False)
    kept = {key: value for key, value in known.found.items() if key not in pairs.typed}
    free = [pairs.stray]
    found: dict[str, Any] = {}
    for key, value in pairs.typed.items():
        if key in CONTACTS and isinstance(value, str):
            value, rest = _first_contact(CONTACTS[key], value)
            free.append(rest)
        if key == "name" and value:
            value, rest = _first_name(str(value))
            free.append(rest)
        found[key] = [value] if key in CONTACTS and isinstance(value, str) else value
    line = one_line.read(" ".join(filter(None, free))) if any(free) else OneLine()
    line.rest = [
        one for one in line.rest if keys.meant(chat, one) is None
    ]  # what stood for it was recognised
    if "name" in kept and line.found.get("name") and "salutation" not in line.found:
        line.rest.insert(0, line.found.pop("name"))  # a word more about somebody who has a name
    for key, value in line.found.items():
        if isinstance(value, list):
            found[key] = [*(found.get(key) or []), *value]
        else:
            found.setdefault(key, value)
    more = OneLine({key: value for key, value in found.items() if value}, line.rest)
    return one_line.add(OneLine(kept, known.rest, known.note), more)


def _first_name(value: str) -> tuple[str, str]:
    """One word, or the Latin words that follow each other; the rest of the line may stand behind."""
    words = value.split()
    end = 1
    while (
        end < len(words)
        and words[0].isascii()
        and re.fullmatch(r"[^\W\d_][^\W\d_.'-]*\.?", words[end], re.ASCII)
    ):
        end += 1
    return " ".join(words[:end]), " ".join(words[end:])


def _first_contact(kind: ContactKind, value: str) -> tuple[str, str]:
    """The longest beginning that is such a contact, and what stands behind it."""
    words = value.split()
    for end in range(len(words), 0, -1):
        if contacts.normalised(kind, " ".join(words[:end])) is not None:
            return " ".join(words[:end]), " ".join(words[end:])
    return value, ""


def show(chat: Chat, line: OneLine, *, typed: str, anew: bool = False, number: int = 0) -> None:
    """The draft as it is, and what may be done with it. Refused values leave the draft as it was.

    ``number`` begins another draft: the buttons of the one before are old.
    """
    ready = records.prepare(chat.session, line.found, currency=chat.desk.currency)
    likely = likely_of(chat, ready)
    draft = number or (int(chat.form.answers["draft"]) if chat.form is not None else 0)
    chat.ask(
        CREATING,
        DRAFT,
        found=line.found,
        rest=line.rest,
        note=line.note,
        draft=draft,
        seen=[one.customer.id for one in likely],
        **{TYPED: typed},
    )
    (chat.say if anew else chat.show)(
        "agent/records/new_draft.html.j2",
        fields=[(keys.label(chat, key), text(chat, None, key, ready[key])) for key in _ordered(ready)],
        note=line.note,
        rest=" ".join(line.rest),
        has_name="name" in ready,
        likely=[(one, _reasons(chat, one), _contact_of(chat, one.customer)) for one in likely],
        buttons=_buttons(draft, line, likely, has_name="name" in ready),
    )


def _buttons(draft: int, line: OneLine, likely: list[Likely], *, has_name: bool) -> Keyboard:
    rows: Keyboard = [
        [
            button(
                "new_whose", OpenCustomer(one.customer.id), number=one.customer.number, name=one.customer.name
            )
        ]
        for one in likely
    ]
    last = [button("new_edit", ChangeNew(draft)), button("new_drop", DropNew(draft))]
    if line.rest:
        free = [key for key in REST_MAY_BE if key in {TAGS, NOTE} or key not in line.found]
        places = [button(f"new_to_{key}", PutRest(draft, key)) for key in free]
        places.append(button("new_leave_out", PutRest(draft, LEFT_OUT)))
        rows += [places[at : at + A_ROW] for at in range(0, len(places), A_ROW)]
    elif has_name:
        create = "new_anyway" if likely else "new_create"
        last.insert(0, button(create, CreateNew(draft)))
    return [*rows, last]


def _ordered(ready: Mapping[str, Any]) -> list[str]:
    """The keys that have a value, in the order in which fields are always shown."""
    there = [key for key in ready if ready[key]]
    return sorted(there, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER))


def likely_of(chat: Chat, ready: Mapping[str, Any]) -> list[Likely]:
    known = [(kind, value) for key, kind in CONTACTS.items() for value in ready.get(key) or ()]
    return duplicates.likely(chat.session, name=ready.get("name"), contacts=known, limit=SHOWN_LIKELY)


def _reasons(chat: Chat, one: Likely) -> list[str]:
    names = chat.words.labels(chat.language, "reasons")
    return [str(names.get(reason, reason)) for reason in one.reasons]


def _contact_of(chat: Chat, customer: Customer) -> str:
    known = contacts.of(chat.session, customer=customer)
    return contact_text(chat, customer, known[0].kind, known[0].value) if known else ""


def current(chat: Chat) -> OneLine:
    assert chat.form is not None
    known = chat.form.answers
    return OneLine(dict(known.get("found", {})), list(known.get("rest", [])), str(known.get("note", "")))


def is_open(chat: Chat, draft: int) -> bool:
    """Whether this draft is still the one the speaker is writing; else its buttons are old."""
    form = chat.form
    if form is not None and form.form == CREATING and form.answers.get("draft") == draft:
        return True
    chat.toast("old_button")
    return False
