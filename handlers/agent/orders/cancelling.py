"""/cancel O7 reason (取消 O7): an order that nothing was sent of is off; what was paid has to go back."""

from crm_store.sales import orders, whole
from crm_store.sales.states import OrderEvent, OrderState
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from handlers.agent.aim import TEXT
from handlers.agent.orders import card, refund
from handlers.agent.orders.asking import (
    CANCELLING,
    DRAFTING,
    answers,
    ask,
    ask_again,
    asked_again,
    leave_done,
    words,
)
from handlers.agent.orders.buttons import AskCancel, BackToOrder, CancelNow, OpenOrder
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.customer.order_news import News
from handlers.taps import button

LONGEST_REASON = 500


def cancel_named(chat: Chat, order_id: int, reason: str) -> None:
    """``/cancel O7 reason``, of staff."""
    _cancel(chat, get(chat, order_id), reason)


def ask_tapped(chat: Chat, tapped: AskCancel) -> None:
    """Why is asked, once: a cancelled order stays so."""
    order = get(chat, tapped.order)
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.CANCEL)
    ask(chat, CANCELLING, order)
    chat.show(
        "agent/order/cancel/ask.html.j2",
        held=held,
        buttons=[
            [button("order_cancel_now", CancelNow(order.id)), button("back", BackToOrder(order.id))],
        ],
    )


def given(chat: Chat) -> None:
    order, reason = get(chat, answers(chat)["order"]), words(chat)
    if reason:
        _cancel(chat, order, reason)
    else:
        chat.say(
            "agent/order/cancel/ask.html.j2",
            held=whole.of(chat.session, order=order),
            buttons=[[button("order_cancel_now", CancelNow(order.id))]],
        )


def now_tapped(chat: Chat, tapped: CancelNow) -> None:
    _cancel(chat, get(chat, tapped.order), "")


def _cancel(chat: Chat, order: Order, reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        ask_again(chat, CANCELLING, order)
        chat.say("agent/order/cancel/long_reason.html.j2", order=order, most=LONGEST_REASON)
        return
    was_draft = order.state == OrderState.DRAFT
    with asked_again(chat, CANCELLING, order):
        owed = orders.cancel(chat.session, order=order, reason=reason, actor=chat.me, now=chat.now)
    leave_done(chat, order, CANCELLING, DRAFTING)
    told = None if was_draft else tell(chat, order, News.CANCELLED)
    offered = [[refund.offer(chat, order, owed)]] if owed else []
    chat.show(
        "agent/order/cancel/done.html.j2",
        order=order,
        customer=card.customer_of(chat, order),
        owed=owed,
        told=told,
        buttons=[*offered, [button("open", OpenOrder(order.id))]],
    )


HANDLERS = [
    tap(AskCancel, role=Role.AGENT, run=ask_tapped),
    tap(CancelNow, role=Role.AGENT, run=now_tapped),
]
FORMS = [answered(CANCELLING, TEXT, role=Role.AGENT, run=given)]
