"""/stale 180, 待核实: customers whose contacts nobody has confirmed for so many days; each can be asked."""

import re
from dataclasses import dataclass

from crm_store.customers import freshness
from crm_store.mailbox import outbox
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.whom import get
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.customer import profile
from handlers.taps import Keyboard, Tap, button

PAGE = 6
DAYS, MOST_DAYS = 180, 3650
LONGEST_NAME = 16


@dataclass(frozen=True)
class TurnStale(Tap, verb="stale"):
    days: int
    page: int


@dataclass(frozen=True)
class AskCustomer(Tap, verb="staleask"):
    customer: int


def stale_named(chat: Chat) -> None:
    said = re.search(r"\d{1,5}", chat.arguments)
    _page(chat, days=int(said[0]) if said else DAYS, page=0)


def turn(chat: Chat, tapped: TurnStale) -> None:
    _page(chat, days=tapped.days, page=max(tapped.page, 0))


def _page(chat: Chat, *, days: int, page: int) -> None:
    days = min(max(days, 1), MOST_DAYS)
    found = freshness.stale(chat.session, days=days, now=chat.now, limit=PAGE + 1, offset=page * PAGE)
    rows: Keyboard = []
    for one in found[:PAGE]:
        customer = one.customer
        row = [button("open_customer", OpenCustomer(customer.id), number=customer.number)]
        if customer.reachable and customer.chat_id is not None:
            row.append(button("ask_customer", AskCustomer(customer.id), name=customer.name[:LONGEST_NAME]))
        rows.append(row)
    turns = [button("previous", TurnStale(days, page - 1))] if page else []
    turns += [button("following", TurnStale(days, page + 1))] if len(found) > PAGE else []
    chat.show(
        "manager/stale/stale.html.j2",
        days=days,
        stale=found[:PAGE],
        buttons=[*rows, *([turns] if turns else [])],
    )


def ask(chat: Chat, tapped: AskCustomer) -> None:
    customer = get(chat, tapped.customer)
    if not freshness.ask(chat.session, customer=customer, by=chat.me, now=chat.now):
        return chat.toast("not_asked")
    chat.say(
        "customer/profile/please_check.html.j2",
        to=customer,
        buttons=profile.ways_to_confirm(),
        priority=outbox.NOTICE,
    )
    return chat.toast("asked_customer")


HANDLERS = [
    command("stale", "待核实", role=Role.MANAGER, run=stale_named),
    tap(TurnStale, role=Role.MANAGER, run=turn),
    tap(AskCustomer, role=Role.MANAGER, run=ask),
]
