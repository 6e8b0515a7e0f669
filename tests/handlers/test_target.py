"""/target, 目标: set in one line, seen with what is needed, dropped by a tap."""

import json
from datetime import date, timedelta

import pytest
from sqlmodel import select

from bot import seller
from crm_store.engine import transaction
from crm_store.reports.tables import Target, TargetMeasure
from crm_store.staff.roles import Role
from handlers.manager import target_line, targets
from handlers.manager.target_line import Line, NotATarget
from tests.handlers.shop import customer
from tests.handlers.till import TEA, paid, place
from tests.talk import DESK, WORDS, Person, Talk, texts

SALES, MARGIN, NEW = TargetMeasure
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("", Line(NOVEMBER)),
        ("2026-10", Line(date(2026, 10, 1))),
        ("1月", Line(date(2027, 1, 1))),  # the nearest
        ("9月", Line(date(2026, 9, 1))),
        ("last month", Line(date(2026, 10, 1))),
        ("sales 200000", Line(NOVEMBER, SALES, 20_000_000)),
        ("Net Sales: 200k next month", Line(DECEMBER, SALES, 20_000_000)),
        ("销售额20万", Line(NOVEMBER, SALES, 20_000_000)),
        ("销售额 20万 2026-12", Line(DECEMBER, SALES, 20_000_000)),
        ("２０２６年１２月 毛利 3.5万", Line(DECEMBER, MARGIN, 3_500_000)),
        ("新客户 50位 下月", Line(DECEMBER, NEW, 50)),
        ("new customers 1,200", Line(NOVEMBER, NEW, 1_200)),
        ("12月份毛利3.5万", Line(DECEMBER, MARGIN, 3_500_000)),
        ("下个月销售额20万", Line(DECEMBER, SALES, 20_000_000)),
        ("margin off", Line(NOVEMBER, MARGIN)),
        ("毛利 取消 12月", Line(DECEMBER, MARGIN)),
    ],
)
def test_a_line_in_either_language_is_a_target(said: str, line: Line) -> None:
    assert target_line.read(said, words=WORDS, currency="CNY", today=date(2026, 11, 20)) == line


@pytest.mark.parametrize(
    ("said", "problem", "text"),
    [
        ("ponies 5", "measure", "ponies 5"),
        ("salesman 5", "measure", "salesman 5"),
        ("sales", "amount", ""),
        ("sales soon", "amount", "soon"),
        ("sales 0", "amount", "0"),
        ("sales -5", "amount", "-5"),
        ("new customers 1.5", "amount", "1.5"),
        ("新客户 0", "amount", "0"),
        ("sales 5 3026-13", "amount", "5 3026-13"),
    ],
)
def test_what_is_none_says_what_could_not_be_read(said: str, problem: str, text: str) -> None:
    with pytest.raises(NotATarget) as error:
        target_line.read(said, words=WORDS, currency="CNY", today=date(2026, 11, 20))

    assert (error.value.problem, error.value.text) == (problem, text)


def test_a_target_is_set_seen_and_dropped(talk: Talk, mary: Person) -> None:
    customer(talk, "Ann")
    paid(talk, place(talk))

    [told] = mary.say(f"/target sales {TEA.price * 2 / 100 * 4}")

    assert told.text == (
        "🎯 <b>Targets for November</b>\n\n"
        "<b>Net received</b> ¥136.00 of ¥544.00 (25%) · behind\n"
        "65% of the month gone (by days)\n"
        "Needed from now on: ¥37.10 a day (days left: 11)\n"
        "At this pace the month ends at about ¥210"
    )
    assert told.buttons == ("🗑 Net received", "⬅️ October", "December ➡️")
    [left] = mary.tap(told.data[0])
    assert "No target is set yet" in left.text
    with transaction(talk.engine) as session:
        assert session.scalars(select(Target)).all() == []


def test_a_month_that_is_over_says_what_came_of_it_and_stands_in_the_table(talk: Talk, mary: Person) -> None:
    [told] = mary.say("目标 新客户 5 10月")
    assert told.text == "🎯 <b>Targets for October</b>\n\n<b>New customers</b> 0 of 5 (0%) · missed"

    [now] = mary.tap(told.data[2])

    assert now.text.endswith("<pre>New customers Target Came to\n2026-10            5       0 0%</pre>")


def test_a_wrong_word_is_answered_with_what_to_type(talk: Talk, mary: Person) -> None:
    [told] = texts(mary.say("/target ponies 5"), mary)

    assert told == talk.render("manager/target/usage.html.j2", problem="measure", text="ponies 5")


def test_what_a_process_counts_is_told_in_the_same_words(talk: Talk, mary: Person) -> None:
    """Where there is too much to count at once."""
    mary.say("/target sales 100")
    mary.say("/target margin 50 10月")
    edges = [(talk.now - timedelta(days=200)).isoformat(), talk.now.isoformat()]
    asked = {"name": "2026-11-01", "window": edges, "before": edges, "so_far": True, "by": ""}
    order = {
        "url": str(talk.engine.url),
        "key": "",
        "zone": DESK.timezone.key,
        "currency": "CNY",
        "margin_percent": 30,
        "asked": asked | {"format": targets.TARGETS},
    }

    found = json.loads(json.dumps(seller.work(order)))
    values, buttons = targets._told(WORDS, "en", found, DESK, talk.now)

    [typed] = mary.say("/target")
    assert talk.render(targets.TEMPLATE, **values) == typed.text
    assert [one.label for row in buttons for one in row] == ["target_drop", "target_before", "target_after"]
