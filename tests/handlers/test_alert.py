"""/alert and 预警 in chat: set in one line, listed with values of now, told by the clock, seen with a tap."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from crm_store.engine import transaction
from crm_store.reports.readings import Metric
from crm_store.reports.tables import Alert, AlertEvent, AlertKind
from crm_store.staff.roles import Role
from handlers.clockwork import Clockwork
from handlers.manager import alerts
from handlers.manager.alert_line import Line, NotAnAlert, read
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Person, Sent, Talk

ABOVE, CHANGE, ODD = AlertKind.THRESHOLD, AlertKind.CHANGE, AlertKind.ANOMALY


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


def clock(talk: Talk) -> list[Sent]:
    """What the clock says at this moment."""
    before = len(talk.outbox())
    with transaction(talk.engine) as session:
        Clockwork(Voice(DESK, WORDS)).check_alerts(session, now=talk.now)
    return talk.outbox()[before:]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("backlog > 20", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 60)),
        ("open tickets over 20 every 30m", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 30)),
        ("sales < 1,000.50", Line(Metric.SALES, ABOVE, "<", 100_050.0, 60)),
        ("sales change < -30%", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("sales change below 30 %", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("orders change > 50", Line(Metric.ORDERS, CHANGE, ">", 0.5, 60)),
        ("refunds unusual", Line(Metric.REFUNDS, ODD, ">", 0.0, 60)),
        ("longest > 2h every 1 day", Line(Metric.LONGEST, ABOVE, ">", 7200.0, 1440)),
        ("rating < 4", Line(Metric.RATING, ABOVE, "<", 4.0, 60)),
        ("积压 > 20", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 60)),
        ("积压超过20", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 60)),
        ("销售额 变化 ＜ -30％", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("业绩变化低于30%", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("退款 异常", Line(Metric.REFUNDS, ODD, ">", 0.0, 60)),
        ("退款异常 间隔 2 小时", Line(Metric.REFUNDS, ODD, ">", 0.0, 120)),
        ("最久等待 > 90分钟", Line(Metric.LONGEST, ABOVE, ">", 5400.0, 60)),
        ("退款 > 500元", Line(Metric.REFUNDS, ABOVE, ">", 50_000.0, 60)),
        ("积压 > 20个", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 60)),
        ("backlog >= 20", Line(Metric.BACKLOG, ABOVE, ">", 19.0, 60)),
        ("新客户 ≤ 5 位", Line(Metric.CUSTOMERS, ABOVE, "<", 6.0, 60)),
        ("销售额下降超过30%", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("销售额 跌 30%", Line(Metric.SALES, CHANGE, "<", -0.3, 60)),
        ("sales down by 30% every day", Line(Metric.SALES, CHANGE, "<", -0.3, 1440)),
        ("refunds up more than 50 %", Line(Metric.REFUNDS, CHANGE, ">", 0.5, 60)),
        ("积压 > 20 每天", Line(Metric.BACKLOG, ABOVE, ">", 20.0, 1440)),
    ],
)
def test_one_line_in_either_language_is_an_alert(said: str, line: Line) -> None:
    assert read(said, words=WORDS, currency="CNY") == line


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("weather > 3", "metric"),
        ("backlog", "sign"),
        ("backlog > many", "level"),
        ("sales change < soon", "level"),
        ("longest > 2 moons", "level"),
        ("backlog > 3 every 0m", "cool_down"),
        ("backlog > 3 every 9 days", "cool_down"),
        ("unusual", "metric"),
        ("> 3", "metric"),
        ("sales > -5", "level"),
    ],
)
def test_what_is_none_says_what_could_not_be_read(said: str, problem: str) -> None:
    with pytest.raises(NotAnAlert) as refused:
        read(said, words=WORDS, currency="CNY")

    assert refused.value.problem == problem


def test_the_list_shows_what_can_be_watched_with_todays_values(talk: Talk, mary: Person) -> None:
    talk.customer(7).say("where is my parcel?")
    talk.later(minutes=5)

    [said] = mary.say("/alert")

    assert said.text.splitlines()[:9] == [
        "🔔 <b>Alerts</b>",
        "You have none yet.",
        "",
        "<b>What can be watched</b> (now, or today so far)",
        "Open tickets: 1",
        "Tickets that wait for us: 1",
        "Longest wait: 5 minutes",
        "New tickets: 1",
        "Complaints: 0",
    ]
    assert "Rating: too few to say" in said.text


def test_in_a_large_shop_the_list_does_not_add_up_the_day(
    talk: Talk, mary: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "LIGHT", -1)

    [said] = mary.say("/alert")

    assert said.text.splitlines()[4:8] == [
        "Open tickets: 0",
        "Tickets that wait for us: 0",
        "Longest wait: 0",
        "New tickets",
    ]


def test_a_raised_alert_is_told_once_seen_and_stays_seen(talk: Talk, mary: Person) -> None:
    talk.staff(51, "Olga", Role.OWNER)
    [set_] = mary.say("/alert backlog > 0")
    assert set_.text.splitlines()[0] == "🔔 <b>A1 Open tickets above 0</b>"
    talk.customer(7).say("where is my parcel?")
    talk.later(minutes=2)

    [told] = clock(talk)
    talk.later(minutes=2)
    again = clock(talk)
    [turned] = mary.tap(told.data[0])

    assert (told.to, told.text) == (
        50,
        "🔔 <b>Alert A1: Open tickets 1</b>\nyou asked for above 0",
    )
    assert (again, told.buttons) == ([], ("Got it", "A1", "Whole queue"))
    assert turned.text == "✅ Alert A1: Open tickets 1 (Fri 20 Nov 10:02), seen by you at 10:04"
    with transaction(talk.engine) as session:
        [event] = session.scalars(select(AlertEvent))
    assert event.acknowledged_at == talk.now


def test_it_is_told_in_the_language_of_who_asked(talk: Talk) -> None:
    li = talk.staff(52, "李经理", Role.MANAGER, "zh-hans")
    [set_] = li.say("预警 待回复超过0")
    talk.customer(7).say("在吗？我的快递到哪了")
    talk.later(minutes=2)

    [told] = clock(talk)

    assert set_.text.splitlines()[0] == "🔔 <b>A1 待回复超过 0</b>"
    assert told.text == "🔔 <b>预警 A1：待回复 1</b>\n您设的是超过 0"


def test_alerts_are_paused_resumed_and_deleted_by_tapping(talk: Talk, mary: Person) -> None:
    [one] = mary.say("/alert sales change < -30%")
    steps = []
    for label in ("Pause", "Resume", "Delete"):
        [one] = mary.tap(one.data[one.buttons.index(label)])
        steps.append(one.text.splitlines()[:2])

    assert steps == [
        ["🔔 <b>A1 Sales change below -30%</b> (paused)", "Now: too few to say"],
        ["🔔 <b>A1 Sales change below -30%</b>", "Now: too few to say"],
        ["🔔 <b>Alerts</b>", "You have none yet."],
    ]
    assert mary.say("/alert A1")[0].text.startswith("There is no A1. You have no alerts yet")


def test_alerts_are_paused_resumed_and_deleted_by_typing_too(talk: Talk, mary: Person) -> None:
    mary.say("/alert backlog > 5")

    said = [
        mary.say(one)[0].text.splitlines()[0] for one in ("预警A1 暂停", "/alert A1 resume", "预警 A1 删除")
    ]

    assert said == [
        "🔔 <b>A1 Open tickets above 5</b> (paused)",
        "🔔 <b>A1 Open tickets above 5</b>",
        "🔔 <b>Alerts</b>",
    ]


def test_at_night_no_telephone_rings_and_yesterday_is_told_in_the_morning(talk: Talk, mary: Person) -> None:
    mary.say("/alert backlog > 0")
    mary.say("/alert tickets < 5")
    talk.later(hours=15)  # 01:00
    talk.customer(7).say("where is my parcel?")

    [at_night] = clock(talk)
    talk.later(hours=8)
    [in_the_morning] = clock(talk)

    assert [one.row.params.get("disable_notification") for one in (at_night, in_the_morning)] == [True, None]
    assert [one.text.splitlines()[0] for one in (at_night, in_the_morning)] == [
        "🔔 <b>Alert A1: Open tickets 1</b>",
        "🔔 <b>Alert A2: New tickets 0</b>",
    ]


def test_another_managers_alert_is_not_told_apart(talk: Talk, mary: Person) -> None:
    mary.say("/alert backlog > 5")
    olga = talk.staff(51, "Olga", Role.OWNER)

    assert olga.say("/alert A1")[0].text.startswith("There is no A1.")
    assert olga.tap("alertd:1")[0].text.startswith("There is no A1.")
    with transaction(talk.engine) as session:
        assert session.scalars(select(col(Alert.ended_at))).all() == [None]


def test_who_left_is_told_nothing(talk: Talk, mary: Person) -> None:
    olga = talk.staff(51, "Olga", Role.OWNER)
    mary.say("/alert backlog > 0")
    talk.customer(7).say("where is my parcel?")
    olga.say("/revoke Mary")
    talk.later(minutes=2)

    assert clock(talk) == []


def test_what_cannot_be_compared_by_day_is_refused_with_what_can(talk: Talk, mary: Person) -> None:
    [said] = mary.say("/alert backlog unusual")

    assert said.text.startswith("“Open tickets” is of this moment and has no day to be compared with")
    assert "Sales, Paid, Refunds" in said.text


def test_what_is_no_alert_is_told_how_it_goes(talk: Talk, mary: Person) -> None:
    [said] = mary.say("/alert sun & rain > 3")

    assert said.text.splitlines()[0] == "There is nothing called “sun &amp; rain” to watch."
    assert "<code>/alert backlog &gt; 20</code>" in said.text


def test_the_card_of_the_day_counts_alerts_that_nobody_has_seen(talk: Talk, mary: Person) -> None:
    mary.say("/alert backlog > 0")
    talk.customer(7).say("where is my parcel?")
    talk.later(minutes=2)
    [told] = clock(talk)
    talk.later(seconds=1)
    [before] = mary.say("/brief")
    mary.tap(told.data[0])
    [after] = mary.say("/brief")

    assert ["alerts nobody acknowledged: 1" in one.text for one in (before, after)] == [True, False]
    assert talk.now - timedelta(days=1) < told.row.created_at
