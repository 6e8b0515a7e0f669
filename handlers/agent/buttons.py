"""The buttons under a ticket: what each means."""

from dataclasses import dataclass

from crm_store.service.states import ACTIVE, Event, Kind, Priority, TicketState, allowed
from crm_store.service.tables import Ticket
from crm_store.staff.tables import Staff
from handlers.agent.orders.buttons import OpenOrder
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import AddNeed
from handlers.taps import Button, Keyboard, Tap, button


@dataclass(frozen=True)
class OpenTicket(Tap, verb="t"):
    """Say the ticket's card; what was tapped stays."""

    ticket: int


@dataclass(frozen=True)
class BackToTicket(Tap, verb="card"):
    """Turn the tapped message into the ticket's card."""

    ticket: int


@dataclass(frozen=True)
class Claim(Tap, verb="claim"):
    ticket: int


@dataclass(frozen=True)
class Release(Tap, verb="release"):
    ticket: int


@dataclass(frozen=True)
class ChooseColleague(Tap, verb="assign"):
    ticket: int


@dataclass(frozen=True)
class Assign(Tap, verb="assign_to"):
    ticket: int
    staff: int


@dataclass(frozen=True)
class Answer(Tap, verb="answer"):
    ticket: int


@dataclass(frozen=True)
class Pick(Tap, verb="pick"):
    """Send what waits for its ticket to this one."""

    ticket: int


@dataclass(frozen=True)
class Note(Tap, verb="note"):
    ticket: int


@dataclass(frozen=True)
class Resolve(Tap, verb="resolve"):
    ticket: int


@dataclass(frozen=True)
class ResolveAtOnce(Tap, verb="resolve_now"):
    """Without a word to the customer about how."""

    ticket: int


@dataclass(frozen=True)
class Close(Tap, verb="close"):
    ticket: int


@dataclass(frozen=True)
class Reopen(Tap, verb="reopen"):
    ticket: int


@dataclass(frozen=True)
class Wait(Tap, verb="wait"):
    ticket: int


@dataclass(frozen=True)
class ChoosePriority(Tap, verb="prio"):
    ticket: int


@dataclass(frozen=True)
class SetPriority(Tap, verb="prio_set"):
    ticket: int
    priority: Priority


@dataclass(frozen=True)
class ChooseKind(Tap, verb="type"):
    ticket: int


@dataclass(frozen=True)
class SetKind(Tap, verb="type_set"):
    ticket: int
    kind: Kind


@dataclass(frozen=True)
class ShowHistory(Tap, verb="history"):
    """``before``: the id of a message; those older than it."""

    ticket: int
    before: int


@dataclass(frozen=True)
class SendFiles(Tap, verb="files"):
    """``before``: the id of a message; those older than it, 0 for the latest."""

    ticket: int
    before: int


def under_card(ticket: Ticket, *, me: Staff, files: int, older: int | None) -> Keyboard:
    """Everything that may be done with a ticket as it is; what its state forbids is not offered."""
    may = allowed(ticket.state)
    first = [button("answer", Answer(ticket.id))] if Event.ANSWER in may else []
    rows: Keyboard = [
        [*first, button("note", Note(ticket.id))],
        _whose(ticket, me),
        _next_steps(ticket, may),
        [button("priority", ChoosePriority(ticket.id)), button("kind", ChooseKind(ticket.id))],
        [button("customer_of", OpenCustomer(ticket.customer_id)), button("keep_need", AddNeed(ticket.id))],
        [
            *([button("files", SendFiles(ticket.id, 0), count=files)] if files else []),
            *([button("history", ShowHistory(ticket.id, older))] if older else []),
            *_order(ticket),
        ],
    ]
    return [row for row in rows if row]


def under_notice(ticket: Ticket) -> Keyboard:
    """What one does first on hearing of a ticket."""
    may = allowed(ticket.state)
    row = [button("claim", Claim(ticket.id))] if ticket.assignee_id is None and Event.CLAIM in may else []
    if Event.ANSWER in may:
        row.append(button("answer", Answer(ticket.id)))
    return [[*row, button("open", OpenTicket(ticket.id))]]


def back_to(ticket: Ticket) -> list[Button]:
    return [button("back", BackToTicket(ticket.id))]


def _order(ticket: Ticket) -> list[Button]:
    """The order that the ticket is about."""
    order = ticket.order_id
    return [button("ticket_order", OpenOrder(order), number=f"O{order}")] if order is not None else []


def _whose(ticket: Ticket, me: Staff) -> list[Button]:
    if ticket.state not in ACTIVE:
        return []
    row = [button("claim", Claim(ticket.id))] if ticket.assignee_id is None else []
    if ticket.assignee_id == me.id:
        row.append(button("release", Release(ticket.id)))
    return [*row, button("assign", ChooseColleague(ticket.id))]


def _next_steps(ticket: Ticket, may: list[Event]) -> list[Button]:
    steps = {
        Event.RESOLVE: button("resolve", Resolve(ticket.id)),
        Event.WAIT: button("wait", Wait(ticket.id)),
        Event.REOPEN: button("reopen", Reopen(ticket.id)),
        Event.CLOSE: button("close", Close(ticket.id)),
    }
    return [shown for event, shown in steps.items() if event in may and ticket.state != TicketState.CLOSED]
