"""Where is my order? Asked with a button or in free text, answered at once, with a way to a person."""

from datetime import timedelta

from crm_store.customers.tables import Customer
from crm_store.sales import named, orders, whole
from crm_store.sales.stages import OVER, Stage, owed, stage_of
from crm_store.sales.tables import Order
from crm_store.service import conversation, requests
from crm_store.service.conversation import Manner
from crm_store.service.states import Kind
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, said, tap
from handlers.customer import message
from handlers.customer.order_buttons import AskPerson, ShowOwnOrder, WhereIs
from handlers.incoming import manner_of, read
from handlers.taps import Button, Keyboard, button

LOOKED_AT, OFFERED = 12, 4
"""Orders that are looked at, the latest first, and how many others are offered."""

FOLLOW_UP = timedelta(hours=1)
"""Who writes on within this time was not helped by the answer: a person reads it."""

FORM, TEXT = "order_question", "text"


def may_ask_where(chat: Chat) -> bool:
    """A customer's text that the model is sure asks for an order's state, or that is an order's number."""
    incoming = chat.update.message
    if chat.staff is not None or chat.customer is None or incoming is None or not incoming.text:
        return False
    if incoming.reply_to_message is not None or (chat.intent is not None and chat.intent.urgent):
        return False
    sure = chat.intent is not None and chat.intent.kind == Kind.ORDER_STATUS
    likely = chat.intent is not None and chat.intent.best == Kind.ORDER_STATUS
    return sure or ((likely or named.is_number(incoming.text)) and named.has_number(incoming.text))


def asked_where(chat: Chat) -> None:
    """Answer with the state of the order, and hold what was written: it joins the ticket if there is one.

    A customer in conversation with a person, or whose orders are not known, is not answered so; beside a
    ticket where nothing was written for a while, a person has the words too."""
    customer, text = chat.speaker, chat.message.text or ""
    this = named.in_text(chat.session, text=text, customer=customer)
    own = orders.of_customer(chat.session, customer=customer, limit=LOOKED_AT, drafts=False)
    sure = chat.intent is not None and chat.intent.kind == Kind.ORDER_STATUS
    if (this is None and not (sure and own)) or _wrote_on(chat, customer):
        return message.receive(chat)
    open_ = [one for one in own if stage_of(one) not in OVER]
    if this is None:
        this = next(iter(open_), None) or (own[0] if len(own) == 1 else None)
    ticket = conversation.latest_active(chat.session, customer=customer)
    if ticket is not None:
        is_quiet = ticket.last_customer_at <= chat.now - FOLLOW_UP
        message.receive(chat)
        return say_where(chat, this, wrote=False) if sure and is_quiet and this is not None else None
    conversation.hold(chat.session, customer=customer, incoming=read(chat.message), now=chat.now)
    if this is None:
        rows = [[_order_button(chat, one)] for one in own[: OFFERED + 1]]
        chat.say("customer/order/which.html.j2", buttons=[*rows, [_ask(0)]])
        return None
    others = [one for one in open_ if one.id != this.id]
    return say_where(chat, this, wrote=True, others=others[:OFFERED])


def _wrote_on(chat: Chat, customer: Customer) -> bool:
    """They asked a short while ago, and were answered."""
    asked = conversation.held(chat.session, customer=customer, since=chat.now - FOLLOW_UP)
    return any(_says_something(chat, one.kind, one.text) for one in asked)


def _says_something(chat: Chat, content: str, text: str) -> bool:
    return manner_of(Incoming(chat.chat_id, 0, content, text), chat.words) == Manner.PLAIN


def where(chat: Chat, tapped: WhereIs) -> None:
    say_where(chat, orders.get(chat.session, order_id=tapped.order, seen_by=chat.speaker), wrote=False)


def say_where(chat: Chat, order: Order, *, wrote: bool, others: list[Order] | None = None) -> None:
    """The order's state in the customer's words, and buttons: the order, a person, other open orders.
    ``wrote``: they asked in words, which a person will have."""
    held = whole.of(chat.session, order=order)
    stage = stage_of(order)
    buttons: Keyboard = [[button("own_order_open", ShowOwnOrder(order.id)), _ask(order.id)]]
    chat.say(
        "customer/order/where.html.j2",
        order=order,
        held=held,
        stage=stage,
        due=owed(order),
        wrote=wrote,
        left=[part for part in held.parts if part.left] if stage == Stage.PARTLY_SHIPPED else [],
        buttons=[*buttons, *([_order_button(chat, one)] for one in others or [])],
    )


def _ask(order_id: int) -> Button:
    return button("own_ask", AskPerson(order_id))


def _order_button(chat: Chat, order: Order) -> Button:
    stage = chat.words.label(chat.language, "order_stages", stage_of(order))
    return button("own_order", WhereIs(order.id), number=order.number, stage=stage)


def ask_person(chat: Chat, tapped: AskPerson) -> None:
    """What the customer just wrote becomes a ticket; where they wrote nothing, they are asked."""
    customer = chat.speaker
    order = orders.get(chat.session, order_id=tapped.order, seen_by=customer) if tapped.order else None
    held = conversation.held(chat.session, customer=customer, since=chat.now - conversation.HELD_FOR)
    if any(_says_something(chat, one.kind, one.text) for one in held):
        received = requests.take_up(chat.session, customer=customer, order=order, now=chat.now)
        if received is not None:
            return message.respond(chat, customer, received)
    if order is None:
        return chat.toast("old_button")
    chat.ask(FORM, TEXT, order=order.id)
    chat.say("customer/order/question.html.j2", order=order)
    return None


def asked(chat: Chat) -> None:
    """The question about an order: into the open ticket about it, else a new one."""
    assert chat.form is not None
    order = orders.get(chat.session, order_id=chat.form.answers["order"], seen_by=chat.speaker)
    if manner_of(read(chat.message), chat.words) != Manner.PLAIN:
        chat.say("customer/order/question.html.j2", order=order)
        return
    chat.leave_form()
    message.receive(chat, about=order)


HANDLERS = [
    tap(WhereIs, role=Role.CUSTOMER, run=where),
    tap(AskPerson, role=Role.CUSTOMER, run=ask_person),
]
FORMS = [answered(FORM, TEXT, role=Role.CUSTOMER, run=asked)]
REST = [said(may_ask_where, run=asked_where)]
