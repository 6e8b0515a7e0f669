"""Purchases: what every analysis of customers is computed from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import purchases
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState, RefundState
from tests.crm_store import people
from tests.crm_store.analysis.buying import ZONE, customers, noon, refund, sale

AS_OF = datetime(2026, 11, 1, tzinfo=ZONE)
DAY = date(2026, 3, 2)


def rows(session: Session, *, as_of: datetime = AS_OF, **about: Any) -> list[tuple[Any, ...]]:
    """(customer, first, last, days, orders, net, repeat net, gap)."""
    found = purchases.load(session, as_of=as_of, **{"zone": ZONE, "currency": "CNY", **about})
    columns = (
        found.customer_id, found.first_day, found.last_day, found.days, found.orders, found.net,
        found.repeat_net, np.nan_to_num(found.gap_days, nan=-1),
    )  # fmt: skip
    return [
        (int(c), date.fromordinal(int(a)), date.fromordinal(int(z)), int(d), int(o), int(n), int(r), float(g))
        for c, a, z, d, o, n, r, g in zip(*columns, strict=True)
    ]


def test_a_row_says_when_how_often_and_how_much(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, _never = customers(session, 3, at=AS_OF)
        sale(session, ann, DAY, 10_000)
        sale(session, ann, DAY, 5_000)
        sale(session, ann, DAY + timedelta(days=10), 7_000)
        sale(session, ann, DAY + timedelta(days=40), 1)
        sale(session, ann, DAY + timedelta(days=44), 2)
        sale(session, bob, DAY, 3_000)

        assert rows(session) == [
            (ann, DAY, DAY + timedelta(days=44), 4, 5, 22_003, 7_003, 10.0),
            (bob, DAY, DAY, 1, 1, 3_000, 0, -1.0),
        ]


def test_what_is_no_sale_does_not_count(engine: Engine) -> None:
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=AS_OF)
        sale(session, ann, DAY, state=OrderState.DRAFT)
        sale(session, ann, DAY, state=OrderState.CANCELLED, cancelled_at=noon(DAY))
        sale(session, ann, AS_OF)  # the window ends before it

        assert rows(session) == []


def test_refunds_are_taken_off_the_day_of_their_order(engine: Engine) -> None:
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=AS_OF)
        sale(session, ann, DAY, 10_000)
        later = sale(session, ann, DAY + timedelta(days=7), 6_000)
        refund(session, later, 1_500, noon(DAY + timedelta(days=20)))
        refund(session, later, 500, noon(DAY + timedelta(days=20)), RefundState.REQUESTED)

        assert rows(session) == [(ann, DAY, DAY + timedelta(days=7), 2, 2, 14_500, 4_500, 7.0)]


def test_rebuilding_as_of_last_month_gives_last_months_values(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customers(session, 2, at=AS_OF)
        made = [sale(session, ann, DAY, 10_000), sale(session, bob, DAY, 4_000)]
        then = rows(session)

        refund(session, made[0], 9_000, AS_OF)
        made[1].state, made[1].cancelled_at = OrderState.CANCELLED, AS_OF + timedelta(days=3)
        sale(session, ann, AS_OF + timedelta(days=1), 77)

        assert rows(session) == then
        assert rows(session, as_of=AS_OF + timedelta(days=30)) == [
            (ann, DAY, date(2026, 11, 2), 2, 2, 1_077, 77, 245.0)
        ]


def test_books_rewound_are_the_books_read_as_of_then(engine: Engine) -> None:
    """Whatever was ordered, cancelled and given back, before and after, and by whom."""
    random = np.random.default_rng(11)
    with transaction(engine) as session:
        ids = customers(session, 12, at=AS_OF)
        session.get_one(Customer, ids[0]).merged_into_id = ids[1]
        for _ in range(300):
            placed, cancelled, given = (
                AS_OF - timedelta(hours=int(one)) for one in random.integers(-24, 2400, 3)
            )
            state = (OrderState.COMPLETED, OrderState.CANCELLED)[int(random.random() < 0.3)]
            made = sale(
                session, int(random.choice(ids)), placed, int(random.integers(1, 9_999)), state=state,
                currency="USD" if random.random() < 0.1 else "CNY",
                cancelled_at=max(placed, cancelled) if state == OrderState.CANCELLED else None,
            )  # fmt: skip
            if random.random() < 0.3:
                made.confirmed_at = None if random.random() < 0.2 and made.cancelled_at else made.confirmed_at
                refund(session, made, made.total // 2, max(placed, given))
        out = np.array(ids[3:4])
        now = purchases.read(session, as_of=AS_OF, zone=ZONE, currency="CNY").without(out)
        for days in (0, 1, 30, 60, 101):
            then = AS_OF - timedelta(days=days)

            rewound = purchases.rewound(session, now, as_of=then).purchases()

            read = purchases.read(session, as_of=then, zone=ZONE, currency="CNY").without(out).purchases()
            for name in ("customer_id", "first_day", "last_day", "days", "orders", "net", "repeat_net"):
                assert getattr(rewound, name).tolist() == getattr(read, name).tolist(), (days, name)
            assert rewound.as_of == then


def test_a_day_is_one_of_the_desks(engine: Engine) -> None:
    """New York's clocks went forward on 8 March 2026: a day of 23 hours."""
    zone = ZoneInfo("America/New_York")
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=AS_OF)
        sale(session, ann, datetime(2026, 3, 8, 4, 59, 59, 999000, tzinfo=UTC))  # still Saturday there
        sale(session, ann, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))
        sale(session, ann, datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC))  # still Sunday
        sale(session, ann, datetime(2026, 3, 9, 4, 0, tzinfo=UTC))

        assert rows(session, zone=zone) == [
            (ann, date(2026, 3, 7), date(2026, 3, 9), 3, 4, 40_000, 30_000, 1.0)
        ]


def test_other_currencies_are_left_out_and_said(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customers(session, 2, at=AS_OF)
        sale(session, ann, DAY, 10_000)
        given_back = sale(session, ann, DAY, 10_000, currency="USD")
        refund(session, given_back, 10_000, noon(DAY))
        sale(session, bob, DAY, 10_000, currency="EUR")
        sale(session, bob, DAY, 10_000, currency="USD")

        found = purchases.load(session, as_of=AS_OF, zone=ZONE, currency="CNY")

        assert (found.customer_id.tolist(), found.net.tolist()) == ([ann], [10_000])
        assert found.left_out == {"EUR": 1, "USD": 2}


def test_staff_and_those_taken_in_by_another_are_not_there(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = people.staff(session)
        ann, gone = customers(session, 2, at=AS_OF)
        himself = people.customer(session, user_id=bob.user_id)
        for one in (ann, gone, himself.id):
            sale(session, one, DAY)
        session.get_one(Customer, gone).merged_into_id = ann
        session.flush()

        assert [row[0] for row in rows(session)] == [ann]


def test_a_window_begins_with_its_first_moment(engine: Engine) -> None:
    since = datetime(2026, 5, 1, tzinfo=ZONE)
    with transaction(engine) as session:
        [ann] = customers(session, 1, at=AS_OF)
        sale(session, ann, since - timedelta(milliseconds=1), 1)
        sale(session, ann, since, 2)

        assert rows(session, since=since) == [(ann, date(2026, 5, 1), date(2026, 5, 1), 1, 1, 2, 0, -1.0)]


def test_nobody_bought_anything(engine: Engine) -> None:
    with transaction(engine) as session:
        found = purchases.load(session, as_of=AS_OF, zone=ZONE, currency="CNY")

        assert len(found) == 0
        assert found.as_of_day == date(2026, 11, 1).toordinal()
