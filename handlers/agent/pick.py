"""What staff write that is neither command nor answer: it opens nothing, and is kept until they say which
ticket it is for."""

from typing import Any

from telegram import Message as Written

from crm_store.service import places, queue
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import answer
from handlers.agent.aim import PICKING, TEXT, get, kept, named_alone
from handlers.agent.buttons import Pick
from handlers.chat import Chat
from handlers.commands import answered, said, tap
from handlers.incoming import is_report
from handlers.taps import Keyboard, button

CHOICES = 6
MAX_KEPT = 30


def wait(chat: Chat) -> None:
    """Keep the message and ask which ticket it is for. Pictures of one album are asked about once."""
    waiting, written = kept(chat), chat.message
    if len(waiting) >= MAX_KEPT:
        chat.say("agent/pick/full.html.j2", count=len(waiting))
        return
    chat.ask(PICKING, TEXT, kept=[*waiting, written.to_dict()])
    album = written.media_group_id
    if album is None or all(one.get("media_group_id") != album for one in waiting):
        _ask(chat, replies=written.reply_to_message is not None)


def _ask(chat: Chat, *, replies: bool) -> None:
    found = choices(chat)
    chat.say(
        "agent/pick/which.html.j2",
        waiting=[one.get("text") or one.get("caption") or "" for one in kept(chat)],
        replies=replies,
        offered=bool(found),
        buttons=found,
    )


def choices(chat: Chat) -> Keyboard:
    """One's own tickets, then those whose messages one saw last; two a row, with their customers' names."""
    own = queue.of_assignee(chat.session, staff=chat.me, limit=CHOICES)
    recent = places.recent_tickets(chat.session, chat_id=chat.chat_id, limit=CHOICES)
    offered = list({ticket.id: ticket for ticket in [*own, *recent] if ticket.closed_at is None}.values())
    people = queue.customers_of(chat.session, tickets=offered)
    row = [
        button("ticket_of", Pick(ticket.id), number=ticket.number, name=people[ticket.customer_id].name)
        for ticket in offered[:CHOICES]
    ]
    return [row[at : at + 2] for at in range(0, len(row), 2)]


def chosen(chat: Chat, tapped: Pick) -> None:
    """What waited goes to the ticket that was tapped; a second tap finds nothing waiting."""
    waiting = kept(chat)
    if waiting:
        ticket = get(chat, tapped.ticket)
        _send(chat, ticket, waiting)
        chat.edit("agent/pick/sent.html.j2", ticket=ticket, count=len(waiting))
    else:
        chat.toast("nothing_waits")


def given(chat: Chat) -> None:
    """The ticket's number, typed; or one more message that waits with the others."""
    number = named_alone(chat.message.text or "")
    if number is None:
        wait(chat)
    else:
        _send(chat, get(chat, number), kept(chat))


def _send(chat: Chat, ticket: Ticket, waiting: list[dict[str, Any]]) -> None:
    for raw in waiting:
        answer.send(chat, ticket, Written.de_json(raw, None))
    chat.leave_form()


def says_something(chat: Chat) -> bool:
    """Not what Telegram itself reports (a pinned message, a timer)."""
    written = chat.update.message
    return chat.staff is not None and written is not None and not is_report(chat.update)


HANDLERS = [tap(Pick, role=Role.AGENT, run=chosen)]
FORMS = [answered(PICKING, TEXT, role=Role.AGENT, run=given)]
REST = [said(says_something, role=Role.AGENT, run=wait)]
