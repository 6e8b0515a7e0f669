"""/need, 需求: what a customer wants: /need C12 茶叶: 龙井两斤 预算500 12月1日前; or the button on a ticket,
which keeps what they wrote."""

import re
from datetime import date

from crm_store import money
from crm_store.customers import needs
from crm_store.customers.tables import Customer, NeedState
from crm_store.sales import products
from crm_store.service import transcript
from crm_store.service.tables import Direction, Message, Ticket
from crm_store.staff.roles import Role
from handlers.agent import aim
from handlers.agent.aim import TEXT, kept, put_aside
from handlers.agent.records.buttons import OpenCustomer
from handlers.agent.records.editing_buttons import AddNeed, NeedIn, SettleNeed
from handlers.agent.records.whom import get, whom
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Button, Keyboard, button

NEEDING = "need"
SHOWN = 6
LOOK_BACK = 30
_CATEGORY = re.compile(r"^([^:：]{1,40}?)\s*[:：]\s*(\S.*)$", re.DOTALL)
_BUDGET = re.compile(
    r"^.*?(?:预算|budget)\s*[:：=]?\s*(?:of\s+)?([^\s，,。；;、）)]+)", re.IGNORECASE | re.DOTALL
)
_DAY = re.compile(
    r"^.*?(?:(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)|(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号])",
    re.DOTALL,
)


def need_named(chat: Chat) -> None:
    found = whom(chat, "need")
    if not found.rest:
        return _list(chat, found.customer)
    return _keep(chat, found.customer, found.rest, message=None)


def _list(chat: Chat, customer: Customer) -> None:
    found = needs.of(chat.session, customer=customer, limit=SHOWN)
    rows: Keyboard = [
        [
            button("need_met", SettleNeed(one.id, NeedState.MET), category=one.category),
            button("need_dropped", SettleNeed(one.id, NeedState.DROPPED), category=one.category),
        ]
        for one in found
        if one.state == NeedState.OPEN
    ]
    rows.append(_open(customer))
    chat.show("agent/records/needs.html.j2", customer=customer, needs=found, buttons=rows)


def settle(chat: Chat, tapped: SettleNeed) -> None:
    need = needs.get(chat.session, need_id=tapped.need)
    if need is None:
        return chat.toast("old_button")
    needs.settle(chat.session, need=need, state=tapped.state, by=chat.me, now=chat.now)
    return _list(chat, get(chat, need.customer_id))


def ask(chat: Chat, tapped: AddNeed) -> None:
    """Their last words are kept; under what, is asked."""
    ticket = aim.get(chat, tapped.ticket)
    message = _last_words(chat, ticket)
    if message is None:
        return chat.toast("nothing_to_keep")
    known = _known(chat)[:SHOWN]
    chat.ask(NEEDING, TEXT, ticket=ticket.id, message=message.id, known=known, kept=kept(chat))
    categories = [button("option", NeedIn(message.id, place), name=one) for place, one in enumerate(known)]
    chat.say(
        "agent/records/ask_need.html.j2",
        ticket=ticket,
        message=message,
        buttons=[categories[at : at + 3] for at in range(0, len(categories), 3)],
    )
    return None


def given(chat: Chat) -> None:
    assert chat.form is not None
    said = (chat.message.text or "").strip()
    message = chat.session.get(Message, chat.form.answers["message"])
    if not said or message is None:
        chat.say("agent/records/need_words_only.html.j2")
        return
    put_aside(chat)
    customer = get(chat, message.customer_id)
    more = _CATEGORY.match(said)
    text = f"{message.text}\n{more[2]}" if more else message.text
    _write(chat, customer, more[1] if more else said, text, message=message)


def pick(chat: Chat, tapped: NeedIn) -> None:
    form = chat.form
    if form is None or form.form != NEEDING or form.answers["message"] != tapped.message:
        return chat.toast("old_button")
    known, message = form.answers["known"], chat.session.get(Message, tapped.message)
    if message is None or not 0 <= tapped.option < len(known):
        return chat.toast("old_button")
    put_aside(chat)
    return _write(chat, get(chat, message.customer_id), known[tapped.option], message.text, message=message)


def _keep(chat: Chat, customer: Customer, said: str, *, message: Message | None) -> None:
    """The category stands before a colon, is named in the text, or is its first word."""
    named = _CATEGORY.match(said)
    first, _, rest = said.partition(" ")
    category = named[1] if named else needs.category_in(said, _known(chat)) or (first if rest else said)
    _write(chat, customer, category, named[2] if named else said, message=message)


def _write(chat: Chat, customer: Customer, category: str, text: str, *, message: Message | None) -> None:
    need = needs.add(
        chat.session,
        customer=customer,
        category=category,
        text=text,
        budget=budget_in(text, currency=chat.desk.currency),
        wanted_by=day_in(text, today=chat.desk.local(chat.now).date()),
        message_id=message.id if message is not None else None,
        by=chat.me,
        now=chat.now,
    )
    chat.say(
        "agent/records/need_kept.html.j2",
        customer=customer,
        need=need,
        buttons=[
            [button("need_dropped", SettleNeed(need.id, NeedState.DROPPED), category=need.category)],
            _open(customer),
        ],
    )


def budget_in(text: str, *, currency: str) -> int | None:
    """The amount after the word budget, in minor units; None where there is none that can be read."""
    found = _BUDGET.match(text)
    try:
        return money.read(found[1], currency=currency) if found else None
    except money.Unreadable:
        return None


def day_in(text: str, *, today: date) -> date | None:
    """The first day that a text names; one without a year is the next such day."""
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        if found[1]:
            return date(int(found[1]), int(found[2]), int(found[3]))
        month, day = int(found[4]), int(found[5])
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _known(chat: Chat) -> list[str]:
    """Categories that customers want something of, then those of products."""
    wanted = [one.category for one in needs.demands(chat.session, limit=20)]
    sold = [one.category.name for one in products.categories(chat.session) if one.category is not None]
    return list(dict.fromkeys([*wanted, *sold]))


def _last_words(chat: Chat, ticket: Ticket) -> Message | None:
    said = transcript.history(chat.session, ticket=ticket, limit=LOOK_BACK, notes=True)
    mine = [one for one in said if one.direction == Direction.IN and one.text.strip()]
    return mine[-1] if mine else None


def _open(customer: Customer) -> list[Button]:
    return [button("open_customer", OpenCustomer(customer.id), number=customer.number)]


HANDLERS = [
    command("need", "需求", role=Role.AGENT, run=need_named, glued=GLUED_CUSTOMER),
    tap(AddNeed, role=Role.AGENT, run=ask),
    tap(NeedIn, role=Role.AGENT, run=pick),
    tap(SettleNeed, role=Role.AGENT, run=settle),
]
FORMS = [answered(NEEDING, TEXT, role=Role.AGENT, run=given)]
