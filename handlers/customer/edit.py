"""A customer edits a message: a new version, shown to staff; what it said before is kept."""

from dataclasses import replace

from crm_store.service import transcript
from crm_store.service.tables import Ticket
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import AFTER_WORD, said
from handlers.customer import ask
from handlers.incoming import read


def edited(chat: Chat) -> None:
    incoming = read(chat.message)
    message = transcript.written_at(chat.session, chat_id=incoming.chat_id, telegram_id=incoming.telegram_id)
    if message is None:
        return
    incoming = replace(incoming, text=_without_command(incoming.text))
    before = message.text
    if not transcript.edit(chat.session, message=message, incoming=incoming, now=chat.now):
        return
    ticket = chat.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    if ticket is not None and chat.customer is not None:
        notices.customer_edited(chat, ticket=ticket, customer=chat.customer, before=before, message=message)


def _without_command(text: str) -> str:
    """``/complain it leaks`` was kept as what it says; so is its edited form."""
    for command in ask.HANDLERS:
        for word in (f"/{command.name}", *command.spoken):
            rest = text.removeprefix(word)
            if rest != text and rest[:1] in AFTER_WORD:
                return rest.strip(AFTER_WORD)
    return text


HANDLERS = [said(lambda chat: chat.update.edited_message is not None and chat.staff is None, run=edited)]
