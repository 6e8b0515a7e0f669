"""Orders of an invented shop in every state, and what staff's templates about them can hold."""

from itertools import product
from typing import Any

from crm_store.money import Why
from crm_store.sales.orders import Shelf
from crm_store.sales.states import (
    OrderEvent,
    OrderState,
    PaymentState,
    RefundState,
    ReturnState,
    ShipmentState,
)
from crm_store.sales.tables import Order, OrderLine, Payment, Product, Refund, Return, Shipment
from crm_store.sales.typical import Strange
from crm_store.sales.whole import Goods, Parcel, Part, Returning, Whole
from tests.samples.rows import ANN, CUSTOMERS, NOW, STAFF, WORDS, ago

S, M, G = OrderState, PaymentState, ShipmentState


def _order(id: int, state: OrderState, money: PaymentState, goods: ShipmentState, **about: Any) -> Order:
    about = {"customer_id": 1, "currency": "CNY", "total": 118_513, "placed_at": ago(days=2), **about}
    return Order(
        id=id, state=state, payment_state=money, shipment_state=goods, updated_at=NOW, version=3, **about
    )


ORDERS = [
    _order(1, S.DRAFT, M.UNPAID, G.NONE, total=0, taken_by=1),
    _order(2, S.DRAFT, M.UNPAID, G.NONE, discount=1_000, note=WORDS, recipient=ANN, address="1 <Lane>"),
    _order(3, S.CONFIRMED, M.UNPAID, G.NONE, source="<web>", external_number="A&1", address="1 <Lane>"),
    _order(4, S.CONFIRMED, M.PARTIAL, G.PARTIAL, paid=50_000, recipient=ANN, discount=513, discount_rate=125),
    _order(5, S.COMPLETED, M.PARTIALLY_REFUNDED, G.RETURNING, paid=118_513, refunded=2_000, note=WORDS),
    _order(6, S.CANCELLED, M.PAID, G.NONE, paid=118_513, cancel_reason=WORDS),
    _order(7, S.COMPLETED, M.REFUNDED, G.RETURNED, paid=118_513, refunded=118_513, currency="JPY"),
]

LINES = [
    OrderLine(id=1, order_id=2, name="oolong <kettle>", price=12_475, quantity=9_500, total=118_513),
    OrderLine(
        id=2, order_id=2, name="box", price=500, quantity=2_000, discount=100, discount_rate=100, total=900
    ),
]


def payment(id: int, method: str, reference: str | None) -> Payment:
    return Payment(
        id=id, order_id=4, amount=25_000, method=method, reference=reference, at=ago(hours=3), taken_by=1
    )


PAYMENTS = [payment(1, "wechat", "<42>"), payment(2, "cash", None), payment(3, "a <cheque>", None)]


def refund(
    id: int, state: RefundState, reason: str, asked_by: int = 1, decided_by: int | None = None
) -> Refund:
    done = ago(hours=1) if state == RefundState.DONE else None
    return Refund(
        id=id, order_id=5, amount=2_000, reason=reason, state=state, asked_by=asked_by, decided_by=decided_by,
        asked_at=ago(hours=2), done_at=done,
    )  # fmt: skip


REFUNDS = [
    refund(1, RefundState.DONE, WORDS),
    refund(2, RefundState.REQUESTED, ""),
    refund(3, RefundState.REJECTED, WORDS, decided_by=2),
]


def _parcel(id: int, carrier: str, number: str | None, arrived: bool, *goods: Goods) -> Parcel:
    shipment = Shipment(
        id=id, order_id=4, carrier=carrier, tracking_number=number, sent_at=ago(days=1),
        delivered_at=ago(hours=1) if arrived else None,
    )  # fmt: skip
    return Parcel(shipment, list(goods))


PARCELS = [
    _parcel(1, "sf", "SF<1>", True, Goods(LINES[0], 2_000), Goods(LINES[1], 1_000)),
    _parcel(2, "a <neighbour>", None, False, Goods(LINES[0], 1_500)),
]


def _returning(id: int, state: ReturnState, reason: str, ticket_id: int | None) -> Returning:
    asked = Return(id=id, order_id=5, state=state, reason=reason, ticket_id=ticket_id, asked_at=ago(hours=5))
    return Returning(asked, [Goods(LINES[0], 1_000), Goods(LINES[1], 1_000)])


RETURNS = [
    _returning(1, ReturnState.REQUESTED, WORDS, 3),
    _returning(2, ReturnState.APPROVED, "", None),
    _returning(3, ReturnState.RECEIVED, WORDS, None),
    _returning(4, ReturnState.REFUSED, WORDS, None),
]

_MOVED = [Part(LINES[0], 3_500, 2_000, 1_000, 500), Part(LINES[1], 1_000, 1_000, 1_000)]
_UNMOVED = [Part(LINES[0]), Part(LINES[1])]
_ARRIVED = [Part(LINES[0], 9_500, 9_500), Part(LINES[1], 2_000, 2_000)]
WHOLES = [
    Whole(ORDERS[0], []),
    Whole(ORDERS[1], _UNMOVED),
    Whole(ORDERS[2], _UNMOVED),
    Whole(ORDERS[3], _MOVED, payments=PAYMENTS, parcels=PARCELS, returns=RETURNS[:1]),
    Whole(ORDERS[4], _MOVED, PAYMENTS, REFUNDS, PARCELS, RETURNS),
    Whole(ORDERS[5], _UNMOVED, payments=PAYMENTS[:1]),
    Whole(ORDERS[6], _ARRIVED, PAYMENTS[:1], REFUNDS[:1], PARCELS[:1], RETURNS[2:3]),
    Whole(ORDERS[3], _UNMOVED, payments=PAYMENTS, parcels=PARCELS[:1]),  # never sent
]

PRODUCTS = [
    Product(
        id=1, name="oolong <kettle>", price=12_475, currency="CNY", created_at=NOW, updated_at=NOW,
        sku="A&1", unit="<box>",
    ),
    Product(id=2, name="box", price=500, currency="CNY", created_at=NOW, updated_at=NOW),
]  # fmt: skip

TOLD = [None, True, False]

VALUES: dict[str, list[Any]] = {
    "again": [True, False],
    "amount": [120_000],
    "asker": STAFF[:1],
    "currency": ["CNY"],
    "due": [0, 68_513],
    "first": [1, 9],
    "held": WHOLES,
    "order": ORDERS,
    "owed": [0, 118_513],
    "parcel": PARCELS,
    "payment": PAYMENTS,
    "products": [[], PRODUCTS],
    "confirming": [False, True],
    "quantity": [2_000, 1_500],
    "reference": [None, "<42>"],
    "refund": REFUNDS,
    "returning": RETURNS,
    "shelf": list(Shelf),
    "strange": [None, Strange(10_000, own=True), Strange(12_800, own=False)],
    "taker": [None, STAFF[0]],
    "told": TOLD,
    "unread": [[], ["<lid> 张", ""]],
    "off_sale": [[], ["<lid> 张"]],
    "word": ["confirmed", "completed", "delivered", "delivered_before"],
}

_CHOSEN = [(Part(LINES[0], 3_500, 2_000), 2_000), (Part(LINES[1], 1_000, 1_000), 1_000)]
_STEPS = [("discount", 0), ("note", 1000), ("address", 300)]

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/order/list": [{"orders": orders} for orders in ([], [(one, CUSTOMERS[0]) for one in ORDERS])],
    "agent/order/of_customer": [{"orders": orders} for orders in ([], ORDERS)],
    "agent/order/line": [
        {"line": line, "step": step, "unread": unread}
        for line, step, unread in product(LINES, ("quantity", "line_discount"), ("", WORDS))
    ],
    "agent/order/not_added": [{"unread": ["<lid> 张"]}],
    "agent/order/ask": [
        {"step": step, "most": most, "unread": unread}
        for (step, most), unread in product(_STEPS, ("", WORDS))
    ],
    "agent/order/pay/ask": [
        {"amount": amount, "reference": reference}
        for amount in (None, 0, 900)
        for reference in (None, "<42>")
    ],
    **{f"agent/order/{kind}/unreadable": [{"why": why} for why in Why] for kind in ("pay", "refund")},
    "agent/order/ship/ask": [{"goods": _CHOSEN, "number": number} for number in (None, "<42>")],
    "agent/order/return/ask": [{"goods": _CHOSEN}],
    "agent/order/refund/decided": [
        {"by": STAFF[1], "refund": one}
        for one in (*REFUNDS, refund(4, RefundState.REJECTED, WORDS, asked_by=2, decided_by=2))
    ],
    "agent/order/refund/given": [{"refund": one} for one in (*REFUNDS[:2], refund(5, RefundState.DONE, ""))],
    "refused/illegal_order_step": [
        {"event": event, "allowed": allowed}
        for event in OrderEvent
        for allowed in ([], [one for one in OrderEvent if one != event])
    ],
    "refused/bad_line": [
        {"problem": problem, "name": "<lid>", "most": 200, "currency": "CNY"}
        for problem in ("none", "many", "name", "long_name", "price", "quantity", "discount")
    ],
    "refused/bad_discount": [{"discount": 500, "most": 100}],
    "refused/reference_used": [{"payment": PAYMENTS[0]}],
    "refused/refund_too_large": [{"most": 100}],
    "refused/quantity_too_large": [{"line": LINES[0], "most": 1_500}],
    "refused/return_decided": [{"returned": one.asked} for one in RETURNS],
}
