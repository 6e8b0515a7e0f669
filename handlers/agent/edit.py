"""Staff edit what they wrote: the customer's copy of an answer follows; of a note a version is kept."""

from crm_store.service import places, transcript
from crm_store.service.tables import Direction, Message, Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from handlers.agent import amending, note
from handlers.agent.aim import get, kept
from handlers.agent.card import customer_of
from handlers.agent.records import log
from handlers.chat import Chat
from handlers.commands import is_command, said
from handlers.incoming import read


def edited(chat: Chat) -> None:
    incoming = read(chat.message)
    message = places.message_of(chat.session, chat_id=incoming.chat_id, telegram_id=incoming.telegram_id)
    if message is None or message.author_id != chat.me.id or message.ticket_id is None:
        if not log.edited(chat):
            _edit_kept(chat)
    elif message.direction == Direction.NOTE:
        _note(chat, get(chat, message.ticket_id), message, incoming)
    elif note.is_note(incoming):
        chat.say("agent/answer/no_note.html.j2", ticket=get(chat, message.ticket_id))
    elif is_command(incoming.text):
        chat.say("agent/answer/no_command.html.j2", ticket=get(chat, message.ticket_id))
    else:
        _answer(chat, get(chat, message.ticket_id), message, incoming)


def _note(chat: Chat, ticket: Ticket, message: Message, incoming: Incoming) -> None:
    said = note.as_noted(incoming, ticket)
    if transcript.edit(chat.session, message=message, incoming=said, now=chat.now):
        chat.say("agent/note/edited.html.j2", ticket=ticket)


def _answer(chat: Chat, ticket: Ticket, message: Message, incoming: Incoming) -> None:
    if not transcript.edit(chat.session, message=message, incoming=incoming, now=chat.now):
        return
    amended = amending.amend(
        chat, ticket=ticket, customer=customer_of(chat, ticket), message=message, incoming=incoming
    )
    chat.say("agent/answer/edited.html.j2", ticket=ticket, amended=amended)


def _edit_kept(chat: Chat) -> None:
    """A message that still waits for its ticket goes as it says now."""
    waiting, form = kept(chat), chat.form
    if form is None or all(one["message_id"] != chat.message.message_id for one in waiting):
        return
    now = [chat.message.to_dict() if one["message_id"] == chat.message.message_id else one for one in waiting]
    chat.ask(form.form, form.step, **{**form.answers, "kept": now})


HANDLERS = [
    said(
        lambda chat: chat.update.edited_message is not None and chat.staff is not None,
        role=Role.AGENT,
        run=edited,
    )
]
