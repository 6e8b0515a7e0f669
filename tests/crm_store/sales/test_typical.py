"""What orders usually come to: an unusual one stays in the books and out of the mean."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from crm_store.customers.overview import Net, overview
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import typical
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from crm_store.sales.typical import Mean, Strange
from tests.crm_store.people import NOW, customer

HUNDREDS = [10_000, 9_900, 10_100, 10_000, 9_800, 10_200]
SLIP = 999_999_900


def bought(session: Session, by: Customer, *totals: int, **about: Any) -> list[Order]:
    """Paid orders, the first one the oldest."""
    about = {"state": OrderState.CONFIRMED, "currency": "CNY", **about}
    found = [
        Order(
            customer_id=by.id,
            total=total,
            paid=total,
            placed_at=NOW - timedelta(hours=1000 - at),
            updated_at=NOW,
            **about,
        )
        for at, total in enumerate(totals)
    ]
    session.add_all(found)
    session.flush()
    return found


def test_ten_million_among_hundreds_is_in_the_ledger_and_not_in_the_mean(engine: Engine) -> None:
    """AT C11."""
    with transaction(engine) as session:
        ann = customer(session)
        *usual, slip = bought(session, ann, *HUNDREDS, SLIP)

        card = overview(session, customer=ann, now=NOW)

        assert card.means == [Mean("CNY", 10_000, of=6, left_out=1)]
        assert (card.orders, card.net) == (7, [Net("CNY", 60_000 + SLIP)])
        assert session.scalar(select(func.sum(col(Order.total)))) == 60_000 + SLIP
        assert typical.strange(session, order=slip) == Strange(10_000, own=True)
        assert [typical.strange(session, order=one) for one in usual] == [None] * 6


def test_who_has_bought_little_is_held_against_the_shop(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, li = customer(session), customer(session, user_id=8)
        bought(session, li, *HUNDREDS)
        first, slip = bought(session, ann, 12_000, SLIP)

        assert typical.strange(session, order=first) is None
        assert typical.strange(session, order=slip) == Strange(10_050, own=False)
        assert typical.means(session, customer_id=ann.id) == [Mean("CNY", 12_000, of=1, left_out=1)]


def test_what_is_unusual_for_the_shop_may_be_usual_for_a_customer(engine: Engine) -> None:
    """A company that buys by the pallet."""
    with transaction(engine) as session:
        ann, li = customer(session), customer(session, user_id=8)
        bought(session, li, *HUNDREDS * 3)
        pallets = bought(session, ann, *[5_000_000] * 7)
        new = customer(session, user_id=9)
        bought(session, new, 5_000_000, 6_000_001)

        assert typical.strange(session, order=pallets[-1]) is None
        assert typical.means(session, customer_id=ann.id) == [Mean("CNY", 5_000_000, of=7, left_out=0)]
        assert typical.means(session, customer_id=new.id) == [Mean("CNY", 5_500_001, of=2, left_out=0)]


def test_where_nobody_can_say_nothing_is_flagged(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        *_, last = bought(session, ann, 10_000, 10_000, SLIP)

        assert typical.strange(session, order=last) is None
        assert typical.means(session, customer_id=ann.id) == [
            Mean("CNY", (SLIP + 20_000 + 1) // 3, of=3, left_out=0)
        ]


def test_currencies_drafts_and_cancelled_orders_are_kept_apart(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        bought(session, ann, *HUNDREDS)
        bought(session, ann, SLIP, state=OrderState.CANCELLED)
        [draft] = bought(session, ann, SLIP, state=OrderState.DRAFT)
        [dollars] = bought(session, ann, SLIP, currency="USD")

        assert typical.means(session, customer_id=ann.id) == [Mean("CNY", 10_000, of=6, left_out=0)]
        assert typical.strange(session, order=draft) == Strange(10_000, own=True)  # before it is confirmed
        assert typical.strange(session, order=dollars) is None
