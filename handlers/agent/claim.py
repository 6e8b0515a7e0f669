"""/claim, /release, /assign (认领, 释放, 转派): whose a ticket is. Of two claims exactly one wins."""

from crm_store.service import tickets
from crm_store.service.tables import Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent import card, notices
from handlers.agent.aim import NUMBER, aim, get
from handlers.agent.buttons import Assign, ChooseColleague, Claim, Release, back_to
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, button


def claim_named(chat: Chat) -> None:
    _claim(chat, aim(chat, "claim").ticket)


def claim_tapped(chat: Chat, tapped: Claim) -> None:
    _claim(chat, get(chat, tapped.ticket))


def _claim(chat: Chat, ticket: Ticket) -> None:
    tickets.claim(chat.session, ticket=ticket, by=chat.me, now=chat.now)
    if chat.update.callback_query is not None:
        chat.toast("claimed", number=ticket.number)
    card.show(chat, ticket)


def release_named(chat: Chat) -> None:
    _release(chat, aim(chat, "release").ticket)


def release_tapped(chat: Chat, tapped: Release) -> None:
    _release(chat, get(chat, tapped.ticket))


def _release(chat: Chat, ticket: Ticket) -> None:
    tickets.release(chat.session, ticket=ticket, by=chat.me, now=chat.now)
    notices.returned(chat, tickets=[ticket], who=chat.me)
    card.changed(chat, ticket, "released")


def assign_named(chat: Chat) -> None:
    """``/assign T12 @bob``; without a name, the colleagues to choose from."""
    found = aim(chat, "assign")
    if found.rest:
        _assign(chat, found.ticket, staff_verbs.find(chat.session, name=found.rest))
    else:
        _choose(chat, found.ticket)


def choose(chat: Chat, tapped: ChooseColleague) -> None:
    _choose(chat, get(chat, tapped.ticket))


def _choose(chat: Chat, ticket: Ticket) -> None:
    chat.show(
        "agent/assign/choose.html.j2",
        ticket=ticket,
        assignee=card.assignee_of(chat, ticket),
        buttons=[*_colleagues(chat, ticket), back_to(ticket)],
    )


def _colleagues(chat: Chat, ticket: Ticket) -> Keyboard:
    """Everybody but who has it, those on duty first, two a row."""
    team = sorted(staff_verbs.team(chat.session), key=lambda one: not one.on_duty)
    each = [
        button("colleague" if one.on_duty else "colleague_off_duty", Assign(ticket.id, one.id), name=one.name)
        for one in team
        if one.id != ticket.assignee_id
    ]
    return [each[at : at + 2] for at in range(0, len(each), 2)]


def assign_tapped(chat: Chat, tapped: Assign) -> None:
    ticket = get(chat, tapped.ticket)
    _assign(chat, ticket, staff_verbs.get(chat.session, staff_id=tapped.staff))


def _assign(chat: Chat, ticket: Ticket, to: Staff) -> None:
    had = card.assignee_of(chat, ticket)
    if had is None or had.id != to.id:
        tickets.assign(chat.session, ticket=ticket, to=to, by=chat.me, now=chat.now)
        notices.assigned(chat, ticket=ticket, to=to, customer=card.customer_of(chat, ticket))
        if had is not None:
            notices.taken_over(chat, ticket=ticket, had=had, now_has=to)
    card.changed(chat, ticket, "assigned", name=to.name)


HANDLERS = [
    command("claim", "认领", role=Role.AGENT, run=claim_named, glued=NUMBER),
    command("release", "退回队列", "释放", role=Role.AGENT, run=release_named, glued=NUMBER),
    command("assign", "转派", role=Role.AGENT, run=assign_named, glued=NUMBER),
    tap(Claim, role=Role.AGENT, run=claim_tapped),
    tap(Release, role=Role.AGENT, run=release_tapped),
    tap(ChooseColleague, role=Role.AGENT, run=choose),
    tap(Assign, role=Role.AGENT, run=assign_tapped),
]
