"""/new, 新客户: a customer from one line, in any order: /new 张三 13800000000 北京. What was read is shown
field by field before anybody is created, and so are those who may be the same person."""

from collections.abc import Mapping
from typing import Any

from crm_store.customers import interactions, records
from crm_store.customers.tables import Customer, InteractionKind
from crm_store.mailbox.forms import TYPED
from crm_store.staff.roles import Role
from handlers.agent.records import card, keys, new_draft
from handlers.agent.records.editing_buttons import (
    BackToNew,
    ChangeNew,
    ChangeNewField,
    CreateNew,
    DropNew,
    PutRest,
)
from handlers.agent.records.lines import CONTACTS
from handlers.agent.records.new_draft import (
    A_ROW,
    CREATING,
    DRAFT,
    FIELD,
    LEFT_OUT,
    LINE,
    NOTE,
    REST_MAY_BE,
    TAGS,
    is_open,
    show,
)
from handlers.agent.records.one_line import OneLine
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.taps import Button, button

CHANNEL = "staff"


def new(chat: Chat) -> None:
    """Each line begins a draft of its own, numbered by the update that brought it."""
    number = chat.update.update_id % 10**9
    if chat.arguments:
        line = new_draft.read(chat, chat.arguments)
        show(chat, line, typed=chat.arguments, anew=True, number=number)
    else:
        chat.ask(CREATING, LINE, draft=number)
        chat.say("agent/records/new_usage.html.j2")


def line_given(chat: Chat) -> None:
    """The line itself, or more about the person whose draft is open."""
    assert chat.form is not None
    said = (chat.message.text or "").strip()
    if not said:
        chat.say("agent/records/new_words_only.html.j2")
        return
    line = new_draft.read(chat, said, known=new_draft.current(chat))
    show(chat, line, typed=f"{chat.form.answers.get(TYPED, '')}\n{said}".strip(), anew=True)


def field_given(chat: Chat) -> None:
    assert chat.form is not None
    said = (chat.message.text or "").strip()
    if not said:
        chat.say("agent/records/new_words_only.html.j2")
        return
    line, key = new_draft.current(chat), chat.form.answers["key"]
    value = keys.value(chat, key, said)
    line.found[key] = [value] if key in CONTACTS else value
    if key in {"city", "address"}:
        place = records.prepare(chat.session, {key: value})
        line.found = {one: kept for one, kept in line.found.items() if one not in (*records.PLACE, "address")}
        line.found |= {one: kept for one, kept in place.items() if kept}
    show(chat, line, typed=f"{chat.form.answers.get(TYPED, '')}\n{said}".strip(), anew=True)


def put_rest(chat: Chat, tapped: PutRest) -> None:
    if not is_open(chat, tapped.draft):
        return
    line = new_draft.current(chat)
    assert chat.form is not None
    typed = chat.form.answers[TYPED]
    if line.rest and tapped.key != LEFT_OUT and tapped.key in REST_MAY_BE:
        if tapped.key == NOTE:
            line.note = "\n".join(filter(None, (line.note, " ".join(line.rest))))
        elif tapped.key == TAGS:
            tags = [records.tag(one) for one in line.rest]
            line.found[TAGS] = list(dict.fromkeys([*line.found.get(TAGS, []), *tags]))
        elif tapped.key == "city":
            line.found |= {
                key: one
                for key, one in records.prepare(chat.session, {"city": " ".join(line.rest)}).items()
                if one
            }
        else:
            line.found[tapped.key] = " ".join(line.rest)
    show(chat, OneLine(line.found, [], line.note), typed=typed)


def choose_field(chat: Chat, tapped: ChangeNew) -> None:
    if not is_open(chat, tapped.draft):
        return
    offered = [*keys.OFFERED, *(f"{records.OWN}{one.id}" for one in keys.visible(chat))]
    names: list[Button] = [
        button("field", ChangeNewField(tapped.draft, key), name=keys.label(chat, key)) for key in offered
    ]
    rows = [names[at : at + A_ROW] for at in range(0, len(names), A_ROW)]
    chat.edit("agent/records/new_which.html.j2", buttons=[*rows, [button("back", BackToNew(tapped.draft))]])


def ask_field(chat: Chat, tapped: ChangeNewField) -> None:
    if not is_open(chat, tapped.draft) or not keys.is_key(chat, tapped.key):
        return
    assert chat.form is not None
    chat.ask(CREATING, FIELD, **{**chat.form.answers, "key": tapped.key})
    chat.edit(
        "agent/records/new_field.html.j2",
        name=keys.label(chat, tapped.key),
        buttons=[[button("back", BackToNew(tapped.draft))]],
    )


def back(chat: Chat, tapped: BackToNew) -> None:
    if is_open(chat, tapped.draft):
        assert chat.form is not None
        show(chat, new_draft.current(chat), typed=chat.form.answers[TYPED])


def drop(chat: Chat, tapped: DropNew) -> None:
    if is_open(chat, tapped.draft):
        chat.leave_form()
        chat.edit("agent/records/new_dropped.html.j2")


def create(chat: Chat, tapped: CreateNew) -> None:
    """Looked up once more: a colleague may have been faster."""
    if not is_open(chat, tapped.draft):
        return
    line = new_draft.current(chat)
    assert chat.form is not None
    ready = records.prepare(chat.session, line.found, currency=chat.desk.currency)
    unseen = {one.customer.id for one in new_draft.likely_of(chat, ready)} - set(chat.form.answers["seen"])
    if line.rest or unseen or "name" not in ready:
        show(chat, line, typed=chat.form.answers[TYPED])
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
