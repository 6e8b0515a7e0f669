"""Targets: what a month came to, how far it should be, and where it will end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import sales
from crm_store.analysis.calendar import begins
from crm_store.analysis.days import Figure
from crm_store.analysis.service_summary import Window
from crm_store.customers import records
from crm_store.engine import transaction
from crm_store.reports import pace, targets
from crm_store.reports.tables import TargetMeasure
from crm_store.reports.targets import Books, Standing, Verdict
from crm_store.sales import orders, payments, refunds
from crm_store.sales.lines import NewLine
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, staff, trail

ZONE = ZoneInfo("Asia/Shanghai")
NOVEMBER = date(2026, 11, 1)
SALES, MARGIN, NEW = TargetMeasure


def books(until: datetime = NOW) -> Books:
    return Books(ZONE, "CNY", 30, until)


def sell(session: Session, by: Staff, amount: int, at: datetime, *, refunded: int = 0) -> None:
    """A paid order of a new customer."""
    of = records.create(session, name="Ann", language="zh", source="desk", channel="staff", actor=by, now=at)
    made = orders.intake(
        session, customer=of, lines=[NewLine("tea", amount, 1_000)], currency="CNY", source="web",
        placed_at=at, confirmed=True, actor=by, now=at,
    )  # fmt: skip
    payments.pay(session, order=made, amount=amount, method="cash", reference=None, actor=by, now=at)
    if refunded:
        refunds.record(session, order=made, amount=refunded, reason="", actor=by, now=at)


def put(
    session: Session, by: Staff, measure: TargetMeasure, amount: int, month: date = NOVEMBER
) -> int | None:
    return targets.set(session, measure=measure, month=month, amount=amount, by=by, now=NOW)


def test_targets_are_met_by_what_the_books_say_to_the_minor_unit(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        for day in (1, 7, 19):
            sell(session, mary, 1_001 * day, datetime(2026, 11, day, 3, tzinfo=UTC), refunded=day)
        sell(session, mary, 999, datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC))
        for measure, amount in ((SALES, 100_000), (MARGIN, 5_000), (NEW, 4)):
            put(session, mary, measure, amount)

        found = targets.standing(session, month=NOVEMBER, books=books())

        window = Window(begins(NOVEMBER, ZONE), NOW)
        told = sales.whole(session, window=window, zone=ZONE, currency="CNY")
        assert [one.actual for one in found] == [told["net"], round(told["net"] * 0.3), told["first"]]
        assert (told["net"], told["first"]) == (27 * 1_000, 3)
        assert [(one.measure, one.amount, one.known) for one in found] == [
            (SALES, 100_000, None),
            (MARGIN, 5_000, 0.0),
            (NEW, 4, None),
        ]
        # Too little was sold to know the weekdays: 19 days and 10 hours of 30.
        assert {(one.by_weekday, round(one.passed, 6)) for one in found} == {
            (False, round((19 + 10 / 24) / 30, 6))
        }


def test_setting_changing_and_dropping_is_written_down_once_each(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)

        said = [put(session, mary, SALES, amount) for amount in (100, 200, 200)]
        said += [targets.drop(session, measure=SALES, month=NOVEMBER, by=mary, now=NOW) for _ in range(2)]

        about = {"measure": "sales", "month": "2026-11-01"}
        assert said == [None, 100, 200, 200, None]
        assert [(action, before, after) for _, action, before, after in trail(session, "target")] == [
            ("set", None, about | {"amount": 100}),
            ("set", about | {"amount": 100}, about | {"amount": 200}),
            ("dropped", about | {"amount": 200}, None),
        ]
        assert targets.standing(session, month=NOVEMBER, books=books()) == []


def test_months_that_are_over_say_what_came_of_them_six_of_them(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        sell(session, mary, 5_000, datetime(2026, 10, 2, tzinfo=UTC))
        months = [date(2026, month, 1) for month in (4, 5, 9, 10)]
        for month in months:
            put(session, mary, SALES, 4_000, month)
        put(session, mary, NEW, 2, months[-1])

        found = targets.past(session, month=NOVEMBER, books=books())

        assert [(one.measure, one.month, one.actual, one.verdict, one.expected) for one in found] == [
            (SALES, months[3], 5_000, Verdict.REACHED, None),
            (SALES, months[2], 0, Verdict.MISSED, None),
            (SALES, months[1], 0, Verdict.MISSED, None),
            (NEW, months[3], 1, Verdict.MISSED, None),
        ]
        assert targets.standing(session, month=months[3], books=books())[0] == found[0]


def test_a_month_is_weighed_by_what_its_weekdays_bring(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        saturday = date(2026, 10, 31)
        for week in range(7):
            at = begins(saturday - timedelta(weeks=week), ZONE)
            for _ in range(10):
                sell(session, mary, 100, at)
        put(session, mary, SALES, 1_000)

        [found] = targets.standing(
            session, month=NOVEMBER, books=books(datetime(2026, 11, 14, 4, tzinfo=UTC))
        )

        # The first of four Saturdays is over, half of the second is.
        assert (found.by_weekday, found.passed, found.days_passed) == (True, 1.5 / 4, 13)


WEEKS = [date(2026, 9, 21) + timedelta(days=at) for at in range(56)]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({day: Figure(2, 10) for day in WEEKS}, dict.fromkeys(range(7), 80)),
        ({day: Figure(1, 10) for day in WEEKS}, {}),  # 56 payments say little of seven weekdays
        ({day: Figure(9, 10) if day < WEEKS[35] else Figure() for day in WEEKS}, {}),  # five weeks only
        ({day: Figure(9, 0) for day in WEEKS}, {}),
    ],
)
def test_weekdays_are_known_from_enough_weeks(found: dict[date, Figure], said: dict[int, int]) -> None:
    assert pace.weights(found, part="value") == said


def of(actual: int, *, days: int = 15, passed: float = 0.5, left: int = 15, begun: bool = True) -> Standing:
    return Standing(SALES, NOVEMBER, 1_000, actual, passed, False, days, left, has_begun=begun)


@pytest.mark.parametrize(
    ("one", "verdict", "expected", "a_day"),
    [
        (of(1_000), Verdict.REACHED, 2_000, None),
        (of(500), Verdict.ON_COURSE, 1_000, 34),
        (of(474), Verdict.BEHIND, 948, 36),
        (of(-10), Verdict.BEHIND, -20, 68),
        (of(10, days=6, passed=0.2, left=24), Verdict.EARLY, None, 42),
        (of(10, days=7, passed=0.2, left=23), Verdict.BEHIND, 50, 44),
        (of(0, days=0, passed=0.0, left=30, begun=False), Verdict.AHEAD, None, 34),
        (of(0, days=0, passed=0.0, left=30), Verdict.EARLY, None, 34),  # closed on the first
        (of(999, days=30, passed=1.0, left=0), Verdict.MISSED, None, None),
        (of(1_001, days=30, passed=1.0, left=0), Verdict.REACHED, None, None),
    ],
)
def test_a_target_says_how_it_stands_where_it_ends_and_what_is_needed(
    one: Standing, verdict: Verdict, expected: int | None, a_day: int | None
) -> None:
    assert (one.verdict, one.expected, one.a_day) == (verdict, expected, a_day)


def test_a_day_that_the_clocks_shorten_is_over_when_it_is(sqlite: Engine) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with transaction(sqlite) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        put(session, mary, SALES, 1_000, date(2026, 3, 1))
        noon = datetime(2026, 3, 29, 12, tzinfo=berlin)  # 23 hours long, 11 of them over

        [found] = targets.standing(
            session, month=date(2026, 3, 1), books=Books(berlin, "CNY", 0, noon.astimezone(UTC))
        )

        assert round(found.passed, 9) == round((28 + 11 / 23) / 31, 9)
