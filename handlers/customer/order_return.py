"""A customer asks to return goods: which, and why. Staff decide."""

from crm_store.sales import returns, whole
from crm_store.sales.stages import stage_of
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order
from crm_store.sales.whole import Part, Whole
from crm_store.service import requests
from crm_store.service.states import Kind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.customer import message
from handlers.customer.order_buttons import AskPerson, AskToReturn, BackToOrder, ReturnBecause, ReturnLine
from handlers.customer.order_requests import asked, own
from handlers.taps import button
from handlers.words import shown_quantity

REASONS = {
    "damaged": Kind.COMPLAINT,
    "wrong": Kind.COMPLAINT,
    "unlike": Kind.COMPLAINT,
    "unwanted": Kind.INQUIRY,
}
"""Why goods come back, and what kind of ticket that is."""

IN_WORDS = "words"
FORM, REASON = "order_return", "reason"
LONGEST = 500
"""Characters of a reason that the return keeps; the ticket has it whole."""


def ask_to_return(chat: Chat, order_id: int) -> None:
    """Asks what shall come back and why; or says why nothing can. Raises NoSuchOrder."""
    held = whole.of(chat.session, order=own(chat, order_id))
    if not held.may(OrderEvent.RETURN):
        return _no_return(chat, held)
    parts = _returnable(held)
    if len(parts) == 1:
        return _ask_why(chat, held, parts[0].line.id)
    each = [
        [button("own_return_line", ReturnLine(order_id, one.line.id), name=_goods(chat, [one]))]
        for one in parts
    ]
    return chat.show(
        "customer/order/return_what.html.j2",
        order=held.order,
        buttons=[
            [button("own_return_all", ReturnLine(order_id, 0))],
            *each,
            [button("own_order_back", BackToOrder(order_id))],
        ],
    )


def return_(chat: Chat, tapped: AskToReturn) -> None:
    ask_to_return(chat, tapped.order)


def return_line(chat: Chat, tapped: ReturnLine) -> None:
    held = whole.of(chat.session, order=own(chat, tapped.order))
    if not _chosen(held, tapped.line):
        return _no_return(chat, held)
    return _ask_why(chat, held, tapped.line)


def _ask_why(chat: Chat, held: Whole, line: int) -> None:
    order = held.order
    each = [button(f"return_{one}", ReturnBecause(order.id, line, one)) for one in (*REASONS, IN_WORDS)]
    rows = [each[at : at + 2] for at in range(0, len(each), 2)]
    chat.show(
        "customer/order/return_why.html.j2",
        order=order,
        goods=_goods(chat, _chosen(held, line)),
        buttons=[*rows, [button("own_order_back", BackToOrder(order.id))]],
    )


def return_because(chat: Chat, tapped: ReturnBecause) -> None:
    order = own(chat, tapped.order)
    if tapped.reason == IN_WORDS:
        chat.ask(FORM, REASON, order=order.id, line=tapped.line)
        chat.say("customer/order/own_words.html.j2", order=order)
        return None
    if tapped.reason not in REASONS:
        return chat.toast("old_button")
    reason = chat.words.label(chat.language, "buttons", f"return_{tapped.reason}")
    _return(chat, order, tapped.line, reason, REASONS[tapped.reason])
    return None


def return_in_words(chat: Chat) -> None:
    """Why, in the customer's words; a picture goes along into the ticket."""
    assert chat.form is not None
    order = own(chat, chat.form.answers["order"])
    text = (chat.message.text or chat.message.caption or "").strip()
    line = chat.form.answers["line"]
    chat.leave_form()
    if _return(chat, order, line, text, Kind.INQUIRY) and chat.message.text is None:
        message.receive(chat, about=order)


def _return(chat: Chat, order: Order, line: int, reason: str, kind: Kind) -> bool:
    """File the return for staff to decide, and the ticket about it. False when nothing may come back."""
    held = whole.of(chat.session, order=order)
    chosen = _chosen(held, line)
    if not chosen or not held.may(OrderEvent.RETURN):
        _no_return(chat, held)
        return False
    goods = _goods(chat, chosen)
    words = chat.words.label(
        chat.language, "requests", "return", number=order.number, goods=goods, reason=reason or "…"
    )
    received = requests.ask(
        chat.session, customer=chat.speaker, order=order, words=words, kind=kind, now=chat.now
    )
    assert received.ticket is not None
    returns.ask(
        chat.session,
        order=order,
        reason=reason[:LONGEST],
        quantities={one.line.id: one.returnable for one in chosen},
        ticket_id=received.ticket.id,
        actor=chat.speaker,
        now=chat.now,
    )
    asked(chat, received, words)
    return True


def _no_return(chat: Chat, held: Whole) -> None:
    asked = held.returns[-1].asked.state if held.returns else None
    chat.show(
        "customer/order/no_return.html.j2",
        order=held.order,
        held=held,
        stage=stage_of(held.order),
        asked=asked,
        buttons=[[button("own_ask", AskPerson(held.order.id))]],
    )


def _returnable(held: Whole) -> list[Part]:
    return [one for one in held.parts if one.returnable > 0]


def _chosen(held: Whole, line: int) -> list[Part]:
    """The lines meant (0: all) that may come back."""
    return [one for one in _returnable(held) if line in (0, one.line.id)]


def _goods(chat: Chat, parts: list[Part]) -> str:
    each = [
        chat.words.label(
            chat.language,
            "requests",
            "goods",
            name=one.line.name[:30],
            quantity=shown_quantity(chat.language, one.returnable),
        )
        for one in parts
    ]
    return chat.words.label(chat.language, "requests", "between").join(each)


HANDLERS = [
    tap(AskToReturn, role=Role.CUSTOMER, run=return_),
    tap(ReturnLine, role=Role.CUSTOMER, run=return_line),
    tap(ReturnBecause, role=Role.CUSTOMER, run=return_because),
]
FORMS = [answered(FORM, REASON, role=Role.CUSTOMER, run=return_in_words)]
