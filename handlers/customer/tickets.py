"""/tickets, 进度: a customer's own tickets, each with its conversation and a way to close it."""

import re
from dataclasses import dataclass

from crm_store.service import tickets, transcript
from crm_store.service.states import TicketState
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import command, said, tap
from handlers.taps import Button, Keyboard, Tap, button

PAGE = 6
LINES = 20
_NUMBER = re.compile(r"^[#＃]?[Tt](\d{1,9})$")


@dataclass(frozen=True)
class ShowOwn(Tap, verb="own"):
    ticket: int


@dataclass(frozen=True)
class TurnTo(Tap, verb="ownpage"):
    page: int


@dataclass(frozen=True)
class AskToClose(Tap, verb="ownend"):
    ticket: int


@dataclass(frozen=True)
class CloseOwn(Tap, verb="ownclose"):
    ticket: int


def show_list(chat: Chat) -> None:
    _list(chat, page=0)


def turn(chat: Chat, tapped: TurnTo) -> None:
    _list(chat, page=max(tapped.page, 0))


def _list(chat: Chat, *, page: int) -> None:
    own = tickets.of_customer(chat.session, customer=chat.speaker, limit=PAGE + 1, offset=page * PAGE)
    shown, more = own[:PAGE], len(own) > PAGE
    buttons = [_line(chat, ticket) for ticket in shown]
    turns = [button("newer", TurnTo(page - 1))] if page else []
    turns += [button("older", TurnTo(page + 1))] if more else []
    chat.show("customer/tickets/list.html.j2", tickets=shown, buttons=[*buttons, *([turns] if turns else [])])


def _line(chat: Chat, ticket: Ticket) -> list[Button]:
    state = chat.words.label(chat.language, "states", ticket.state)
    return [button("own_ticket", ShowOwn(ticket.id), number=ticket.number, state=state)]


def show_named(chat: Chat) -> None:
    found = _NUMBER.match(chat.message.text or "")
    assert found is not None
    _show(chat, int(found[1]))


def show(chat: Chat, tapped: ShowOwn) -> None:
    _show(chat, tapped.ticket)


def _show(chat: Chat, ticket_id: int) -> None:
    ticket = tickets.get(chat.session, ticket_id=ticket_id, seen_by=chat.speaker)
    messages = transcript.history(chat.session, ticket=ticket, limit=LINES, notes=False)
    chat.show(
        "customer/tickets/ticket.html.j2",
        ticket=ticket,
        messages=messages,
        files=transcript.attachments(chat.session, messages=messages),
        shortened=len(messages) == LINES,
        buttons=_ways(ticket),
    )


def _ways(ticket: Ticket) -> Keyboard:
    if ticket.state == TicketState.CLOSED:
        return [[button("back_to_tickets", TurnTo(0))]]
    return [[button("close_own", AskToClose(ticket.id)), button("back_to_tickets", TurnTo(0))]]


def ask_to_close(chat: Chat, tapped: AskToClose) -> None:
    """A closed ticket stays closed, so one tap is not enough."""
    ticket = tickets.get(chat.session, ticket_id=tapped.ticket, seen_by=chat.speaker)
    choice = [button("close_own_yes", CloseOwn(ticket.id)), button("close_own_no", ShowOwn(ticket.id))]
    chat.edit("customer/tickets/ask_to_close.html.j2", ticket=ticket, buttons=[choice])


def close(chat: Chat, tapped: CloseOwn) -> None:
    ticket = tickets.get(chat.session, ticket_id=tapped.ticket, seen_by=chat.speaker)
    if ticket.state == TicketState.CLOSED:
        return chat.toast("already_closed", number=ticket.number)
    tickets.close(chat.session, ticket=ticket, actor=chat.speaker, now=chat.now)
    chat.edit("customer/tickets/closed.html.j2", ticket=ticket)
    notices.customer_closed(chat, ticket=ticket, customer=chat.speaker)
    return None


def names_a_ticket(chat: Chat) -> bool:
    message = chat.update.message
    return (
        chat.staff is None
        and message is not None
        and message.reply_to_message is None
        and _NUMBER.match(message.text or "") is not None
    )


HANDLERS = [
    command("tickets", "进度", "查进度", "我的工单", role=Role.CUSTOMER, run=show_list, customers_only=True),
    said(names_a_ticket, run=show_named),
    tap(ShowOwn, role=Role.CUSTOMER, run=show),
    tap(TurnTo, role=Role.CUSTOMER, run=turn),
    tap(AskToClose, role=Role.CUSTOMER, run=ask_to_close),
    tap(CloseOwn, role=Role.CUSTOMER, run=close),
]
