"""/pay O7 1200 微信 REF (收款): money received; without an amount, all that is due."""

from crm_store.mailbox.forms import TYPED
from crm_store.money import Unreadable
from crm_store.sales import payments, whole
from crm_store.sales.refusals import Overpayment
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, Payment
from crm_store.sales.whole import Whole
from crm_store.staff.roles import Role
from handlers.agent.aim import TEXT
from handlers.agent.orders import card, payment_words
from handlers.agent.orders.asking import (
    PAYING,
    answers,
    ask,
    ask_again,
    asked_again,
    is_about,
    leave_done,
    so_far,
    words,
)
from handlers.agent.orders.buttons import AskPay, BackToOrder, PayBy, next_steps
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer.order_news import News
from handlers.numbers import GLUED_ORDER
from handlers.taps import Keyboard, button

LONGEST_REFERENCE = 100
A_ROW = 3


def pay_named(chat: Chat) -> None:
    found = which(chat, "pay")
    _take(chat, found.order, found.rest)


def ask_tapped(chat: Chat, tapped: AskPay) -> None:
    _take(chat, get(chat, tapped.order), "")


def given(chat: Chat) -> None:
    """What is typed is read together with what was typed before: nothing has to be said twice."""
    order = get(chat, answers(chat)["order"])
    if words(chat):
        _take(chat, order, so_far(chat))
    else:
        _ask(chat, order, answers(chat).get(TYPED, ""))


def by_tapped(chat: Chat, tapped: PayBy) -> None:
    """The way to pay; a second tap finds that something was paid since, and does nothing."""
    order = get(chat, tapped.order)
    if order.paid != tapped.paid or tapped.method not in chat.words.labels("en", "payment_methods"):
        chat.toast("order_changed", number=order.number)
        card.show(chat, order)
        return
    typed = answers(chat).get(TYPED, "") if is_about(chat, order, PAYING) else ""
    _take(chat, order, f"{typed} {tapped.method}")


def _take(chat: Chat, order: Order, text: str) -> None:
    try:
        said = payment_words.read(chat.words, text, currency=order.currency)
    except Unreadable as error:
        ask_again(chat, PAYING, order)  # the amount was no amount: all is asked again
        chat.say("agent/order/pay/unreadable.html.j2", order=order, typed=error.text, why=error.why)
        return
    if said.reference is not None and len(said.reference) > LONGEST_REFERENCE:
        ask_again(chat, PAYING, order)
        chat.say("agent/order/pay/long_reference.html.j2", order=order, most=LONGEST_REFERENCE)
        return
    if said.method is None:
        _ask(chat, order, text)
        return
    _record(chat, order, said.method, said)


def _record(chat: Chat, order: Order, method: str, said: payment_words.Said) -> None:
    known = payments.recorded(chat.session, method=method, reference=said.reference)
    amount = said.amount
    if known is not None and known.order_id == order.id and amount in (None, known.amount):
        _done(chat, order, known, again=True)
        return
    with asked_again(chat, PAYING, order):
        if amount is None:
            held = whole.of(chat.session, order=order)
            held.require(OrderEvent.PAY)
            amount = held.due
        payment = payments.pay(
            chat.session,
            order=order,
            amount=amount,
            method=method,
            reference=said.reference,
            actor=chat.me,
            now=chat.now,
        )
    _done(chat, order, payment, again=False)


def _done(chat: Chat, order: Order, payment: Payment, *, again: bool) -> None:
    leave_done(chat, order, PAYING)
    told = None if again else tell(chat, order, News.PAID, payment=payment)
    held = whole.of(chat.session, order=order)
    chat.show(
        "agent/order/pay/recorded.html.j2",
        held=held,
        customer=card.customer_of(chat, order),
        payment=payment,
        again=again,
        told=told,
        buttons=next_steps(held),
    )


def _ask(chat: Chat, order: Order, typed: str) -> None:
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.PAY)
    said = payment_words.read(chat.words, typed, currency=order.currency)
    if said.amount is not None and said.amount > held.due:
        raise Overpayment(order=order, amount=said.amount, due=held.due)
    ask(chat, PAYING, order, typed=typed)
    chat.show(
        "agent/order/pay/ask.html.j2",
        held=held,
        amount=said.amount,
        reference=said.reference,
        buttons=_ways(chat, held),
    )


def _ways(chat: Chat, held: Whole) -> Keyboard:
    order = held.order
    methods = chat.words.labels(chat.language, "payment_methods")
    row = [
        button("payment_method", PayBy(order.id, order.paid, key), method=name)
        for key, name in methods.items()
    ]
    rows = [row[at : at + A_ROW] for at in range(0, len(row), A_ROW)]
    return [*rows, [button("back", BackToOrder(order.id))]]


HANDLERS = [
    command("pay", "收款", role=Role.AGENT, run=pay_named, glued=GLUED_ORDER),
    tap(AskPay, role=Role.AGENT, run=ask_tapped),
    tap(PayBy, role=Role.AGENT, run=by_tapped),
]
FORMS = [answered(PAYING, TEXT, role=Role.AGENT, run=given)]
