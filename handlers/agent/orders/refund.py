"""/refund O7 200 破损 (退款): money goes back; above the shop's limit a manager says yes or no first."""

from typing import Any

from crm_store import money
from crm_store.money import Unreadable, Why
from crm_store.sales import refunds, whole
from crm_store.sales.states import OrderEvent, RefundState
from crm_store.sales.tables import Order, Refund
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.aim import TEXT
from handlers.agent.orders import card
from handlers.agent.orders.asking import (
    REFUNDING,
    answers,
    ask,
    ask_again,
    asked_again,
    leave_done,
    words,
)
from handlers.agent.orders.buttons import (
    ApproveRefund,
    AskRefund,
    BackToOrder,
    OpenOrder,
    RefundNow,
    RejectRefund,
    next_steps,
)
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer.order_news import News
from handlers.numbers import GLUED_ORDER
from handlers.taps import Button, button
from handlers.words import shown_money

LONGEST_REASON = 500


def refund_named(chat: Chat) -> None:
    found = which(chat, "refund")
    if found.rest:
        _read(chat, found.order, found.rest)
    else:
        _ask(chat, found.order)


def ask_tapped(chat: Chat, tapped: AskRefund) -> None:
    _ask(chat, get(chat, tapped.order))


def given(chat: Chat) -> None:
    order, text = get(chat, answers(chat)["order"]), words(chat)
    if text:
        _read(chat, order, text)
    else:
        _ask(chat, order)


def now_tapped(chat: Chat, tapped: RefundNow) -> None:
    """So much, as it was offered; a second tap finds that it was given back, and does nothing."""
    order = get(chat, tapped.order)
    held = whole.of(chat.session, order=order)
    if order.refunded + held.requested != tapped.refunded:
        chat.toast("order_changed", number=order.number)
        card.show(chat, order)
    else:
        _give_back(chat, order, tapped.amount, order.cancel_reason or "")


def offer(chat: Chat, order: Order, amount: int) -> Button:
    """A button that gives ``amount`` back at once."""
    held = whole.of(chat.session, order=order)
    shown = shown_money(chat.language, amount, order.currency)
    return button("refund_now", RefundNow(order.id, amount, order.refunded + held.requested), amount=shown)


def _ask(chat: Chat, order: Order) -> None:
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.REFUND)
    ask(chat, REFUNDING, order)
    chat.show(
        "agent/order/refund/ask.html.j2",
        held=held,
        buttons=[[offer(chat, order, held.refundable)], [button("back", BackToOrder(order.id))]],
    )


def _read(chat: Chat, order: Order, text: str) -> None:
    """The amount is the first word or the last; the others say why."""
    tokens = text.split()
    try:
        for amount_at, reason in ((0, tokens[1:]), (-1, tokens[:-1])):
            amount = _amount(tokens[amount_at], order.currency)
            if amount is not None:
                _give_back(chat, order, amount, " ".join(reason))
                return
    except Unreadable as error:
        ask_again(chat, REFUNDING, order)
        chat.say("agent/order/refund/unreadable.html.j2", order=order, typed=error.text, why=error.why)
        return
    ask_again(chat, REFUNDING, order)
    chat.say("agent/order/refund/unreadable.html.j2", order=order, typed=text, why=Why.UNCLEAR)


def _amount(token: str, currency: str) -> int | None:
    """None for a word; raises Unreadable for what is meant as an amount."""
    try:
        return money.read(token, currency=currency)
    except Unreadable as error:
        if error.why != Why.UNCLEAR and not token[:1].isalpha():
            raise
        return None


def _give_back(chat: Chat, order: Order, amount: int, reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        ask_again(chat, REFUNDING, order)
        chat.say("agent/order/refund/long_reason.html.j2", order=order, most=LONGEST_REASON)
        return
    with asked_again(chat, REFUNDING, order):
        refund = refunds.ask(
            chat.session,
            order=order,
            amount=amount,
            reason=reason,
            by=chat.me,
            approval_above=limit_for(chat, order),
            now=chat.now,
        )
    leave_done(chat, order, REFUNDING)
    told = None
    if refund.state == RefundState.REQUESTED:
        _ask_managers(chat, order, refund)
    else:
        told = tell(chat, order, News.REFUNDED, refund=refund)
    held = whole.of(chat.session, order=order)
    chat.show(
        "agent/order/refund/given.html.j2",
        held=held,
        customer=card.customer_of(chat, order),
        refund=refund,
        told=told,
        buttons=next_steps(held),
    )


def limit_for(chat: Chat, order: Order) -> int | None:
    """Above how much a second person is asked. The limit is in the desk's money: in another, always."""
    limit = chat.desk.refund_approval_above
    return limit if limit is None or order.currency == chat.desk.currency else 0


def _ask_managers(chat: Chat, order: Order, refund: Refund) -> None:
    for one in refunds.approvers(chat.session, asked_by=chat.me):
        chat.say(
            "agent/order/refund/asked.html.j2",
            to=one,
            order=order,
            customer=card.customer_of(chat, order),
            refund=refund,
            asker=chat.me,
            buttons=[
                [
                    button("refund_approve", ApproveRefund(refund.id)),
                    button("refund_reject", RejectRefund(refund.id)),
                ],
                [button("open", OpenOrder(order.id))],
            ],
        )


def approve(chat: Chat, tapped: ApproveRefund) -> None:
    refund = refunds.get(chat.session, refund_id=tapped.refund)
    if refund is None:
        return chat.toast("old_button")
    refunds.approve(chat.session, refund=refund, by=chat.me, now=chat.now)
    order = get(chat, refund.order_id)
    _decided(chat, order, refund, told=tell(chat, order, News.REFUNDED, refund=refund))
    return None


def reject(chat: Chat, tapped: RejectRefund) -> None:
    refund = refunds.get(chat.session, refund_id=tapped.refund)
    if refund is None:
        return chat.toast("old_button")
    refunds.reject(chat.session, refund=refund, by=chat.me, now=chat.now)
    _decided(chat, get(chat, refund.order_id), refund, told=None)
    return None


def _decided(chat: Chat, order: Order, refund: Refund, *, told: bool | None) -> None:
    """Who asked hears what was said."""
    asker = chat.session.get(Staff, refund.asked_by) if refund.asked_by else None
    customer = card.customer_of(chat, order)
    facts: dict[str, Any] = {"order": order, "customer": customer, "refund": refund, "by": chat.me}
    buttons = [[button("open", OpenOrder(order.id))]]
    chat.edit("agent/order/refund/decided.html.j2", told=told, buttons=buttons, **facts)
    if asker is not None and asker.id != chat.me.id and asker.revoked_at is None:
        chat.say("agent/order/refund/decided.html.j2", to=asker, told=told, buttons=buttons, **facts)


HANDLERS = [
    command("refund", "退款", role=Role.AGENT, run=refund_named, glued=GLUED_ORDER),
    tap(AskRefund, role=Role.AGENT, run=ask_tapped),
    tap(RefundNow, role=Role.AGENT, run=now_tapped),
    tap(ApproveRefund, role=Role.MANAGER, run=approve),
    tap(RejectRefund, role=Role.AGENT, run=reject),
]
FORMS = [answered(REFUNDING, TEXT, role=Role.AGENT, run=given)]
