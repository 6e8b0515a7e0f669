"""/pairs, 重复: customers who may be one person, a pair at a time, for somebody to decide."""

from dataclasses import dataclass

from crm_store.customers import merging, pairs
from crm_store.customers.overview import Overview, overview
from crm_store.customers.pairs import Found
from crm_store.customers.tables import Customer
from crm_store.staff.roles import Role
from handlers.agent.records import contacts_shown
from handlers.agent.records.contacts_shown import ShownContact
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.merge_buttons import NotTheSame, OpenPairs, PreviewMerge, TurnPairs
from handlers.taps import Keyboard, button


@dataclass(frozen=True)
class Side:
    """One of the two, as the other is compared with."""

    customer: Customer
    overview: Overview
    contacts: list[ShownContact]


def sides(chat: Chat, *customers: Customer) -> list[Side]:
    found = []
    for one in customers:
        seen = overview(chat.session, customer=one, now=chat.now)
        ways = contacts_shown.shown(seen.contacts, customer=one, to=chat.me)
        found.append(Side(one, seen, ways))
    return found


def show_first(chat: Chat) -> None:
    _show(chat, 0)


def open_(chat: Chat, tapped: OpenPairs) -> None:
    _show(chat, 0, anew=True)


def turn(chat: Chat, tapped: TurnPairs) -> None:
    _show(chat, tapped.page)


def _show(chat: Chat, page: int, *, anew: bool = False) -> None:
    tell = chat.say if anew else chat.show
    count = pairs.count_waiting(chat.session)
    page = max(0, min(page, count - 1))
    waiting = pairs.waiting(chat.session, limit=1, offset=page)
    if not waiting:
        tell("manager/pairs/none.html.j2")
        return
    [found] = waiting
    kept, gone = merging.sides(found.one, found.other)
    tell(
        "manager/pairs/pair.html.j2",
        pair=found.pair,
        sides=sides(chat, kept, gone),
        page=page + 1,
        count=count,
        buttons=_buttons(found, kept, gone, page, count),
    )


def _buttons(found: Found, kept: Customer, gone: Customer, page: int, count: int) -> Keyboard:
    rows: Keyboard = [
        [
            button("keep_this", PreviewMerge(one.id, other.id, ""), number=one.number)
            for one, other in ((kept, gone), (gone, kept))
        ],
        [button("not_same", NotTheSame(found.pair.a_id, found.pair.b_id, page))],
        [
            *([button("previous", TurnPairs(page - 1))] if page else []),
            *([button("later", TurnPairs(page + 1))] if page + 1 < count else []),
        ],
    ]
    return [row for row in rows if row]


def dismiss(chat: Chat, tapped: NotTheSame) -> None:
    pair = pairs.get(chat.session, a_id=tapped.a, b_id=tapped.b)
    decided = pair is not None and pairs.not_the_same(chat.session, pair=pair, by=chat.me, now=chat.now)
    chat.toast("not_same_noted" if decided else "pair_decided")
    _show(chat, tapped.page)


HANDLERS = [
    command("pairs", "重复", role=Role.MANAGER, run=show_first, glued=None),
    tap(OpenPairs, role=Role.MANAGER, run=open_),
    tap(TurnPairs, role=Role.MANAGER, run=turn),
    tap(NotTheSame, role=Role.MANAGER, run=dismiss),
]
