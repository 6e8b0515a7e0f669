"""/orders (我的订单, 查订单): a customer's own orders, each with what is in it, what is due, where it is, and
ways to ask for more."""

from crm_store.refusals import NoSuchOrder
from crm_store.sales import named, orders, whole
from crm_store.sales.stages import Stage, owed, stage_of
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order
from crm_store.sales.whole import Whole
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, said, tap
from handlers.customer import bind, order_requests, order_return, parcel
from handlers.customer.order_buttons import (
    AskPerson,
    AskToCancel,
    AskToReturn,
    BackToOrder,
    BindPhone,
    ShowOwnOrder,
    TurnOrders,
    WhereIs,
)
from handlers.customer.order_requests import ask_to_cancel as ask_to_cancel
from handlers.customer.order_requests import own
from handlers.customer.order_return import ask_to_return as ask_to_return
from handlers.numbers import ORDER, alone, numbered
from handlers.taps import Button, Keyboard, button

PAGE = 6


def show_list(chat: Chat) -> None:
    if chat.arguments and (found := numbered(chat.arguments, ORDER)):
        return _show(chat, own(chat, found[0]))
    this = named.in_text(chat.session, text=chat.arguments, customer=chat.speaker)
    return _show(chat, this) if this is not None else _list(chat, page=0)


def turn(chat: Chat, tapped: TurnOrders) -> None:
    _list(chat, page=max(tapped.page, 0))


def _list(chat: Chat, *, page: int) -> None:
    found = orders.of_customer(
        chat.session, customer=chat.speaker, limit=PAGE + 1, offset=page * PAGE, drafts=False
    )
    if not found and page == 0:
        chat.show("customer/order/none.html.j2", buttons=[[button("bind_phone", BindPhone())]])
        return None
    turns = [button("newer", TurnOrders(page - 1))] if page else []
    turns += [button("older", TurnOrders(page + 1))] if len(found) > PAGE else []
    shown = found[:PAGE]
    return chat.show(
        "customer/order/list.html.j2",
        own=[(one, stage_of(one)) for one in shown],
        buttons=[*([_line(chat, one)] for one in shown), *([turns] if turns else [])],
    )


def _line(chat: Chat, order: Order) -> Button:
    stage = chat.words.label(chat.language, "order_stages", stage_of(order))
    return button("own_order", BackToOrder(order.id), number=order.number, stage=stage)


def open_(chat: Chat, tapped: ShowOwnOrder) -> None:
    _show(chat, own(chat, tapped.order), anew=True)


def back(chat: Chat, tapped: BackToOrder) -> None:
    _show(chat, own(chat, tapped.order))


def show_named(chat: Chat) -> None:
    number = alone(chat.message.text or "", ORDER)
    assert number is not None
    _show(chat, own(chat, number))


def _show(chat: Chat, order: Order, *, anew: bool = False) -> None:
    held = whole.of(chat.session, order=order)
    stage = stage_of(order)
    (chat.say if anew else chat.show)(
        "customer/order/order.html.j2",
        order=order,
        held=held,
        stage=stage,
        due=owed(order),
        left=[part for part in held.parts if part.left] if stage == Stage.PARTLY_SHIPPED else [],
        buttons=_ways(held),
    )


def _ways(held: Whole) -> Keyboard:
    """What may be asked for, as the order is now."""
    order_id = held.order.id
    ask = [button("own_cancel", AskToCancel(order_id))] if held.may(OrderEvent.CANCEL) else []
    ask += [button("own_return", AskToReturn(order_id))] if held.may(OrderEvent.RETURN) else []
    return [
        [button("own_where", WhereIs(order_id)), button("own_ask", AskPerson(order_id))],
        *([ask] if ask else []),
        [button("own_orders", TurnOrders(0))],
    ]


def bind_phone(chat: Chat, _tapped: BindPhone) -> None:
    bind.ask(chat)


def choose(chat: Chat) -> None:
    """Which order was meant was not said: the customer's own, to choose from."""
    _list(chat, page=0)


def names_an_order(chat: Chat) -> bool:
    """The number of one of their orders, and nothing else; another's is a message like any other."""
    written = chat.update.message
    if chat.staff is not None or chat.customer is None or written is None or written.reply_to_message:
        return False
    number = alone(written.text or "", ORDER)
    if number is None:
        return False
    try:
        orders.get(chat.session, order_id=number, seen_by=chat.customer)
    except NoSuchOrder:
        return False
    return True


HANDLERS = [
    command("orders", "我的订单", "查订单", "订单", role=Role.CUSTOMER, run=show_list, customers_only=True),
    said(names_an_order, run=show_named),
    tap(ShowOwnOrder, role=Role.CUSTOMER, run=open_),
    tap(BackToOrder, role=Role.CUSTOMER, run=back),
    tap(TurnOrders, role=Role.CUSTOMER, run=turn),
    tap(BindPhone, role=Role.CUSTOMER, run=bind_phone),
    *order_requests.HANDLERS,
    *order_return.HANDLERS,
    *parcel.HANDLERS,
]
FORMS = [*order_return.FORMS, *parcel.FORMS]
