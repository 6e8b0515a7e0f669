"""/queue, /mine, /next (队列, 我的, 下一个): what waits, what is one's own, what to do now."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.service import kinds, queue
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import card
from handlers.agent.aim import turn_to
from handlers.agent.buttons import OpenTicket
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, Tap, button

PAGE = 8
A_ROW = 4
EXCERPT = 60


@dataclass(frozen=True)
class ShowQueue(Tap, verb="queue"):
    page: int


@dataclass(frozen=True)
class OpenQueue(Tap, verb="open_queue"):
    """Say the queue; what was tapped stays."""


@dataclass(frozen=True)
class ShowMine(Tap, verb="mine"):
    page: int


@dataclass(frozen=True)
class Line:
    """A ticket in a list: whose it is, and how it begins."""

    ticket: Ticket
    customer: Customer
    words: str


def show_queue(chat: Chat) -> None:
    _queue(chat, page=0)


def turn_queue(chat: Chat, tapped: ShowQueue) -> None:
    _queue(chat, page=tapped.page)


def open_queue(chat: Chat, tapped: OpenQueue) -> None:
    _queue(chat, page=0, anew=True)


def _queue(chat: Chat, *, page: int, anew: bool = False) -> None:
    count = queue.count_unassigned(chat.session)
    page = _within(page, count)
    lines = _lines(chat.session, queue.unassigned(chat.session, limit=PAGE, offset=page * PAGE))
    tell = chat.say if anew else chat.show
    tell(
        "agent/queue/queue.html.j2",
        lines=lines,
        count=count,
        first=page * PAGE + 1,
        own=queue.count_of_assignee(chat.session, staff=chat.me),
        on_duty=chat.me.on_duty,
        buttons=_buttons(lines, page, count, ShowQueue),
    )


def show_mine(chat: Chat) -> None:
    _mine(chat, page=0)


def turn_mine(chat: Chat, tapped: ShowMine) -> None:
    _mine(chat, page=tapped.page)


def _mine(chat: Chat, *, page: int) -> None:
    count = queue.count_of_assignee(chat.session, staff=chat.me)
    page = _within(page, count)
    lines = _lines(
        chat.session, queue.of_assignee(chat.session, staff=chat.me, limit=PAGE, offset=page * PAGE)
    )
    chat.show(
        "agent/queue/mine.html.j2",
        lines=lines,
        count=count,
        first=page * PAGE + 1,
        waiting=queue.count_unassigned(chat.session),
        buttons=_buttons(lines, page, count, ShowMine),
    )


def show_next(chat: Chat) -> None:
    ticket = queue.next_for(chat.session, staff=chat.me)
    if ticket is None:
        chat.say("agent/queue/nothing_next.html.j2")
    else:
        turn_to(chat, ticket)
        card.show(chat, ticket)


def _lines(session: Session, tickets: list[Ticket]) -> list[Line]:
    people = queue.customers_of(session, tickets=tickets)
    return [
        Line(ticket, people[ticket.customer_id], _beginning(kinds.first_words(session, ticket=ticket)))
        for ticket in tickets
    ]


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _within(page: int, count: int) -> int:
    """The page asked for, or the last there is: a list may have shrunk since the button was shown."""
    return max(0, min(page, (count - 1) // PAGE))


def _buttons(lines: list[Line], page: int, count: int, turn: Callable[[int], Tap]) -> Keyboard:
    each = [button("numbered", OpenTicket(line.ticket.id), number=line.ticket.number) for line in lines]
    rows = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    turns = [button("previous", turn(page - 1))] if page else []
    turns += [button("following", turn(page + 1))] if (page + 1) * PAGE < count else []
    return [*rows, *([turns] if turns else [])]


HANDLERS = [
    command("queue", "队列", role=Role.AGENT, run=show_queue, glued=None),
    command("mine", "我的", role=Role.AGENT, run=show_mine, glued=None),
    command("next", "下一个", role=Role.AGENT, run=show_next, glued=None),
    tap(ShowQueue, role=Role.AGENT, run=turn_queue),
    tap(OpenQueue, role=Role.AGENT, run=open_queue),
    tap(ShowMine, role=Role.AGENT, run=turn_mine),
]
