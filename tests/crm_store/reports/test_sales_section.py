"""The report's section of sales: half-open windows, parts that add up, what stands out, refunds apart."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.analysis.sales import PARTS
from crm_store.analysis.service_summary import Window
from crm_store.customers import records
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.moments import midnight
from crm_store.reports import sections, targets
from crm_store.reports.sections import Scope, Table
from crm_store.reports.sections import sales as section
from crm_store.reports.tables import Section, TargetMeasure
from crm_store.sales import orders, payments, refunds
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.analysis.books import clock
from tests.crm_store.people import NOW, staff

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 11, 20, 9, tzinfo=ZONE)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ARTICLE = (("张三", 1, "北京市", 100_000), ("李四", 2, "上海市", 200_000), ("王五", 3, "广州市", 300_000))


def sell(session: Session, city: str | None, amount: int, at: datetime, **about: Any) -> Order:
    by = session.scalars(select(Staff)).first()
    assert by is not None
    known = session.scalars(select(Customer).where(Customer.city == city)).first()  # type: ignore[arg-type]
    of = known or records.create(
        session, name="Ann", city=city, language="zh", source="desk", channel="staff", actor=by, now=at
    )
    lines = [NewLine(about.pop("what", "tea"), amount, 1_000, cost=about.pop("cost", None))]
    about = {"currency": "CNY", "source": "web", "placed_at": at, "now": at, **about}
    return orders.intake(session, customer=of, lines=lines, confirmed=True, actor=by, **about)


def told(session: Session, window: Window, before: Window) -> dict[str, Any]:
    by = session.scalars(select(Staff)).first()
    assert by is not None
    scope = Scope(by=by, zone=ZONE, currency="CNY", now=NOW)
    found = sections.figures(session, section=Section.SALES, window=window, before=before, scope=scope)
    heard: dict[str, Any] = json.loads(json.dumps(found))
    return heard


def of_the_day(session: Session, end: datetime = NINE) -> dict[str, Any]:
    """A daily report at nine."""
    return told(session, Window(end - DAY, end), Window(end - 2 * DAY, end - DAY))


def test_a_report_at_nine_covers_from_nine_to_nine_half_open(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        for at, amount in (
            (NINE - DAY - timedelta(seconds=1), 1),
            (NINE - DAY, 10_000),
            (NINE - timedelta(microseconds=1), 200),
            (NINE, 3),
        ):
            sell(session, "北京市", amount, at)

        live = of_the_day(session)
        clock(session, zone=ZONE, now=NINE + DAY)
        clock(session, zone=ZONE, now=NINE + DAY + timedelta(minutes=11))

        assert (live["sales"], live["orders"]) == (10_200, 2)
        assert of_the_day(session) == live


def test_the_articles_rows_by_month_week_and_day(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        for _, day, city, amount in ARTICLE:
            sell(session, city, amount, midnight(date(2021, 1, day), zone=ZONE))
        starts = [midnight(one, zone=ZONE) for one in (date(2021, 1, 1), date(2021, 2, 1), date(2020, 12, 1))]

        month = told(session, Window(starts[0], starts[1]), Window(starts[2], starts[0]))

        assert (month["sales"], month["orders"], month["first"]) == (600_000, 3, 3)
        assert [(row["name"], row["sales"]) for row in month["parts"]["city"]] == [
            ("广州市", 300_000),
            ("上海市", 200_000),
            ("北京市", 100_000),
        ]
        monday = midnight(date(2020, 12, 28), zone=ZONE)
        week = told(session, Window(monday, monday + WEEK), Window(monday - WEEK, monday))
        assert week["sales"] == 600_000
        friday = told(session, Window(starts[0], starts[0] + DAY), Window(starts[0] - DAY, starts[0]))
        assert friday["sales"] == 100_000


def test_every_kind_of_parts_adds_up_to_the_whole_and_refunds_are_apart(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        for n, city in enumerate(("北京市", "上海市", None)):
            made = sell(
                session, city, 9_999 + n, NINE - timedelta(hours=n + 1), source=f"s{n % 2}", discount=n
            )
            about: dict[str, Any] = {"order": made, "actor": mary, "now": NINE - timedelta(minutes=5)}
            payments.pay(session, amount=made.total, method="cash", reference=None, **about)
            refunds.record(session, amount=101 * (n + 1), reason="", **about)

        found = of_the_day(session)

        assert (found["sales"], found["refunded"], found["net"]) == (29_997, 606, 29_997 - 606)
        for by in PARTS:
            rows = found["parts"][by]
            assert sum(row["sales"] for row in rows) == 29_997, by
            assert sum(row["refunded"] for row in rows) == 606, by
        channels = found["parts"]["channel"]
        assert sum(row["orders"] for row in channels) == found["orders"] == 3


def test_the_table_holds_the_whole_then_every_part_and_still_adds_up(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        for n in range(section.MOST_ROWS + 5):
            sell(session, "北京市", 1_000 + n, NINE - timedelta(minutes=n + 1), what=f":tea {n}")

        made: Table = section.table(of_the_day(session))

        by_product = [row for row in made.rows if row[0] == ":sales_by.product"]
        total = sum(1_000 + n for n in range(section.MOST_ROWS + 5))
        assert made.rows[0][:4] == [":sales_words.total", None, section.MOST_ROWS + 5, total]
        assert (len(by_product), sum(int(row[3]) for row in by_product)) == (section.MOST_ROWS, total)  # type: ignore[call-overload]
        assert by_product[0][1] == " :tea 44"
        assert by_product[-1][1] == ":sales_words.rest"


def test_a_change_names_what_makes_most_of_it(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        sell(session, "北京市", 1, NINE - WEEK)
        for n in range(40):
            sell(session, "北京市" if n % 2 else "上海市", 1_000, NINE - DAY - timedelta(minutes=n + 1))
        for n in range(16):
            sell(session, "上海市" if n else "北京市", 1_000, NINE - timedelta(minutes=n + 1))

        finding = of_the_day(session)["finding"]

        assert {key: finding[key] for key in ("what", "by", "name", "before", "after", "share")} == {
            "what": "change",
            "by": "city",
            "name": "北京市",
            "before": 20_000,
            "after": 1_000,
            "share": -0.6,
        }


@pytest.mark.parametrize(("amount", "is_said"), [(1_000, False), (9_000, True)])
def test_a_day_unlike_its_weekday_is_said_first(engine: Engine, amount: int, is_said: bool) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        for week in range(1, 9):
            for n in range(12):
                sell(session, "北京市", 1_000 + week, NINE - WEEK * week - timedelta(minutes=n + 1))
        for n in range(12):
            sell(session, "北京市", amount, NINE - timedelta(minutes=n + 1))

        finding = of_the_day(session)["finding"]

        assert (finding is not None and finding["what"] == "unusual" and finding["weight"] >= 0.9) is is_said


def test_the_total_says_what_is_kept_of_it_and_how_much_of_that_is_known(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)
        sell(session, "北京市", 30_000, NINE - DAY / 2, cost=10_000)
        sell(session, "北京市", 10_000, NINE - DAY / 3)

        found = of_the_day(session)
        total, *parts = section.table(found).rows

        assert found["margin"] == {
            "revenue": 40_000,
            "cost": 10_000,
            "margin": 20_000,
            "known": 0.75,
            "known_revenue": 30_000,
            "percent": 0,
            "share": 0.5,
            "is_told": True,
        }
        money = [found["paid"], found["net"], 20_000, 10_000, 0.75]
        assert total == [":sales_words.total", None, 2, 40_000, 0, None, *money]
        assert {tuple(row[-5:]) for row in parts} == {(None,) * 5}


def test_an_empty_window_says_that_it_is(engine: Engine) -> None:
    with transaction(engine) as session:
        staff(session, "Mary", Role.MANAGER)

        found = of_the_day(session)

        assert (found["empty"], found["finding"], found["before"], found["sales"]) == (True, None, None, 0)
        assert section.table(found).rows == [
            [":sales_words.total", None, 0, 0, 0, None, 0, 0, None, None, None]
        ]


def test_a_month_says_its_target_and_whether_people_come_again(sqlite: Engine) -> None:
    month, after, before = (midnight(date(2026, one, 1), zone=ZONE) for one in (10, 11, 9))
    with transaction(sqlite) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        made = sell(session, "北京市", 7_000, month)
        about: dict[str, Any] = {"order": made, "actor": mary, "now": month}
        payments.pay(session, amount=7_000, method="cash", reference=None, **about)
        targets.set(
            session, measure=TargetMeasure.SALES, month=date(2026, 10, 1), amount=10_000, by=mary, now=NOW
        )

        whole = told(session, Window(month, after), Window(before, month))
        day = told(session, Window(month + DAY * 14, month + DAY * 15), Window(month, month + DAY))

        said = [(one["measure"], one["actual"], one["amount"], one["verdict"]) for one in whole["targets"]]
        assert said == [("sales", 7_000, 10_000, "missed")]
        assert [(one["verdict"], one["passed"]) for one in day["targets"]] == [("on_course", 15 / 31)]
        assert (whole["brand"]["repeat"]["n"], day["brand"]) == (1, None)
