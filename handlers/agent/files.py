"""The files of a ticket, sent again when somebody wants to see them."""

from crm_store.service import files as ticket_files
from crm_store.service.tables import Attachment, Ticket
from crm_store.staff.roles import Role
from handlers import outgoing
from handlers.agent.aim import get
from handlers.agent.buttons import SendFiles
from handlers.agent.card import customer_of
from handlers.agent.entries import Entry, entries
from handlers.chat import Chat
from handlers.commands import tap
from handlers.outgoing import Call
from handlers.taps import button

PAGE = 5
"""Messages with files at a time: Telegram takes about one message a second in a chat."""


def send(chat: Chat, tapped: SendFiles) -> None:
    """The latest files, oldest first, albums as albums; older ones behind a button."""
    ticket = get(chat, tapped.ticket)
    before = tapped.before or None
    found = ticket_files.with_files(chat.session, ticket=ticket, limit=PAGE + 1, before=before)
    shown, more = found[-PAGE:], len(found) > PAGE
    customer = customer_of(chat, ticket)
    named = entries(chat, [message for message, _ in shown], customer=customer)
    for (_, files), entry in zip(shown, named, strict=True):
        for call in _calls(files, _caption(chat, ticket, entry)):
            chat.queue(call.method, call.params, ticket_id=ticket.id)
    if more:
        chat.say(
            "agent/files/more.html.j2",
            ticket=ticket,
            buttons=[[button("older_files", SendFiles(ticket.id, shown[0][0].id))]],
        )
    chat.toast("files_sent" if shown else "no_files")


def _caption(chat: Chat, ticket: Ticket, entry: Entry) -> str:
    return chat.render(chat.language, "agent/files/caption.html.j2", ticket=ticket, entry=entry)


def _calls(files: list[Attachment], caption: str) -> list[Call]:
    """A message's files as they came together; what takes no caption gets it as a message before."""
    calls: list[Call] = []
    for file in files:
        one = _call(file, caption if not calls else "")
        parts = outgoing.items(calls[-1]) if calls else []
        picture = outgoing.item(one)
        if picture is not None and outgoing.may_join(parts, picture):
            calls[-1] = outgoing.album([*parts, picture])
        else:
            calls.append(one)
    if files and files[0].kind in outgoing.BARE:
        calls.insert(0, outgoing.text(caption))
    return calls


def _call(file: Attachment, caption: str) -> Call:
    if file.kind in outgoing.BARE:
        return Call(outgoing.BARE[file.kind], {file.kind: file.file_id})
    about = {"caption": caption, "parse_mode": "HTML"} if caption else {}
    return Call(outgoing.CAPTIONED[file.kind], {file.kind: file.file_id, **about})


HANDLERS = [tap(SendFiles, role=Role.AGENT, run=send)]
