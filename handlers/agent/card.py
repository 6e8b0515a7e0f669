"""/t, 工单, or a number alone: a ticket's card with its last messages and all that may be done with it."""

from typing import Any

from crm_store.customers.tables import Customer
from crm_store.marketing.tables import Campaign
from crm_store.sales.tables import Order
from crm_store.service import files as ticket_files
from crm_store.service import tickets, transcript
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.aim import ANSWERING, NUMBER, aim, get, named_alone, turn_to
from handlers.agent.buttons import BackToTicket, OpenTicket, ShowHistory, under_card, under_notice
from handlers.agent.entries import entries
from handlers.agent.orders.asking import QUESTIONS, turn_away
from handlers.chat import Chat
from handlers.commands import command, said, tap
from handlers.taps import button

LINES = 6
PAGE = 10


def show(chat: Chat, ticket: Ticket, *, anew: bool = False) -> None:
    """The card; in place of the message whose button was tapped, unless ``anew`` or nothing was."""
    customer = customer_of(chat, ticket)
    messages = transcript.history(chat.session, ticket=ticket, limit=LINES + 1, notes=True)
    shown, older = messages[-LINES:], len(messages) > LINES
    files = ticket_files.count_files(chat.session, ticket=ticket)
    (chat.say if anew else chat.show)(
        "agent/card/card.html.j2",
        ticket=ticket,
        customer=customer,
        assignee=assignee_of(chat, ticket),
        order=chat.session.get(Order, ticket.order_id) if ticket.order_id else None,
        answers=chat.session.get(Campaign, ticket.campaign_id) if ticket.campaign_id else None,
        tags=tickets.tags(chat.session, ticket=ticket),
        entries=entries(chat, shown, customer=customer),
        older=older,
        buttons=under_card(ticket, me=chat.me, files=files, older=shown[0].id if older else None),
    )


def changed(chat: Chat, ticket: Ticket, word: str, **values: Any) -> None:
    """Something was done to the ticket. Over a button a passing ``word`` and the card as it is now; to a
    typed command one line."""
    if chat.update.callback_query is not None:
        chat.toast(word, number=ticket.number, **values)
        show(chat, ticket)
    else:
        chat.say(
            "agent/card/changed.html.j2",
            ticket=ticket,
            assignee=assignee_of(chat, ticket),
            tags=tickets.tags(chat.session, ticket=ticket),
            buttons=under_notice(ticket),
        )


def customer_of(chat: Chat, ticket: Ticket) -> Customer:
    customer = chat.session.get(Customer, ticket.customer_id)
    assert customer is not None
    return customer


def assignee_of(chat: Chat, ticket: Ticket) -> Staff | None:
    return chat.session.get(Staff, ticket.assignee_id) if ticket.assignee_id else None


def show_named(chat: Chat) -> None:
    ticket = aim(chat, "t").ticket
    turn_to(chat, ticket)
    show(chat, ticket)


def show_typed(chat: Chat) -> None:
    number = named_alone(chat.message.text or "")
    assert number is not None
    turn_away(chat)
    ticket = get(chat, number)
    turn_to(chat, ticket)
    show(chat, ticket)


def open_(chat: Chat, tapped: OpenTicket) -> None:
    ticket = get(chat, tapped.ticket)
    turn_to(chat, ticket)
    show(chat, ticket, anew=True)


def back(chat: Chat, tapped: BackToTicket) -> None:
    show(chat, get(chat, tapped.ticket))


def history(chat: Chat, tapped: ShowHistory) -> None:
    """Ten messages further back, in full."""
    ticket = get(chat, tapped.ticket)
    found = transcript.history(chat.session, ticket=ticket, limit=PAGE + 1, notes=True, before=tapped.before)
    shown = found[-PAGE:]
    more = [[button("history", ShowHistory(ticket.id, shown[0].id))]] if len(found) > PAGE else None
    chat.say(
        "agent/card/history.html.j2",
        ticket=ticket,
        entries=entries(chat, shown, customer=customer_of(chat, ticket)),
        buttons=more,
    )


def names_a_ticket(chat: Chat) -> bool:
    """A number typed alone opens its card, but where a message waits for its ticket."""
    message = chat.update.message
    return (
        chat.staff is not None
        and (chat.form is None or chat.form.form in {ANSWERING, *QUESTIONS})
        and message is not None
        and message.reply_to_message is None
        and named_alone(message.text or "") is not None
    )


HANDLERS = [
    command("t", "工单", role=Role.AGENT, run=show_named, glued=NUMBER),
    said(names_a_ticket, role=Role.AGENT, run=show_typed),
    tap(OpenTicket, role=Role.AGENT, run=open_),
    tap(BackToTicket, role=Role.AGENT, run=back),
    tap(ShowHistory, role=Role.AGENT, run=history),
]
