"""Internal notes: ``//text`` or /note (备注), also as the caption of a file. They stay with the ticket, or
with the customer whose number they begin with (C12), and never reach the customer."""

import re
from dataclasses import replace

from crm_store.customers.tables import InteractionKind
from crm_store.service import conversation
from crm_store.service.tables import Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from handlers import numbers
from handlers.agent import notices
from handlers.agent.aim import NOTING, NUMBER, TEXT, aim, beside, get, kept, named, put_aside
from handlers.agent.buttons import Note
from handlers.agent.records import log, whom
from handlers.chat import Chat
from handlers.commands import answered, command, said, tap
from handlers.incoming import read

_MARK = re.compile(r"^\s*(?:[/／]{2}|[/／]note(?:@\w+)?(?![a-z0-9_])[\s:：]*|备注[\s:：]*)\s*", re.IGNORECASE)
"""Two slashes, also the full-width ones that a Chinese keyboard types; or the command's own words, where they
did not make a command. A word meant for colleagues must not reach the customer: in doubt it is a note."""


def is_note(incoming: Incoming) -> bool:
    return _MARK.match(incoming.text) is not None


def without_mark(incoming: Incoming) -> Incoming:
    return replace(incoming, text=_MARK.sub("", incoming.text, count=1), html=None)


def as_noted(incoming: Incoming, ticket: Ticket) -> Incoming:
    """What an edited note says: without the command, or the ticket's number, that it was given with."""
    bare = without_mark(incoming)
    if bare.text == incoming.text:
        return incoming
    return replace(bare, text=beside(ticket, bare.text, digits=incoming.reply_to is None))


def store(chat: Chat, ticket: Ticket, incoming: Incoming) -> None:
    """File a note; the colleague who has the ticket hears of it. One without words is asked for."""
    if not incoming.text and incoming.kind == "text":
        return _ask(chat, ticket)
    message = conversation.note(chat.session, ticket=ticket, by=chat.me, incoming=incoming, now=chat.now)
    chat.say("agent/note/kept.html.j2", ticket=ticket)
    return notices.noted(chat, ticket=ticket, message=message)


def note(chat: Chat) -> None:
    if on_customer(chat, chat.arguments):
        return
    found = aim(chat, "note")
    store(chat, found.ticket, replace(read(chat.message), text=found.rest, html=None))


def on_customer(chat: Chat, text: str) -> bool:
    """``C12 text`` is a note on the customer; False for anything else. A file needs a ticket to stay with."""
    found = numbers.number(text)
    if found is None or not _names_a_customer(text):
        return False
    customer = whom.get(chat, found[1])
    if read(chat.message).files:
        chat.say("agent/log/no_files.html.j2", customer=customer, kind=InteractionKind.NOTE)
    else:
        log.take(chat, customer, InteractionKind.NOTE, found[2])
    return True


def ask(chat: Chat, tapped: Note) -> None:
    _ask(chat, get(chat, tapped.ticket))


def _ask(chat: Chat, ticket: Ticket) -> None:
    """The next message is a note, whatever it looks like."""
    chat.ask(NOTING, TEXT, ticket=ticket.id, kept=kept(chat))
    chat.say("agent/note/ask.html.j2", number=ticket.number)


def given(chat: Chat) -> None:
    assert chat.form is not None
    ticket = get(chat, chat.form.answers["ticket"])
    put_aside(chat)
    store(chat, ticket, without_mark(read(chat.message)))


def to_named(chat: Chat) -> None:
    """``//T12 text``, ``//C12 text``"""
    incoming = without_mark(read(chat.message))
    if on_customer(chat, incoming.text):
        return
    found = named(incoming.text)
    assert found is not None
    store(chat, get(chat, found[0]), replace(incoming, text=found[1]))


def names_its_place(chat: Chat) -> bool:
    if chat.staff is None or chat.update.message is None:
        return False
    incoming = read(chat.update.message)
    bare = without_mark(incoming).text
    return is_note(incoming) and (named(bare) is not None or _names_a_customer(bare))


def _names_a_customer(text: str) -> bool:
    found = numbers.number(text)
    return found is not None and found[0] == numbers.CUSTOMER


HANDLERS = [
    command(
        "note", "备注", role=Role.AGENT, run=note, glued=f"{NUMBER}|{numbers.GLUED_CUSTOMER}", captions=True
    ),
    tap(Note, role=Role.AGENT, run=ask),
]
MARKED = [said(names_its_place, role=Role.AGENT, run=to_named)]
FORMS = [answered(NOTING, TEXT, role=Role.AGENT, run=given)]
