"""/confirm, /complete (确认, 完成): a draft becomes an order; an order is done."""

from crm_store.sales import orders
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from handlers.agent.orders import card, draft
from handlers.agent.orders.asking import DRAFTING, leave_done
from handlers.agent.orders.buttons import CompleteOrder, ConfirmOrder
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.customer.order_news import News
from handlers.numbers import GLUED_ORDER


def confirm_named(chat: Chat) -> None:
    _confirm(chat, which(chat, "confirm").order)


def confirm_tapped(chat: Chat, tapped: ConfirmOrder) -> None:
    """What was changed since it was shown is looked at first."""
    order = get(chat, tapped.order)
    if order.state == OrderState.DRAFT and order.version != tapped.version:
        chat.toast("order_draft_changed", alert=True, number=order.number)
        draft.show(chat, order)
    else:
        _confirm(chat, order)


def _confirm(chat: Chat, order: Order) -> None:
    """Not while the speaker's own lines wait for their product: they would be left out unseen."""
    if order.state == OrderState.DRAFT and draft.pending(chat, order):
        draft.go_on(chat, order, confirming=True)
        return
    orders.confirm(chat.session, order=order, actor=chat.me, now=chat.now)
    leave_done(chat, order, DRAFTING)
    card.changed(chat, order, "confirmed", told=tell(chat, order, News.CONFIRMED))


def complete_named(chat: Chat) -> None:
    _complete(chat, which(chat, "complete").order)


def complete_tapped(chat: Chat, tapped: CompleteOrder) -> None:
    _complete(chat, get(chat, tapped.order))


def _complete(chat: Chat, order: Order) -> None:
    orders.complete(chat.session, order=order, actor=chat.me, now=chat.now)
    card.changed(chat, order, "completed")


HANDLERS = [
    command("confirm", "确认", role=Role.AGENT, run=confirm_named, glued=GLUED_ORDER),
    command("complete", "完成", role=Role.AGENT, run=complete_named, glued=GLUED_ORDER),
    tap(ConfirmOrder, role=Role.AGENT, run=confirm_tapped),
    tap(CompleteOrder, role=Role.AGENT, run=complete_tapped),
]
