"""What managers ask of sales: /sales, /stats and /brief, the figures of the article among them."""

import asyncio
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers import records
from crm_store.engine import transaction
from crm_store.exchange.csv_out import restored
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import OutboxFile
from crm_store.moments import midnight
from crm_store.sales import orders, payments, refunds
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers import columns
from handlers.manager import sales
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Person, Talk

pytestmark = pytest.mark.usefixtures("warm")

ARTICLE = (
    ("张三", date(2021, 1, 1), "北京市", 100_000, "家电"),
    ("李四", date(2021, 1, 2), "上海市", 200_000, "电脑"),
    ("王五", date(2021, 1, 3), "广州市", 300_000, "手机"),
)
"""Name, date, city, amount and what was bought."""


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


@pytest.fixture
def boss(talk: Talk) -> Person:
    return talk.staff(51, "玛丽", Role.MANAGER, "zh-hans")


def sell(session: Session, name: str, city: str | None, amount: int, placed: datetime, **about: Any) -> Order:
    """An order of a customer of their own, taken by the first of the staff."""
    by = session.exec(select(Staff).order_by(Staff.id)).first()  # type: ignore[arg-type]
    assert by is not None
    of = records.create(
        session, name=name, city=city, language="zh", source="desk", channel="staff", actor=by, now=placed
    )
    line = NewLine(about.pop("what", "tea"), amount, 1_000, category=about.pop("category", None))
    return orders.intake(
        session,
        customer=of,
        lines=[line],
        confirmed=True,
        placed_at=placed,
        actor=by,
        **{"currency": "CNY", "source": "staff", "now": placed, **about},
    )


def article(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        for name, day, city, amount, category in ARTICLE:
            placed = midnight(day, zone=DESK.timezone)
            sell(session, name, city, amount, placed, category=category, what=category)


def pre(text: str) -> list[str]:
    """The lines of a message's table."""
    return text.partition("<pre>")[2].partition("</pre>")[0].splitlines()


def test_the_articles_rows_come_to_six_thousand_by_city(talk: Talk, boss: Person) -> None:
    article(talk)

    [said] = boss.say("业绩 2021-01 按城市")

    assert said.text.splitlines()[:2] == [
        "📈 <b>销售额 ¥6,000.00，3 单</b>",
        "2021年1月1日周五 至 2021年1月31日周日，中国时间",
    ]
    assert pre(said.text) == [
        "城市          销售额 退款",
        "广州市      3,000.00 0.00 █████",
        "上海市      2,000.00 0.00 ███",
        "北京市      1,000.00 0.00 ██",
        "合计        6,000.00 0.00",
    ]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("/sales 2021-01 by rep", ["Mary"]),
        ("/sales 2021-01 by city", ["广州市", "上海市", "北京市"]),
        ("/sales 2021-01 by product", ["手机", "电脑", "家电"]),
        ("/sales 2021-01 by category", ["手机", "电脑", "家电"]),
        ("/sales 2021-01 by channel", ["At the desk"]),
        ("业绩 2021-01 按员工", ["Mary"]),
        ("业绩2021-01 按渠道", ["At the desk"]),
        ("业绩2021-01 城市", ["广州市", "上海市", "北京市"]),
        ("/sales 2021-01-01..2021-01-03", ["1 Jan", "2 Jan", "3 Jan"]),
    ],
)
def test_every_kind_of_parts_adds_up_to_the_whole(
    talk: Talk, mary: Person, said: str, names: list[str]
) -> None:
    article(talk)

    [told] = mary.say(said)

    rows = [line.split()[:-2] if "█" in line else line.split() for line in pre(told.text)[1:]]
    parts = rows if len(rows) == 1 else rows[:-1]
    values = [float(row[-1].replace(",", "")) for row in parts]
    assert [" ".join(row[:-1]) for row in parts] == names
    assert (sum(values), talk.group.failed) == (6000.0, 0)


def test_the_statistics_of_the_article(talk: Talk, boss: Person) -> None:
    article(talk)

    [said] = boss.say("统计 2021-01")

    assert said.text.splitlines()[3:7] == [
        "<b>每单</b>（n = 3）",
        "总额 ¥6,000.00 · 平均 ¥2,000.00",
        "中位数 ¥2,000.00 · 九成不超过 ¥2,800.00",
        "最高 ¥3,000.00 · 最低 ¥1,000.00",
    ]


def test_an_unusual_amount_is_told_and_left_out_of_a_second_mean(talk: Talk, mary: Person) -> None:
    with transaction(talk.engine) as session:
        for n in range(9):
            sell(session, f"c{n}", None, 10_000, talk.now - timedelta(hours=n + 1))
        sell(session, "slip", None, 99_000_000, talk.now - timedelta(hours=1))

    [said] = mary.say("/stats")

    assert "Unusual amounts among them: 1; without, the mean is ¥100.00" in said.text
    assert "Most ¥990,000.00 · least ¥100.00" in said.text


def test_refunds_have_their_own_column_and_sales_stay_what_was_sold(talk: Talk, mary: Person) -> None:
    with transaction(talk.engine) as session:
        order = sell(session, "Ann", "北京市", 10_000, talk.now - timedelta(hours=1))
        about: dict[str, Any] = {"order": order, "actor": "test", "now": talk.now - timedelta(minutes=5)}
        payments.pay(session, amount=10_000, method="cash", reference=None, **about)
        refunds.record(session, amount=2_550, reason="", **about)

    [said] = mary.say("/sales today by city")

    assert pre(said.text) == ["City         Sales Refunds", "北京市      100.00   25.50 █████"]
    assert "Paid ¥100.00 · refunded ¥25.50 (1) · net ¥74.50" in said.text


def test_a_day_is_beside_the_same_weekday_until_the_same_time(talk: Talk, mary: Person) -> None:
    week_ago = talk.now - timedelta(weeks=1)
    with transaction(talk.engine) as session:
        sell(session, "old", None, 1, talk.now - timedelta(days=30))
        for n in range(20):
            sell(session, f"b{n}", "上海市", 10_000, week_ago - timedelta(minutes=n + 1))
        sell(session, "later", None, 99_900, week_ago + timedelta(minutes=1))
        for n in range(10):
            sell(session, f"a{n}", "上海市", 10_000, talk.now - timedelta(minutes=n + 1))

    [said] = mary.say("/sales")

    assert said.text.splitlines()[:4] == [
        "📈 <b>Sales ¥1,000.00, orders: 10</b>",
        "Fri 20 Nov 00:00 to Fri 20 Nov 10:00, China Time (so far)",
        "Before: ¥2,000.00, orders: 20: -50%; the difference in orders may be chance "
        "(Fri 13 Nov 00:00 to Fri 13 Nov 10:00)",
        "💰 Paid ¥0.00 · refunded ¥0.00 (0) · net ¥0.00",
    ]


def test_the_largest_contributor_to_a_change_is_named(talk: Talk, boss: Person) -> None:
    with transaction(talk.engine) as session:
        sell(session, "old", None, 1, talk.now - timedelta(days=30))
        for n in range(12):
            sell(session, f"b{n}", "北京市" if n % 2 else "上海市", 10_000, talk.now - timedelta(days=8))
        for n in range(7):
            sell(session, f"a{n}", "上海市" if n else "北京市", 10_000, talk.now - timedelta(days=1))

    [said] = boss.say("业绩 昨天")

    assert "变化最突出的是城市“北京市”：¥600.00 → ¥100.00" in said.text


def test_orders_in_another_currency_are_named_and_left_out(talk: Talk, mary: Person) -> None:
    with transaction(talk.engine) as session:
        sell(session, "Ann", None, 10_000, talk.now - timedelta(hours=1))
        sell(session, "Bob", None, 99_000, talk.now - timedelta(hours=1), currency="USD")

    [said] = mary.say("/sales")

    assert said.text.splitlines()[0] == "📈 <b>Sales ¥100.00, orders: 1</b>"
    assert said.text.splitlines()[-1] == "Not among them: 1 in USD."


def test_the_card_of_the_day_holds_sales_service_and_risks(talk: Talk, boss: Person) -> None:
    talk.customer(7).say("I want to complain about my broken kettle")
    with transaction(talk.engine) as session:
        sell(session, "Ann", None, 12_345, talk.now - timedelta(hours=1))
    talk.later(hours=2)

    [said] = boss.say("简报")

    assert said.text.splitlines()[1] == "📈 销售额 ¥123.45，1 单"
    assert "🎧 新工单 1 · 已回复 0 · 已解决 0" in said.text
    assert "⚠️ 待处理：1 个工单等我们（未结 1" in said.text
    assert "最久2小时" in said.text.replace(" ", "")


@pytest.mark.parametrize(
    "said", ["/sales tomorrow", "/sales 2030-01", "/sales by colour", "/stats soon", "/sales 0"]
)
def test_what_is_no_window_is_told_what_is(talk: Talk, mary: Person, said: str) -> None:
    name = "stats_usage" if "stats" in said else "usage"

    typed = said.partition(" ")[2]
    assert [one.text for one in mary.say(said)] == [talk.render(f"manager/sales/{name}.html.j2", text=typed)]
    assert f"I did not understand “{typed}”" in mary.say(said)[0].text


def test_buttons_go_to_other_spans_and_parts(talk: Talk, mary: Person) -> None:
    article(talk)
    [said] = mary.say("/sales 2021-01 by city")

    by_product = said.data[said.buttons.index("By product")]
    [turned] = mary.tap(by_product)

    assert (by_product, turned.method) == ("sales:product:2021-01-01..2021-01-31", "editMessageText")
    assert pre(turned.text)[0].startswith("Product")


# by a process: large shops, and files


def work_off(engine: Engine) -> None:
    """Do what was asked for, with the real process."""

    async def run() -> None:
        writer = Writer(engine)
        url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
        settings = Settings(store=Store(url=url))
        jobs = Jobs(
            writer, bot=cast(Any, None), settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None
        )
        while await jobs.step(Lane.QUICK):
            pass
        writer.close()

    asyncio.run(run())


def test_much_is_counted_by_a_process_and_says_the_same(
    talk: Talk, mary: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(talk)
    [at_once] = mary.say("/sales 2021-01 by city")
    monkeypatch.setattr(sales, "LIGHT", 2)

    [counting] = mary.say("/sales 2021-01 by city")
    talk.deliver()
    work_off(talk.engine)

    assert counting.text.startswith("⏳ Counting the sales from")
    told = talk.outbox()[-1]
    assert (told.method, told.text, told.data) == ("editMessageText", at_once.text, at_once.data)


@pytest.mark.parametrize("said", ["/stats 2021-01", "/brief"])
def test_statistics_and_the_card_too(
    talk: Talk, mary: Person, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    article(talk)
    with transaction(talk.engine) as session:
        for n in range(3):
            sell(session, f"a{n}", None, 1_000, talk.now - timedelta(hours=1))
    [at_once] = mary.say(said)
    monkeypatch.setattr(sales, "LIGHT", 2)

    mary.say(said)
    talk.deliver()
    work_off(talk.engine)

    assert talk.outbox()[-1].text.splitlines()[1:] == at_once.text.splitlines()[1:]


def file_of(talk: Talk, mary: Person, said: str, kind: str) -> OutboxFile:
    [told] = mary.say(said)
    mary.tap(told.data[told.buttons.index(kind)])
    work_off(talk.engine)
    with transaction(talk.engine) as session:
        return session.exec(select(OutboxFile)).one()


def test_the_csv_holds_every_row_and_the_sum(talk: Talk, mary: Person) -> None:
    article(talk)

    file = file_of(talk, mary, "/sales 2021-01 by city", "CSV")

    rows = [
        [restored(cell.strip('"')) for cell in line.split(",")]
        for line in file.data.decode("utf-8-sig").splitlines()
    ]
    assert file.name == "Sales-2021-01-01_2021-01-31.csv"
    assert [row[0] for row in rows[1:]] == ["广州市", "上海市", "北京市", "Total"]
    assert [row[2] for row in rows[1:]] == ["3000.00", "2000.00", "1000.00", "6000.00"]


def test_two_taps_on_a_file_are_one_file(talk: Talk, mary: Person) -> None:
    article(talk)
    [said] = mary.say("/sales 2021-01 by city")

    for _ in range(2):
        mary.tap(said.data[said.buttons.index("CSV")])
    mary.tap(said.data[said.buttons.index("Excel")])
    work_off(talk.engine)

    sent = [one.row.file_id for one in talk.outbox() if one.method == "sendDocument"]
    assert len(sent) == 2  # one of each kind


def test_the_workbook_of_days_has_dates_and_numbers(talk: Talk, mary: Person) -> None:
    article(talk)

    file = file_of(talk, mary, "/sales 2021-01-01..2021-01-03", "Excel")

    sheet = load_workbook(io.BytesIO(file.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:-1]] == [
        datetime(2021, 1, day, tzinfo=UTC).replace(tzinfo=None) for day in (1, 2, 3)
    ]
    assert rows[-1] == ("Total", 3, 6000, 0)


def test_columns_stand_under_each_other_whatever_the_script() -> None:
    names = (
        "Ann",
        "北京市",
        "내몽골",
        "a very long name indeed",
        "内蒙古自治区呼和浩特市",
        "e\u0301te\u0301",
    )

    shown = [columns.padded(columns.clipped(one, 10), 10) for one in names]

    assert {columns.width(one) for one in shown} == {10}
    assert (shown[3], shown[4]) == ("a very lo…", "内蒙古自… ")
