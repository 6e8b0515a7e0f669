"""The night's value and risk out of a real store: who is scored, and that nothing is known of the future."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, col

from crm_store.analysis import churn, nightly, value
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from tests.crm_store.analysis import buying
from tests.crm_store.analysis.buying import ZONE
from tests.crm_store.analysis.ledger import FIRST, at, shop

END = FIRST + 546
CUSTOMERS = 250


def fill(session: Session, *, until: int = END + 120) -> list[int]:
    """A shop of customers and their orders, some of them later than the night."""
    sales = shop(CUSTOMERS, weeks=96.0, alpha=5.0, r=1.5, a=0.5, b=3.0)
    ids = buying.customers(session, CUSTOMERS, at=at(FIRST))
    session.execute(
        insert(Order),
        [
            {
                "customer_id": ids[int(customer) - 1],
                "state": OrderState.COMPLETED,
                "currency": "CNY",
                "total": int(amount),
                "paid": int(amount),
                "placed_at": at(int(day)) + timedelta(hours=10),
                "confirmed_at": at(int(day)) + timedelta(hours=10),
                "updated_at": at(int(day)),
                "version": 1,
            }
            for customer, day, amount in zip(sales.customer, sales.day, sales.amount, strict=True)
            if day < until
        ],
    )
    return ids


def scored(session: Session) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """Every score of the night, and what the analyses say."""
    found = nightly.begin(session, as_of=at(END), zone=ZONE, currency="CNY", now=at(END))
    results = [value.nightly(found).result, churn.nightly(found).result]
    ids = {"customer": found.purchases.customer_id.tolist()}
    columns = {name: [repr(one) for one in found.scores[name].tolist()] for name in found.scores}
    return {**ids, **columns}, json.loads(json.dumps(results, allow_nan=False))


def test_everybody_who_ever_bought_is_scored_in_whole_minor_units(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        fill(session)
    with Session(sqlite) as session:
        scores, (worth, risk) = scored(session)

    assert len(scores["customer"]) == worth["n"] == len(scores["expected_value"])
    assert worth["method"] == "bg_nbd"
    assert all(float(one).is_integer() for one in scores["expected_value"])
    assert risk["method"] != "too_little"
    assert set(risk["value_at_risk"]["top"]) <= set(scores["customer"])
    assert 0 < risk["value_at_risk"]["sum"] < worth["total"][0]


def test_what_happens_after_the_cut_changes_nothing_that_was_foretold(sqlite: Engine) -> None:
    """Later orders, refunds, cancellations, complaints: the night as of the cut stays what it was."""
    with transaction(sqlite) as session:
        ids = fill(session)
    with Session(sqlite) as session:
        before = scored(session)
    with transaction(sqlite) as session:
        late = at(END) + timedelta(days=1)
        session.execute(delete(Order).where(col(Order.placed_at) >= late + timedelta(days=30)))
        early = list(
            session.scalars(
                select(Order).where(col(Order.placed_at) < at(END)).order_by(col(Order.id).desc())
            )
        )
        for order in early[:40]:
            buying.refund(session, order, order.total, late)
        for order in early[40:80]:
            order.state, order.cancelled_at = OrderState.CANCELLED, late
        for one in ids[::3]:
            buying.sale(session, one, late, 99_000_000)
    with Session(sqlite) as session:
        after = scored(session)

    assert after == before


def test_a_customer_without_orders_a_merged_one_and_another_currency_change_nothing(engine: Engine) -> None:
    with transaction(engine) as session:
        fill(session)
    with Session(engine) as session:
        scores, results = scored(session)
    with transaction(engine) as session:
        kept, gone, _nothing = buying.customers(session, 3, at=at(FIRST))
        buying.sale(session, gone, at(END - 40))
        session.execute(update(Customer).where(col(Customer.id) == gone).values(merged_into_id=kept))
        for day in range(9):
            buying.sale(session, kept, at(END - 30 - day), 5_000, currency="USD")
    with Session(engine) as session:
        again, with_dollars = scored(session)

    assert again == scores
    assert [one.pop("left_out") for one in with_dollars] == [{"USD": 9}, {"USD": 9}]
    assert with_dollars == [{key: one[key] for key in one if key != "left_out"} for one in results]


def test_who_took_back_their_consent_to_be_profiled_is_neither_scored_nor_learnt_from(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        ids = fill(session)
        for at_place, state in ((0, ConsentState.WITHDRAWN), (1, ConsentState.GRANTED)):
            consents.record(
                session,
                customer=session.get_one(Customer, ids[at_place]),
                purpose=Purpose.PROFILING,
                state=state,
                source="chat",
                actor="test",
                now=at(END) - timedelta(days=1),
            )
    with Session(engine) as session:
        scores, (worth, _risk) = scored(session)

    assert ids[0] not in scores["customer"]
    assert ids[1] in scores["customer"]
    assert worth["n"] == len(scores["customer"])
    assert ids[0] not in worth["top"]


def test_an_empty_store_says_that_there_is_too_little(engine: Engine) -> None:
    with Session(engine) as session:
        scores, results = scored(session)

    assert scores == {"customer": []}
    assert [one["method"] for one in results] == ["too_little", "too_little"]
    assert [one["n"] for one in results] == [0, 0]
