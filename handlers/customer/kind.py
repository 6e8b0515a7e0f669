"""The buttons under an acknowledgement: correct the ticket's kind, or start another ticket."""

from dataclasses import dataclass

from crm_store.service import kinds, tickets
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import tap
from handlers.taps import Keyboard, Tap, button

CHOICES = (Kind.INQUIRY, Kind.COMPLAINT, Kind.FEEDBACK, Kind.ORDER_STATUS)


@dataclass(frozen=True)
class Correct(Tap, verb="kind"):
    ticket: int
    kind: Kind


@dataclass(frozen=True)
class StartAnother(Tap, verb="another"):
    ticket: int


def buttons(ticket: Ticket | None) -> Keyboard:
    """The kinds the ticket is not, two a row, and a way to another ticket."""
    if ticket is None:
        return []
    others = [button(f"kind_{one}", Correct(ticket.id, one)) for one in CHOICES if one != ticket.kind]
    rows = [others[at : at + 2] for at in range(0, len(others), 2)]
    return [*rows, [button("another_ticket", StartAnother(ticket.id))]]


def correct(chat: Chat, tapped: Correct) -> None:
    if tapped.kind not in CHOICES:
        return chat.toast("old_button")
    ticket = tickets.get(chat.session, ticket_id=tapped.ticket, seen_by=chat.staff or chat.speaker)
    kinds.correct(
        chat.session, ticket=ticket, kind=tapped.kind, actor=chat.staff or chat.speaker, now=chat.now
    )
    chat.toast("kind_noted", kind=chat.words.label(chat.language, "kinds", ticket.kind))
    chat.edit(
        "customer/ticket/opened.html.j2",
        ticket=ticket,
        opens_at=chat.desk.next_opening(chat.now),
        buttons=buttons(ticket),
    )


def start_another(chat: Chat, tapped: StartAnother) -> None:
    chat.ask("new_ticket", "text", kind=Kind.UNSURE)
    chat.say("customer/ask/about.html.j2", kind=Kind.UNSURE)


HANDLERS = [
    tap(Correct, role=Role.CUSTOMER, run=correct),
    tap(StartAnother, role=Role.CUSTOMER, run=start_another),
]
