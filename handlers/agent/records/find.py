"""/find, 查, 搜: one box for customers, orders and tickets; and /customer, 客户: one customer's card."""

from crm_store.customers import filters, lookups, search
from crm_store.customers.filters import Filtered
from crm_store.customers.search import Hit
from crm_store.customers.tables import Customer
from crm_store.staff.roles import Role
from handlers import filtering, numbers
from handlers.agent import aim
from handlers.agent import card as ticket_card
from handlers.agent.orders import card as order_card
from handlers.agent.orders import which
from handlers.agent.records import card, filtered_page, hits, new, whom
from handlers.agent.records.buttons import NewFromLookup, TurnFound
from handlers.agent.records.filtered_page import PAGE, Setting
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Button, button

OTHERS = 4
"""Orders and tickets beside the customers, each."""

NEAR = 3
CLEAR = (None, "initials", "title")
"""Why a hit matches (``search.Hit``) where it is no mistake that was forgiven."""

HASHES = ("#", "\uff03")


def find(chat: Chat) -> None:
    """A number opens what it is the number of; anything else is looked for."""
    text = chat.arguments
    if not text:
        return _usage(chat)
    found = numbers.number(text)
    if found is None or found[2]:
        return _look(chat, text, cursor="")
    if found[0] == numbers.CUSTOMER:
        return card.open_number(chat, found[1])
    if found[0] == numbers.ORDER:
        return order_card.show(chat, which.get(chat, found[1]))
    ticket = aim.get(chat, found[1])
    aim.turn_to(chat, ticket)
    return ticket_card.show(chat, ticket)


def _usage(chat: Chat) -> None:
    chat.say("agent/find/usage.html.j2")


def show_named(chat: Chat) -> None:
    """``/customer C12``; a name is looked for."""
    text = chat.arguments
    replied = aim.replied_to(chat) or aim.being_answered(chat)
    if not text or replied is not None or numbers.numbered(text, numbers.CUSTOMER) or numbers.number(text):
        found = numbers.numbered(text, numbers.CUSTOMER)
        customer = whom.whom(chat, "customer").customer
        card.turn_to(chat, customer)
        card.show(chat, customer, asked_for=found[0] if found else None)
    else:
        _look(chat, text, cursor="")


def turn(chat: Chat, tapped: TurnFound) -> None:
    lookup = lookups.get(chat.session, lookup_id=tapped.lookup, by=chat.me)
    if lookup is None:
        chat.toast("old_button")
    else:
        _look(chat, lookup.text, cursor=tapped.cursor, opens=False)


def _look(chat: Chat, text: str, *, cursor: str, opens: bool = True) -> None:
    filtered = filtering.read(chat, text)
    tag = filters.tagged(chat.session, filtered.words) if not filtered.asks else None
    if filtered.asks:
        _filter(chat, text, filtered, cursor)
    elif tag is not None and text.startswith(HASHES):
        _look(chat, _of_tag(chat, tag), cursor="")
    else:
        _search(chat, text, filtered.words, int(cursor) if cursor.isdecimal() else 0, opens=opens, tag=tag)


def _of_tag(chat: Chat, tag: str) -> str:
    """The filter that asks for everybody with a tag."""
    return f'{chat.words.label(chat.language, "filters", "tag")}:"{tag}"'


def _search(chat: Chat, text: str, words: str, offset: int, *, opens: bool, tag: str | None) -> None:
    """Best first. One hit that nobody could doubt is opened at once. Where the words are a ``tag``, too,
    everybody who has it is a tap away."""
    offset = min(offset, 10_000)
    found = search.customers(chat.session, text=words, limit=PAGE + 1, offset=offset)
    more, found = len(found) > PAGE, found[:PAGE]
    orders = search.orders(chat.session, text=words, limit=OTHERS) if not offset else []
    tickets = search.tickets(chat.session, text=words, limit=OTHERS) if not offset else []
    if offset and not found:  # fewer than when the button was shown
        return _search(chat, text, words, 0, opens=opens, tag=tag)
    if not (found or orders or tickets) and tag is not None:
        return _look(chat, _of_tag(chat, tag), cursor="")
    if not (found or orders or tickets):
        return _nothing(chat, text, words)
    lookup = lookups.keep(chat.session, text=text, by=chat.me, now=chat.now)
    if not opens and len(found) == 1 and not offset:  # not the one they meant
        near = search.near(chat.session, text=words, limit=NEAR)
        found += [hit for hit in near if hit.customer.id != found[0].customer.id]
    if opens and len(found) == 1 and not (orders or tickets or offset or tag) and found[0].why in CLEAR:
        card.turn_to(chat, found[0].customer)
        return card.show(chat, found[0].customer, lookup=lookup.id)
    lines = hits.customer_lines(chat, _explained(found))
    order_lines, ticket_lines = hits.order_lines(chat, orders), hits.ticket_lines(chat, tickets)
    turns = [button("previous", TurnFound(lookup.id, str(max(0, offset - PAGE))))] if offset else []
    turns += [button("following", TurnFound(lookup.id, str(offset + PAGE)))] if more else []
    return chat.show(
        "agent/find/results.html.j2",
        text=text,
        lines=lines,
        orders=order_lines,
        tickets=ticket_lines,
        count=None,
        buttons=[
            *([hits.customer_button(one)] for one in lines),
            *([hits.order_button(one)] for one in order_lines),
            *([hits.ticket_button(one)] for one in ticket_lines),
            *([turns] if turns else []),
            *([[_tag_button(chat, tag)]] if tag is not None else []),
            *([[button("new_customer", NewFromLookup(lookup.id))]] if not opens else []),
        ],
    )


def _tag_button(chat: Chat, tag: str) -> Button:
    lookup = lookups.keep(chat.session, text=_of_tag(chat, tag), by=chat.me, now=chat.now)
    return button("tagged", TurnFound(lookup.id, ""), tag=tag)


def _explained(found: list[Hit]) -> list[tuple[Customer, str | None]]:
    return [(hit.customer, hit.why) for hit in found]


def _nothing(chat: Chat, text: str, words: str) -> None:
    """Nobody is called that: who nearly is, and a way to write them down."""
    near = search.near(chat.session, text=words, limit=NEAR) if words else []
    lookup = lookups.keep(chat.session, text=text, by=chat.me, now=chat.now)
    lines = hits.customer_lines(chat, _explained(near))
    chat.show(
        "agent/find/nothing.html.j2",
        text=text,
        lines=lines,
        buttons=[
            *([hits.customer_button(one)] for one in lines),
            [button("new_customer", NewFromLookup(lookup.id))],
        ],
    )


def _filter(chat: Chat, text: str, filtered: Filtered, cursor: str) -> None:
    if not filters.is_light(chat.session, filtered=filtered):
        return filtered_page.look_beside(chat, text, cursor)
    found = filtered_page.look(chat.session, filtered=filtered, by=chat.me, cursor=cursor)
    at = Setting(chat.session, chat.desk, chat.me, chat.now)
    template, values, buttons = filtered_page.shown(at, text, found)
    return chat.show(template, buttons=buttons, **values)


def new_from(chat: Chat, tapped: NewFromLookup) -> None:
    """Make a new customer of what was looked for, as if it had been given to /new."""
    lookup = lookups.get(chat.session, lookup_id=tapped.lookup, by=chat.me)
    if lookup is None:
        chat.toast("old_button")
    else:
        chat.arguments = lookup.text
        new.new(chat)


HANDLERS = [
    command("find", "查", "搜", role=Role.AGENT, run=find),
    command("customer", "客户", role=Role.AGENT, run=show_named),
    tap(TurnFound, role=Role.AGENT, run=turn),
    tap(NewFromLookup, role=Role.AGENT, run=new_from),
]
