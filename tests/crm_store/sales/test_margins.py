"""What is kept of sales after discounts, refunds and the goods' cost, to the minor unit: of a window and of a
customer, live and from kept days."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import calendar, day_marks
from crm_store.analysis.service_summary import Window
from crm_store.engine import transaction
from crm_store.mailbox import remembered
from crm_store.sales import (
    costs,
    lines,
    margins,
    orders,
    payments,
    products,
    refunds,
    returns,
    shipments,
    whole,
)
from crm_store.sales.costs import Goods
from crm_store.sales.lines import NewLine
from crm_store.sales.margins import Margin
from crm_store.sales.tables import Order, OrderLine
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.analysis.books import clock
from tests.crm_store.people import customer, staff
from tests.crm_store.sales.shop import order

ZONE = ZoneInfo("Asia/Shanghai")
KNOWN = NewLine("tea", 10_000, 3_000, cost=3_333)
UNKNOWN = NewLine("repair", 10_000, 1_000)


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 4, tzinfo=UTC)


def of_days(session: Session, first: int, last: int, *, percent: int = 0) -> Margin:
    start, end = (
        calendar.begins(one.astimezone(ZONE).date(), ZONE)
        for one in (at(first), at(last) + timedelta(days=1))
    )
    return margins.of_window(session, window=Window(start, end), zone=ZONE, currency="CNY", percent=percent)


def send_back(session: Session, made: Order, quantity: int, *, by: Staff, on: int) -> None:
    about: dict[str, Any] = {"order": made, "actor": by, "now": at(on)}
    shipments.ship(session, carrier="SF", tracking_number=None, **about)
    shipments.deliver(session, **about)
    first = whole.of(session, order=made).lines[0]
    asked = returns.ask(session, reason="", quantities={first.id: quantity}, **about)
    returns.approve(session, asked=asked, by=by, now=at(on))
    returns.receive(session, asked=asked, actor=by, now=at(on))


def test_a_margin_is_net_sales_less_the_cost_of_what_was_not_returned(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, mary = customer(session), staff(session, role=Role.MANAGER)
        made = order(session, ann, mary, [KNOWN, UNKNOWN], discount=4_001, placed_at=at(3), now=at(3))
        about: dict[str, Any] = {"order": made, "actor": mary}
        payments.pay(session, amount=made.total, method="cash", reference=None, now=at(3), **about)
        send_back(session, made, 1_500, by=mary, on=5)
        refunds.record(session, amount=9_001, reason="", now=at(6), **about)

        told = [of_days(session, *days, percent=25) for days in ((3, 3), (5, 5), (6, 6), (1, 9))]
        for later in (0, 11):
            clock(session, zone=ZONE, now=at(19) + timedelta(minutes=later))
        kept = [of_days(session, *days, percent=25) for days in ((3, 3), (5, 5), (6, 6), (1, 9))]

        # Of 40,000 less 4,001 three quarters came from tea: 26,999; 3 × 33.33 is what it cost.
        assert told[0] == Margin(35_999, 9_999, 17_000 + 2_250, 26_999 / 35_999, 26_999, 25)
        # Half of it came back: 5,000 (half up) of the cost stays.
        assert told[1] == Margin(0, -4_999, 4_999, 0.0, 0, 25)
        # Given back: three quarters of 9,001, so that 20,248 of 26,998 is tea's.
        assert told[2] == Margin(-9_001, 0, -6_751 - 563, 0.0, -6_751, 25)
        assert told[3] == Margin(26_998, 5_000, 15_248 + 1_688, 20_248 / 26_998, 20_248, 25)
        assert kept == told
        assert margins.of_customer(session, customer_id=ann.id, currency="CNY", percent=25) == told[3]
        assert costs.of_orders(session, where=[]) == {"CNY": Goods(1, 1, 26_998, 20_248, 5_000)}


def test_where_no_cost_is_known_the_shops_percentage_is_taken_and_said(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, mary = customer(session), staff(session)
        order(session, ann, mary, [UNKNOWN], placed_at=at(3), now=at(3))

        told = [of_days(session, 3, 3, percent=percent) for percent in (30, 0)]

        assert told == [Margin(10_000, 0, 3_000, 0.0, 0, 30), Margin(10_000, 0, 0, 0.0, 0, 0)]
        assert [(one.is_told, one.share, one.measured) for one in told] == [
            (True, 0.3, None),
            (False, 0.0, None),
        ]


def test_another_currencys_sales_and_orders_that_do_not_stand_are_not_counted(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, mary = customer(session), staff(session)
        for about in ({"currency": "USD"}, {"confirmed": False}):
            order(session, ann, mary, [KNOWN], placed_at=at(3), now=at(3), **about)

        assert of_days(session, 3, 3) == Margin(0, 0, 0, 0.0, 0, 0)
        assert margins.of_customer(session, customer_id=ann.id, currency="USD", percent=0) == Margin(
            30_000, 9_999, 20_001, 1.0, 30_000, 0
        )


def test_a_later_cost_does_not_alter_what_was_ordered(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, mary = customer(session), staff(session, role=Role.MANAGER)
        about: dict[str, Any] = {"actor": mary, "now": at(3)}
        tea = products.create(session, name="tea", price=10_000, cost=4_000, currency="CNY", **about)
        chosen = NewLine("tea", 10_000, 2_000, product_id=tea.id)
        order(session, ann, mary, [chosen], placed_at=at(3), now=at(3))
        draft = orders.start(session, customer=ann, currency="CNY", taken_by=mary, now=at(3))
        [added] = lines.add(session, order=draft, new=[chosen], **about)
        [told] = lines.add(
            session, order=draft, new=[NewLine("tea", 10_000, 1_000, product_id=tea.id, cost=1)], **about
        )
        abroad = order(session, ann, mary, [chosen], currency="USD", now=at(3))
        before = of_days(session, 3, 3)

        products.change(session, product=tea, changes={"cost": 9_000}, actor=mary, now=at(4))

        assert before == of_days(session, 3, 3) == Margin(20_000, 8_000, 12_000, 1.0, 20_000, 0)
        assert (added.cost, told.cost) == (4_000, 1)
        assert [one.cost for one in whole.of(session, order=abroad).lines] == [None]


def test_what_no_sum_could_hold_is_a_cost_that_is_not_known(engine: Engine) -> None:
    with transaction(engine) as session:
        draft = orders.start(session, customer=customer(session), currency="CNY", taken_by=None, now=at(3))
        about: dict[str, Any] = {"order": draft, "actor": "system", "now": at(3)}
        [line] = lines.add(session, new=[NewLine("tea", 1, 1_000, cost=10**13)], **about)
        known = line.cost

        changed: OrderLine = lines.change(session, line_id=line.id, quantity=2_000, **about)

        assert (known, changed.cost) == (10**13, None)


def test_an_order_cancelled_later_takes_its_refunds_out_of_days_that_were_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, mary = customer(session), staff(session)
        made = order(session, ann, mary, [KNOWN], placed_at=at(3), now=at(3))
        about: dict[str, Any] = {"order": made, "actor": mary}
        payments.pay(session, amount=30_000, method="cash", reference=None, now=at(3), **about)
        refunds.record(session, amount=10_000, reason="", now=at(5), **about)
        clock(session, zone=ZONE, now=at(9))
        clock(session, zone=ZONE, now=at(9) + timedelta(minutes=11))
        given_back = of_days(session, 5, 5)

        orders.cancel(session, reason="", now=at(10), **about)

        assert (given_back.revenue, of_days(session, 5, 5)) == (-10_000, Margin(0, 0, 0, 0.0, 0, 0))
        clock(session, zone=ZONE, now=at(10) + timedelta(minutes=30))
        assert of_days(session, 3, 5) == Margin(0, 0, 0, 0.0, 0, 0)


def test_days_that_were_kept_before_costs_were_are_counted_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        order(session, customer(session), staff(session), [KNOWN], placed_at=at(3), now=at(3))
        clock(session, zone=ZONE, now=at(9))
        remembered.remember(session, day_marks.VERSION, "1")
        days = {"first": at(3).date(), "until": at(4).date(), "zone": ZONE}

        was = day_marks.kept(session, **days)  # type: ignore[arg-type]
        counted = clock(session, zone=ZONE, now=at(10))
        counted += clock(session, zone=ZONE, now=at(10) + timedelta(minutes=11))

        assert (was, counted) == (set(), 7)
        assert day_marks.kept(session, **days) == {at(3).date()}  # type: ignore[arg-type]
