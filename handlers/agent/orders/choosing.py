"""Which lines, and how much of each: chosen by buttons, for a parcel or for goods that come back."""

from collections.abc import Mapping

from crm_store.sales.lines import get as line_of
from crm_store.sales.tables import QUANTITY_ONE, Order
from crm_store.sales.whole import Part, Whole
from handlers.agent.orders.asking import RETURNING, SHIPPING, answers, is_about
from handlers.agent.orders.buttons import Choose, figure, short
from handlers.chat import Chat
from handlers.taps import Button, Keyboard, button

MOST_ROWS = 30
"""Lines with buttons; of an order with more, parts are sent line by line with what is left."""

Picked = dict[int, int]
"""Thousandths by the line's id."""


def most(held: Whole, form: str) -> Picked:
    """What may be chosen of each line."""
    return {
        part.line.id: amount
        for part in held.parts
        if (amount := part.left if form == SHIPPING else part.returnable) > 0
    }


def picked(chat: Chat, held: Whole, form: str) -> Picked:
    """What is chosen so far: all that may be, unless less was said; never more than there is now."""
    limits = most(held, form)
    chosen: Mapping[str, int] | None = None
    if is_about(chat, held.order, form):
        chosen = answers(chat).get("picked")
    if chosen is None:
        return limits
    return {line: min(chosen.get(str(line), 0), limit) for line, limit in limits.items()}


def kept_as(chosen: Picked) -> dict[str, int]:
    """As a form keeps it: its keys are text."""
    return {str(line): quantity for line, quantity in chosen.items()}


def choose(chat: Chat, held: Whole, tapped: Choose) -> tuple[str, Picked] | None:
    """The choice after a tap, and which question it belongs to; None where nobody asks any more."""
    form = next((one for one in (SHIPPING, RETURNING) if is_about(chat, held.order, one)), None)
    if form is None:
        return None
    line_of(held, tapped.line)
    limits = most(held, form)
    chosen = picked(chat, held, form)
    chosen[tapped.line] = max(0, min(tapped.quantity, limits.get(tapped.line, 0)))
    return form, chosen


def shown(held: Whole, chosen: Picked) -> list[tuple[Part, int]]:
    """Lines with what is chosen of each, those of which something may be."""
    return [(part, chosen[part.line.id]) for part in held.parts if part.line.id in chosen]


def rows(held: Whole, chosen: Picked, limits: Picked) -> Keyboard:
    """A row a line: one less, none or all, one more. A single piece needs no row."""
    order = held.order
    if len(limits) == 1 and max(limits.values()) <= QUANTITY_ONE:
        return []
    return [_row(order, part, quantity, limits[part.line.id]) for part, quantity in shown(held, chosen)][
        :MOST_ROWS
    ]


def _row(order: Order, part: Part, quantity: int, limit: int) -> list[Button]:
    line = part.line
    less, more = max(0, quantity - QUANTITY_ONE), min(limit, quantity + QUANTITY_ONE)
    either = 0 if quantity else limit
    return [
        button("quantity_less", Choose(order.id, line.id, less)),
        button(
            "quantity_chosen" if quantity else "quantity_none",
            Choose(order.id, line.id, either),
            name=short(line.name),
            quantity=figure(quantity),
        ),
        button("quantity_more", Choose(order.id, line.id, more)),
    ]
