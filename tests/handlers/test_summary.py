"""The manager's numbers in words: /today, 今日."""

from datetime import timedelta

import pytest

from crm_store.engine import transaction
from crm_store.service import conversation, ratings
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.html import plain
from tests.talk import Person, Sent, Talk, texts

MORNING = "Fri 20 Nov 00:00 to Fri 20 Nov 10:00, China Time (so far)"


@pytest.fixture
def mia(talk: Talk) -> Person:
    return talk.staff(2, "Mia", Role.MANAGER)


@pytest.fixture
def bob(talk: Talk) -> Person:
    return talk.staff(1, "Bob")


def shown(sent: list[Sent], to: Person) -> str:
    [text] = texts(sent, to)
    return text


def write(talk: Talk, count: int, kind: Kind | None = None, *, first: int = 0) -> None:
    """So many customers write one message each, a minute apart; the desk sorts them as ``kind``."""
    for number in range(first, first + count):
        talk.customer(7_000_000_000 + number).say("where is my parcel?")
        talk.later(minutes=1)
        if kind is not None:
            with transaction(talk.engine) as session:
                session.get(Ticket, number + 1).kind = kind


def test_before_anything_happened_it_says_so_plainly(talk: Talk, mia: Person) -> None:
    assert shown(mia.say("/today"), mia) == f"📊 <b>All quiet: nothing new, nothing open</b>\n{MORNING}"


def test_few_tickets_are_counted_and_not_divided(talk: Talk, mia: Person, bob: Person) -> None:
    write(talk, 2, Kind.COMPLAINT)
    write(talk, 1, first=2)
    talk.later(minutes=10)
    bob.say("/claim T1")
    bob.say("We are sorry.", reply_to=answerable(talk, bob))

    sent = mia.say("/today")

    assert shown(sent, mia) == (
        "📊 <b>3 new, 1 answered, 3 open now</b>\n"
        "Fri 20 Nov 00:00 to Fri 20 Nov 10:13, China Time (so far)\n"
        "\n"
        "New: 3\n"
        "Answered: 1\n"
        "Resolved: 0 · closed: 0\n"
        "Open now: 3, waiting for us: 2\n"
        "The oldest is T1, open for 13 minutes\n"
        "First answer: one ticket, after 13 minutes\n"
        "\n"
        "New tickets by kind: complaint 2\n"
        "Not sorted: 1 of 3. Please sort them: it teaches the bot\n"
        "Few tickets: counts only, percentages would say nothing\n"
        "\n"
        "Rating: none in this period"
    )
    assert sent[0].data == ("t:1", "open_queue")


def answerable(talk: Talk, bob: Person) -> int:
    """A message about T1 that stands in Bob's chat."""
    rows = [one.row for one in talk.deliver() if one.to == bob.id and one.row.ticket_id == 1]
    return rows[-1].telegram_id


def test_ten_tickets_have_shares(talk: Talk, mia: Person) -> None:
    write(talk, 7, Kind.ORDER_STATUS)
    write(talk, 3, first=7)

    text = shown(mia.say("/today"), mia)

    assert "New tickets by kind: order status 7 (70%)\nNot sorted: 3 of 10 (30%). Please" in text
    assert "Few tickets" not in text


def test_in_chinese_it_reads_like_chinese(talk: Talk) -> None:
    mia = talk.staff(2, "Mia", Role.OWNER, "zh")
    write(talk, 9, Kind.INQUIRY)
    write(talk, 1, first=9)

    assert shown(mia.say("今日"), mia) == (
        "📊 <b>新增 10，已回复 0，现有未结 10</b>\n"
        "11月20日周五 00:00 至 11月20日周五 10:10，中国时间（截至目前）\n"
        "\n"
        "新增：10\n"
        "已回复：0\n"
        "已解决：0 · 已关闭：0\n"
        "现有未结：10，其中等我们处理 10\n"
        "最早的是 T1，10 分钟前提交\n"
        "首次回复：本时段没有\n"
        "\n"
        "新工单类型：咨询 9（90%）\n"
        "未分类：10 个里有 1 个（10%），请帮忙归类，机器人会跟着学\n"
        "\n"
        "评分：本时段没有"
    )


def answer(talk: Talk, numbers: range) -> None:
    """The desk answers these tickets, a minute apart."""
    with transaction(talk.engine) as session:
        by = session.get(Staff, 1)
        for number in numbers:
            incoming = Incoming(
                chat_id=by.chat_id, telegram_id=10_000 + number, kind="text", text="It is on its way"
            )
            conversation.answer(
                session, ticket=session.get(Ticket, number + 1), by=by, incoming=incoming, now=talk.now
            )
            talk.later(minutes=2)


def rate(talk: Talk, scores: list[int], *, asked: int, first: int = 0) -> None:
    with transaction(talk.engine) as session:
        for number in range(first, first + asked):
            ratings.ask(session, ticket=session.get(Ticket, number + 1), now=talk.now)
        for number, score in enumerate(scores, start=first):
            ticket = session.get(Ticket, number + 1)
            ratings.rate(session, ticket=ticket, cycle=0, score=score, actor="customer", now=talk.now)


def test_few_ratings_are_said_to_be_few(talk: Talk, mia: Person) -> None:
    write(talk, 4)
    rate(talk, [5, 5, 2], asked=4)

    assert shown(mia.say("/today"), mia).endswith(
        "Rating: 4.0 of 5, n = 3 (5⭐ × 2, 2⭐ × 1): too few to judge by\n"
        "Asked for one: 4, of whom 3 answered so far"
    )


def test_ten_ratings_are_not(talk: Talk, mia: Person) -> None:
    write(talk, 12)
    rate(talk, [5] * 9 + [1], asked=12)

    assert shown(mia.say("/today"), mia).endswith(
        "Rating: 4.6 of 5, n = 10 (5⭐ × 9, 1⭐ × 1)\nAsked for one: 12, of whom 10 (83%) answered so far"
    )


@pytest.mark.parametrize(
    ("yesterday", "today", "line"),
    [
        (3, 5, "New: 5 (before: 3; the difference may be chance)"),
        (4, 4, "New: 4 (before: 4)"),
        (1, 12, "New: 12 (before: 1)"),
    ],
)
def test_today_stands_beside_yesterday_up_to_this_time_of_day(
    talk: Talk, mia: Person, yesterday: int, today: int, line: str
) -> None:
    talk.now -= timedelta(days=3)
    write(talk, 1)
    talk.now += timedelta(days=2)
    write(talk, yesterday, first=1)
    talk.later(hours=2)
    write(talk, 30, first=1 + yesterday)  # later than this time of day
    talk.now = talk.now.replace(day=20, hour=2, minute=0)
    write(talk, today, first=31 + yesterday)
    talk.now = talk.now.replace(hour=3, minute=0)

    text = shown(mia.say("/today"), mia)

    assert line in text.splitlines()
    assert text.endswith("<i>before: Thu 19 Nov 00:00 to Thu 19 Nov 11:00</i>")


def test_an_agent_is_told_who_may(talk: Talk, bob: Person) -> None:
    [answer] = texts(bob.say("/today"), bob)

    assert answer == plain(answer)
    assert "📊" not in answer


def test_the_summary_of_a_busy_day_fits_a_glance(talk: Talk, mia: Person) -> None:
    """Under 900 characters, its finding in the first line, whatever there is to tell."""
    olga = talk.staff(3, "Olga", Role.OWNER, "zh")
    for number, kind in enumerate(Kind):
        write(talk, 5, kind, first=5 * number)
    answer(talk, range(20))
    rate(talk, [5, 4, 3, 2, 1] * 3, asked=20)

    chinese, english = shown(olga.say("今日"), olga), shown(mia.say("/today"), mia)

    assert english.splitlines()[0] == "📊 <b>25 new, 20 answered, 25 open now</b>"
    assert "question 5 (20%) · complaint 5 (20%) · feedback 5 (20%) · order status 5 (20%)" in english
    assert "Rating: 3.0 of 5, n = 15 (5⭐ × 3, 4⭐ × 3, 3⭐ × 3, 2⭐ × 3, 1⭐ × 3)" in english
    assert max(len(plain(one)) for one in (chinese, english)) <= 900
