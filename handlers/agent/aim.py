"""Which ticket a member of staff means: its number, the message they reply to, or what they are answering."""

import re
from dataclasses import dataclass
from typing import Any

from crm_store.refusals import NoTicketNamed
from crm_store.service import places, tickets
from crm_store.service.tables import Ticket
from handlers.chat import Chat

ANSWERING, NOTING, RESOLVING, PICKING = "answer", "note", "resolve", "pick"
"""Forms of staff: the next message answers a ticket, is a note to it, says how it was resolved; or messages
wait to be told which ticket they are for."""

TEXT = "text"
"""The one step of each."""

NUMBER = r"\s*[#＃]?[TtＴｔ]?\d"
"""What must follow a Chinese command word that is typed without a space: 关闭T12, but not 关闭电源."""

_ALONE = re.compile(r"^\s*[#＃]?\s*[TtＴｔ]\s*(\d{1,10})\s*$")
_NUMBER = re.compile(r"^\s*(?:[#＃]?[TtＴｔ]|[#＃])(\d{1,10})(?![0-9A-Za-z])")
_DIGITS = re.compile(r"^\s*(\d{1,10})(?![0-9A-Za-z])")
_BETWEEN = " \t\n\u3000:：,，"


@dataclass(frozen=True)
class Aim:
    """A ticket, and what was said beside its number."""

    ticket: Ticket
    rest: str


def aim(chat: Chat, command: str) -> Aim:
    """The ticket a command is about. Raises NoSuchTicket, or NoTicketNamed when nothing says which."""
    text = chat.arguments
    if found := named(text):
        return Aim(get(chat, found[0]), found[1])
    context = replied_to(chat) or being_answered(chat)
    if context is not None:
        return Aim(context, text)
    if digits := _DIGITS.match(text):  # a bare number is a ticket's only where nothing else says which
        return Aim(get(chat, int(digits[1])), text[digits.end() :].strip(_BETWEEN))
    raise NoTicketNamed(command=command)


def named(text: str) -> tuple[int, str] | None:
    """The ticket's number a text begins with (T12, t12, #12), and the rest of it."""
    found = _NUMBER.match(text)
    return (int(found[1]), text[found.end() :].strip(_BETWEEN)) if found else None


def beside(ticket: Ticket, text: str, *, digits: bool) -> str:
    """The text without this ticket's number before it; ``digits``: also where that is a bare number."""
    if (found := named(text)) is not None and found[0] == ticket.id:
        return found[1]
    bare = _DIGITS.match(text) if digits else None
    return text[bare.end() :].strip(_BETWEEN) if bare is not None and int(bare[1]) == ticket.id else text


def named_alone(text: str) -> int | None:
    """The ticket's number that is the whole text (T12, t 12, #T12)."""
    found = _ALONE.match(text)
    return int(found[1]) if found else None


def replied_to(chat: Chat) -> Ticket | None:
    """The ticket of the message that this one replies to, if the bot showed it as one of a ticket."""
    message = chat.update.effective_message
    if message is None or message.reply_to_message is None:
        return None
    place = places.mapped(
        chat.session, chat_id=message.chat_id, telegram_id=message.reply_to_message.message_id
    )
    return get(chat, place.ticket_id) if place is not None else None


def being_answered(chat: Chat) -> Ticket | None:
    """The ticket whose form (answer, note, …) the speaker is in."""
    ticket_id = chat.form.answers.get("ticket") if chat.form is not None else None
    return get(chat, ticket_id) if isinstance(ticket_id, int) else None


def kept(chat: Chat) -> list[dict[str, Any]]:
    """What the speaker wrote that still waits for its ticket: raw messages."""
    return list(chat.form.answers.get("kept", ())) if chat.form is not None else []


def turn_to(chat: Chat, ticket: Ticket) -> None:
    """Somebody who looks at another ticket no longer answers the first: what they write next is asked
    about."""
    form = chat.form
    if form is not None and form.form == ANSWERING and form.answers["ticket"] != ticket.id:
        put_aside(chat)


def put_aside(chat: Chat) -> None:
    """Out of the form; messages that wait for their ticket go on waiting."""
    if waiting := kept(chat):
        chat.form = None
        chat.ask(PICKING, TEXT, kept=waiting)
    else:
        chat.leave_form()


def get(chat: Chat, ticket_id: int) -> Ticket:
    return tickets.get(chat.session, ticket_id=ticket_id, seen_by=chat.me)
