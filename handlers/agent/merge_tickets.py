"""/merge T1 T2: what was said in T2 stands in T1 from now on. The customer is told once."""

from crm_store.customers.tables import Customer
from crm_store.service import kinds, ticket_merging
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.aim import get
from handlers.agent.buttons import OpenTicket, under_notice
from handlers.chat import Chat
from handlers.commands import tap
from handlers.manager.merge_buttons import MergeTickets, PreviewTickets
from handlers.taps import button


def preview(chat: Chat, *, kept_id: int, gone_id: int) -> None:
    """Both as they begin, and the way to turn them round. Raises what the merge itself would."""
    kept, gone = _two(chat, kept_id, gone_id)
    ticket_merging.check(kept=kept, gone=gone)
    chat.show(
        "agent/merge/preview.html.j2",
        kept=kept,
        gone=gone,
        words=[kinds.first_words(chat.session, ticket=one) for one in (kept, gone)],
        buttons=[
            [button("merge_tickets", MergeTickets(kept.id, gone.id), kept=kept.number, gone=gone.number)],
            [button("keep_other", PreviewTickets(gone.id, kept.id), number=gone.number)],
        ],
    )


def turn(chat: Chat, tapped: PreviewTickets) -> None:
    preview(chat, kept_id=tapped.kept, gone_id=tapped.gone)


def merge(chat: Chat, tapped: MergeTickets) -> None:
    kept, gone = _two(chat, tapped.kept, tapped.gone)
    had = gone.assignee_id
    ticket_merging.merge(chat.session, kept=kept, gone=gone, by=chat.me, now=chat.now)
    chat.edit(
        "agent/merge/merged.html.j2",
        ticket=kept,
        number=gone.number,
        buttons=[[button("open", OpenTicket(kept.id))]],
    )
    _tell_customer(chat, kept, gone)
    _tell_colleague(chat, kept, gone, had)


def _two(chat: Chat, kept_id: int, gone_id: int) -> tuple[Ticket, Ticket]:
    return get(chat, kept_id), get(chat, gone_id)


def _tell_customer(chat: Chat, kept: Ticket, gone: Ticket) -> None:
    customer = chat.session.get_one(Customer, kept.customer_id)
    if customer.chat_id is not None and customer.reachable:
        chat.say("customer/ticket/merged.html.j2", to=customer, ticket=kept, number=gone.number)


def _tell_colleague(chat: Chat, kept: Ticket, gone: Ticket, had: int | None) -> None:
    """Who had the one that is gone."""
    colleague = chat.session.get(Staff, had) if had is not None else None
    if colleague is not None and colleague.revoked_at is None:
        chat.notify(
            [colleague],
            "agent/notice/merged.html.j2",
            ticket=kept,
            number=gone.number,
            by=chat.me,
            buttons=under_notice(kept),
        )


HANDLERS = [
    tap(PreviewTickets, role=Role.AGENT, run=turn),
    tap(MergeTickets, role=Role.AGENT, run=merge),
]
