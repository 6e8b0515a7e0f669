"""/resolve, /close, /reopen, /wait (解决, 关闭, 重开, 待内部): where a ticket goes from here."""

from crm_store.service import ratings, tickets
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import card, notices
from handlers.agent.aim import NUMBER, RESOLVING, TEXT, aim, being_answered, get, kept, put_aside
from handlers.agent.buttons import Close, Reopen, Resolve, ResolveAtOnce, Wait
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer import rating
from handlers.incoming import read
from handlers.taps import button


def resolve_named(chat: Chat) -> None:
    found = aim(chat, "resolve")
    _resolve(chat, found.ticket, found.rest)


def ask(chat: Chat, tapped: Resolve) -> None:
    """The next message says how it was resolved; the customer reads it."""
    ticket = get(chat, tapped.ticket)
    chat.ask(RESOLVING, TEXT, ticket=ticket.id, kept=kept(chat))
    chat.say(
        "agent/resolve/ask.html.j2",
        number=ticket.number,
        customer=card.customer_of(chat, ticket),
        buttons=[[button("resolve_now", ResolveAtOnce(ticket.id))]],
    )


def given(chat: Chat) -> None:
    assert chat.form is not None
    ticket, reason = get(chat, chat.form.answers["ticket"]), read(chat.message).text
    if reason:
        _resolve(chat, ticket, reason)
    else:
        chat.say("agent/resolve/words_only.html.j2", number=ticket.number)


def resolve_at_once(chat: Chat, tapped: ResolveAtOnce) -> None:
    _resolve(chat, get(chat, tapped.ticket), "")


def _resolve(chat: Chat, ticket: Ticket, reason: str) -> None:
    """Tell the customer at once, and ask how it was."""
    tickets.resolve(chat.session, ticket=ticket, by=chat.me, reason=reason, now=chat.now)
    customer = card.customer_of(chat, ticket)
    asked = ratings.ask(chat.session, ticket=ticket, now=chat.now) is not None
    chat.say(
        "customer/ticket/resolved.html.j2",
        to=customer,
        ticket=ticket,
        asked=asked,
        buttons=rating.buttons(ticket) if asked else None,
    )
    _done(chat, ticket, "resolved")


def close_named(chat: Chat) -> None:
    _close(chat, aim(chat, "close").ticket)


def close_tapped(chat: Chat, tapped: Close) -> None:
    _close(chat, get(chat, tapped.ticket))


def _close(chat: Chat, ticket: Ticket) -> None:
    tickets.close(chat.session, ticket=ticket, actor=chat.me, now=chat.now)
    chat.say("customer/ticket/closed.html.j2", to=card.customer_of(chat, ticket), ticket=ticket)
    _done(chat, ticket, "closed")


def reopen_named(chat: Chat) -> None:
    _reopen(chat, aim(chat, "reopen").ticket)


def reopen_tapped(chat: Chat, tapped: Reopen) -> None:
    _reopen(chat, get(chat, tapped.ticket))


def _reopen(chat: Chat, ticket: Ticket) -> None:
    tickets.reopen(chat.session, ticket=ticket, actor=chat.me, now=chat.now)
    _done(chat, ticket, "reopened")


def wait_named(chat: Chat) -> None:
    _wait(chat, aim(chat, "wait").ticket)


def wait_tapped(chat: Chat, tapped: Wait) -> None:
    _wait(chat, get(chat, tapped.ticket))


def _wait(chat: Chat, ticket: Ticket) -> None:
    tickets.wait_internal(chat.session, ticket=ticket, by=chat.me, now=chat.now)
    _done(chat, ticket, "waits_inside")


def _done(chat: Chat, ticket: Ticket, word: str) -> None:
    """Whoever was answering this ticket is done with it, too."""
    answering = being_answered(chat)
    if answering is not None and answering.id == ticket.id:
        put_aside(chat)
    notices.moved(chat, ticket=ticket)
    card.changed(chat, ticket, word)


HANDLERS = [
    command("resolve", "解决", role=Role.AGENT, run=resolve_named, glued=NUMBER),
    command("close", "关闭", role=Role.AGENT, run=close_named, glued=NUMBER),
    command("reopen", "重开", role=Role.AGENT, run=reopen_named, glued=NUMBER),
    command("wait", "待内部", role=Role.AGENT, run=wait_named, glued=NUMBER),
    tap(Resolve, role=Role.AGENT, run=ask),
    tap(ResolveAtOnce, role=Role.AGENT, run=resolve_at_once),
    tap(Close, role=Role.AGENT, run=close_tapped),
    tap(Reopen, role=Role.AGENT, run=reopen_tapped),
    tap(Wait, role=Role.AGENT, run=wait_tapped),
]
FORMS = [answered(RESOLVING, TEXT, role=Role.AGENT, run=given)]
