"""An order of the demo's past, from the basket to whatever became of it by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo.buying import Basket
from bot.demo.people import Person
from bot.demo.rows import Rows
from crm_store.sales.states import OrderState, PaymentState, RefundState, ShipmentState
from crm_store.sales.tables import (
    QUANTITY_ONE,
    Order,
    OrderLine,
    Payment,
    Refund,
    Shipment,
    ShipmentLine,
)

METHODS = ["wechat", "alipay", "card", "cash"], [0.52, 0.33, 0.1, 0.05]
CARRIERS = ["sf", "zto", "yto", "ems"], [0.5, 0.25, 0.15, 0.1]
CANCELLED = 0.025
REFUNDED = 0.035
NEVER_PAID = 0.01
SETTLED_AFTER = timedelta(days=7)
COSTS_KNOWN = timedelta(days=365)
"""Before that the shop did not write down what its goods cost."""

CENT = 100


@dataclass(frozen=True)
class Good:
    """A product as the shop sells it; ``price`` and ``cost`` in minor units."""

    id: int
    name: str
    sku: str
    category: str
    price: int
    cost: int


@dataclass
class Till:
    """Rings up baskets. Prices rose by a twentieth half a year ago: older lines keep theirs."""

    rows: Rows
    goods: list[Good]
    currency: str
    web: str
    """What the shop calls orders that came over the web."""

    now: datetime
    random: Random

    def ring_up(self, basket: Basket, *, customer_id: int, person: Person, stands: bool = False) -> int:
        """One order and what happened to it since; one that ``stands`` is not cancelled. Returns its total,
        or 0 if it was."""
        lines = [self._line(self.goods[one], count, basket.at) for one, count in basket.items.items()]
        subtotal: int = sum(line["total"] for line in lines)
        discount = subtotal // 10 // CENT * CENT if subtotal > 1000 * CENT else 0
        total = subtotal - discount
        confirmed = self._after(basket.at, minutes=(1, 20))
        order = self.rows.add(
            Order,
            customer_id=customer_id,
            state=OrderState.CONFIRMED,
            currency=self.currency,
            discount=discount,
            total=total,
            address=_address(person),
            recipient=person.name,
            source=self.random.choices(["staff", self.web], [0.45, 0.55])[0],
            placed_at=basket.at,
            confirmed_at=confirmed,
            updated_at=confirmed or basket.at,
        )
        ids = [self.rows.add(OrderLine, order_id=order, **line) for line in lines]
        if confirmed is None:
            self.rows.change(Order, order, state=OrderState.DRAFT)
            return total
        if self.random.random() < CANCELLED and not stands:
            self.rows.change(Order, order, state=OrderState.CANCELLED, cancelled_at=confirmed)
            return 0
        self._go_on(order, total, dict(zip(ids, lines, strict=True)), confirmed)
        return total

    def _line(self, good: Good, quantity: int, at: datetime) -> dict[str, Any]:
        since = self.now - at
        price = good.price if since < timedelta(days=180) else good.price * 20 // 21 // 10 * 10
        return {
            "product_id": good.id,
            "name": good.name,
            "sku": good.sku,
            "category": good.category,
            "price": price,
            "cost": good.cost if since < COSTS_KNOWN else None,
            "quantity": quantity * QUANTITY_ONE,
            "discount": 0,
            "total": price * quantity,
        }

    def _go_on(self, order: int, total: int, lines: dict[int, dict[str, Any]], confirmed: datetime) -> None:
        """Paid, sent, delivered, refunded, settled: as far as there was time for it."""
        paid = self._after(confirmed, minutes=(2, 90))
        if paid is None or self.random.random() < NEVER_PAID:
            return
        method = self.random.choices(*METHODS)[0]
        reference = None if method == "cash" else f"{paid:%Y%m%d}{order:08d}"
        self.rows.add(Payment, order_id=order, amount=total, method=method, reference=reference, at=paid)
        self.rows.change(Order, order, paid=total, payment_state=PaymentState.PAID, updated_at=paid)
        sent = self._after(paid, minutes=(240, 1800))
        if sent is None:
            return
        carrier = self.random.choices(*CARRIERS)[0]
        delivered = self._after(sent, minutes=(1440, 5760))
        shipment = self.rows.add(
            Shipment,
            order_id=order,
            carrier=carrier,
            tracking_number=f"{carrier.upper()}{self.random.randrange(10**11, 10**12)}",
            sent_at=sent,
            delivered_at=delivered,
        )
        for line, values in lines.items():
            self.rows.add(ShipmentLine, shipment_id=shipment, line_id=line, quantity=values["quantity"])
        self.rows.change(Order, order, shipment_state=ShipmentState.SHIPPED, updated_at=sent)
        if delivered is None:
            return
        self.rows.change(
            Order,
            order,
            shipment_state=ShipmentState.DELIVERED,
            state=OrderState.COMPLETED,
            completed_at=delivered,
            updated_at=delivered,
        )
        if self.random.random() < REFUNDED:
            self._refund(order, total, delivered)
        if self.now - delivered > SETTLED_AFTER:
            self.rows.change(Order, order, settled_at=delivered + SETTLED_AFTER)

    def _refund(self, order: int, total: int, delivered: datetime) -> None:
        at = self._after(delivered, minutes=(600, 7000))
        if at is None:
            return
        amount = total if self.random.random() < 0.3 else max(total // 4 // CENT * CENT, CENT)
        self.rows.add(Refund, order_id=order, amount=amount, state=RefundState.DONE, asked_at=at, done_at=at)
        state = PaymentState.REFUNDED if amount == total else PaymentState.PARTIALLY_REFUNDED
        self.rows.change(Order, order, refunded=amount, payment_state=state, updated_at=at)

    def _after(self, moment: datetime, *, minutes: tuple[int, int]) -> datetime | None:
        """A while later; None when that has not come yet."""
        at = moment + timedelta(minutes=self.random.randint(*minutes))
        return at if at < self.now else None


def _address(person: Person) -> str:
    if person.language != "zh":
        return f"{person.street}, {person.city}"
    province = "" if person.province == person.city else person.province
    return f"{province}{person.city}{person.district}{person.street}"
