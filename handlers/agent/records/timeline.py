"""/timeline, 时间线: everything that happened with a customer, newest first, by kind; and their tickets."""

from dataclasses import dataclass

from crm_store.customers import timeline
from crm_store.customers.tables import Customer
from crm_store.customers.timeline import Cursor, Kind, Page
from crm_store.marketing import campaigns
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.service import tickets
from crm_store.service.tables import Message
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.agent.buttons import OpenTicket
from handlers.agent.entries import Entry, entries
from handlers.agent.records import whom
from handlers.agent.records.buttons import BackToCustomer, ShowTickets, ShowTimeline
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Keyboard, button

PAGE = 8
TICKETS_A_PAGE = 6
KINDS_A_ROW = 4
ALL = "all"


@dataclass(frozen=True)
class Line:
    """One line of the timeline: ``entry`` is a message's or a ticket's note as the ticket shows it, ``row``
    the call, order or event itself, ``who`` the colleague who wrote it down. ``campaign`` is whose message
    they were sent."""

    kind: Kind
    at: object
    row: object
    entry: Entry | None
    who: str
    campaign: Campaign | None = None


def show_named(chat: Chat) -> None:
    _show(chat, whom.whom(chat, "timeline").customer, kind=None, page=None)


def turn(chat: Chat, tapped: ShowTimeline) -> None:
    customer = whom.get(chat, tapped.customer)
    kind = Kind(tapped.kind) if tapped.kind in list(Kind) else None
    back = tapped.cursor.startswith("-")
    cursor = Cursor.unpacked(tapped.cursor.removeprefix("-"))
    page = timeline.timeline(
        chat.session,
        customer=customer,
        limit=PAGE,
        kind=kind,
        after=None if back else cursor,
        before=cursor if back else None,
    )
    _show(chat, customer, kind=kind, page=page)


def _show(chat: Chat, customer: Customer, *, kind: Kind | None, page: Page | None) -> None:
    if page is None or not page.entries:  # nothing on it any more: the beginning
        page = timeline.timeline(chat.session, customer=customer, limit=PAGE, kind=kind)
    chat.show(
        "agent/timeline/timeline.html.j2",
        customer=customer,
        kind=kind,
        lines=_lines(chat, customer, page),
        buttons=_buttons(chat, customer, kind, page),
    )


def _lines(chat: Chat, customer: Customer, page: Page) -> list[Line]:
    messages = [one.row for one in page.entries if isinstance(one.row, Message)]
    shown = {one.message.id: one for one in entries(chat, messages, customer=customer)}
    authors = [getattr(one.row, "author_id", None) for one in page.entries]
    people = staff_verbs.by_ids(chat.session, ids=authors)
    return [
        Line(
            kind=one.kind,
            at=one.at,
            row=one.row,
            entry=shown[one.row.id] if isinstance(one.row, Message) else None,
            who=people[author].name if author in people else "",
            campaign=campaigns.get(chat.session, number=one.row.campaign_id)
            if isinstance(one.row, CampaignMember)
            else None,
        )
        for one, author in zip(page.entries, authors, strict=True)
    ]


def _buttons(chat: Chat, customer: Customer, kind: Kind | None, page: Page) -> Keyboard:
    there = timeline.kinds(chat.session, customer=customer)
    choices = [None, *there] if len(there) > 1 or kind is not None else []
    each = [
        button(
            "timeline_chosen" if one == kind else "timeline_kind",
            ShowTimeline(customer.id, one or ALL, ""),
            kind=chat.words.label(chat.language, "timeline", one or ALL),
        )
        for one in choices
    ]
    which = kind or ALL
    turns = []
    if page.newer is not None:
        turns.append(button("newer", ShowTimeline(customer.id, which, f"-{page.newer.packed()}")))
    if page.older is not None:
        turns.append(button("older", ShowTimeline(customer.id, which, page.older.packed())))
    rows = [each[at : at + KINDS_A_ROW] for at in range(0, len(each), KINDS_A_ROW)]
    return [*rows, *([turns] if turns else []), [button("back_to_customer", BackToCustomer(customer.id))]]


def show_tickets(chat: Chat, tapped: ShowTickets) -> None:
    """A customer's tickets, the one they last wrote to first."""
    customer, page = whom.get(chat, tapped.customer), min(max(tapped.page, 0), 10_000)
    found = tickets.of_customer(
        chat.session, customer=customer, limit=TICKETS_A_PAGE + 1, offset=page * TICKETS_A_PAGE
    )
    shown, more = found[:TICKETS_A_PAGE], len(found) > TICKETS_A_PAGE
    each = [button("numbered", OpenTicket(one.id), number=one.number) for one in shown]
    turns = [button("newer", ShowTickets(customer.id, page - 1))] if page else []
    turns += [button("older", ShowTickets(customer.id, page + 1))] if more else []
    rows = [each[at : at + KINDS_A_ROW] for at in range(0, len(each), KINDS_A_ROW)]
    chat.show(
        "agent/customer/tickets.html.j2",
        customer=customer,
        tickets=shown,
        buttons=[
            *rows,
            *([turns] if turns else []),
            [button("back_to_customer", BackToCustomer(customer.id))],
        ],
    )


HANDLERS = [
    command("timeline", "时间线", role=Role.AGENT, run=show_named, glued=GLUED_CUSTOMER),
    tap(ShowTimeline, role=Role.AGENT, run=turn),
    tap(ShowTickets, role=Role.AGENT, run=show_tickets),
]
