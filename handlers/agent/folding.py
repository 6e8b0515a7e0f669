"""Notices that wait become one: which tickets wait, and a button for each."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service.tables import Ticket
from crm_store.staff import staff as staff_verbs
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import ShowQueue
from handlers.taps import Keyboard, button
from handlers.voice import Voice

MOST_APART = 3
"""So many notices may wait for a person one by one."""

BUTTONS = 8
A_ROW = 4
FOLD = "fold:"


@dataclass(frozen=True)
class Line:
    """A ticket that waits, and how many notices it had."""

    ticket: Ticket
    customer: Customer
    count: int


def fold(session: Session, *, chat_id: int, now: datetime, voice: Voice) -> Outbox | None:
    """While more than three notices wait in this chat, make them one.

    Returns what now waits first in their place, or None when nothing was folded. A notice about no ticket
    (a message that could not be processed) stays as it is.
    """
    waiting = outbox.waiting_in(session, chat_id=chat_id, priority=outbox.NOTICE)
    folded = [row for row in waiting if row.ticket_id is not None or row.key.startswith(FOLD)]
    person = staff_verbs.by_user_id(session, user_id=chat_id)
    if len(folded) <= MOST_APART or person is None:
        return None
    earlier = [row.key for row in folded if row.key.startswith(FOLD)]
    held = [*outbox.folded_into(session, keys=earlier), *folded]
    lines = _lines(session, held)
    key = f"{FOLD}{chat_id}:{folded[-1].id}"
    for row in held:
        row.state, row.folded_into = OutboxState.FOLDED, key
    new = voice.say(
        session,
        "agent/notice/folded.html.j2",
        to=person,
        key=key,
        priority=outbox.NOTICE,
        ticket=lines[0].ticket if len(lines) == 1 else None,
        buttons=_buttons(lines),
        lines=lines[:BUTTONS],
        tickets=len(lines),
        count=sum(line.count for line in lines),
        now=now,
    )
    session.flush()
    return next((row for row in waiting if row.state == OutboxState.PENDING), new)


def _lines(session: Session, held: list[Outbox]) -> list[Line]:
    """The tickets, most urgent first, then as they came."""
    counts: dict[int, int] = {}
    for row in held:
        if row.ticket_id is not None and not row.key.startswith(FOLD):
            counts[row.ticket_id] = counts.get(row.ticket_id, 0) + ("/" not in row.key)
    lines = []
    for ticket_id, count in counts.items():
        ticket = session.get_one(Ticket, ticket_id)
        lines.append(Line(ticket, session.get_one(Customer, ticket.customer_id), count))
    return sorted(lines, key=lambda line: line.ticket.priority)


def _buttons(lines: list[Line]) -> Keyboard:
    open_each = [
        button("numbered", OpenTicket(line.ticket.id), number=line.ticket.number) for line in lines[:BUTTONS]
    ]
    rows = [open_each[at : at + A_ROW] for at in range(0, len(open_each), A_ROW)]
    return [*rows, [button("whole_queue", ShowQueue(0))]]
