"""/talks, 沟通: a manager's figures of how the desk and its customers talk."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select

from bot.jobs import Jobs
from bot.settings import DeskSettings, Settings, Store
from bot.writer import Writer
from crm_store.customers.tables import Interaction, InteractionKind, Way
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job
from crm_store.staff.roles import Role
from handlers.desk import Hours
from handlers.voice import Voice
from tests.handlers.desk import notice, to
from tests.talk import DESK, WORDS, Person, Sent, Talk

pytestmark = pytest.mark.usefixtures("warm")

HOURS = ["Mon-Fri 09:00-18:00"]


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine, desk=replace(DESK, hours=Hours.parse(HOURS)))


@pytest.fixture
def shop(sqlite: Engine) -> Talk:
    """Where nothing is counted, and the database makes no difference."""
    return Talk(sqlite)


@pytest.fixture
def mia(talk: Talk) -> Person:
    return talk.staff(2, "Mia", Role.MANAGER)


@pytest.fixture
def bob(talk: Talk) -> Person:
    return talk.staff(1, "Bob")


def figures(talk: Talk) -> Sent:
    """What the counting message has become, once the job was done with the real process."""
    url = talk.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    settings = Settings(store=Store(url=url), desk=DeskSettings(hours=HOURS))
    writer = Writer(talk.engine)
    nobody: Any = None
    doing = Jobs(writer, bot=nobody, settings=settings, voice=Voice(talk.desk, WORDS), queued=lambda: None)
    try:
        with time_machine.travel(talk.now):
            assert asyncio.run(doing.step(Lane.QUICK))
    finally:
        writer.close()
    return talk.outbox()[-1]


def asked(talk: Talk) -> list[tuple[str, str, bool]]:
    """The windows of the jobs asked for, on the desk's clocks."""
    with transaction(talk.engine) as session:
        wanted = [one.arguments for one in session.scalars(select(Job).order_by(Job.id))]  # type: ignore[arg-type]
    return [(local(one["start"]), local(one["end"]), one["so_far"]) for one in wanted]


def local(moment: str) -> str:
    return f"{DESK.local(datetime.fromisoformat(moment)):%Y-%m-%d %H:%M}"


def converse(talk: Talk, bob: Person, count: int, *, first: int = 0) -> None:
    """So many customers write, are answered two minutes later, and say thanks."""
    for number in range(first, first + count):
        ann = talk.customer(7_000_000_000 + number)
        place = notice(talk, ann, bob)
        talk.later(minutes=2)
        bob.say("we look into it", reply_to=place)
        ann.say("thanks!")


def test_few_contacts_are_counted_and_nothing_more_is_said(talk: Talk, bob: Person, mia: Person) -> None:
    converse(talk, bob, 2)
    talk.customer(7_000_000_005).say("is anybody there at all?")
    talk.later(minutes=30)

    [counting] = mia.say("/talks 7")
    shown = figures(talk)

    assert counting.text == (
        "⏳ Counting the contacts from Sat 14 Nov 00:00 to Fri 20 Nov 10:34, China Time. "
        "The figures come here when they are ready; you can go on working meanwhile."
    )
    assert shown.text == (
        "💬 <b>7 contacts with 3 customers; 1 ticket waits for us</b>\n"
        "Sat 14 Nov 00:00 to Fri 20 Nov 10:34, China Time (so far)\n"
        "\n"
        "⏱ <b>Answers</b> (opening hours only)\n"
        "First: n = 2, too few for more\n"
        "Every: n = 2, too few for more\n"
        "\n"
        "👥 <b>Contacts</b>\n"
        "Chat: 7 (5 from them, 2 from us)\n"
        "\n"
        "⏳ Waiting for us now: 1; longest T3, for 30 minutes\n"
        "\n"
        "🗂 <b>New tickets</b> (n = 3): not sorted yet 3"
    )
    assert shown.to == mia.id
    assert shown.data == ("talks:7", "talks:30", "talks:90", "t:3", "open_queue")
    assert shown.buttons == ("7 days", "30 days", "90 days", "Open T3", "Whole queue")


def test_with_enough_the_figures_come_with_their_n(talk: Talk, bob: Person, mia: Person) -> None:
    talk.customer(7_000_000_099).say("long ago")
    talk.later(days=40)
    converse(talk, bob, 10)
    log(talk, 3, InteractionKind.CALL, Way.IN)

    mia.say("/talks")
    text = figures(talk).text

    assert text == (
        "💬 <b>31 contacts with 10 customers; half of the answers within 2 minutes; "
        "1 ticket waits for us</b>\n"
        "Tue 1 Dec 00:00 to Wed 30 Dec 10:20, China Time (so far)\n"
        "\n"
        "⏱ <b>Answers</b> (opening hours only)\n"
        "First: median 2 minutes, nine of ten within 2 minutes (n = 10)\n"
        "Every: median 2 minutes, nine of ten within 2 minutes (n = 10)\n"
        "\n"
        "👥 <b>Contacts</b>\n"
        "Chat: 30 (20 from them, 10 from us)\n"
        "Calls: 1 (1 from them)\n"
        "Per customer: 3.1 on average, half of them at most 3, at most 4 (n = 10)\n"
        "They come most on Wednesdays (n = 21) and from 10:00 to 11:00 (n = 21), "
        "of the 21 contacts they began\n"
        "\n"
        "🔕 Silent: 1 of 1 who had written or called before\n"
        "⏳ Waiting for us now: 1; longest T1, for 1 month\n"
        "\n"
        "🗂 <b>New tickets</b> (n = 10): not sorted yet 10 (100%)"
    )


def log(talk: Talk, customer: int, kind: InteractionKind, way: Way) -> None:
    with transaction(talk.engine) as session:
        session.add(Interaction(customer_id=customer, kind=kind, way=way, text="…", at=talk.now))


def test_in_chinese_it_reads_like_chinese(talk: Talk, bob: Person) -> None:
    mia = talk.staff(2, "Mia", Role.OWNER, "zh")
    converse(talk, bob, 10)

    [counting] = mia.say("沟通7")

    assert counting.text == (
        "⏳ 正在统计 11月14日周六 00:00 至 11月20日周五 10:20（中国时间）的沟通情况，"
        "好了就发给您，您可以先忙别的。"
    )
    assert figures(talk).text == (
        "💬 <b>与 10 位客户往来 30 次，一半的回复在 2 分钟以内</b>\n"
        "11月14日周六 00:00 至 11月20日周五 10:20，中国时间（截至目前）\n"
        "\n"
        "⏱ <b>回复用时</b>（只算营业时间）\n"
        "首次回复：中位数 2 分钟，九成在 2 分钟以内（n = 10）\n"
        "每次回复：中位数 2 分钟，九成在 2 分钟以内（n = 10）\n"
        "\n"
        "👥 <b>往来</b>\n"
        "聊天：30 次（客户找我们 20，我们找客户 10）\n"
        "每位客户平均 3.0 次，一半的人不超过 3 次，最多 3 次（n = 10）\n"
        "客户找我们最多的时候：星期五（n = 20）、10:00 至 11:00（n = 20），共 20 次\n"
        "\n"
        "⏳ 现在等我们处理：0\n"
        "\n"
        "🗂 <b>新工单</b>（n = 10）：未分类 10（100%）"
    )


def test_what_was_answered_at_night_waited_only_while_the_desk_was_open(
    talk: Talk, bob: Person, mia: Person
) -> None:
    talk.later(hours=7, minutes=50)  # 17:50
    places = [notice(talk, talk.customer(7_000_000_000 + number), bob) for number in range(10)]
    talk.later(hours=5)
    for place in places:
        bob.say("good night", reply_to=place)

    mia.say("/talks")

    assert "First: median 10 minutes, nine of ten within 10 minutes (n = 10)" in figures(talk).text


@pytest.mark.parametrize(
    ("said", "start", "end", "so_far"),
    [
        ("/talks", "2026-10-22 00:00", "2026-11-20 10:00", True),
        ("/talks 1", "2026-11-20 00:00", "2026-11-20 10:00", True),
        ("/talks 90 days", "2026-08-23 00:00", "2026-11-20 10:00", True),
        ("沟通 ３０天", "2026-10-22 00:00", "2026-11-20 10:00", True),
        ("沟通分析 周", "2026-11-16 00:00", "2026-11-20 10:00", True),
        ("/talks last week", "2026-11-09 00:00", "2026-11-16 00:00", False),
        ("沟通本月", "2026-11-01 00:00", "2026-11-20 10:00", True),
        ("/talks last-month", "2026-10-01 00:00", "2026-11-01 00:00", False),
        ("/talks 2026-10", "2026-10-01 00:00", "2026-11-01 00:00", False),
        ("/talks 366", "2025-11-20 00:00", "2026-11-20 10:00", True),
    ],
)
def test_a_window_is_so_many_days_or_a_week_or_a_month_of_the_desks_calendar(
    shop: Talk, said: str, start: str, end: str, so_far: bool
) -> None:
    shop.staff(2, "Mia", Role.MANAGER).say(said)

    assert asked(shop) == [(start, end, so_far)]


@pytest.mark.parametrize("said", ["0", "367", "sometimes", "2027-01", "9999", "3 or 4", "<b>"])
def test_what_is_no_window_is_answered_with_those_there_are(shop: Talk, said: str) -> None:
    [sent] = shop.staff(2, "Mia", Role.MANAGER).say(f"/talks {said}")

    assert sent.text == shop.render("manager/talks/usage.html.j2", most=366)
    assert sent.data == ("talks:7", "talks:30", "talks:90")
    assert asked(shop) == []


def test_another_span_is_a_tap_away_in_the_same_message(talk: Talk, mia: Person) -> None:
    [counting] = mia.tap("talks:90", on=5)
    shown = figures(talk)

    assert (counting.method, counting.row.params["message_id"]) == ("editMessageText", 5)
    assert (shown.row.id, shown.row.params["message_id"]) == (counting.row.id, 5)
    assert shown.text.startswith("💬 <b>No contact with anybody</b>\nSun 23 Aug 00:00 to Fri 20 Nov 10:00")


def test_who_left_meanwhile_hears_nothing(talk: Talk, mia: Person) -> None:
    olga = talk.staff(3, "Olga", Role.OWNER)
    mia.say("/talks")
    olga.say("/revoke Mia")
    before = [one.text for one in to(talk.outbox(), mia)]

    figures(talk)

    assert [one.text for one in to(talk.outbox(), mia)] == before


def test_only_figures_cross_from_the_other_process(talk: Talk, bob: Person, mia: Person) -> None:
    """Nobody's name, number or words are in what a manager is told."""
    converse(talk, bob, 12)
    mia.say("/talks")

    text = figures(talk).text

    assert not any(word in text for word in ("Ann", "张", "kettle", "look into", "C1", "7000000"))


def test_a_report_of_long_ago_does_not_count_today(talk: Talk, bob: Person, mia: Person) -> None:
    converse(talk, bob, 1)

    mia.say("/talks last month")

    assert figures(talk).text.startswith(
        "💬 <b>No contact with anybody</b>\nThu 1 Oct to Sat 31 Oct, China Time\n"
    )
