"""An order from a web shop: taken once, paid once, sent once, and its customer hears of it in the chat."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from crm_store.exchange import amounts, refs
from crm_store.exchange.tables import ExternalRef
from crm_store.refusals import Refusal
from crm_store.sales import orders, payments, products, shipments, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.refusals import (
    BadDiscount,
    BadLine,
    IllegalOrderStep,
    NotPositive,
    Overpayment,
    QuantityTooLarge,
    ReferenceUsed,
)
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine, Product, Shipment
from handlers.agent.orders.payment_words import method_named
from handlers.agent.orders.shipment_words import carrier_named
from handlers.customer import order_news
from handlers.customer.order_news import News
from handlers.intake import people
from handlers.intake.teller import Teller, digest
from handlers.intake.told import (
    Outcome,
    Rejected,
    TellingLine,
    TellingOrder,
    TellingPayment,
    TellingShipment,
)

OLD = timedelta(days=7)
"""An order placed longer ago is history that is brought in: its customer is not told."""


@dataclass
class Heard:
    """What the customer is to hear of one telling, in order."""

    teller: Teller
    order: Order
    news: list[tuple[News, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, news: News, key: str, **facts: Any) -> None:
        self.news.append((news, key, facts))

    def tell(self, session: Session) -> None:
        for news, key, facts in self.news:
            order_news.tell(
                self.teller.voice,
                session,
                order=self.order,
                news=news,
                key=f"api:{self.order.number}:{key}",
                now=self.teller.now,
                **facts,
            )


def keep(session: Session, teller: Teller, told: TellingOrder) -> tuple[Order, Outcome]:
    """The order of this number of theirs: placed when it is new; of one that is known, what is new about it:
    confirmed, payments, parcels, delivered, cancelled.

    Raises Rejected, with nothing kept: also where something differs that cannot change any more.
    """
    ref = refs.get(session, system=teller.system, entity=refs.ORDER, external_id=told.external_id)
    if ref is None:
        order, outcome = _place(session, teller, told), Outcome.CREATED
    else:
        order, outcome = _known(session, told, ref), Outcome.SAME
    heard = Heard(teller, order)
    if outcome == Outcome.CREATED and order.state == OrderState.CONFIRMED:
        heard.add(News.CONFIRMED, "confirmed")
    version = order.version
    _advance(session, teller, told, order, heard)
    if outcome == Outcome.SAME and order.version != version:
        outcome = Outcome.CHANGED
    if not told.quiet and teller.now - order.placed_at <= OLD:
        heard.tell(session)
    return order, outcome


def find(session: Session, teller: Teller, *, external_id: str) -> Order | None:
    found = refs.find(session, system=teller.system, entity=refs.ORDER, external_id=external_id)
    return session.get(Order, found) if found is not None else None


def _place(session: Session, teller: Teller, told: TellingOrder) -> Order:
    customer, _ = people.keep(session, teller, told.customer, at="customer")
    lines = [_line(session, one, at=f"lines[{at}]") for at, one in enumerate(told.lines)]
    with _rejecting(told):
        order = orders.intake(
            session,
            customer=customer,
            lines=lines,
            currency=told.currency,
            discount=told.discount,
            note=told.note,
            address=told.address,
            recipient=told.recipient,
            source=teller.system,
            external_number=told.external_id,
            placed_at=told.placed_at,
            confirmed=told.confirmed,
            actor=teller.actor,
            now=teller.now,
        )
    refs.put(
        session,
        system=teller.system,
        entity=refs.ORDER,
        external_id=told.external_id,
        entity_id=order.id,
        digest=digest(told.fixed()),
    )
    return order


def _line(session: Session, told: TellingLine, *, at: str) -> NewLine:
    """With the product of this sku, if there is one; name and price stay as they were told."""
    product = _product(session, told.sku)
    if told.name is None and product is None:
        raise Rejected(f"{at}.name", "is missing", "a name, or the sku of a product there is")
    return NewLine(
        name=told.name or (product.name if product else ""),
        price=told.price,
        quantity=told.quantity,
        discount=told.discount,
        product_id=product.id if product else None,
        sku=told.sku,
        category=products.category_path(session, product=product) if product else None,
        cost=told.cost,
    )


def _product(session: Session, sku: str | None) -> Product | None:
    found = products.named(session, text=sku) if sku else None
    is_it = found is not None and (found.sku or "").casefold() == (sku or "").casefold()
    return found if is_it else None


def _known(session: Session, told: TellingOrder, ref: ExternalRef) -> Order:
    """The order as it was told before. Raises Rejected where what cannot change is told otherwise now."""
    order = session.get(Order, ref.entity_id)
    assert order is not None
    if ref.digest == digest(told.fixed()):
        return order
    lines = [part.line for part in whole.of(session, order=order).parts]
    for path, is_told, was in _fixed(told, order, lines):
        if is_told != was:
            raise Rejected(path, f"is {is_told}, and was {was}", f"{was}, as it was told first", clash=True)
    return order


def _fixed(told: TellingOrder, order: Order, lines: Sequence[OrderLine]) -> Iterator[tuple[str, Any, Any]]:
    """What is told now beside what was told first; what is not told now may be anything."""
    yield "currency", told.currency, order.currency
    yield "lines", f"{len(told.lines)} lines", f"{len(lines)} lines"
    for at, (new, line) in enumerate(zip(told.lines, lines, strict=False)):
        yield f"lines[{at}].sku", new.sku, line.sku
        yield f"lines[{at}].name", new.name or line.name, line.name
        for name in ("price", "discount"):
            is_told, was = (amounts.text(getattr(one, name), order.currency) for one in (new, line))
            yield f"lines[{at}].{name}", is_told, was
        yield f"lines[{at}].quantity", amounts.quantity(new.quantity), amounts.quantity(line.quantity)
    yield (
        "discount",
        amounts.text(told.discount, order.currency),
        amounts.text(order.discount, order.currency),
    )
    for name in ("note", "address", "recipient"):
        if getattr(told, name) is not None:
            yield name, repr(getattr(told, name)), repr(getattr(order, name))
    if told.placed_at is not None:
        yield "placed_at", told.placed_at.isoformat(), order.placed_at.isoformat()


def _advance(session: Session, teller: Teller, told: TellingOrder, order: Order, heard: Heard) -> None:
    """What has happened to the order since it was told last."""
    if told.confirmed and order.state == OrderState.DRAFT:
        with _rejecting(told):
            orders.confirm(session, order=order, actor=teller.actor, now=teller.now)
        heard.add(News.CONFIRMED, "confirmed")
    for at, payment in enumerate(told.payments):
        with _rejecting(told, at=f"payments[{at}]"):
            _pay(session, teller, order, payment, heard, at=f"payments[{at}]")
    for at, parcel in enumerate(told.shipments):
        with _rejecting(told, at=f"shipments[{at}]"):
            _ship(session, teller, order, parcel, heard, at=f"shipments[{at}]")
    if told.cancelled is not None and order.state != OrderState.CANCELLED:
        with _rejecting(told, at="state"):
            orders.cancel(session, order=order, reason=told.cancelled, actor=teller.actor, now=teller.now)
        heard.add(News.CANCELLED, "cancelled")


def _pay(
    session: Session, teller: Teller, order: Order, told: TellingPayment, heard: Heard, *, at: str
) -> None:
    method = method_named(teller.voice.words, told.method) or told.method
    known = payments.recorded(session, method=method, reference=told.reference)
    try:
        payment = payments.pay(
            session,
            order=order,
            amount=told.amount,
            method=method,
            reference=told.reference,
            actor=teller.actor,
            now=teller.now,
        )
    except ReferenceUsed as refusal:
        if refusal.facts["order"].source == teller.system:
            raise
        # What others told is not this system's to hear of.
        wrong, expected = "is that of another payment", "one that no other payment has"
        raise Rejected(f"{at}.reference", wrong, expected, clash=True) from refusal
    if known is None:
        payment.at = told.at or payment.at
        heard.add(News.PAID, f"paid:{payment.id}", payment=payment)


def _ship(
    session: Session, teller: Teller, order: Order, told: TellingShipment, heard: Heard, *, at: str
) -> None:
    held = whole.of(session, order=order)
    shipment = _parcel(held, told)
    if shipment is None:
        shipment = shipments.ship(
            session,
            order=order,
            carrier=carrier_named(teller.voice.words, told.carrier) or told.carrier,
            tracking_number=told.tracking_number.upper(),
            quantities=_quantities(held, told, at=at),
            actor=teller.actor,
            now=teller.now,
        )
        shipment.sent_at = told.sent_at or shipment.sent_at
        heard.add(News.SHIPPED, f"shipped:{shipment.id}", shipment=shipment)
    if told.delivered_at is not None and shipments.deliver(
        session, order=order, shipment_id=shipment.id, actor=teller.actor, now=teller.now
    ):
        shipment.delivered_at = told.delivered_at
        heard.add(News.DELIVERED, f"delivered:{shipment.id}", shipment=shipment)


def _parcel(held: whole.Whole, told: TellingShipment) -> Shipment | None:
    """The parcel with this number that was told, or entered by hand, before."""
    sent = [one.shipment for one in held.parcels]
    wanted = told.tracking_number.upper()
    return next((one for one in sent if (one.tracking_number or "").upper() == wanted), None)


def _quantities(held: whole.Whole, told: TellingShipment, *, at: str) -> dict[int, int] | None:
    if told.lines is None:
        return None
    last = len(held.parts) - 1
    if beyond := [place for place in told.lines if place > last]:
        raise Rejected(f"{at}.lines", f"names line {beyond[0]}", f"0 to {last}: the first line is 0")
    return {held.parts[place].line.id: quantity for place, quantity in told.lines.items()}


@contextmanager
def _rejecting(told: TellingOrder, *, at: str = "") -> Iterator[None]:
    """A refusal of the store becomes the field that caused it."""
    try:
        yield
    except Refusal as refusal:
        raise _rejected(refusal, told, at) from refusal


def _rejected(refusal: Refusal, told: TellingOrder, at: str) -> Rejected:
    facts, currency = refusal.facts, told.currency
    match refusal:
        case BadLine():
            problem = "name" if facts["problem"] == "long_name" else facts["problem"]
            place = next((n for n, one in enumerate(told.lines) if one.name == facts["name"]), None)
            path = f"lines[{place}].{problem}" if place is not None else "lines"
            return Rejected(path, "cannot be", f"no more than {facts['most']} (in the smallest unit)")
        case BadDiscount():
            return Rejected(
                "discount",
                "is more than the lines come to",
                f"at most {amounts.text(facts['most'], currency)}",
            )
        case Overpayment():
            due = amounts.text(facts["due"], currency)
            return Rejected(f"{at}.amount", "is more than is due", f"at most {due}", clash=True)
        case NotPositive():
            return Rejected(f"{at}.amount", "is nothing", "more than 0")
        case ReferenceUsed():
            used, order = facts["payment"], facts["order"]
            expected = (
                f"{amounts.text(used.amount, order.currency)} for order {order.number}, as it was told first"
            )
            return Rejected(f"{at}.reference", "is that of another payment", expected, clash=True)
        case QuantityTooLarge():
            left = amounts.quantity(facts["most"])
            return Rejected(f"{at}.lines", "is more than is left to send", f"at most {left}", clash=True)
        case IllegalOrderStep():
            state = facts["order"].state
            steps = ", ".join(facts["allowed"]) or "nothing"
            wrong = f"cannot be: the order is {state}, or nothing is left to do so"
            return Rejected(at or "state", wrong, f"one of what may follow: {steps}", clash=True)
        case _:
            raise refusal
