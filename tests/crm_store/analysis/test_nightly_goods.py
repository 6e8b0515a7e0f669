"""The night's figures of goods and time out of a real store of either kind."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, update
from sqlmodel import Session, col

from crm_store.analysis import goods, nightly, potential
from crm_store.analysis.fees import is_fee
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.sales.tables import Order, OrderLine
from tests.crm_store.analysis.buying import ZONE, customers, refund
from tests.crm_store.analysis.shelves import AS_OF, Bought, fill

KINDS = ("demand", "baskets", "sequences", "cohorts", "forecast", "potential", "behaviour")


def shop(count: int = 120, *, days: int = 400) -> list[Bought]:
    random = np.random.default_rng(1)
    return [
        Bought(customer, ago, ("plates", "cups") if ago % 3 == 0 else ("tea",))
        for customer in range(count)
        for ago in range(1 + int(random.integers(40)), days, 40)
    ]


def night(engine: Engine, *, as_of: Any = AS_OF) -> dict[str, Any]:
    with Session(engine) as session:
        found = nightly.begin(session, as_of=as_of, zone=ZONE, currency="CNY", now=as_of)
        results = {}
        for kind in KINDS:
            one = nightly.ANALYSES[AnalysisKind(kind)](found)
            assert one is not None
            results[kind] = {"n": one.n, "method": one.method, **one.result}
    return json.loads(json.dumps(results, allow_nan=False))


def test_every_kind_is_found_of_a_shop(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session, shop())

    found = night(engine)

    assert found["baskets"]["rules"][0]["given"] == ["cups"]
    assert found["demand"]["rule"] != "too_little"
    assert {one["name"] for one in found["demand"]["categories"]} == {"tea", "plates", "cups"}
    tea = next(one for one in found["demand"]["series"] if one["name"] == "tea")
    assert tea["quantity"] == 1000 * tea["orders"] == tea["revenue"]
    assert tea["series"][-1] == tea["quantity"]
    assert found["cohorts"]["n"] == 120
    assert found["forecast"]["too_little"] is False
    assert sum(value for _, value in found["forecast"]["past"]) > 0
    assert found["potential"]["n"] == 120


def test_what_happens_after_the_night_changes_nothing_of_what_was_found(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session, shop(60))
    before = night(engine)
    with transaction(engine) as session:
        late = AS_OF + timedelta(hours=3)
        order = session.scalars(select(Order)).first()
        assert order is not None
        again = Order(**order.model_dump(exclude={"id", "version"}) | {"placed_at": late})
        session.add(again)
        session.flush()
        session.add(OrderLine(order_id=again.id, name="gold", price=1, quantity=1000, total=1))

    assert night(engine) == before


def test_postage_is_no_product(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session, shop(60))
    plain = night(engine)
    with transaction(engine) as session:
        for order in session.scalars(select(Order)).all():
            session.add(
                OrderLine(
                    order_id=order.id, name="运费 12元", category="运费", price=1, quantity=1000, total=1
                )
            )

    after = night(engine)

    for kind in ("baskets", "sequences", "potential"):
        assert after[kind] == plain[kind]
    assert after["demand"]["next"] == plain["demand"]["next"]
    assert after["demand"]["categories"] == plain["demand"]["categories"]


@pytest.mark.parametrize("name", ["运费", " 补差价：5 元", "POSTAGE", "Shipping (12.50)", "ＰＯＳＴ"])
def test_fees_by_their_names(name: str) -> None:
    assert is_fee(name)


@pytest.mark.parametrize("name", ["邮票", "运费 12 元的茶", "Shipping box", "", "12"])
def test_goods_are_no_fees(name: str) -> None:
    assert not is_fee(name)


ODD: dict[str, list[Bought]] = {
    "nobody": [],
    "one customer": [Bought(0, 5, ("tea",))],
    "thirty customers": [Bought(at, 5 + at, ("tea", "cups")) for at in range(30)],
    "all bought once": [Bought(at, 1 + at, ("tea",)) for at in range(150)],
    "all on one day": [Bought(at % 40, 50, ("tea", "cups")) for at in range(160)],
    "one product, often": [Bought(at % 40, 1 + at, ("tea",)) for at in range(400)],
}


@pytest.mark.parametrize("orders", ODD.values(), ids=ODD.keys())
def test_odd_shops_get_plain_figures(sqlite: Engine, orders: list[Bought]) -> None:
    """No NaN, no stack trace: ``night`` refuses both."""
    with transaction(sqlite) as session:
        fill(session, orders)

    found = night(sqlite)

    assert found["cohorts"]["n"] == len({one.customer for one in orders})
    assert found["sequences"]["sequences"] == []
    if orders == ODD["one product, often"]:
        return
    assert found["demand"]["rule"] == "too_little"
    assert found["forecast"]["too_little"] is True


def test_a_shop_that_gave_everything_back_gets_plain_figures(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session, shop(40))
        for order in session.scalars(select(Order)).all():
            refund(session, order, order.total, AS_OF - timedelta(hours=1))

    found = night(engine)

    assert sum(value for _, value in found["forecast"]["past"]) > 0
    assert found["cohorts"]["n"] == 40


def test_other_currencies_and_customers_who_are_none_are_not_among_them(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = fill(session, shop(30))
    plain = night(engine)
    with transaction(engine) as session:
        fill(session, shop(5), currency="USD")
        customers(session, 3, at=AS_OF)
        gone = fill(session, shop(5))
        session.execute(update(Customer).where(col(Customer.id).in_(gone)).values(merged_into_id=ids[0]))

    found = night(engine)

    for kind in ("baskets", "sequences", "cohorts", "potential"):
        assert found[kind] == plain[kind]
    assert found["demand"]["next"] == plain["demand"]["next"]


def test_who_does_not_want_to_be_profiled_is_in_no_list(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        ids = fill(session, shop())
        for one in ids[::2]:
            consents.record(
                session,
                customer=session.get_one(Customer, one),
                purpose=Purpose.PROFILING,
                state=ConsentState.WITHDRAWN,
                source="chat",
                actor="test",
                now=AS_OF - timedelta(days=1),
            )

    found = night(sqlite)

    listed = {customer for one in found["demand"]["categories"] for customer, _ in one["customers"]}
    assert listed.isdisjoint(ids[::2])
    assert found["cohorts"]["n"] == len(ids) // 2


def test_of_very_many_orders_every_so_manyth_customer_is_read_whole(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as session:
        ids = fill(session, shop(40))
        orders = session.scalar(select(func.count()).select_from(Order)) or 0
    monkeypatch.setattr(goods, "MOST_ORDERS", orders // 2)

    with Session(engine) as session:
        found = goods.read(session, as_of=AS_OF, zone=ZONE, currency="CNY", customers=np.array(ids))

    assert found.one_in == 3
    assert set(found.customer.tolist()) == {one for one in ids if one % 3 == 0}


def test_orders_of_very_many_lines_are_read_of_fewer_customers_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as session:
        fill(session, [Bought(at % 40, 1 + at, ("tea", "cups", "cake")) for at in range(200)])
    monkeypatch.setattr(goods, "MOST_LINES", 300)

    with Session(engine) as session:
        found = nightly.begin(session, as_of=AS_OF, zone=ZONE, currency="CNY", now=AS_OF).goods

    assert (found.one_in, len(np.unique(found.customer))) == (2, 20)


def test_a_region_of_two_is_marked_and_not_ranked_first(engine: Engine) -> None:
    with transaction(engine) as session:
        for place, count, active in (("浙江省", 40, 20), ("西藏自治区", 2, 2), ("北京市", 30, 6)):
            for at, one in enumerate(customers(session, count, at=AS_OF)):
                person = session.get_one(Customer, one)
                person.province = place
                person.last_order_at = AS_OF if at < active else None
                session.add(person)
        customers(session, 3, at=AS_OF)

    with Session(engine) as session:
        found = potential.regions(session, since=AS_OF - timedelta(days=365))

    assert [(one["name"], one["known"], one["active"], one["few"]) for one in found] == [
        ("浙江省", 40, 20, False),
        ("北京市", 30, 6, False),
        ("西藏自治区", 2, 2, True),
    ]


def test_who_buys_none_of_what_their_likes_buy_is_named(sqlite: Engine) -> None:
    """One of 150 alike customers never bought honey."""
    orders = [Bought(customer, ago, ("tea", "honey")) for customer in range(1, 150) for ago in (10, 50, 90)]
    orders += [Bought(0, ago, ("tea", "sugar")) for ago in (10, 50, 90)]
    with transaction(sqlite) as session:
        ids = fill(session, orders)

    found = night(sqlite)["potential"]

    assert found["categories"][0] == ["honey", 1, 3000, 3000, 3000]
    assert found["customers"] == [[ids[0], "honey", 3000, 3000, 3000, 1.0]]
