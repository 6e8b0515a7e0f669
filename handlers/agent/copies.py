"""The customer's copy of an answer: queued, joined by an album's other pictures, changed with the answer."""

from datetime import timedelta
from typing import Any

from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service import conversation
from crm_store.service.conversation import Incoming
from crm_store.service.tables import Message, Ticket
from handlers import outgoing
from handlers.chat import Chat
from handlers.outgoing import Call

ALBUM_WAIT = timedelta(seconds=1.5)
"""How long the first picture of an album waits for the others, which come as updates of their own."""

WAITING = {OutboxState.PENDING, OutboxState.UNKNOWN}
"""Not sent, as far as anybody knows (of an unknown one a person decides): changed where it stands."""

ON_ITS_WAY = {OutboxState.SENDING, OutboxState.SENT}
_WORDS = "\ue000"
"""Stands for the words while the template is rendered, so that not a line of them is touched."""


def send(chat: Chat, *, ticket: Ticket, customer: Customer, message: Message, incoming: Incoming) -> None:
    """Queue an answer to the customer."""
    wait = chat.now + ALBUM_WAIT if incoming.media_group_id else None
    html = _html(chat, ticket, customer, incoming)
    _queue(chat, customer, message, outgoing.calls(incoming, html), not_before=wait)


def join_album(chat: Chat, *, customer: Customer, message: Message, incoming: Incoming) -> None:
    """A further picture of an answer: into the album that still waits, else an album of its own."""
    first, *rest = outgoing.calls(incoming, incoming.html or "")
    rows = outbox.of_message(chat.session, message_id=message.id, lock=True)
    waiting = [row for row in rows if outgoing.items(_call(row))][-1:]
    picture = outgoing.item(first)
    for row in waiting:
        parts = outgoing.items(_call(row))
        if picture and row.state == OutboxState.PENDING and outgoing.may_join(parts, picture):
            _write(row, outgoing.album([*parts, picture]))
            row.not_before = chat.now + ALBUM_WAIT
            break
    else:
        _queue(chat, customer, message, [first], not_before=chat.now + ALBUM_WAIT)
    _queue(chat, customer, message, rest)


def amend(chat: Chat, *, ticket: Ticket, customer: Customer, message: Message, incoming: Incoming) -> bool:
    """Change the customer's copy to what the answer says now. False when they never got one.

    What still waits is changed where it waits; what is sent is edited; a text that grew or shrank over
    Telegram's limit gains or loses messages.
    """
    rows = outbox.of_message(chat.session, message_id=message.id, lock=True)
    present = [row for row in rows if row.state in WAITING | ON_ITS_WAY and not _gone(chat, row)]
    if not present:
        return False
    if message.media_group_id is not None:
        return _amend_album(chat, ticket, customer, message, incoming, present)
    wanted = outgoing.calls(incoming, _html(chat, ticket, customer, incoming))
    kept = [row for row, call in zip(present, wanted, strict=False) if _change(chat, row, call)]
    for row in present[len(kept) :]:
        _withdraw(chat, row)
    _queue(chat, customer, message, wanted[len(kept) :])
    return True


def _amend_album(
    chat: Chat,
    ticket: Ticket,
    customer: Customer,
    message: Message,
    incoming: Incoming,
    rows: list[Outbox],
) -> bool:
    """Change the caption of the picture that was edited; the others keep theirs."""
    places = conversation.places_of(chat.session, message_id=message.id, chat_id=incoming.chat_id)
    at = places.index(incoming.telegram_id) if incoming.telegram_id in places else 0
    html = _html(chat, ticket, customer, incoming) if at == 0 else incoming.html or ""
    call, *rest = outgoing.calls(incoming, html)
    for row in rows:
        parts = outgoing.items(_call(row))
        if at < len(parts):
            _change_caption(chat, row, parts, at, call)
            break
        at -= len(parts)
    _queue(chat, customer, message, rest)
    return True


def _change_caption(chat: Chat, row: Outbox, parts: list[dict[str, Any]], at: int, call: Call) -> None:
    caption = outgoing.caption_of(call)
    if row.state in WAITING:
        bare = {"type": parts[at]["type"], "media": parts[at]["media"]}
        _write(row, outgoing.album([*parts[:at], bare | caption, *parts[at + 1 :]]))
    elif at == 0:
        _queue_change(chat, row, Call("editMessageCaption", caption))
    elif row.telegram_id is not None and row.message_id is not None:
        sent = conversation.places_of(chat.session, message_id=row.message_id, chat_id=row.chat_id)
        ids = [one for one in sent if one >= row.telegram_id]
        if at < len(ids):
            edit = Call("editMessageCaption", caption | {"message_id": ids[at]})
            chat.queue(edit.method, edit.params, chat_id=row.chat_id, ticket_id=row.ticket_id)


def _change(chat: Chat, row: Outbox, call: Call) -> bool:
    """Make a row's message say what ``call`` says. False when only a new message could."""
    if row.state in WAITING:
        _write(row, call)
        return True
    if row.method != call.method:
        return False
    if call.method == "sendMessage":
        edit = Call("editMessageText", call.params)
    elif (file := outgoing.item(call)) is not None and file["media"] != _file_of(row):
        edit = Call("editMessageMedia", {"media": file})
    elif call.method in outgoing.CAPTIONED.values():
        edit = Call("editMessageCaption", outgoing.caption_of(call))
    else:
        return True  # a sticker, a place: there is nothing to edit
    _queue_change(chat, row, edit)
    return True


def _queue_change(chat: Chat, row: Outbox, edit: Call) -> None:
    """Edit a sent message; an edit that still waits is written over."""
    number, last = 0, None
    while (found := outbox.by_key(chat.session, key=f"{row.key}:edit{number + 1}", lock=True)) is not None:
        number, last = number + 1, found
    if last is not None and last.state == OutboxState.PENDING:
        _write(last, edit)
    else:
        chat.queue(
            edit.method,
            edit.params,
            chat_id=row.chat_id,
            key=f"{row.key}:edit{number + 1}",
            edits=row.key,
            ticket_id=row.ticket_id,
        )


def _withdraw(chat: Chat, row: Outbox) -> None:
    """A message that the shorter answer no longer needs."""
    if row.state in WAITING:
        row.state = OutboxState.CANCELLED
    else:
        chat.queue("deleteMessage", {}, chat_id=row.chat_id, key=f"{row.key}:gone", edits=row.key)


def _gone(chat: Chat, row: Outbox) -> bool:
    return outbox.by_key(chat.session, key=f"{row.key}:gone") is not None


def _queue(chat: Chat, customer: Customer, message: Message, calls: list[Call], **about: Any) -> None:
    if not calls:
        return
    number = len(outbox.of_message(chat.session, message_id=message.id))
    for call in calls:
        chat.queue(
            call.method,
            call.params,
            chat_id=customer.chat_id,
            key=f"answer:{message.id}/{number}",
            ticket_id=message.ticket_id,
            message_id=message.id,
            **about,
        )
        number += 1


def _html(chat: Chat, ticket: Ticket, customer: Customer, incoming: Incoming) -> str:
    """The desk's name, the number, and the words as they were written, with their formatting."""
    around = chat.render(customer.language, "customer/ticket/answer.html.j2", ticket=ticket, html=_WORDS)
    return around.replace(_WORDS, incoming.html or "", 1).strip()


def _call(row: Outbox) -> Call:
    return Call(row.method, row.params)


def _file_of(row: Outbox) -> str | None:
    found = outgoing.item(_call(row))
    return found["media"] if found else None


def _write(row: Outbox, call: Call) -> None:
    row.method, row.params = call.method, call.params
