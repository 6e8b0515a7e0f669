"""/prio, /tag, /type (优先级, 标签, 类型): how urgent a ticket is, what it is about."""

import re
import unicodedata
from enum import StrEnum
from typing import TypeVar

from crm_store.service import kinds, tickets
from crm_store.service.states import Kind, Priority
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import card
from handlers.agent.aim import NUMBER, aim, get
from handlers.agent.buttons import ChooseKind, ChoosePriority, SetKind, SetPriority, back_to
from handlers.agent.records import owner
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import button

E = TypeVar("E", bound=StrEnum)
KINDS = (Kind.INQUIRY, Kind.COMPLAINT, Kind.FEEDBACK, Kind.ORDER_STATUS)
TAGGED = r"\s*[#＃]?[TtＴｔCcＣｃ]?\d"
_BETWEEN_TAGS = re.compile(r"[\s,，、;；#＃]+")


def priority_named(chat: Chat) -> None:
    found = aim(chat, "prio")
    priority = _meant(chat, found.rest, list(Priority), "priority_words")
    if priority is None:
        _choose_priority(chat, found.ticket)
    else:
        _set_priority(chat, found.ticket, priority)


def choose_priority(chat: Chat, tapped: ChoosePriority) -> None:
    _choose_priority(chat, get(chat, tapped.ticket))


def _choose_priority(chat: Chat, ticket: Ticket) -> None:
    row = [button(f"priority_{one}", SetPriority(ticket.id, one)) for one in Priority]
    chat.show("agent/sort/priority.html.j2", ticket=ticket, buttons=[row[:2], row[2:], back_to(ticket)])


def set_priority(chat: Chat, tapped: SetPriority) -> None:
    _set_priority(chat, get(chat, tapped.ticket), tapped.priority)


def _set_priority(chat: Chat, ticket: Ticket, priority: Priority) -> None:
    if ticket.priority != priority:
        tickets.set_priority(chat.session, ticket=ticket, priority=priority, by=chat.me, now=chat.now)
    name = chat.words.label(chat.language, "priorities", priority)
    card.changed(chat, ticket, "priority_set", priority=name)


def kind_named(chat: Chat) -> None:
    found = aim(chat, "type")
    kind = _meant(chat, found.rest, list(KINDS), "kind_words")
    if kind is None:
        _choose_kind(chat, found.ticket)
    else:
        _set_kind(chat, found.ticket, kind)


def choose_kind(chat: Chat, tapped: ChooseKind) -> None:
    _choose_kind(chat, get(chat, tapped.ticket))


def _choose_kind(chat: Chat, ticket: Ticket) -> None:
    row = [button(f"kind_{one}", SetKind(ticket.id, one)) for one in KINDS if one != ticket.kind]
    chat.show("agent/sort/kind.html.j2", ticket=ticket, buttons=[row[:2], row[2:], back_to(ticket)])


def set_kind(chat: Chat, tapped: SetKind) -> None:
    if tapped.kind in KINDS:
        _set_kind(chat, get(chat, tapped.ticket), tapped.kind)


def _set_kind(chat: Chat, ticket: Ticket, kind: Kind) -> None:
    """A word for the model, too: it learns from it."""
    kinds.correct(chat.session, ticket=ticket, kind=kind, actor=chat.me, now=chat.now)
    card.changed(chat, ticket, "kind_noted", kind=chat.words.label(chat.language, "kinds", kind))


def tag_named(chat: Chat) -> None:
    """``/tag T12 vip wholesale`` puts tags on, or takes off those that are on. C12 has its own."""
    if owner.renames_a_tag(chat):
        owner.rename_tag(chat)
        return
    if owner.names_a_customer(chat):
        owner.tag_named(chat)
        return
    found = aim(chat, "tag")
    wanted = list(dict.fromkeys(_tag(one) for one in _BETWEEN_TAGS.split(found.rest) if one))
    present = tickets.tags(chat.session, ticket=found.ticket)
    if not wanted:
        chat.say("agent/sort/tags.html.j2", ticket=found.ticket, tags=present)
    elif any(len(one) > tickets.MAX_TAG_LENGTH for one in wanted) or (
        len(set(present) ^ set(wanted)) > tickets.MAX_TAGS
    ):
        chat.say(
            "agent/sort/tags_limit.html.j2",
            ticket=found.ticket,
            most=tickets.MAX_TAGS,
            longest=tickets.MAX_TAG_LENGTH,
        )
    else:
        for one in wanted:
            tickets.toggle_tag(chat.session, ticket=found.ticket, tag=one, by=chat.me, now=chat.now)
        card.changed(chat, found.ticket, "tagged")


def _tag(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _meant(chat: Chat, text: str, choices: list[E], section: str) -> E | None:
    """The choice whose word in any language was typed."""
    typed = unicodedata.normalize("NFKC", text).casefold().strip()
    for one in choices:
        if typed == one.value.casefold() or typed in chat.words.listed(section, one.value):
            return one
    return None


HANDLERS = [
    command("prio", "优先级", role=Role.AGENT, run=priority_named, glued=NUMBER),
    command("tag", "标签", role=Role.AGENT, run=tag_named, glued=TAGGED),
    command("type", "类型", role=Role.AGENT, run=kind_named, glued=NUMBER),
    tap(ChoosePriority, role=Role.AGENT, run=choose_priority),
    tap(SetPriority, role=Role.AGENT, run=set_priority),
    tap(ChooseKind, role=Role.AGENT, run=choose_kind),
    tap(SetKind, role=Role.AGENT, run=set_kind),
]
