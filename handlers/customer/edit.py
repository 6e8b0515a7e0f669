"""A customer edits a message: a new version, shown to staff; what it said before is kept."""

from crm_store.service import transcript
from crm_store.service.tables import Ticket
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import said
from handlers.incoming import read


def edited(chat: Chat) -> None:
    incoming = read(chat.message)
    message = transcript.written_at(chat.session, chat_id=incoming.chat_id, telegram_id=incoming.telegram_id)
    if message is None:
        return
    before = message.text
    if not transcript.edit(chat.session, message=message, incoming=incoming, now=chat.now):
        return
    ticket = chat.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    if ticket is not None and chat.customer is not None:
        notices.customer_edited(chat, ticket=ticket, customer=chat.customer, before=before, message=message)


HANDLERS = [said(lambda chat: chat.update.edited_message is not None and chat.staff is None, run=edited)]
