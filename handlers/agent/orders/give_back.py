"""/return O7 (退货): goods come back. Staff say what and why; what a customer asks for is decided on."""

from crm_store.sales import returns, whole
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, Return
from crm_store.staff.roles import Role
from handlers.agent.aim import TEXT
from handlers.agent.orders import card, choosing, refund, ship
from handlers.agent.orders.asking import (
    RETURNING,
    SHIPPING,
    answers,
    ask,
    ask_again,
    asked_again,
    leave_done,
    words,
)
from handlers.agent.orders.buttons import (
    ApproveReturn,
    AskReturn,
    BackToOrder,
    Choose,
    OpenOrder,
    ReceiveReturn,
    RefuseReturn,
)
from handlers.agent.orders.choosing import Picked
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer import orders as own_orders
from handlers.customer.order_news import News
from handlers.numbers import GLUED_ORDER, ORDER, numbered
from handlers.taps import button

LONGEST_REASON = 500


def return_named(chat: Chat) -> None:
    """``/return O7 破损``: all that may come back; without a reason, what and why is asked. A customer asks
    for it."""
    if chat.staff is None:
        order = numbered(chat.arguments, ORDER)
        if order is None:
            own_orders.choose(chat)
        else:
            own_orders.ask_to_return(chat, order[0])
        return
    found = which(chat, "return")
    if found.rest:
        _agree(chat, found.order, found.rest)
    else:
        _ask(chat, found.order)


def ask_tapped(chat: Chat, tapped: AskReturn) -> None:
    order = get(chat, tapped.order)
    _ask(chat, order, chosen=choosing.most(whole.of(chat.session, order=order), RETURNING))


def given(chat: Chat) -> None:
    order, reason = get(chat, answers(chat)["order"]), words(chat)
    if reason:
        _agree(chat, order, reason)
    else:
        _ask(chat, order)


def choose(chat: Chat, tapped: Choose) -> None:
    """How much of a line goes into the parcel, or comes back."""
    order = get(chat, tapped.order)
    found = choosing.choose(chat, whole.of(chat.session, order=order), tapped)
    if found is None:
        chat.toast("old_button")
    elif found[0] == SHIPPING:
        ship.choose(chat, order, found[1])
    else:
        _ask(chat, order, chosen=found[1])


def _ask(chat: Chat, order: Order, *, chosen: Picked | None = None) -> None:
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.RETURN)
    limits = choosing.most(held, RETURNING)
    chosen = choosing.picked(chat, held, RETURNING) if chosen is None else chosen
    ask(chat, RETURNING, order, picked=choosing.kept_as(chosen))
    chat.show(
        "agent/order/return/ask.html.j2",
        held=held,
        goods=choosing.shown(held, chosen),
        buttons=[*choosing.rows(held, chosen, limits), [button("back", BackToOrder(order.id))]],
    )


def _agree(chat: Chat, order: Order, reason: str) -> None:
    """Staff who write a return down agree to it."""
    if len(reason) > LONGEST_REASON:
        ask_again(chat, RETURNING, order)
        chat.say("agent/order/return/long_reason.html.j2", order=order, most=LONGEST_REASON)
        return
    with asked_again(chat, RETURNING, order):
        held = whole.of(chat.session, order=order)
        held.require(OrderEvent.RETURN)
        back = returns.ask(
            chat.session,
            order=order,
            reason=reason,
            quantities=choosing.picked(chat, held, RETURNING),
            actor=chat.me,
            now=chat.now,
        )
    returns.approve(chat.session, asked=back, by=chat.me, now=chat.now)
    leave_done(chat, order, RETURNING)
    _moved(chat, order, back)


def approve(chat: Chat, tapped: ApproveReturn) -> None:
    back = returns.get(chat.session, return_id=tapped.returned)
    if back is None:
        return chat.toast("old_button")
    returns.approve(chat.session, asked=back, by=chat.me, now=chat.now)
    _moved(chat, get(chat, back.order_id), back)
    return None


def refuse(chat: Chat, tapped: RefuseReturn) -> None:
    back = returns.get(chat.session, return_id=tapped.returned)
    if back is None:
        return chat.toast("old_button")
    returns.refuse(chat.session, asked=back, by=chat.me, now=chat.now)
    _moved(chat, get(chat, back.order_id), back)
    return None


def receive(chat: Chat, tapped: ReceiveReturn) -> None:
    """The goods are here: what they cost is offered as a refund."""
    back = returns.get(chat.session, return_id=tapped.returned)
    if back is None:
        return chat.toast("old_button")
    owed = returns.receive(chat.session, asked=back, actor=chat.me, now=chat.now)
    _moved(chat, get(chat, back.order_id), back, owed=owed)
    return None


def _moved(chat: Chat, order: Order, back: Return, *, owed: int = 0) -> None:
    told = tell(chat, order, News.RETURNED, back=back)
    offered = [[refund.offer(chat, order, owed)]] if owed else []
    waits = [[button("return_receive", ReceiveReturn(back.id))]] if back.state == "approved" else []
    held = whole.of(chat.session, order=order)
    chat.show(
        "agent/order/return/moved.html.j2",
        held=held,
        customer=card.customer_of(chat, order),
        returning=next(one for one in held.returns if one.asked.id == back.id),
        owed=owed,
        told=told,
        buttons=[*offered, *waits, [button("open", OpenOrder(order.id))]],
    )


HANDLERS = [
    command("return", "退货", role=Role.CUSTOMER, run=return_named, glued=GLUED_ORDER),
    tap(AskReturn, role=Role.AGENT, run=ask_tapped),
    tap(Choose, role=Role.AGENT, run=choose),
    tap(ApproveReturn, role=Role.AGENT, run=approve),
    tap(RefuseReturn, role=Role.AGENT, run=refuse),
    tap(ReceiveReturn, role=Role.AGENT, run=receive),
]
FORMS = [answered(RETURNING, TEXT, role=Role.AGENT, run=given)]
