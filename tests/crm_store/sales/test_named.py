"""Which of a customer's own orders a text names, and where an order is in the customer's one word."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import named, orders, shipments
from crm_store.sales.lines import NewLine
from crm_store.sales.stages import Stage, owed, stage_of
from crm_store.sales.states import OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order
from tests.crm_store.people import NOW, customer


def place(session: Session, of: Customer, number: str | None = None, *, confirmed: bool = True) -> Order:
    return orders.intake(
        session,
        customer=of,
        lines=[NewLine(name="Oolong", price=12_800, quantity=1_000)],
        currency="CNY",
        source="staff",
        external_number=number,
        confirmed=confirmed,
        actor="api",
        now=NOW,
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("O1", 1),
        ("o 1 发货了吗", 1),
        ("我的Ｏ１呢", 1),
        ("订单2308871142003，现在什么状态", 1),
        ("where is WEB-77812?", 2),
        ("SF1234567890到哪了", 2),
        ("O3 在哪", None),
        ("O4", None),
        ("O99999999999", None),
        ("CO1", None),
        ("O12", None),
        ("打我电话13800000000", None),
        ("' OR 1=1 --", None),
        ("O" * 10_000, None),
        ("", None),
    ],
)
def test_a_text_names_ones_own_order_by_any_of_its_numbers(
    engine: Engine, text: str, found: int | None
) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), customer(session, user_id=8)
        place(session, ann, "2308871142003")
        parcel = place(session, ann, "WEB-77812")
        place(session, bob, "2308871142004")
        place(session, ann, confirmed=False)
        shipments.ship(
            session, order=parcel, carrier="sf", tracking_number="SF1234567890", actor="api", now=NOW
        )

        order = named.in_text(session, text=text, customer=ann)

        assert (order.id if order else None) == found
        assert named.has_number(text) or found is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("O7", True),
        (" #o7 ", True),
        ("SF1234567890", True),
        ("O7 呢", False),
        ("hello", False),
        ("12345", False),
    ],
)
def test_a_text_that_is_a_number_and_nothing_else(text: str, is_one: bool) -> None:
    assert named.is_number(text) is is_one


S, P, G = OrderState, PaymentState, ShipmentState


@pytest.mark.parametrize(
    ("state", "payment", "goods", "paid", "stage", "due"),
    [
        (S.DRAFT, P.UNPAID, G.NONE, 0, Stage.RECEIVED, 0),
        (S.CONFIRMED, P.UNPAID, G.NONE, 0, Stage.TO_PAY, 100),
        (S.CONFIRMED, P.PARTIAL, G.NONE, 40, Stage.TO_PAY, 60),
        (S.CONFIRMED, P.PAID, G.NONE, 100, Stage.TO_SHIP, 0),
        (S.CONFIRMED, P.REFUNDED, G.NONE, 100, Stage.REFUNDED, 0),
        (S.CONFIRMED, P.UNPAID, G.SHIPPED, 0, Stage.UNDER_WAY, 100),
        (S.CONFIRMED, P.PAID, G.PARTIAL, 100, Stage.PARTLY_SHIPPED, 0),
        (S.CONFIRMED, P.UNPAID, G.DELIVERED, 0, Stage.DELIVERED, 100),
        (S.COMPLETED, P.PAID, G.DELIVERED, 100, Stage.COMPLETED, 0),
        (S.COMPLETED, P.PARTIALLY_REFUNDED, G.DELIVERED, 100, Stage.COMPLETED, 0),
        (S.COMPLETED, P.PAID, G.RETURNING, 100, Stage.RETURNING, 0),
        (S.COMPLETED, P.REFUNDED, G.RETURNED, 100, Stage.RETURNED, 0),
        (S.CANCELLED, P.PARTIAL, G.NONE, 40, Stage.CANCELLED, 0),
    ],
)
def test_a_customer_hears_one_word_and_is_asked_only_for_what_is_owed(
    state: OrderState, payment: PaymentState, goods: ShipmentState, paid: int, stage: Stage, due: int
) -> None:
    order = Order(
        customer_id=1, state=state, payment_state=payment, shipment_state=goods, currency="CNY", total=100,
        paid=paid, placed_at=NOW, updated_at=NOW,
    )  # fmt: skip

    assert (stage_of(order), owed(order)) == (stage, due)
