"""One line of a draft: how many, a discount, or out with it; and what concerns the draft as a whole."""

from crm_store.sales import lines, orders, whole
from crm_store.sales.refusals import NoSuchLine
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import QUANTITY_ONE, Order, OrderLine
from crm_store.sales.whole import Whole
from crm_store.staff.roles import Role
from handlers.agent.orders import draft, line_words
from handlers.agent.orders.asking import DRAFTING, PENDING, answers, ask, words
from handlers.agent.orders.buttons import (
    AskAddress,
    AskDiscount,
    AskLineDiscount,
    AskNote,
    EditDraft,
    EditLine,
    RemoveLine,
    SetQuantity,
)
from handlers.agent.orders.which import get
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.taps import Keyboard, button

QUANTITY, LINE_DISCOUNT, DISCOUNT, NOTE, ADDRESS = "quantity", "line_discount", "discount", "note", "address"
LONGEST = {NOTE: 1000, ADDRESS: 300}


def open_line(chat: Chat, tapped: EditLine) -> None:
    """A number typed now is how many of it."""
    held = _draft(chat, tapped.order)
    _show_line(chat, held, lines.get(held, tapped.line))


def _show_line(chat: Chat, held: Whole, line: OrderLine, *, step: str = QUANTITY, unread: str = "") -> None:
    _ask(chat, held.order, step, line=line.id)
    chat.show(
        "agent/order/line.html.j2",
        held=held,
        line=line,
        step=step,
        unread=unread,
        buttons=_line_buttons(held.order, line),
    )


def _line_buttons(order: Order, line: OrderLine) -> Keyboard:
    less = line.quantity - QUANTITY_ONE
    return [
        [
            *([button("quantity_less", SetQuantity(order.id, line.id, less))] if less > 0 else []),
            button("quantity_more", SetQuantity(order.id, line.id, line.quantity + QUANTITY_ONE)),
        ],
        [
            button("line_discount", AskLineDiscount(order.id, line.id)),
            button("line_remove", RemoveLine(order.id, line.id)),
        ],
        [button("back", EditDraft(order.id))],
    ]


def set_quantity(chat: Chat, tapped: SetQuantity) -> None:
    order = get(chat, tapped.order)
    line = lines.change(
        chat.session,
        order=order,
        line_id=tapped.line,
        quantity=tapped.quantity,
        actor=chat.me,
        now=chat.now,
    )
    _show_line(chat, whole.of(chat.session, order=order), line)


def remove(chat: Chat, tapped: RemoveLine) -> None:
    order = get(chat, tapped.order)
    lines.remove(chat.session, order=order, line_id=tapped.line, actor=chat.me, now=chat.now)
    draft.show(chat, order)


def ask_line_discount(chat: Chat, tapped: AskLineDiscount) -> None:
    held = _draft(chat, tapped.order)
    _show_line(chat, held, lines.get(held, tapped.line), step=LINE_DISCOUNT)


def quantity_given(chat: Chat) -> None:
    held, line = _line_asked(chat)
    quantity = line_words.quantity(words(chat))
    if quantity is None:
        _show_line(chat, held, line, unread=words(chat))
        return
    lines.change(
        chat.session, order=held.order, line_id=line.id, quantity=quantity, actor=chat.me, now=chat.now
    )
    draft.show(chat, held.order)


def line_discount_given(chat: Chat) -> None:
    held, line = _line_asked(chat)
    off = line_words.discount(words(chat), currency=held.order.currency)
    if off is None:
        _show_line(chat, held, line, step=LINE_DISCOUNT, unread=words(chat))
        return
    lines.change(
        chat.session,
        order=held.order,
        line_id=line.id,
        discount=off.amount,
        discount_rate=off.rate,
        actor=chat.me,
        now=chat.now,
    )
    draft.show(chat, held.order)


def _line_asked(chat: Chat) -> tuple[Whole, OrderLine]:
    """The line that is being asked about. One that is gone meanwhile ends the question: raises NoSuchLine."""
    held = _draft(chat, answers(chat)["order"])
    try:
        return held, lines.get(held, answers(chat)["line"])
    except NoSuchLine:
        ask(chat, DRAFTING, held.order, step=draft.LINE)
        raise


def ask_discount(chat: Chat, tapped: AskDiscount) -> None:
    _ask_about(chat, _draft(chat, tapped.order), DISCOUNT)


def ask_note(chat: Chat, tapped: AskNote) -> None:
    _ask_about(chat, _draft(chat, tapped.order), NOTE)


def ask_address(chat: Chat, tapped: AskAddress) -> None:
    _ask_about(chat, _draft(chat, tapped.order), ADDRESS)


def _ask_about(chat: Chat, held: Whole, step: str, *, unread: str = "") -> None:
    _ask(chat, held.order, step)
    chat.show(
        "agent/order/ask.html.j2",
        held=held,
        step=step,
        most=LONGEST.get(step, 0),
        unread=unread,
        buttons=[[button("back", EditDraft(held.order.id))]],
    )


def discount_given(chat: Chat) -> None:
    held = _draft(chat, answers(chat)["order"])
    off = line_words.discount(words(chat), currency=held.order.currency)
    if off is None:
        _ask_about(chat, held, DISCOUNT, unread=words(chat))
        return
    lines.discount_order(
        chat.session, order=held.order, discount=off.amount, rate=off.rate, actor=chat.me, now=chat.now
    )
    draft.show(chat, held.order)


def note_given(chat: Chat) -> None:
    _describe(chat, NOTE)


def address_given(chat: Chat) -> None:
    _describe(chat, ADDRESS)


def _describe(chat: Chat, step: str) -> None:
    """A dash takes what is there away."""
    held, text = _draft(chat, answers(chat)["order"]), words(chat)
    if not text or len(text) > LONGEST[step]:
        _ask_about(chat, held, step, unread=text)
        return
    said = {step: "" if text in {"-", "\u2014", "\u2014\u2014"} else text}
    orders.describe(chat.session, order=held.order, actor=chat.me, now=chat.now, **said)
    draft.show(chat, held.order)


def _draft(chat: Chat, order_id: int) -> Whole:
    """Raises IllegalOrderStep for what is no draft any more."""
    held = whole.of(chat.session, order=get(chat, order_id))
    held.require(OrderEvent.AMEND)
    return held


def _ask(chat: Chat, order: Order, step: str, **about: int) -> None:
    """Products that are still to be chosen wait meanwhile."""
    waiting = draft.pending(chat, order)
    ask(chat, DRAFTING, order, step=step, typed="\n".join(waiting), **{PENDING: waiting}, **about)


HANDLERS = [
    tap(EditLine, role=Role.AGENT, run=open_line),
    tap(SetQuantity, role=Role.AGENT, run=set_quantity),
    tap(RemoveLine, role=Role.AGENT, run=remove),
    tap(AskLineDiscount, role=Role.AGENT, run=ask_line_discount),
    tap(AskDiscount, role=Role.AGENT, run=ask_discount),
    tap(AskNote, role=Role.AGENT, run=ask_note),
    tap(AskAddress, role=Role.AGENT, run=ask_address),
]
FORMS = [
    answered(DRAFTING, QUANTITY, role=Role.AGENT, run=quantity_given),
    answered(DRAFTING, LINE_DISCOUNT, role=Role.AGENT, run=line_discount_given),
    answered(DRAFTING, DISCOUNT, role=Role.AGENT, run=discount_given),
    answered(DRAFTING, NOTE, role=Role.AGENT, run=note_given),
    answered(DRAFTING, ADDRESS, role=Role.AGENT, run=address_given),
]
