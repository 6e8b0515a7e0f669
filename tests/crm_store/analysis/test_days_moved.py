"""Rows that are moved or taken out change days that are over: kept figures follow."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import day_marks, days
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.customers import merging, records
from crm_store.engine import transaction
from crm_store.exchange import undoing
from crm_store.staff.roles import Role
from tests.crm_store.analysis.books import clock
from tests.crm_store.exchange.taking_in import import_of, take_in
from tests.crm_store.people import NOW, customer, staff
from tests.crm_store.sales.shop import TEA, order
from tests.talk import DESK

ZONE = DESK.timezone
LONG_AGO = Window(datetime(2020, 12, 1, tzinfo=UTC), NOW)
SALES = (
    "姓名,日期,城市,金额\n"
    "张三,2026-10-01,北京市,1000\n"
    "李四,2026-10-02,上海市,2000\n"
    "王五,2026-10-03,广州市,3000\n"
)


def told(session: Session, measure: Measure, by: By = By.WHOLE) -> dict[str, Figure]:
    return days.figures(session, measure=measure, by=by, window=LONG_AGO, zone=ZONE, currency="CNY")


def is_kept(session: Session, at: datetime) -> bool:
    day = at.astimezone(ZONE).date()
    return day in day_marks.kept(session, first=day, until=day + timedelta(days=1), zone=ZONE)


def test_who_moves_to_another_city_takes_their_sales_along(engine: Engine) -> None:
    with transaction(engine) as session:
        mary, ann = staff(session, "Mary", Role.MANAGER), customer(session)
        records.change(session, customer=ann, changes={"city": "北京市"}, actor=mary, now=NOW)
        old = NOW - timedelta(days=5)
        order(session, ann, mary, [TEA], placed_at=old, now=old)
        clock(session, zone=ZONE, now=NOW)
        before = (is_kept(session, old), told(session, Measure.SALES, By.CITY))

        records.change(session, customer=ann, changes={"city": "上海市"}, actor=mary, now=NOW)

        assert before == (True, {"北京市": Figure(1, 13_600)})
        assert told(session, Measure.SALES, By.CITY) == {"上海市": Figure(1, 13_600)}
        clock(session, zone=ZONE, now=NOW + timedelta(minutes=11))
        assert (is_kept(session, old), told(session, Measure.SALES, By.CITY)) == (
            True,
            {"上海市": Figure(1, 13_600)},
        )


def test_two_who_are_one_bought_first_once_and_twice_again_when_unmerged(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        kept = customer(session, 7_000_000_001)
        gone = records.create(
            session, name="Bob", language="en", source="desk", channel="staff", actor=mary, now=NOW
        )
        for who, n in ((kept, 5), (gone, 3)):
            old = NOW - timedelta(days=n)
            order(session, who, mary, [TEA], placed_at=old, now=old)
        clock(session, zone=ZONE, now=NOW)
        counts = [told(session, Measure.FIRST)[""].n]

        merging.merge(session, kept=kept, gone=gone, by=mary, now=NOW)
        counts.append(told(session, Measure.FIRST)[""].n)
        clock(session, zone=ZONE, now=NOW + timedelta(minutes=11))
        counts.append(told(session, Measure.FIRST)[""].n)
        merging.unmerge(session, number=gone.id, by=mary, now=NOW + timedelta(minutes=12))
        counts.append(told(session, Measure.FIRST)[""].n)

        assert counts == [2, 1, 1, 2]


def test_an_import_that_is_undone_takes_its_sales_out_of_days_that_are_over(
    engine: Engine, tmp_path: Path
) -> None:
    taken = take_in(engine, tmp_path / "sales.csv", SALES)
    with transaction(engine) as session:
        clock(session, zone=ZONE, now=NOW + timedelta(hours=1))
        before = told(session, Measure.SALES)
        was_kept = day_marks.kept(session, first=date(2026, 10, 1), until=date(2026, 10, 4), zone=ZONE)

    with transaction(engine) as session:
        undoing.begin(session, import_=import_of(session, taken), by="cli", now=NOW + timedelta(hours=1))
    while True:
        with transaction(engine) as session:
            if not undoing.undo(session, import_=import_of(session, taken), now=NOW + timedelta(hours=1)):
                break

    with transaction(engine) as session:
        assert (before, len(was_kept)) == ({"": Figure(3, 600_000)}, 3)
        assert told(session, Measure.SALES) == {"": Figure()}
        clock(session, zone=ZONE, now=NOW + timedelta(hours=2))
        assert told(session, Measure.SALES) == {"": Figure()}
