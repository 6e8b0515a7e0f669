"""Figures by day: whatever happens to orders, customers and days, they are the ledger's to the minor unit."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import calendar, day_keeping, day_marks, days
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import MONEY, PARTS, Measure
from crm_store.analysis.service_summary import Window
from crm_store.customers import merging, records
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.refusals import Refusal
from crm_store.sales import orders, payments, refunds, returns, shipments, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.analysis.books import Books, clock
from tests.crm_store.people import NOW, staff
from tests.crm_store.people import customer as met
from tests.crm_store.sales.shop import KETTLE, TEA, order

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
FREE = NewLine("sample", 0, 1_000, category="gifts", cost=55)
CUP = NewLine("cup", 3_333, 3_333, discount=1, category="ware", cost=1_111)


def figure(session: Session, measure: Measure, window: Window, zone: ZoneInfo = SHANGHAI) -> Figure:
    return days.total(session, measure=measure, window=window, zone=zone, currency="CNY")


def day(n: int) -> date:
    """So many days before the 20th of November."""
    return date(2026, 11, 20) - timedelta(days=n)


def at(n: int, hour: int = 4) -> datetime:
    """A moment of that day in Shanghai."""
    return datetime(2026, 11, 20, hour, tzinfo=UTC) - timedelta(days=n)


def is_kept(session: Session, n: int) -> bool:
    return day_marks.kept(session, first=day(n), until=day(n - 1), zone=SHANGHAI) == {day(n)}


# the walk: any verbs in any order, with the clock in between

VERBS = ("draft", "confirm", "refund", "cancel", "move", "merge", "unmerge", "relocate")
OFTEN = (
    ("place",) * 4
    + ("deliver", "come_back") * 2
    + ("pay",) * 2
    + ("move", "merge", "cancel", "clock", "clock", "clock")
)
ONES = st.integers(0, 9)
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS + OFTEN), ONES, ONES, st.integers(0, 30)), min_size=10, max_size=24
)


class Walk:
    """A shop to which things happen, each a while after the one before."""

    def __init__(self, session: Session) -> None:
        self.session, self.now, self.zone = session, NOW, SHANGHAI
        self.boss = staff(session, role=Role.MANAGER)
        base = 7_000_000_000 + self.boss.id * 10
        self.people = [met(session, base + n) for n in range(4)]
        self.orders: list[Order] = []

    def step(self, verb: str, one: int, other: int, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=7)
        with suppress(Refusal):
            getattr(self, verb)(one, other)

    def _order(self, n: int) -> Order | None:
        return self.orders[n % len(self.orders)] if self.orders else None

    def place(self, one: int, other: int, *, confirmed: bool = True) -> None:
        who = self.people[one % len(self.people)]
        if who.merged_into_id is None:
            lines = [(TEA, KETTLE), (CUP,), (FREE,), (CUP, FREE, TEA)][other % 4]
            self.orders.append(
                order(
                    self.session,
                    who,
                    self.boss,
                    lines,
                    confirmed=confirmed,
                    placed_at=self.now - timedelta(hours=other * 13),
                    currency="USD" if one == other else "CNY",
                    discount=99 if lines[0] is not FREE else 0,
                    source=("web", "shop")[one % 2],
                    now=self.now,
                )
            )

    def draft(self, one: int, other: int) -> None:
        self.place(one, other, confirmed=False)

    def confirm(self, one: int, other: int) -> None:
        if found := self._order(one):
            orders.confirm(self.session, order=found, actor=self.boss, now=self.now)

    def pay(self, one: int, other: int) -> None:
        if found := self._order(one):
            amount = 1 + (found.total - found.paid) * (other + 1) // 11
            payments.pay(
                self.session,
                order=found,
                amount=amount,
                method="cash",
                reference=None,
                actor=self.boss,
                now=self.now,
            )

    def refund(self, one: int, other: int) -> None:
        if found := self._order(one):
            amount = max(1, (found.paid - found.refunded) * (other + 1) // 10)
            refunds.record(self.session, order=found, amount=amount, reason="", actor=self.boss, now=self.now)

    def deliver(self, one: int, other: int) -> None:
        if found := self._order(one):
            about: Any = {"order": found, "actor": self.boss, "now": self.now}
            shipments.ship(self.session, carrier="SF", tracking_number=None, **about)
            shipments.deliver(self.session, **about)

    def come_back(self, one: int, other: int) -> None:
        if found := self._order(one):
            parts = whole.of(self.session, order=found).parts
            some = {part.line.id: part.returnable * (other + 1) // 10 for part in parts}
            asked = returns.ask(
                self.session,
                order=found,
                reason="",
                quantities={line: quantity for line, quantity in some.items() if quantity},
                actor=self.boss,
                now=self.now,
            )
            returns.approve(self.session, asked=asked, by=self.boss, now=self.now)
            returns.receive(self.session, asked=asked, actor=self.boss, now=self.now)

    def cancel(self, one: int, other: int) -> None:
        if found := self._order(one):
            orders.cancel(self.session, order=found, reason="", actor=self.boss, now=self.now)

    def move(self, one: int, other: int) -> None:
        who = self.people[one % len(self.people)]
        city = ("北京市", "上海市", None)[other % 3]
        records.change(self.session, customer=who, changes={"city": city}, actor=self.boss, now=self.now)

    def merge(self, one: int, other: int) -> None:
        kept, gone = (self.people[n % len(self.people)] for n in (one, other))
        gone.user_id = None if gone is not kept else gone.user_id
        self.session.flush()
        merging.merge(self.session, kept=kept, gone=gone, by=self.boss, now=self.now)

    def unmerge(self, one: int, other: int) -> None:
        number = self.people[one % len(self.people)].id
        merging.unmerge(self.session, number=number, by=self.boss, now=self.now)

    def clock(self, one: int, other: int) -> None:
        clock(self.session, zone=self.zone, now=self.now)

    def relocate(self, one: int, other: int) -> None:
        self.zone = NEW_YORK if self.zone is SHANGHAI else SHANGHAI


def assert_the_books_tie(walk: Walk) -> None:
    windows = [
        Window(walk.now - timedelta(days=9), walk.now + timedelta(seconds=1)),
        Window(at(3, 1), at(-1, 9)),
    ]
    books = Books(walk.session)
    for window in windows:
        for measure in MONEY:
            for by in PARTS[measure]:
                told = days.figures(
                    walk.session, measure=measure, by=by, window=window, zone=walk.zone, currency="CNY"
                )
                assert told == books.figures(measure, by, window, "CNY"), (measure, by)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_figures_are_the_sums_of_the_rows(
    engine: Engine, steps: list[tuple[str, int, int, int]]
) -> None:
    with Session(engine) as session:
        walk = Walk(session)
        for step in steps:
            walk.step(*step)

        assert_the_books_tie(walk)
        walk.step("clock", 0, 0, hours=1)
        assert_the_books_tie(walk)
        session.rollback()


# what makes a kept day another


def test_a_day_is_kept_ten_minutes_after_it_is_over(engine: Engine) -> None:
    with transaction(engine) as session:
        order(session, met(session), staff(session), placed_at=at(1), now=at(1))
        midnight = calendar.begins(day(0), SHANGHAI)

        clock(session, zone=SHANGHAI, now=midnight + timedelta(minutes=9))
        assert not is_kept(session, 1)

        clock(session, zone=SHANGHAI, now=midnight + timedelta(minutes=10))
        assert is_kept(session, 1)


def test_a_late_order_is_counted_at_once_and_its_day_kept_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        window = calendar.span(day(3), SHANGHAI)
        order(session, ann, bob, [TEA], placed_at=at(3), now=at(3))
        clock(session, zone=SHANGHAI, now=at(1))
        assert (is_kept(session, 3), figure(session, Measure.SALES, window)) == (True, Figure(1, 13_600))

        order(session, ann, bob, [CUP], placed_at=at(3), now=at(0))

        assert (is_kept(session, 3), figure(session, Measure.SALES, window)) == (False, Figure(2, 24_708))
        clock(session, zone=SHANGHAI, now=at(0) + timedelta(minutes=21))
        assert (is_kept(session, 3), figure(session, Measure.SALES, window)) == (True, Figure(2, 24_708))


def test_a_regulars_new_order_leaves_the_days_of_their_old_ones_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        for n in (5, 3):
            order(session, ann, bob, [TEA], placed_at=at(n), now=at(n))
        clock(session, zone=SHANGHAI, now=at(1))

        order(session, ann, bob, [TEA], placed_at=at(0), now=at(0))
        after_new = [is_kept(session, n) for n in (5, 3)]
        order(session, ann, bob, [TEA], placed_at=at(6), now=at(0))  # now this was their first

        assert after_new == [True, True]
        assert [is_kept(session, n) for n in (6, 5, 3)] == [False, False, True]
        window = Window(at(9), at(4))
        assert figure(session, Measure.FIRST, window) == Figure(1, 13_600)


def test_a_change_that_is_not_committed_yet_is_seen_when_it_is(postgres: Engine) -> None:
    """The clock passes an order's moment while its unit of work is still open elsewhere."""
    window = calendar.span(day(3), SHANGHAI)
    with transaction(postgres) as session:
        ann, bob = met(session), staff(session)
        order(session, ann, bob, [TEA], placed_at=at(3), now=at(3))
    with transaction(postgres) as session:
        clock(session, zone=SHANGHAI, now=at(1))
    with Session(postgres) as slow:
        order(
            slow,
            slow.get_one(Customer, ann.id),
            slow.get_one(Staff, bob.id),
            [CUP],
            placed_at=at(3),
            now=at(0),
        )
        with transaction(postgres) as session:
            clock(session, zone=SHANGHAI, now=at(0) + timedelta(minutes=9))
        slow.commit()

    with transaction(postgres) as session:
        assert figure(session, Measure.SALES, window) == Figure(2, 24_708)


def test_what_changed_while_it_was_counted_is_not_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        order(session, ann, bob, [TEA], placed_at=at(3), now=at(3))
        day_marks.go_through(session, zone=SHANGHAI, now=at(1))
        counted = day_keeping.count(session, day=day(3), zone=SHANGHAI)

        day_marks.touch(session, moments=[at(3)], now=at(1))

        assert not day_keeping.keep(session, counted=counted, zone=SHANGHAI, now=at(1))
        again = day_keeping.count(session, day=day(3), zone=SHANGHAI)
        assert day_keeping.keep(session, counted=again, zone=SHANGHAI, now=at(1))


def test_a_day_that_goes_on_changing_is_counted_every_ten_minutes_at_most(engine: Engine) -> None:
    with transaction(engine) as session:
        order(session, met(session), staff(session), placed_at=at(1), now=at(1))
        counted_at = at(0)
        clock(session, zone=SHANGHAI, now=counted_at)
        day_marks.touch(session, moments=[at(1)], now=counted_at)

        due = [
            day_keeping.due(session, zone=SHANGHAI, now=counted_at + timedelta(minutes=minutes))
            for minutes in (0, 9, 10)
        ]

        assert due == [[], [], [day(1)]]


def test_changes_are_gone_through_page_by_page_and_none_is_passed_over(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        for n in range(6):
            order(session, ann, bob, [TEA], placed_at=at(n + 2), now=at(n + 2))
        clock(session, zone=SHANGHAI, now=at(1))
        for n in range(6):  # three at one moment, then three one by one
            order(session, ann, bob, [CUP], placed_at=at(n + 2), now=at(0) + timedelta(seconds=max(0, n - 2)))

        pages = 0
        while day_marks.go_through(session, zone=SHANGHAI, now=at(-1), limit=2) >= 2:
            pages += 1

        assert pages > 1
        assert sorted(day_keeping.due(session, zone=SHANGHAI, now=at(-1))) == [day(7 - n) for n in range(8)]


def test_another_zone_counts_everything_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        late = datetime(2026, 11, 17, 17, tzinfo=UTC)  # the 18th in Shanghai, still the 17th in New York
        order(session, met(session), staff(session), [TEA], placed_at=late, now=late)
        clock(session, zone=SHANGHAI, now=at(0))
        spans = {zone: calendar.span(date(2026, 11, 17), zone) for zone in (SHANGHAI, NEW_YORK)}

        told = {zone: figure(session, Measure.SALES, spans[zone], zone) for zone in spans}
        clock(session, zone=NEW_YORK, now=at(0))
        clock(session, zone=NEW_YORK, now=at(0) + timedelta(minutes=11))

        assert told == {SHANGHAI: Figure(), NEW_YORK: Figure(1, 13_600)}
        assert figure(session, Measure.SALES, spans[NEW_YORK], NEW_YORK) == Figure(1, 13_600)
        assert day_marks.kept(session, first=day(3), until=day(2), zone=NEW_YORK) == {day(3)}
        assert day_marks.kept(session, first=day(3), until=day(2), zone=SHANGHAI) == set()


@pytest.mark.parametrize(
    ("zone", "of", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # the clocks skip midnight itself
        ("Pacific/Apia", date(2011, 12, 30), 0),  # a day that never was
        ("Asia/Shanghai", date(2026, 11, 20), 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, of: date, hours: int) -> None:
    whole = calendar.span(of, ZoneInfo(zone))

    assert whole.length == timedelta(hours=hours)
    first, until = calendar.whole_days(whole, ZoneInfo(zone))
    assert list(calendar.days_between(first, until)) == ([of] if hours else [])


def test_days_where_the_clocks_change_hold_each_order_once(engine: Engine) -> None:
    """One order an hour over both changes: no hour is counted twice or never."""
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        starts = (datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 10, 31, 12, tzinfo=UTC))
        for start in starts:
            for hour in range(36):
                placed = start + timedelta(hours=hour)
                order(session, ann, bob, [TEA], placed_at=placed, now=placed)
        about: dict[str, Any] = {"measure": Measure.SALES, "zone": NEW_YORK, "currency": "CNY"}

        live = days.daily(session, first=date(2026, 3, 7), until=date(2026, 11, 3), **about)
        clock(session, zone=NEW_YORK, now=at(0))
        clock(session, zone=NEW_YORK, now=at(0) + timedelta(minutes=1))
        kept = days.daily(session, first=date(2026, 3, 7), until=date(2026, 11, 3), **about)

        assert kept == live
        assert [kept[date(2026, *one)].n for one in ((3, 7), (3, 8), (3, 9))] == [17, 19, 0]
        assert [kept[date(2026, *one)].n for one in ((10, 31), (11, 1), (11, 2))] == [16, 20, 0]


def test_sales_in_another_currency_are_left_out_and_named(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = met(session), staff(session)
        for currency in ("CNY", "USD", "USD"):
            order(session, ann, bob, [TEA], placed_at=at(2), currency=currency, now=at(2))
        window = Window(at(3), at(1))
        told = []
        for _ in range(2):
            left = days.left_out(session, window=window, zone=SHANGHAI, currency="CNY")
            told.append((figure(session, Measure.SALES, window), left))
            clock(session, zone=SHANGHAI, now=at(1))

        assert told == [(Figure(1, 13_600), {"USD": 2})] * 2


def test_days_three_years_back_are_kept_and_older_ones_counted_when_asked_for(engine: Engine) -> None:
    with transaction(engine) as session:
        order(session, met(session), staff(session), [TEA], placed_at=datetime(1999, 5, 1, tzinfo=UTC))

        due = day_keeping.due(session, zone=SHANGHAI, now=NOW)

        assert (due[0], due[-1], len(due)) == (day(1), day(1100), 1100)
        long_ago = Window(datetime(1999, 1, 1, tzinfo=UTC), NOW)
        assert figure(session, Measure.SALES, long_ago) == Figure(1, 13_600)
