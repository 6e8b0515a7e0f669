"""Lines for a draft, as they are typed: products by name, sound or number, or what is sold only once."""

import re
from dataclasses import dataclass, field

from crm_store.customers.names import fold
from crm_store.sales import lines, product_keys, products
from crm_store.sales.lines import NewLine
from crm_store.sales.refusals import BadLine
from crm_store.sales.tables import QUANTITY_ONE, Order, Product
from handlers.agent.orders import line_words
from handlers.agent.orders.line_words import Item
from handlers.chat import Chat

HITS = 6
_BETWEEN = re.compile(r"[\r\n\u3001\uff0c\uff1b]+")
MOST_AT_ONCE = 50
"""Lines of one message."""


@dataclass
class Understood:
    """Lines to add, texts that several products may be meant by, and texts that mean nothing yet; those of
    them that name what was taken off."""

    new: list[NewLine] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    off_sale: list[str] = field(default_factory=list)


def understand(chat: Chat, order: Order, text: str) -> Understood:
    """Read a message: one line of an order on each of its lines, or between its Chinese commas."""
    found = Understood()
    typed = [line.strip() for line in _BETWEEN.split(text) if line.strip()]
    for line in typed[:MOST_AT_ONCE]:
        new = _read(chat, order, line)
        if new is not None and _is_good(new, order):
            found.new.append(new)
        elif new is None and hits(chat, order, line)[0]:
            found.unsure.append(line)
        else:
            found.unread.append(line)
    found.unread += typed[MOST_AT_ONCE:]
    found.off_sale = [line for line in found.unread[:MOST_AT_ONCE] if _is_off_sale(chat, order, line)]
    return found


def _is_off_sale(chat: Chat, order: Order, line: str) -> bool:
    ways = line_words.readings(line, currency=order.currency)
    named = (products.named(chat.session, text=item.name) for item in ways)
    return any(product is not None and not product.active for product in named)


def _read(chat: Chat, order: Order, line: str) -> NewLine | None:
    """A product that is called exactly so; else a price was typed; else the one product that it can be."""
    ways = list(line_words.readings(line, currency=order.currency))
    for item in ways:
        product = products.named(chat.session, text=item.name)
        if product is not None and product.active and product.currency == order.currency:
            return of_product(chat, product, item.quantity or QUANTITY_ONE, price=item.price)
    once = next((item for item in reversed(ways) if item.price is not None), None)
    if once is not None:
        return NewLine(once.name, once.price or 0, once.quantity or QUANTITY_ONE)
    found, item = hits(chat, order, line)
    if len(found) == 1 and _is_meant(found[0], item.name):
        return of_product(chat, found[0], item.quantity or QUANTITY_ONE)
    return None


def hits(chat: Chat, order: Order, line: str) -> tuple[list[Product], Item]:
    """Products that a line may mean, best first, and how it was read."""
    ways = [one for one in line_words.readings(line, currency=order.currency) if one.price is None]
    for item in reversed(ways):  # what is typed last is rather how many than a part of the name
        found = product_keys.find(chat.session, text=item.name, limit=HITS)
        if same := [one for one in found if one.currency == order.currency]:
            return same, item
    return [], ways[0]


def _is_meant(product: Product, name: str) -> bool:
    """True when the product has what was typed, rather than something like it."""
    return all(word in product.keys for word in fold(name).split())


def of_product(chat: Chat, product: Product, quantity: int, *, price: int | None = None) -> NewLine:
    """A line with the product as it is now."""
    return NewLine(
        name=product.name,
        price=product.price if price is None else price,
        quantity=quantity,
        product_id=product.id,
        sku=product.sku,
        category=products.category_path(chat.session, product=product),
    )


def _is_good(new: NewLine, order: Order) -> bool:
    try:
        lines.check(new, currency=order.currency)
    except BadLine:
        return False
    return True
