"""POST /orders: taken once, paid once, sent once; the customer hears of it in the chat."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crm_store.customers import customers, records
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import orders, products
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine, Payment, Shipment
from crm_store.staff.tables import Audit
from tests.bot.api.shop import Answer, Call, Shop
from tests.crm_store.people import NOW

ANN = 'Ann <3 & "张"'
ANN_ID = 7_000_000_000
TOLD: dict[str, Any] = {
    "external_id": "A-1",
    "customer": {"external_id": "u-1", "name": ANN, "phone": "13800000000"},
    "lines": [{"name": "Kettle <b>", "sku": "K-1", "price": "124.75", "quantity": "9.5"}],
}
PAID = {"method": "wechat", "reference": "wx-1", "amount": "1185.13"}
PARCEL = {"carrier": "顺丰", "tracking_number": "SF1"}


@pytest.fixture
def shop(sqlite: Engine) -> Shop:
    return Shop(sqlite)


@pytest.fixture
def in_the_chat(shop: Shop) -> Shop:
    """Ann writes to the bot, and is known by her phone."""
    with transaction(shop.engine) as session:
        ann = customers.meet(
            session, user_id=ANN_ID, chat_id=ANN_ID, name=ANN, username=None, language="en", now=NOW
        )
        records.change(session, customer=ann, changes={"phone": "13800000000"}, actor="cli", now=NOW)
    return shop


def states(answer: Answer) -> tuple[str, str, str]:
    order = answer.body["order"]
    return order["state"], order["payment_state"], order["shipment_state"]


def test_an_order_is_placed_with_its_customer_and_exact_money(shop: Shop) -> None:
    answer = shop.post("/orders", TOLD)

    assert (answer.status, answer.body["outcome"]) == (201, "created")
    order = answer.body["order"]
    assert (order["number"], order["external_id"], order["customer"]) == ("O1", "A-1", "C1")
    assert (order["currency"], order["total"], order["paid"]) == ("CNY", "1185.13", "0.00")
    assert states(answer) == ("confirmed", "unpaid", "none")
    assert order["lines"] == [
        {
            "sku": "K-1",
            "name": "Kettle <b>",
            "price": "124.75",
            "quantity": "9.5",
            "discount": "0.00",
            "total": "1185.13",
        }
    ]
    with transaction(shop.engine) as session:
        row = session.get(Order, 1)
        assert row is not None
        assert (row.total, row.source, row.external_number) == (118_513, "shop", "A-1")
        assert session.get(Customer, 1).last_order_at == row.placed_at  # type: ignore[union-attr]
        placed = session.scalars(select(Audit).where(Audit.entity == "order")).one()  # type: ignore[arg-type]
        assert (placed.actor, placed.action) == ("api:1", "placed")


def test_it_reaches_the_customer_in_the_chat_as_a_confirmation_once(in_the_chat: Shop) -> None:
    first = in_the_chat.post("/orders", TOLD)
    in_the_chat.post("/orders", TOLD)

    assert first.body["order"]["customer"] == "C1"
    [told] = in_the_chat.told(ANN_ID)
    assert "O1" in told
    assert re.search(r"1,185\.13", told)
    assert in_the_chat.woken == 2  # the sender need not wait for its next look


def test_the_same_order_again_is_the_same_order(shop: Shop) -> None:
    shop.post("/orders", TOLD)

    again = shop.post("/orders", TOLD)

    assert (again.status, again.body["outcome"], again.body["order"]["number"]) == (200, "same", "O1")
    assert shop.count(Order, OrderLine, Customer) == [1, 1, 1]


def test_a_duplicate_callback_pays_once(in_the_chat: Shop) -> None:
    in_the_chat.post("/orders", TOLD)

    paid = in_the_chat.post("/orders", TOLD | {"payments": [PAID]})
    again = in_the_chat.post("/orders", TOLD | {"payments": [PAID]})

    assert [one.body["outcome"] for one in (paid, again)] == ["changed", "same"]
    assert states(again) == ("confirmed", "paid", "none")
    assert (again.body["order"]["paid"], in_the_chat.count(Payment)) == ("1185.13", [1])
    assert len(in_the_chat.told(ANN_ID)) == 2  # placed, paid


def test_callbacks_that_come_at_once_pay_once(shop: Shop) -> None:
    shop.post("/orders", TOLD)
    callback = Call("POST", "/orders", TOLD | {"payments": [PAID]})

    answers = shop.calls(*[callback] * 8, at_once=True)

    assert {one.status for one in answers} == {200}
    assert shop.count(Order, Payment) == [1, 1]


def test_a_reference_of_another_order_or_amount_is_refused(shop: Shop) -> None:
    shop.post("/orders", TOLD | {"payments": [PAID | {"amount": "100.00"}]})

    other = shop.post("/orders", TOLD | {"external_id": "A-2", "payments": [PAID]})
    amount = shop.post("/orders", TOLD | {"payments": [PAID]})

    for answer in (other, amount):
        assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
        assert answer.fields == {
            "payments[0].reference": (
                "is that of another payment",
                "100.00 for order O1, as it was told first",
            )
        }
    assert shop.count(Order, Payment) == [1, 1]  # the second order was not kept either


def test_what_another_system_was_paid_is_not_told(shop: Shop) -> None:
    shop.post("/orders", TOLD | {"payments": [PAID]})

    answer = Shop(shop.engine, name="till").post("/orders", TOLD | {"payments": [PAID]})

    assert answer.fields == {
        "payments[0].reference": ("is that of another payment", "one that no other payment has")
    }


def test_one_order_told_to_two_bots_at_the_same_instant_is_one(engine: Engine) -> None:
    shop = Shop(engine)
    guest = {"name": ANN, "phone": "13800000000"}
    for number in range(5):
        told = TOLD | {"external_id": f"B-{number}", "customer": guest, "payments": []}

        answers = shop.calls_to_two(*[Call("POST", "/orders", told)] * 6)

        assert sorted(one.status for one in answers) == [200] * 5 + [201]
        assert {one.body["order"]["external_id"] for one in answers} == {f"B-{number}"}
    assert shop.count(Order, Customer) == [5, 1]


def test_overpayment_is_refused_with_what_is_due(shop: Shop) -> None:
    answer = shop.post("/orders", TOLD | {"payments": [PAID | {"amount": 118_514}]})

    assert (answer.status, answer.fields) == (
        409,
        {"payments[0].amount": ("is more than is due", "at most 1185.13")},
    )
    assert shop.count(Order, Payment, Customer) == [0, 0, 0]


def test_parcels_are_sent_once_and_delivered(in_the_chat: Shop) -> None:
    in_the_chat.post("/orders", TOLD | {"payments": [PAID]})

    sent = in_the_chat.post("/orders", TOLD | {"payments": [PAID], "shipments": [PARCEL]})
    again = in_the_chat.post("/orders", TOLD | {"payments": [PAID], "shipments": [PARCEL]})
    arrived = PARCEL | {"delivered_at": datetime.now(UTC).isoformat()}
    done = in_the_chat.post("/orders", TOLD | {"payments": [PAID], "shipments": [arrived]})
    still = in_the_chat.post("/orders", TOLD | {"payments": [PAID], "shipments": [arrived]})

    assert [one.body["outcome"] for one in (sent, again, done, still)] == [
        "changed",
        "same",
        "changed",
        "same",
    ]
    assert states(sent) == ("confirmed", "paid", "shipped")
    assert states(done) == ("completed", "paid", "delivered")
    assert in_the_chat.count(Shipment) == [1]
    assert any("SF1" in one for one in in_the_chat.told(ANN_ID))


def test_part_of_an_order_is_sent_by_its_lines(shop: Shop) -> None:
    lines = [*TOLD["lines"], {"name": "Lid", "price": 500, "quantity": 2}]
    parcel = PARCEL | {"lines": [{"line": 1, "quantity": 1}]}

    part = shop.post("/orders", TOLD | {"lines": lines, "shipments": [parcel]})
    beyond = shop.post(
        "/orders",
        TOLD
        | {
            "lines": lines,
            "shipments": [PARCEL | {"tracking_number": "SF2", "lines": [{"line": 2, "quantity": 1}]}],
        },
    )
    more = shop.post(
        "/orders",
        TOLD
        | {
            "lines": lines,
            "shipments": [PARCEL | {"tracking_number": "SF2", "lines": [{"line": 1, "quantity": 2}]}],
        },
    )

    assert states(part) == ("confirmed", "unpaid", "partial")
    assert (beyond.status, list(beyond.fields)) == (422, ["shipments[0].lines"])
    assert (more.status, more.fields) == (
        409,
        {"shipments[0].lines": ("is more than is left to send", "at most 1")},
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lines": [TOLD["lines"][0] | {"price": "124.76"}]}, "lines[0].price"),
        ({"lines": [TOLD["lines"][0] | {"quantity": 9}]}, "lines[0].quantity"),
        ({"lines": [*TOLD["lines"], {"name": "Lid", "price": 1, "quantity": 1}]}, "lines"),
        ({"discount": 100}, "discount"),
        ({"currency": "USD"}, "currency"),
        ({"note": "ring twice"}, "note"),
        ({"placed_at": "2026-11-01T00:00:00Z"}, "placed_at"),
    ],
)
def test_a_known_order_told_otherwise_is_a_conflict_that_names_what_differs(
    shop: Shop, change: dict[str, Any], path: str
) -> None:
    shop.post("/orders", TOLD)

    answer = shop.post("/orders", TOLD | change)

    assert (answer.status, answer.body["error"]["code"], list(answer.fields)) == (409, "conflict", [path])
    assert shop.get("/orders/O1").body["total"] == "1185.13"


def test_what_was_told_first_need_not_be_repeated_in_full(shop: Shop) -> None:
    shop.post("/orders", TOLD | {"note": "ring twice", "address": "1 Road"})

    again = shop.post("/orders", TOLD)

    assert (again.status, again.body["order"]["note"]) == (200, "ring twice")


def test_a_draft_is_confirmed_when_the_shop_says_so_and_never_goes_back(in_the_chat: Shop) -> None:
    draft = in_the_chat.post("/orders", TOLD | {"state": "draft"})
    assert (states(draft)[0], in_the_chat.told(ANN_ID)) == ("draft", [])

    confirmed = in_the_chat.post("/orders", TOLD)
    back = in_the_chat.post("/orders", TOLD | {"state": "draft"})

    assert [states(one)[0] for one in (confirmed, back)] == ["confirmed", "confirmed"]
    assert len(in_the_chat.told(ANN_ID)) == 1


def test_a_cancelled_order_stays_cancelled(in_the_chat: Shop) -> None:
    in_the_chat.post("/orders", TOLD)

    cancelled = in_the_chat.post("/orders", TOLD | {"state": "cancelled", "cancel_reason": "sold out"})
    again = in_the_chat.post("/orders", TOLD | {"state": "cancelled"})
    confirmed = in_the_chat.post("/orders", TOLD)

    assert [states(one)[0] for one in (cancelled, again, confirmed)] == ["cancelled"] * 3
    assert len(in_the_chat.told(ANN_ID)) == 2


def test_what_was_sent_is_not_cancelled(shop: Shop) -> None:
    shop.post("/orders", TOLD | {"shipments": [PARCEL]})

    answer = shop.post("/orders", TOLD | {"state": "cancelled", "shipments": [PARCEL]})

    assert (answer.status, list(answer.fields)) == (409, ["state"])
    assert shop.get("/orders/O1").body["state"] == "confirmed"


@pytest.mark.parametrize(
    "quiet", [{"quiet": True}, {"placed_at": (datetime.now(UTC) - timedelta(days=8)).isoformat()}]
)
def test_history_that_is_brought_in_is_not_told_to_the_customer(
    in_the_chat: Shop, quiet: dict[str, Any]
) -> None:
    answer = in_the_chat.post("/orders", TOLD | quiet | {"payments": [PAID]})

    assert (answer.status, in_the_chat.told(ANN_ID)) == (201, [])


def test_what_goods_cost_is_kept_and_never_told_back(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        products.create(
            session, name="Kettle", price=9_900, cost=4_321, currency="CNY", sku="K-1", actor="cli", now=NOW
        )
    lines = [
        {"sku": "K-1", "price": 12_475, "quantity": 1},
        {"sku": "K-1", "price": 12_475, "quantity": 1, "cost": "55.50"},
        {"name": "repair", "price": 100, "quantity": 1},
    ]

    told = shop.post("/orders", TOLD | {"lines": lines})
    again = shop.post("/orders", TOLD | {"lines": [{**one, "cost": 1} for one in lines]})

    assert (told.status, again.body["outcome"]) == (201, "same")
    assert "43.21" not in str(told.body)
    assert "cost" not in told.body["order"]["lines"][0]
    with transaction(shop.engine) as session:
        assert [one.cost for one in session.scalars(select(OrderLine))] == [4_321, 5_550, None]


def test_a_line_is_linked_to_the_product_of_its_sku_and_keeps_the_price_it_was_told(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        product = products.create(
            session,
            name="Kettle",
            price=9_900,
            currency="CNY",
            sku="k-1",
            category="Tea",
            actor="cli",
            now=NOW,
        )

    shop.post("/orders", TOLD | {"lines": [{"sku": "K-1", "price": 12_475, "quantity": 1}]})

    with transaction(shop.engine) as session:
        [line] = session.scalars(select(OrderLine))
        assert (line.product_id, line.name, line.price, line.category) == (
            product.id,
            "Kettle",
            12_475,
            "Tea",
        )


def test_a_guest_is_found_by_phone_and_name_or_made_new(in_the_chat: Shop) -> None:
    guest = {"name": ANN, "phone": "+86 138 0000 0000"}

    found = in_the_chat.post("/orders", TOLD | {"customer": guest})
    new = in_the_chat.post("/orders", TOLD | {"external_id": "A-2", "customer": {"name": "韩梅梅"}})
    by_number = in_the_chat.post("/orders", TOLD | {"external_id": "A-3", "customer": {"number": "C1"}})

    assert [one.body["order"]["customer"] for one in (found, new, by_number)] == ["C1", "C2", "C1"]


def test_other_systems_orders_are_not_seen(shop: Shop) -> None:
    till = Shop(shop.engine, name="till")
    shop.post("/orders", TOLD)
    with transaction(shop.engine) as session:
        ann = customers.get(session, customer_id=1)
        orders.start(session, customer=ann, currency="CNY", taken_by=None, now=NOW)

    mine = [shop.get(path).status for path in ("/orders/O1", "/orders?external_id=A-1", "/orders/O2")]
    theirs = [till.get(path).status for path in ("/orders/O1", "/orders?external_id=A-1", "/orders/O2")]

    assert (mine, theirs) == ([200, 200, 404], [404, 404, 404])


@pytest.mark.parametrize(
    ("change", "path", "wrong"),
    [
        ({"lines": []}, "lines", "has 0 entries"),
        ({"lines": [{"name": "x", "price": 1.5, "quantity": 1}]}, "lines[0].price", "cannot be this"),
        (
            {"lines": [{"name": "x", "price": "1.234", "quantity": 1}]},
            "lines[0].price",
            "has too many decimals",
        ),
        ({"lines": [{"name": "x", "price": -1, "quantity": 1}]}, "lines[0].price", "cannot be this"),
        ({"lines": [{"name": "x", "price": 1, "quantity": 0}]}, "lines[0].quantity", "cannot be this"),
        ({"lines": [{"name": "x", "price": 1, "quantity": "0.0"}]}, "lines[0].quantity", "is nothing"),
        ({"lines": [{"price": 1, "quantity": 1}]}, "lines[0]", "cannot be this"),
        ({"lines": [{"sku": "none", "price": 1, "quantity": 1}]}, "lines[0].name", "is missing"),
        ({"lines": [{"name": "x", "price": 10**13, "quantity": 10**6}]}, "lines[0].price", "cannot be"),
        ({"discount": "9999"}, "discount", "is more than the lines come to"),
        ({"currency": "XXQ"}, "currency", "cannot be this"),
        ({"placed_at": "2026-11-01T00:00:00"}, "placed_at", "cannot be this"),
        ({"placed_at": "1"}, "placed_at", "cannot be this"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at", "cannot be this"),
        ({"customer": {}}, "customer", "cannot be this"),
        ({"customer": {"number": "C404"}}, "customer.number", "is no customer's"),
        ({"customer": {"external_id": "u-404"}}, "customer.name", "is missing"),
        ({"customer": {"name": "x", "phone": "1"}}, "customer.phone", "cannot be this"),
        ({"state": "draft", "payments": [PAID]}, "", "cannot be this"),
        ({"payments": [PAID | {"amount": 0}]}, "payments[0].amount", "is nothing"),
        ({"total": "1.00"}, "total", "is not known here"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    shop: Shop, change: dict[str, Any], path: str, wrong: str
) -> None:
    answer = shop.post("/orders", TOLD | change)

    assert (answer.status, answer.body["error"]["code"]) == (422, "invalid")
    assert {one: told[0] for one, told in answer.fields.items()} == {path: wrong}
    assert all(told[1] for told in answer.fields.values())
    assert shop.count(Order, Customer) == [0, 0]


def test_a_currency_without_decimals_takes_none(shop: Shop) -> None:
    line = {"name": "茶", "price": "1200", "quantity": 1}

    yen = shop.post("/orders", TOLD | {"currency": "JPY", "lines": [line]})
    sen = shop.post(
        "/orders", TOLD | {"external_id": "A-2", "currency": "JPY", "lines": [line | {"price": "1.5"}]}
    )

    assert (yen.body["order"]["total"], sen.fields) == (
        "1200",
        {"lines[0].price": ("has too many decimals", "at most 0 for JPY")},
    )


def test_state_of_an_order_that_staff_cancelled_is_told_back(shop: Shop) -> None:
    shop.post("/orders", TOLD)
    with transaction(shop.engine) as session:
        order = session.get(Order, 1)
        assert order is not None
        orders.cancel(session, order=order, reason="", actor="cli", now=NOW)

    again = shop.post("/orders", TOLD)
    paid = shop.post("/orders", TOLD | {"payments": [PAID]})

    assert (again.status, states(again)[0]) == (200, OrderState.CANCELLED)
    assert (paid.status, list(paid.fields)) == (409, ["payments[0]"])
