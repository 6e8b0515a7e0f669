"""/ship O7 顺丰 SF123, /deliver O7 (发货, 签收): parcels with all that is left, or some of it."""

from crm_store.mailbox.forms import TYPED
from crm_store.sales import shipments, whole
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, Shipment
from crm_store.staff.roles import Role
from handlers.agent.aim import TEXT
from handlers.agent.orders import card, choosing, shipment_words
from handlers.agent.orders.asking import (
    SHIPPING,
    answers,
    ask,
    ask_again,
    asked_again,
    leave_done,
    so_far,
    words,
)
from handlers.agent.orders.buttons import AskShip, BackToOrder, Deliver, next_steps
from handlers.agent.orders.choosing import Picked
from handlers.agent.orders.news import tell
from handlers.agent.orders.which import get, which
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.customer.order_news import News
from handlers.numbers import GLUED_ORDER
from handlers.taps import button

LONGEST = 60
"""Characters of a carrier's name, and of a tracking number."""


def ship_named(chat: Chat) -> None:
    found = which(chat, "ship")
    _send(chat, found.order, found.rest)


def ask_tapped(chat: Chat, tapped: AskShip) -> None:
    order = get(chat, tapped.order)
    _ask(chat, order, "", chosen=choosing.most(whole.of(chat.session, order=order), SHIPPING))


def given(chat: Chat) -> None:
    order = get(chat, answers(chat)["order"])
    if words(chat):
        _send(chat, order, so_far(chat))
    else:
        _ask(chat, order, answers(chat).get(TYPED, ""))


def _send(chat: Chat, order: Order, text: str) -> None:
    said = shipment_words.read(chat.words, text)
    if max(len(said.carrier or ""), len(said.number or "")) > LONGEST:
        ask_again(chat, SHIPPING, order)
        chat.say("agent/order/ship/too_long.html.j2", order=order, most=LONGEST)
        return
    if said.carrier is None:
        _ask(chat, order, text)
        return
    with asked_again(chat, SHIPPING, order):
        held = whole.of(chat.session, order=order)
        held.require(OrderEvent.SHIP)
        shipment = shipments.ship(
            chat.session,
            order=order,
            carrier=said.carrier,
            tracking_number=said.number,
            quantities=choosing.picked(chat, held, SHIPPING),
            actor=chat.me,
            now=chat.now,
        )
    leave_done(chat, order, SHIPPING)
    told = tell(chat, order, News.SHIPPED, shipment=shipment)
    held = whole.of(chat.session, order=order)
    chat.say(
        "agent/order/ship/sent.html.j2",
        held=held,
        customer=card.customer_of(chat, order),
        parcel=next(one for one in held.parcels if one.shipment.id == shipment.id),
        told=told,
        buttons=next_steps(held),
    )


def _ask(chat: Chat, order: Order, typed: str, *, chosen: Picked | None = None) -> None:
    """The carrier is still to be said; what goes into the parcel can be chosen meanwhile."""
    held = whole.of(chat.session, order=order)
    held.require(OrderEvent.SHIP)
    limits = choosing.most(held, SHIPPING)
    chosen = choosing.picked(chat, held, SHIPPING) if chosen is None else chosen
    ask(chat, SHIPPING, order, typed=typed, picked=choosing.kept_as(chosen))
    chat.show(
        "agent/order/ship/ask.html.j2",
        held=held,
        customer=card.customer_of(chat, order),
        number=shipment_words.read(chat.words, typed).number,
        goods=choosing.shown(held, chosen),
        buttons=[*choosing.rows(held, chosen, limits), [button("back", BackToOrder(order.id))]],
    )


def choose(chat: Chat, order: Order, chosen: Picked) -> None:
    """What goes into the parcel, after a tap."""
    _ask(chat, order, answers(chat).get(TYPED, ""), chosen=chosen)


def deliver_named(chat: Chat) -> None:
    """All that is under way, or the parcel of the tracking number that was typed."""
    found = which(chat, "deliver")
    if not found.rest:
        _arrived(chat, found.order, None)
        return
    held = whole.of(chat.session, order=found.order)
    number = found.rest.strip().upper()
    meant = [one.shipment for one in held.parcels if (one.shipment.tracking_number or "") == number]
    if meant:
        _arrived(chat, found.order, meant[0])
    else:
        chat.say("agent/order/ship/no_such_parcel.html.j2", held=held, number=found.rest)


def deliver_tapped(chat: Chat, tapped: Deliver) -> None:
    order = get(chat, tapped.order)
    held = whole.of(chat.session, order=order)
    meant = next((one.shipment for one in held.parcels if one.shipment.id == tapped.shipment), None)
    if meant is None:
        chat.toast("old_button")
    else:
        _arrived(chat, order, meant)


def _arrived(chat: Chat, order: Order, shipment: Shipment | None) -> None:
    arrived = shipments.deliver(
        chat.session,
        order=order,
        shipment_id=shipment.id if shipment else None,
        actor=chat.me,
        now=chat.now,
    )
    if not arrived:
        card.changed(chat, order, "delivered_before")
        return
    held = whole.of(chat.session, order=order)
    is_all = not held.under_way and not any(part.left for part in held.parts)
    news = arrived[-1:] if is_all else arrived  # that all of it has arrived is said once
    told = [tell(chat, order, News.DELIVERED, shipment=one) for one in news]
    card.changed(chat, order, "delivered", told=all(told))


HANDLERS = [
    command("ship", "发货", role=Role.AGENT, run=ship_named, glued=GLUED_ORDER),
    command("deliver", "签收", role=Role.AGENT, run=deliver_named, glued=GLUED_ORDER),
    tap(AskShip, role=Role.AGENT, run=ask_tapped),
    tap(Deliver, role=Role.AGENT, run=deliver_tapped),
]
FORMS = [answered(SHIPPING, TEXT, role=Role.AGENT, run=given)]
