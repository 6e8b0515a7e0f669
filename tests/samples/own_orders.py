"""Orders at every stage, as customers, receipts and products show them."""

from collections import Counter
from typing import Any

from crm_store.customers.tables import Customer
from crm_store.money import Why
from crm_store.sales.products import FIELDS
from crm_store.sales.refusals import BadProduct
from crm_store.sales.stages import Stage, owed, stage_of
from crm_store.sales.states import OrderState, PaymentState, RefundState, ReturnState, ShipmentState
from crm_store.sales.tables import Order, OrderLine, Payment, Product, Refund, Return, Shipment
from crm_store.sales.whole import Goods, Parcel, Part, Returning, Whole
from handlers.manager.product_list import Read
from tests.samples.rows import ANN, CUSTOMERS, NOW, TICKETS, WORDS, ago
from tests.talk import WORDS as TEXTS

TEA, POT = "Oolong <b>张", "Tea & pot"


def _order(id: int, state: OrderState, goods: ShipmentState = ShipmentState.NONE, **about: Any) -> Order:
    return Order(
        id=id, customer_id=1, state=state, shipment_state=goods, total=52_400, placed_at=ago(days=id),
        updated_at=NOW, source="shop", **{"currency": "CNY", "payment_state": PaymentState.PAID, **about},
    )  # fmt: skip


def _lines(order: Order) -> list[OrderLine]:
    return [
        OrderLine(id=1, order_id=order.id, name=TEA, price=12_800, quantity=2_000, total=25_600),
        OrderLine(
            id=2, order_id=order.id, name=POT, price=26_900, quantity=1_000, discount=100, total=26_800
        ),
    ]


def _shipment(id: int, number: str | None, delivered: bool = False, carrier: str = "sf") -> Shipment:
    arrived = ago(hours=3) if delivered else None
    return Shipment(
        id=id, order_id=1, carrier=carrier, tracking_number=number, sent_at=ago(days=1), delivered_at=arrived
    )


def _back(state: ReturnState) -> Return:
    return Return(id=1, order_id=1, state=state, reason=WORDS, asked_at=ago(days=1))


def _whole(order: Order, *parcels: tuple[Shipment, int, int], back: ReturnState | None = None) -> Whole:
    """Parcels with how much of the tea and the pot is in each, in thousandths."""
    tea, pot = lines = _lines(order)
    sent = [
        Parcel(one, [Goods(line, amount) for line, amount in ((tea, first), (pot, second)) if amount])
        for one, first, second in parcels
    ]
    arrived = [one for one in sent if one.shipment.delivered_at is not None]
    return Whole(
        order=order,
        parts=[
            Part(
                line=line,
                shipped=_amount(sent, line),
                delivered=_amount(arrived, line),
            )
            for line in lines
        ],
        payments=[Payment(id=1, order_id=order.id, amount=order.paid, method="wechat", at=ago(days=1))]
        if order.paid
        else [],
        refunds=[
            Refund(
                id=1, order_id=order.id, amount=order.refunded, state=RefundState.DONE, asked_at=ago(days=1)
            )
        ]
        if order.refunded
        else [],
        parcels=sent,
        returns=[Returning(_back(back), [Goods(tea, 1_000)])] if back else [],
    )


def _amount(parcels: list[Parcel], line: OrderLine) -> int:
    return sum(one.quantity for parcel in parcels for one in parcel.goods if one.line is line)


ALL = (2_000, 1_000)
S, G = OrderState, ShipmentState
WHOLES = [
    _whole(_order(1, S.DRAFT, payment_state=PaymentState.UNPAID)),
    _whole(
        _order(
            2,
            S.CONFIRMED,
            payment_state=PaymentState.PARTIAL,
            paid=10_000,
            discount=500,
            external_number="<88>",
            recipient=ANN,
            address="1 Lane & Co",
        )
    ),
    _whole(_order(3, S.CONFIRMED, paid=52_400, address="1 Lane <2>")),
    _whole(_order(4, S.CONFIRMED, G.PARTIAL, paid=52_400), (_shipment(1, "SF<1>"), 1_000, 0)),
    _whole(
        _order(5, S.CONFIRMED, G.PARTIAL, paid=52_400),
        (_shipment(1, "SF<1>", delivered=True), 1_000, 0),
        (_shipment(2, None, carrier="Pony <Express>"), 0, 1_000),
    ),
    _whole(_order(6, S.CONFIRMED, G.SHIPPED, paid=52_400), (_shipment(1, None), *ALL)),
    _whole(
        _order(7, S.CONFIRMED, G.SHIPPED, currency="JPY"),
        (_shipment(1, "SF1"), 2_000, 0),
        (_shipment(2, "SF2"), 0, 1_000),
    ),
    _whole(_order(8, S.CONFIRMED, G.DELIVERED), (_shipment(1, "SF1", delivered=True), *ALL)),
    _whole(_order(9, S.COMPLETED, G.DELIVERED, paid=52_400), (_shipment(1, "SF1", delivered=True), *ALL)),
    _whole(
        _order(10, S.COMPLETED, G.RETURNING, paid=52_400),
        (_shipment(1, "SF1", delivered=True), *ALL),
        back=ReturnState.APPROVED,
    ),
    _whole(
        _order(11, S.COMPLETED, G.RETURNED, paid=52_400, refunded=12_800),
        (_shipment(1, "SF1", delivered=True), *ALL),
        back=ReturnState.RECEIVED,
    ),
    _whole(_order(12, S.CANCELLED, paid=10_000)),
    _whole(_order(13, S.CANCELLED, paid=10_000, refunded=10_000)),
    _whole(_order(15, S.CONFIRMED, payment_state=PaymentState.REFUNDED, paid=52_400, refunded=52_400)),
    _whole(_order(14, S.COMPLETED, G.RETURNED, paid=52_400), (_shipment(1, None, delivered=True), *ALL)),
]
"""At every stage a customer can see, and a draft."""


def _left(held: Whole) -> list[Part]:
    return [part for part in held.parts if part.left]


def _seen(held: Whole) -> dict[str, Any]:
    stage = stage_of(held.order)
    return {
        "order": held.order,
        "held": held,
        "stage": stage,
        "due": owed(held.order),
        "left": _left(held) if stage == Stage.PARTLY_SHIPPED else [],
    }


def _told(held: Whole) -> dict[str, Any]:
    return {"order": held.order, "held": held, "due": owed(held.order), "left": _left(held)}


def _product(id: int, **about: Any) -> Product:
    return Product(id=id, name=TEA, price=12_800, currency="CNY", created_at=NOW, updated_at=NOW, **about)


PRODUCTS = [
    _product(1),
    _product(2, sku="<LJ01>", unit="box & co", cost=6_800),
    _product(3, active=False, cost=0),
]
_READ = [
    Read(WORDS, {"name": TEA, "price": 12_800}),
    Read(WORDS, {"cost": 6_900, "id": 1}, PRODUCTS[0]),
    Read(WORDS, {"name": "<new>", "price": 1, "category": "Tea & co", "id": 2}, PRODUCTS[1]),
]
_COST = {"price": PRODUCTS[0].price, "cost": 6_000}
_NOTHING = dict.fromkeys(FIELDS)
_CHANGES: dict[str, Any] = {
    "price": 13_800,
    "cost": 6_900,
    "name": "<new>",
    "unit": "<kg>",
    "category": "Tea & co",
    "sku": "<8>",
}
_COMPANY = Customer(id=3, name=ANN, company="Tea <Co>", language="en", created_at=NOW, updated_at=NOW)

VALUES: dict[str, list[Any]] = {}

FITTING: dict[str, list[dict[str, Any]]] = {
    "customer/order/order": [_seen(one) for one in WHOLES],
    "customer/order/where": [{**_seen(one), "wrote": wrote} for one in WHOLES for wrote in (True, False)],
    "customer/order/list": [{"own": [(one.order, stage_of(one.order)) for one in WHOLES]}],
    "customer/order/cancel": [{"order": WHOLES[0].order}, {"order": WHOLES[1].order}],
    "customer/order/no_cancel": [
        {**_seen(one), "may_return": may} for one in WHOLES for may in (False, True)
    ],
    "customer/order/no_return": [
        {**_seen(one), "asked": asked} for one in WHOLES for asked in (None, *ReturnState)
    ],
    "customer/order/return_what": [{"order": WHOLES[8].order}],
    "customer/order/return_why": [{"order": WHOLES[8].order, "goods": f"{TEA} × 2"}],
    "customer/order/own_words": [{"order": WHOLES[8].order}],
    "customer/order/question": [{"order": WHOLES[8].order}],
    "customer/order/asked": [
        {"ticket": TICKETS[0], "words": WORDS, "opens_at": at} for at in (None, ago(days=-2))
    ],
    "customer/order/news/confirmed": [_told(one) for one in WHOLES[1:3]],
    "customer/order/news/paid": [{**_told(one), "payment": one.payments[0]} for one in WHOLES[1:4]],
    "customer/order/news/shipped": [
        {**_told(one), "parcel": parcel} for one in WHOLES[3:7] for parcel in one.parcels
    ],
    "customer/order/news/delivered": [
        {**_told(one), "parcel": one.parcels[0]} for one in (WHOLES[4], WHOLES[5], WHOLES[8])
    ],
    "customer/order/news/cancelled": [_told(one) for one in WHOLES[11:13]],
    "customer/order/news/refunded": [
        {**_told(WHOLES[10]), "refund": WHOLES[10].refunds[0]},
        {
            **_told(WHOLES[10]),
            "refund": Refund(id=2, order_id=11, amount=100, state=RefundState.DONE, asked_at=NOW),
        },
    ],
    "customer/order/news/returned": [
        {**_told(WHOLES[9]), "back": _back(state), "going_back": WHOLES[9].returns[0].goods}
        for state in ReturnState
    ],
    "agent/receipt/order": [
        {"order": one.order, "held": one, "due": owed(one.order), "customer": customer}
        for one in WHOLES
        for customer in (CUSTOMERS[0], _COMPANY)
    ],
    "manager/product/catalogue": [{"count": 0}, {"count": 12}],
    "manager/product/list": [
        {"products": found, "heading": heading, "words": words, "sees_cost": sees_cost}
        for sees_cost in (False, True)
        for found in ([], PRODUCTS)
        for heading, words in ((None, None), ("Tea <1>", None), (None, WORDS))
    ],
    "manager/product/card": [
        {"product": one, "category": two, "sees_cost": sees_cost}
        for one in PRODUCTS
        for two in (None, "Tea <1>")
        for sees_cost in (False, True)
    ],
    "manager/product/ask": [{"product": one, "field": field} for one in PRODUCTS for field in FIELDS],
    "manager/product/price": [{"name": TEA}],
    "manager/product/propose": [
        {"product": product, "values": _NOTHING | values, "currency": "CNY", "category": category}
        for product in (None, *PRODUCTS)
        for values in (
            _CHANGES,
            {"name": TEA, "price": 0},
            *([{"unit": "<kg>"}, {"price": product.price, "cost": 1}] if product else []),
        )
        for category in (None, "Tea <1>")
    ],
    "manager/product/propose_list": [
        {
            "good": good,
            "counts": Counter(one.becomes for one in good),
            "unread": unread,
            "currency": "CNY",
        }
        for good in ([], _READ[:1], _READ, _READ * 10)
        for unread in ([], [Read(WORDS, {}, why=one) for one in TEXTS.labels("en", "product_unread")])
    ],
    "manager/product/saved_list": [{"counts": Counter({"new": 2, "changed": 1200, "same": 0})}],
    "manager/product/unreadable": [{"text": WORDS, "why": one} for one in Why],
    f"refused/{BadProduct.template}": [
        {"field": field, "most": most} for field in FIELDS for most in (None, 40)
    ],
    "refused/no_such_product": [{"text": WORDS}],
    "refused/not_for_sale": [{"product": PRODUCTS[2]}],
    "refused/sku_taken": [{"sku": "<8>", "product": PRODUCTS[1]}],
}
