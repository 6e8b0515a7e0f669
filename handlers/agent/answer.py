"""Answering a customer: by replying to what the bot showed, or by the button and the next message."""

from telegram import Message as Written

from crm_store.service import conversation, transcript
from crm_store.service.tables import Direction, Message, Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from handlers.agent import copies, note, notices, receipts
from handlers.agent.aim import ANSWERING, PICKING, TEXT, get, kept, put_aside, replied_to
from handlers.agent.buttons import Answer, Pick
from handlers.agent.card import customer_of
from handlers.chat import Chat
from handlers.commands import answered, said, tap
from handlers.incoming import read
from handlers.taps import button


def send(chat: Chat, ticket: Ticket, written: Written) -> None:
    """Take a message of staff's into the ticket: to the customer, or with ``//`` as an internal note."""
    incoming = read(written)
    if (album := album_of(chat, written)) is not None:
        _join(chat, album, incoming)
    elif note.is_note(incoming):
        note.store(chat, ticket, note.without_mark(incoming))
    else:
        _answer(chat, ticket, incoming)


def _answer(chat: Chat, ticket: Ticket, incoming: Incoming) -> None:
    message = conversation.answer(chat.session, ticket=ticket, by=chat.me, incoming=incoming, now=chat.now)
    customer = customer_of(chat, ticket)
    copies.send(chat, ticket=ticket, customer=customer, message=message, incoming=incoming)
    receipts.queued(chat, ticket=ticket, message=message)
    if not customer.reachable:
        chat.say("agent/answer/unreachable.html.j2", ticket=ticket, customer=customer)
    notices.colleague_answered(chat, ticket=ticket, message=message)


def replied(chat: Chat) -> None:
    """A reply to any message of a ticket goes to that ticket."""
    ticket = replied_to(chat)
    assert ticket is not None
    send(chat, ticket, chat.message)
    if chat.form is not None and chat.form.form == ANSWERING:
        put_aside(chat)


def ask(chat: Chat, tapped: Answer) -> None:
    """The next message answers this ticket. What waited for its ticket is offered."""
    ticket = get(chat, tapped.ticket)
    waiting = kept(chat)
    chat.ask(ANSWERING, TEXT, ticket=ticket.id, kept=waiting)
    # Not marked as the ticket's: a reply to this question is its answer, like any other next message.
    chat.say(
        "agent/answer/ask.html.j2",
        number=ticket.number,
        customer=customer_of(chat, ticket),
        closed=ticket.closed_at is not None,
        waiting=len(waiting),
        buttons=[[button("send_kept", Pick(ticket.id), count=len(waiting))]] if waiting else None,
    )


def given(chat: Chat) -> None:
    """The message after the button. A note leaves the question open: the answer is still to come."""
    assert chat.form is not None
    send(chat, get(chat, chat.form.answers["ticket"]), chat.message)
    if not note.is_note(read(chat.message)):
        put_aside(chat)


def join_album(chat: Chat) -> None:
    """A further picture of an album whose first one was an answer or a note."""
    album = album_of(chat, chat.message)
    assert album is not None
    _join(chat, album, read(chat.message))


def _join(chat: Chat, album: Message, incoming: Incoming) -> None:
    transcript.join_album(chat.session, album=album, incoming=incoming)
    if album.direction == Direction.OUT and album.ticket_id is not None:
        customer = customer_of(chat, get(chat, album.ticket_id))
        copies.join_album(chat, customer=customer, message=album, incoming=incoming)


def album_of(chat: Chat, written: Written) -> Message | None:
    """The message that this picture's album became; none for one that is marked as a note in an answer."""
    if chat.staff is None or written.media_group_id is None:
        return None
    found = transcript.album_of(chat.session, chat_id=written.chat_id, media_group_id=written.media_group_id)
    if found is None or found.author_id != chat.staff.id:
        return None
    hidden = found.direction == Direction.OUT and note.is_note(read(written))
    return None if hidden else found


def continues_an_album(chat: Chat) -> bool:
    written = chat.update.message
    return written is not None and album_of(chat, written) is not None


def replies_to_a_ticket(chat: Chat) -> bool:
    """A reply belongs to the ticket it replies to; but in the form of a note (or a resolution) to that same
    ticket it is that note."""
    if chat.staff is None or chat.update.message is None:
        return False
    ticket = replied_to(chat)
    form = chat.form
    if ticket is None or form is None or form.form in {ANSWERING, PICKING}:
        return ticket is not None
    return bool(form.answers.get("ticket") != ticket.id)


HANDLERS = [tap(Answer, role=Role.AGENT, run=ask)]
REPLIES = [
    said(continues_an_album, role=Role.AGENT, run=join_album),
    said(replies_to_a_ticket, role=Role.AGENT, run=replied),
]
FORMS = [answered(ANSWERING, TEXT, role=Role.AGENT, run=given)]
