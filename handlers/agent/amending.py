"""The customer's copy of an answer follows its edits, whether or not it has left."""

from typing import Any

from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service import places
from crm_store.service.tables import Message, Ticket
from crm_store.service.transcript import Incoming
from handlers import outgoing
from handlers.agent.copies import call_of, html_of, queue, write
from handlers.chat import Chat
from handlers.outgoing import Call

WAITING = {OutboxState.PENDING, OutboxState.UNKNOWN}
"""Not sent, as far as anybody knows (of an unknown one a person decides): changed where it stands."""

ON_ITS_WAY = {OutboxState.SENDING, OutboxState.SENT}


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
    wanted = outgoing.calls(incoming, html_of(chat, ticket, customer, incoming))
    kept = 0
    for row, call in zip(present, wanted, strict=False):
        if not _change(chat, row, call):
            break  # from here on the order is kept only by sending anew
        kept += 1
    for row in present[kept:]:
        _withdraw(chat, row)
    queue(chat, customer, message, wanted[kept:])
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
    parts_at = places.places_of(
        chat.session, message_id=message.id, chat_id=message.chat_id, since=message.telegram_id
    )
    at = parts_at.index(incoming.telegram_id) if incoming.telegram_id in parts_at else 0
    html = html_of(chat, ticket, customer, incoming) if at == 0 else incoming.html or ""
    call, *rest = outgoing.calls(incoming, html)
    for row in rows:
        parts = outgoing.items(call_of(row))
        if at < len(parts):
            _change_caption(chat, row, parts, at, call)
            break
        at -= len(parts)
    queue(chat, customer, message, rest)
    return True


def _change_caption(chat: Chat, row: Outbox, parts: list[dict[str, Any]], at: int, call: Call) -> None:
    caption = outgoing.caption_of(call)
    if row.state in WAITING:
        bare = {"type": parts[at]["type"], "media": parts[at]["media"]}
        write(row, outgoing.album([*parts[:at], bare | caption, *parts[at + 1 :]]))
    elif at == 0:
        _queue_change(chat, row, Call("editMessageCaption", caption))
    elif row.telegram_id is not None and row.message_id is not None:
        ids = places.places_of(
            chat.session, message_id=row.message_id, chat_id=row.chat_id, since=row.telegram_id
        )
        if at < len(ids):
            edit = Call("editMessageCaption", caption | {"message_id": ids[at]})
            chat.queue(edit.method, edit.params, chat_id=row.chat_id, ticket_id=row.ticket_id)


def _change(chat: Chat, row: Outbox, call: Call) -> bool:
    """Make a row's message say what ``call`` says. False when only a new message could."""
    if row.state in WAITING:
        write(row, call)
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
        write(last, edit)
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
        row.state, row.error = OutboxState.CANCELLED, "withdrawn: no longer part of the answer"
    else:
        chat.queue("deleteMessage", {}, chat_id=row.chat_id, key=f"{row.key}:gone", edits=row.key)


def _gone(chat: Chat, row: Outbox) -> bool:
    return outbox.by_key(chat.session, key=f"{row.key}:gone") is not None


def _file_of(row: Outbox) -> str | None:
    found = outgoing.item(call_of(row))
    return found["media"] if found else None
