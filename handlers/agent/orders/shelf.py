"""Lists of orders: the latest, those that need something, a customer's."""

from collections.abc import Callable, Sequence

from crm_store.customers import customers
from crm_store.sales import orders
from crm_store.sales.orders import Shelf
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from handlers.agent.orders.buttons import OpenOrder, OrdersOf, ShowShelf, StartOrder
from handlers.chat import Chat
from handlers.commands import tap
from handlers.taps import Keyboard, Tap, button

PAGE = 8
A_ROW = 4
MOST_PAGES = 100_000


def show_latest(chat: Chat) -> None:
    _show(chat, Shelf.ALL, 0)


def turn(chat: Chat, tapped: ShowShelf) -> None:
    _show(chat, tapped.shelf, _page(tapped.page))


def _show(chat: Chat, shelf: Shelf, page: int) -> None:
    found = orders.listed(chat.session, shelf=shelf, limit=PAGE + 1, offset=page * PAGE)
    shown = found[:PAGE]
    row = [
        button("shelf_shown" if one == shelf else "shelf", ShowShelf(one, 0), shelf=_name(chat, one))
        for one in Shelf
    ]
    chat.show(
        "agent/order/list.html.j2",
        shelf=shelf,
        orders=shown,
        first=page * PAGE + 1,
        buttons=[
            *_numbers([order for order, _ in shown]),
            *_turns(page, len(found) > PAGE, lambda to: ShowShelf(shelf, to)),
            *(row[at : at + A_ROW] for at in range(0, len(row), A_ROW)),
        ],
    )


def _name(chat: Chat, shelf: Shelf) -> str:
    return chat.words.label(chat.language, "shelves", shelf)


def of_customer(chat: Chat, tapped: OrdersOf) -> None:
    """A customer's orders, in place of what was tapped."""
    customer = customers.get(chat.session, customer_id=tapped.customer)
    page = _page(tapped.page)
    found = orders.of_customer(chat.session, customer=customer, limit=PAGE + 1, offset=page * PAGE)
    shown = found[:PAGE]
    chat.show(
        "agent/order/of_customer.html.j2",
        customer=customer,
        orders=shown,
        first=page * PAGE + 1,
        buttons=[
            *_numbers(shown),
            *_turns(page, len(found) > PAGE, lambda to: OrdersOf(customer.id, to)),
            [button("order_start", StartOrder(customer.id))],
        ],
    )


def _page(wanted: int) -> int:
    return max(0, min(wanted, MOST_PAGES))


def _numbers(shown: Sequence[Order]) -> Keyboard:
    each = [button("numbered", OpenOrder(one.id), number=one.number) for one in shown]
    return [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]


def _turns(page: int, more: bool, turned: Callable[[int], Tap]) -> Keyboard:
    row = [button("newer", turned(page - 1))] if page else []
    row += [button("older", turned(page + 1))] if more else []
    return [row] if row else []


HANDLERS = [
    tap(ShowShelf, role=Role.AGENT, run=turn),
    tap(OrdersOf, role=Role.AGENT, run=of_customer),
]
