"""/new, 新客户: a customer from one line, in any order: /new 张三 13800000000 北京. What was read is shown
field by field before anybody is created, and so are those who may be the same person."""

from collections.abc import Mapping
from typing import Any

from crm_store.customers import contacts, duplicates, interactions, records
from crm_store.customers.duplicates import Likely
from crm_store.customers.tables import ContactKind, Customer, InteractionKind
from crm_store.mailbox.forms import TYPED
from crm_store.staff.roles import Role
from handlers.agent.records import card, keys, one_line
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import (
    BackToNew,
    ChangeNew,
    ChangeNewField,
    CreateNew,
    DropNew,
    PutRest,
)
from handlers.agent.records.lines import CONTACTS, contact_text, text
from handlers.agent.records.one_line import OneLine
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.taps import Button, Keyboard, button

CREATING, LINE, DRAFT, FIELD = "new_customer", "line", "draft", "field"
SHOWN_LIKELY = 5
A_ROW = 3
CHANNEL = "staff"
LEFT_OUT = "none"
_ORDER = ("name", "salutation", "remark", "phone", "email", "wechat", "qq", "company", *records.PLACE)
NOTE = "note"
REST_MAY_BE = ("name", NOTE, "remark", "company", "city", "street", "tags")


def new(chat: Chat) -> None:
    if chat.arguments:
        _show(chat, _read(chat, chat.arguments, {}), typed=chat.arguments, anew=True)
    else:
        chat.ask(CREATING, LINE)
        chat.say("agent/records/new_usage.html.j2")


def line_given(chat: Chat) -> None:
    """The line itself, or more about the person whose draft is open."""
    assert chat.form is not None
    said = (chat.message.text or "").strip()
    if not said:
        chat.say("agent/records/new_words_only.html.j2")
        return
    known, typed = _draft(chat), str(chat.form.answers.get(TYPED, ""))
    _show(
        chat, one_line.add(known, _read(chat, said, known.found)), typed=f"{typed}\n{said}".strip(), anew=True
    )


def field_given(chat: Chat) -> None:
    assert chat.form is not None
    said = (chat.message.text or "").strip()
    if not said:
        chat.say("agent/records/new_words_only.html.j2")
        return
    line, key = _draft(chat), chat.form.answers["key"]
    value = keys.value(chat, key, said)
    line.found[key] = [value] if key in CONTACTS else value
    if key in {"city", "address"}:
        place = records.prepare(chat.session, {key: value})
        line.found = {one: kept for one, kept in line.found.items() if one not in (*records.PLACE, "address")}
        line.found |= {one: kept for one, kept in place.items() if kept}
    _show(chat, line, typed=f"{chat.form.answers.get(TYPED, '')}\n{said}".strip(), anew=True)


def _read(chat: Chat, said: str, known: Mapping[str, Any]) -> OneLine:
    """What is written to a field by name is that; the rest is recognised."""
    pairs = keys.pairs(chat, said, strict=False)
    free = [pairs.stray]
    found: dict[str, Any] = {}
    for key, value in pairs.typed.items():
        if key in CONTACTS and isinstance(value, str):
            value, rest = _first_contact(CONTACTS[key], value)
            free.append(rest)
        if key == "name" and value:  # the rest of the line may stand behind it
            free.append(str(value))
            continue
        found[key] = [value] if key in CONTACTS and isinstance(value, str) else value
    line = one_line.read(" ".join(filter(None, free))) if any(free) else OneLine()
    if "name" in known and line.found.get("name") and "salutation" not in line.found:
        line.rest.insert(0, line.found.pop("name"))  # a word more about somebody who has a name
    for key, value in line.found.items():
        if isinstance(value, list):
            found[key] = [*(found.get(key) or []), *value]
        else:
            found.setdefault(key, value)
    return OneLine({key: value for key, value in found.items() if value}, line.rest)


def _first_contact(kind: ContactKind, value: str) -> tuple[str, str]:
    """The longest beginning that is such a contact, and what stands behind it."""
    words = value.split()
    for end in range(len(words), 0, -1):
        if contacts.normalised(kind, " ".join(words[:end])) is not None:
            return " ".join(words[:end]), " ".join(words[end:])
    return value, ""


def _show(chat: Chat, line: OneLine, *, typed: str, anew: bool = False) -> None:
    """The draft as it is, and what may be done with it. Refused values leave the draft as it was."""
    ready = records.prepare(chat.session, line.found, currency=chat.desk.currency)
    likely = _likely(chat, ready)
    draft = chat.form.answers.get("draft", 0) if chat.form is not None and chat.form.form == CREATING else 0
    draft = draft or chat.update.update_id % 10**9
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
        free = [key for key in REST_MAY_BE if key in {"tags", NOTE} or key not in line.found]
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


def _likely(chat: Chat, ready: Mapping[str, Any]) -> list[Likely]:
    known = [(kind, value) for key, kind in CONTACTS.items() for value in ready.get(key) or ()]
    return duplicates.likely(chat.session, name=ready.get("name"), contacts=known, limit=SHOWN_LIKELY)


def _reasons(chat: Chat, one: Likely) -> list[str]:
    names = chat.words.labels(chat.language, "reasons")
    return [str(names.get(reason, reason)) for reason in one.reasons]


def _contact_of(chat: Chat, customer: Customer) -> str:
    known = contacts.of(chat.session, customer=customer)
    return contact_text(chat, customer, known[0].kind, known[0].value) if known else ""


def _draft(chat: Chat) -> OneLine:
    assert chat.form is not None
    known = chat.form.answers
    return OneLine(dict(known.get("found", {})), list(known.get("rest", [])), str(known.get("note", "")))


def _is_open(chat: Chat, draft: int) -> bool:
    """Whether this draft is still the one the speaker is writing; else its buttons are old."""
    form = chat.form
    if form is not None and form.form == CREATING and form.answers.get("draft") == draft:
        return True
    chat.toast("old_button")
    return False


def put_rest(chat: Chat, tapped: PutRest) -> None:
    if not _is_open(chat, tapped.draft):
        return
    line = _draft(chat)
    assert chat.form is not None
    typed = chat.form.answers[TYPED]
    if line.rest and tapped.key != LEFT_OUT and tapped.key in REST_MAY_BE:
        if tapped.key == NOTE:
            line.note = "\n".join(filter(None, (line.note, " ".join(line.rest))))
        elif tapped.key == "tags":
            tags = [records.tag(one) for one in line.rest]
            line.found["tags"] = list(dict.fromkeys([*line.found.get("tags", []), *tags]))
        elif tapped.key == "city":
            line.found |= {
                key: one
                for key, one in records.prepare(chat.session, {"city": " ".join(line.rest)}).items()
                if one
            }
        else:
            line.found[tapped.key] = " ".join(line.rest)
    _show(chat, OneLine(line.found, [], line.note), typed=typed)


def choose_field(chat: Chat, tapped: ChangeNew) -> None:
    if not _is_open(chat, tapped.draft):
        return
    offered = [*keys.OFFERED, *(f"{records.OWN}{one.id}" for one in keys.visible(chat))]
    names: list[Button] = [
        button("field", ChangeNewField(tapped.draft, key), name=keys.label(chat, key)) for key in offered
    ]
    rows = [names[at : at + A_ROW] for at in range(0, len(names), A_ROW)]
    chat.edit("agent/records/new_which.html.j2", buttons=[*rows, [button("back", BackToNew(tapped.draft))]])


def ask_field(chat: Chat, tapped: ChangeNewField) -> None:
    if not _is_open(chat, tapped.draft) or not keys.is_key(chat, tapped.key):
        return
    assert chat.form is not None
    chat.ask(CREATING, FIELD, **{**chat.form.answers, "key": tapped.key})
    chat.edit(
        "agent/records/new_field.html.j2",
        name=keys.label(chat, tapped.key),
        buttons=[[button("back", BackToNew(tapped.draft))]],
    )


def back(chat: Chat, tapped: BackToNew) -> None:
    if _is_open(chat, tapped.draft):
        assert chat.form is not None
        _show(chat, _draft(chat), typed=chat.form.answers[TYPED])


def drop(chat: Chat, tapped: DropNew) -> None:
    if _is_open(chat, tapped.draft):
        chat.leave_form()
        chat.edit("agent/records/new_dropped.html.j2")


def create(chat: Chat, tapped: CreateNew) -> None:
    """Looked up once more: a colleague may have been faster."""
    if not _is_open(chat, tapped.draft):
        return
    line = _draft(chat)
    assert chat.form is not None
    ready = records.prepare(chat.session, line.found, currency=chat.desk.currency)
    unseen = {one.customer.id for one in _likely(chat, ready)} - set(chat.form.answers["seen"])
    if line.rest or unseen or "name" not in ready:
        _show(chat, line, typed=chat.form.answers[TYPED])
        return
    customer = _write(chat, line.found)
    if line.note:
        interactions.log(
            chat.session,
            customer=customer,
            kind=InteractionKind.NOTE,
            way=None,
            duration_seconds=None,
            text=line.note,
            by=chat.me,
            at=chat.now,
            now=chat.now,
        )
    chat.leave_form()
    chat.edit("agent/records/new_created.html.j2", customer=customer)
    card.show(chat, customer, anew=True)


def _write(chat: Chat, found: Mapping[str, Any]) -> Customer:
    """An agent who enters somebody has them; a manager enters people for others."""
    given = dict(found)
    own = {key: given.pop(key) for key in list(given) if key.startswith(records.OWN)}
    ways = [(kind, value) for key, kind in CONTACTS.items() for value in given.pop(key, None) or ()]
    if "address" in given:
        place = records.prepare(chat.session, {"address": given.pop("address")})
        given |= {key: value for key, value in place.items() if value}
    if not chat.role.includes(Role.MANAGER):
        given.setdefault("owner_id", chat.me.id)
    return records.create(
        chat.session,
        contacts=ways,
        values={int(key.removeprefix(records.OWN)): value for key, value in own.items()},
        language=chat.desk.languages[0],
        source=CHANNEL,
        channel=CHANNEL,
        currency=chat.desk.currency,
        actor=chat.me,
        now=chat.now,
        **given,
    )


HANDLERS = [
    command("new", "新客户", "建客户", role=Role.AGENT, run=new),
    tap(CreateNew, role=Role.AGENT, run=create),
    tap(ChangeNew, role=Role.AGENT, run=choose_field),
    tap(ChangeNewField, role=Role.AGENT, run=ask_field),
    tap(PutRest, role=Role.AGENT, run=put_rest),
    tap(DropNew, role=Role.AGENT, run=drop),
    tap(BackToNew, role=Role.AGENT, run=back),
]
FORMS = [
    answered(CREATING, LINE, role=Role.AGENT, run=line_given),
    answered(CREATING, DRAFT, role=Role.AGENT, run=line_given),
    answered(CREATING, FIELD, role=Role.AGENT, run=field_given),
]
