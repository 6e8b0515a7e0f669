"""/order_new C12 (开单): a draft, filled over as many messages as it takes, each kept at once."""

from collections.abc import Sequence

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.sales import lines, orders, products, typical, whole
from crm_store.sales.states import OrderEvent, OrderState
from crm_store.sales.tables import QUANTITY_ONE, Order
from crm_store.sales.whole import Whole
from crm_store.staff.roles import Role
from handlers.agent.orders import adding
from handlers.agent.orders.asking import DRAFTING, PENDING, answers, ask, is_about, words
from handlers.agent.orders.buttons import (
    AskAddress,
    AskCancel,
    AskDiscount,
    AskNote,
    BackToOrder,
    ChoosePending,
    ConfirmOrder,
    EditDraft,
    EditLine,
    PickNone,
    PickProduct,
    StartOrder,
    figure,
    short,
)
from handlers.agent.orders.which import get
from handlers.agent.records.whom import whom
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Keyboard, button
from handlers.words import shown_money

LINE = "line"
"""The step in which lines are typed."""

MOST_LINE_BUTTONS = 40


def start_named(chat: Chat) -> None:
    """``/order_new C12 乌龙茶 2``"""
    found = whom(chat, "order_new")
    order = _start(chat, found.customer)
    if found.rest:
        _add(chat, order, found.rest)
    else:
        show(chat, order)


def start_tapped(chat: Chat, tapped: StartOrder) -> None:
    show(chat, _start(chat, customers.get(chat.session, customer_id=tapped.customer)), anew=True)


def _start(chat: Chat, customer: Customer) -> Order:
    order = orders.start(
        chat.session, customer=customer, currency=chat.desk.currency, taken_by=chat.me, now=chat.now
    )
    ask(chat, DRAFTING, order, step=LINE)
    return order


def edit(chat: Chat, tapped: EditDraft) -> None:
    order = get(chat, tapped.order)
    whole.of(chat.session, order=order).require(OrderEvent.AMEND)
    show(chat, order)


def choose(chat: Chat, tapped: ChoosePending) -> None:
    """Back to the lines whose product is still to be chosen."""
    order = get(chat, tapped.order)
    whole.of(chat.session, order=order).require(OrderEvent.AMEND)
    go_on(chat, order)


def go_on(chat: Chat, order: Order, *, confirming: bool = False) -> None:
    """The next line whose product is still to be chosen; after the last, the draft. ``confirming``: it was to
    be confirmed, which has to wait."""
    waiting = pending(chat, order)
    if waiting:
        _ask_which(chat, order, waiting[0], confirming=confirming)
    else:
        show(chat, order)


def show(
    chat: Chat,
    order: Order,
    *,
    anew: bool = False,
    unread: Sequence[str] = (),
    off_sale: Sequence[str] = (),
) -> None:
    """The draft with its running total; what is typed next is a line of it. ``unread``: what was typed and
    could not be added; ``off_sale``: which of it names what was taken off."""
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.AMEND)
    waiting = pending(chat, order)
    _wait_for_lines(chat, order, waiting)
    (chat.say if anew else chat.show)(
        "agent/order/draft.html.j2",
        held=held,
        strange=typical.strange(chat.session, order=order),
        customer=customers.get(chat.session, customer_id=order.customer_id),
        unread=list(unread),
        off_sale=list(off_sale),
        buttons=[*_which(waiting, order), *_buttons(chat, held)],
    )


def _which(waiting: Sequence[str], order: Order) -> Keyboard:
    """Back to what is still to be chosen."""
    return [[button("order_pending", ChoosePending(order.id), count=len(waiting))]] if waiting else []


def _buttons(chat: Chat, held: Whole) -> Keyboard:
    order = held.order
    each = [
        button(
            "order_line",
            EditLine(order.id, line.id),
            name=short(line.name),
            quantity=figure(line.quantity),
        )
        for line in held.lines[:MOST_LINE_BUTTONS]
    ]
    total = shown_money(chat.language, order.total, order.currency)
    confirm = [button("order_confirm_total", ConfirmOrder(order.id, order.version), total=total)]
    rows: Keyboard = [
        *([one] for one in each),
        [
            *([button("order_discount", AskDiscount(order.id))] if held.lines else []),
            button("order_note", AskNote(order.id)),
            button("order_address", AskAddress(order.id)),
        ],
        confirm if held.lines else [],
        [button("order_drop", AskCancel(order.id)), button("order_later", BackToOrder(order.id))],
    ]
    return [row for row in rows if row]


def given(chat: Chat) -> None:
    """A message full of lines."""
    order = get(chat, answers(chat)["order"])
    _add(chat, order, words(chat))


def _add(chat: Chat, order: Order, text: str) -> None:
    found = adding.understand(chat, order, text)
    if found.new:
        lines.add(chat.session, order=order, new=found.new, actor=chat.me, now=chat.now)
    _wait_for_lines(chat, order, [*pending(chat, order), *found.unsure])
    if found.unread or not text:
        show(chat, order, unread=found.unread or [""], off_sale=found.off_sale)
    else:
        go_on(chat, order)


def pending(chat: Chat, order: Order) -> list[str]:
    """Typed lines of this draft whose product is still to be chosen."""
    return list(answers(chat).get(PENDING, [])) if is_about(chat, order, DRAFTING) else []


def _wait_for_lines(chat: Chat, order: Order, waiting: list[str]) -> None:
    ask(chat, DRAFTING, order, step=LINE, typed="\n".join(waiting), **{PENDING: waiting})


def _ask_which(chat: Chat, order: Order, typed: str, *, confirming: bool) -> None:
    """Which product this means."""
    found, item = adding.hits(chat, order, typed)
    quantity = item.quantity or QUANTITY_ONE
    chat.show(
        "agent/order/which_product.html.j2",
        order=order,
        typed=typed,
        confirming=confirming,
        products=found,
        quantity=quantity,
        buttons=[
            *(
                [
                    button(
                        "product_hit",
                        PickProduct(order.id, one.id, quantity, order.version),
                        name=short(one.name),
                        price=shown_money(chat.language, one.price, one.currency),
                    )
                ]
                for one in found
            ),
            [button("product_none", PickNone(order.id, order.version))],
        ],
    )


def pick(chat: Chat, tapped: PickProduct) -> None:
    """The product that was meant; a second tap finds that the draft has changed, and adds nothing."""
    order = get(chat, tapped.order)
    if order.state != OrderState.DRAFT or order.version != tapped.version:
        chat.toast("order_draft_changed", number=order.number)
    else:
        product = products.for_sale(chat.session, product_id=tapped.product)
        new = adding.of_product(chat, product, tapped.quantity)
        lines.add(chat.session, order=order, new=[new], actor=chat.me, now=chat.now)
        _next(chat, order)
    go_on(chat, order)


def pick_none(chat: Chat, tapped: PickNone) -> None:
    """Not one of those: the line is typed again, with its price."""
    order = get(chat, tapped.order)
    waiting = pending(chat, order)
    if not waiting or order.version != tapped.version:
        chat.toast("order_draft_changed", number=order.number)
        show(chat, order)
    else:
        _next(chat, order)
        show(chat, order, unread=waiting[:1])


def _next(chat: Chat, order: Order) -> None:
    _wait_for_lines(chat, order, pending(chat, order)[1:])


HANDLERS = [
    command("order_new", "开单", "新订单", role=Role.AGENT, run=start_named, glued=GLUED_CUSTOMER),
    tap(StartOrder, role=Role.AGENT, run=start_tapped),
    tap(EditDraft, role=Role.AGENT, run=edit),
    tap(ChoosePending, role=Role.AGENT, run=choose),
    tap(PickProduct, role=Role.AGENT, run=pick),
    tap(PickNone, role=Role.AGENT, run=pick_none),
]
FORMS = [answered(DRAFTING, LINE, role=Role.AGENT, run=given)]
