"""What the demo shop's web page has told of its visitors: what they looked at, put into the cart and bought.

Told by the verb behind the HTTP API, as a web shop tells it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.exchange import events, refs
from crm_store.exchange.events import NewEvent
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine, Product

DAYS = 30
LEFT = [0.74, 0.2, 0.06]
"""Of visits that end without an order: so many after a look, with a cart, at the checkout."""

STEPS = ["product_view", "add_to_cart", "checkout", "purchase"]
IDLE = 10
"""For each visit that ends with an order, up to so many that do not."""

KNOWN = 0.3
"""So many of those are by somebody who is signed in."""


def tell_visits(session: Session, *, source: str, now: datetime, seed: int) -> int:
    """``source``: what the shop calls its web page. Returns how many events were told."""
    random = Random(seed)  # noqa: S311 (nobody is to be surprised)
    told = sorted(_visits(session, source, now, random), key=lambda one: one.at)
    for customer in {one.customer_ref for one in told if one.customer_ref is not None}:
        refs.put(
            session,
            system=source,
            entity=refs.CUSTOMER,
            external_id=customer,
            entity_id=int(customer.removeprefix("u")),
        )
    for start in range(0, len(told), events.MOST):
        events.keep(session, source=source, told=told[start : start + events.MOST], now=now)
    return len(told)


def _visits(session: Session, source: str, now: datetime, random: Random) -> Iterator[NewEvent]:
    goods = list(session.scalars(select(col(Product.name)).order_by(col(Product.id))))
    rows = session.execute(
        select(col(Order.id), col(Order.customer_id), col(Order.placed_at), col(OrderLine.name))
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(
            col(Order.source) == source,
            col(Order.placed_at) >= now - timedelta(days=DAYS),
            col(Order.state) != OrderState.DRAFT,
        )
        .order_by(col(Order.placed_at), col(OrderLine.id))
    )
    bought: dict[int, tuple[int, datetime, list[str]]] = {}
    for order, customer, at, name in rows:
        bought.setdefault(order, (customer, at, []))[2].append(name)
    numbers = count(1)
    for customer, at, names in bought.values():
        yield from _visit(next(numbers), customer, at, names, random, reaches=len(STEPS))
        for _ in range(random.randint(0, IDLE)):
            who = customer if random.random() < KNOWN else None
            before = at - timedelta(hours=random.uniform(1, 60))
            looked = random.sample(goods, random.choice([1, 1, 2, 3]))
            reaches = random.choices([1, 2, 3], LEFT)[0]
            yield from _visit(next(numbers), who, before, looked, random, reaches=reaches)


def _visit(
    number: int, customer: int | None, end: datetime, names: list[str], random: Random, *, reaches: int
) -> Iterator[NewEvent]:
    """One visit up to its last step, which is at ``end``."""
    deeds: list[tuple[str, str | None]] = [(STEPS[0], name) for name in names]
    deeds += [(STEPS[1], name) for name in names] if reaches > 1 else []
    deeds += [(step, None) for step in STEPS[2:reaches]]
    at = end
    for place, (step, subject) in reversed(list(enumerate(deeds))):
        yield NewEvent(
            external_id=f"v{number}-{place}",
            kind=step,
            at=at,
            customer_ref=f"u{customer}" if customer is not None else None,
            subject=subject,
            session=f"v{number}",
        )
        at -= timedelta(seconds=random.randint(15, 200))
