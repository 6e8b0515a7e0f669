"""Reports on demand: text first, then pictures, then files of the very same figures."""

import asyncio
import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.analysis.service_summary import Window
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, OutboxFile
from crm_store.reports.tables import ReportRun, RunState
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers import html
from handlers.manager.reports.telling import LONGEST, Told
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Person, Sent, Talk, texts

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def mia(talk: Talk) -> Person:
    return talk.staff(1, "Mia", Role.MANAGER)


def work_off(talk: Talk) -> None:
    """Do the reports there are to do, with the real process."""
    settings = Settings(store=Store(url=talk.engine.url.render_as_string(hide_password=False)))
    writer = Writer(talk.engine)
    nobody: Any = None
    doing = Jobs(writer, bot=nobody, settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None)
    try:
        with time_machine.travel(talk.now, tick=True):
            while asyncio.run(doing.step(Lane.QUICK)):
                pass
    finally:
        writer.close()


def told(talk: Talk, person: Person, said: str) -> list[Sent]:
    """From the command to the last picture: what came besides the word that it is being made."""
    before = len(talk.outbox())
    person.say(said)
    talk.deliver()
    work_off(talk)
    return talk.outbox()[before + 1 :]


def ticket(talk: Talk, text: str = "where is my parcel?") -> None:
    talk.customer().say(text)
    talk.deliver()


def runs(talk: Talk) -> list[ReportRun]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(ReportRun).order_by(ReportRun.id)))  # type: ignore[arg-type]


def files(talk: Talk) -> dict[str, bytes]:
    with transaction(talk.engine) as session:
        return {one.name: one.data for one in session.scalars(select(OutboxFile))}


def test_a_report_is_text_first_then_pictures_and_its_figures_are_kept(talk: Talk, mia: Person) -> None:
    ticket(talk)
    talk.later(hours=1)

    [text, *pictures] = told(talk, mia, "/report service")

    assert text.method == "editMessageText"
    assert text.text.splitlines()[:2] == [
        "📊 <b>Daily report</b>",
        "Fri 20 Nov 00:00 to Fri 20 Nov 11:00, China Time (so far)",
    ]
    assert "<b>Service</b> 1 new, 0 answered, 0 resolved" in text.text
    assert len(html.plain(text.text)) <= LONGEST
    [picture] = pictures
    assert picture.method == "sendPhoto"
    assert picture.text == "Bar chart of 14 spans of time: new tickets by kind; 1 in this period"
    assert files(talk)["service.png"].startswith(b"\x89PNG")
    [run] = runs(talk)
    assert run.figures is not None
    assert (run.state, run.figures["sections"]["service"]["new"]) == (RunState.SENT, 1)


@pytest.mark.parametrize(
    ("said", "title", "about"),
    [
        ("/daily yesterday", "Daily report", "Thu 19 Nov, China Time"),
        ("/weekly", "Weekly report", "Mon 9 Nov to Sun 15 Nov, China Time"),
        ("周报 上周", "Weekly report", "Mon 9 Nov to Sun 15 Nov, China Time"),
        ("/report week", "Weekly report", "Mon 9 Nov to Sun 15 Nov, China Time"),
        ("/weekly 2026-03-15", "Weekly report", "Mon 9 Mar to Sun 15 Mar, China Time"),
        ("月报", "Monthly report", "Thu 1 Oct to Sat 31 Oct, China Time"),
        ("/report 2026-03", "Monthly report", "Sun 1 Mar to Tue 31 Mar, China Time"),
        ("报表 2026-03-01..2026-03-10", "Report", "Sun 1 Mar to Tue 10 Mar, China Time"),
        ("/report this week", "Weekly report", "Mon 16 Nov 00:00 to Fri 20 Nov 10:00, China Time (so far)"),
    ],
)
def test_a_report_of_any_past_time_can_be_asked_for(
    talk: Talk, mia: Person, said: str, title: str, about: str
) -> None:
    [text, *_] = told(talk, mia, f"{said} service team")

    assert text.text.splitlines()[:2] == [f"📊 <b>{title}: all quiet</b>", about]


@pytest.mark.parametrize(
    ("said", "window", "title", "before"),
    [
        ("报表第三季度", "2026-07-01 2026-10-01", "Report", "2026-04-01 2026-07-01"),
        ("/report 2024", "2024-01-01 2025-01-01", "Report", "2023-01-01 2024-01-01"),
        ("/report 30", "2026-10-22 2026-11-20", "Report", "2026-09-22 2026-10-22"),
        ("周报上上周", "2026-11-02 2026-11-09", "Weekly report", "2026-10-26 2026-11-02"),
        ("报表 本月", "2026-11-01 2026-11-20", "Monthly report", "2026-10-01 2026-11-01"),
        ("日报2024年2月29日", "2024-02-29 2024-03-01", "Daily report", "2024-02-28 2024-02-29"),
        ("月报 2024-02", "2024-02-01 2024-03-01", "Monthly report", "2024-01-01 2024-02-01"),
    ],
)
def test_a_span_is_called_what_it_is_and_the_one_before_joins_it(
    talk: Talk, mia: Person, said: str, window: str, title: str, before: str
) -> None:
    [asked] = texts(mia.say(said), mia)
    with transaction(talk.engine) as session:
        run = session.get_one(ReportRun, 1)
        arguments = session.get_one(Job, run.job_id).arguments
        compared = Window(*(datetime.fromisoformat(one) for one in arguments["before"]))
        span = Window(run.window_start, run.window_end)
        told = Told(run.period, span, compared, arguments["so_far"], DESK.timezone, "CNY", {})
        run.figures = told.kept()
    mia.tap("report_before:1")

    assert asked == f"⏳ Working on it: {title}. A few seconds."
    assert [
        f"{DESK.local(one.window_start):%Y-%m-%d} {DESK.local(one.window_end):%Y-%m-%d}" for one in runs(talk)
    ] == [
        window,
        before,
    ]


def test_only_the_parts_that_were_asked_for_come(talk: Talk, mia: Person) -> None:
    [text, *_] = told(talk, mia, "日报 昨天 团队")

    assert "<b>Team</b>" in text.text
    assert "<b>Service</b>" not in text.text
    assert [run.sections for run in runs(talk)] == [["team"]]


def test_what_is_not_understood_is_quoted_and_nothing_is_made(talk: Talk, mia: Person) -> None:
    [said] = texts(mia.say("/report the <day> of doom"), mia)

    assert said.splitlines()[0] == (
        "I did not understand “the &lt;day&gt; of doom”, or it is still to come. Ask for a report like this:"
    )
    assert runs(talk) == []


def test_the_same_closed_window_gives_the_same_figures_and_says_when_it_does_not(
    talk: Talk, mia: Person
) -> None:
    talk.now -= timedelta(days=1)
    ticket(talk)
    talk.later(days=1)

    first = told(talk, mia, "/daily yesterday service")[0]
    again = told(talk, mia, "/daily yesterday service")[0]
    with transaction(talk.engine) as session:
        run = session.get_one(ReportRun, 2)  # as if something had been written down for that day since
        service = {**(run.figures or {})["sections"]["service"], "new": 7}
        run.figures = {**(run.figures or {}), "sections": {"service": service}}
    corrected = told(talk, mia, "/daily yesterday service")[0]

    assert again.text.splitlines()[:3] == first.text.splitlines()[:3]
    assert "✏️" not in again.text
    assert corrected.text.splitlines()[1].startswith("✏️ Not what was sent Fri 20 Nov 10:00")


def test_the_period_before_is_a_button_away(talk: Talk, mia: Person) -> None:
    told(talk, mia, "/weekly service")

    mia.tap("report_before:1")
    work_off(talk)

    assert [(run.window_end - run.window_start).days for run in runs(talk)] == [7, 7]
    assert runs(talk)[1].window_end == runs(talk)[0].window_start


def test_two_taps_on_a_button_are_one_wish(talk: Talk, mia: Person) -> None:
    told(talk, mia, "/daily service")

    for _ in range(2):
        mia.tap("report_file:1:csv")
        mia.tap("report_before:1")
    work_off(talk)
    mia.tap("report_file:1:csv")
    work_off(talk)

    assert [name for name in files(talk) if name.endswith(".csv")] == ["Daily-report-2026-11-20.csv"]
    assert len(runs(talk)) == 2

    talk.later(minutes=1)  # it may be gone from the telephone by now
    mia.tap("report_file:1:csv")
    work_off(talk)
    assert len([one for one in talk.outbox() if one.method == "sendDocument"]) == 2


def test_a_csv_and_a_workbook_say_what_the_message_said(talk: Talk, mia: Person) -> None:
    ticket(talk)
    told(talk, mia, "/daily service")

    mia.tap("report_file:1:csv")
    mia.tap("report_file:1:xlsx")
    ticket(talk, "and another thing, a complaint!")  # afterwards: not in the files
    work_off(talk)

    found = files(talk)
    rows = list(csv.reader(io.StringIO(found["Daily-report-2026-11-20.csv"].decode("utf-8-sig"))))
    assert rows[0][0] == "Section"
    assert rows[-1][:2] == ["Service", "2026-11-20"]
    assert rows[-1][-1] == "1"
    book = load_workbook(io.BytesIO(found["Daily-report-2026-11-20.xlsx"]))
    assert book.sheetnames == ["Service"]
    assert [cell.value for cell in book["Service"][15]][-1] == 1


def test_a_pdf_holds_words_pictures_and_tables(talk: Talk, mia: Person) -> None:
    ticket(talk)
    told(talk, mia, "/daily service team")

    mia.tap("report_file:1:pdf")
    work_off(talk)

    pdf = files(talk)["Daily-report-2026-11-20.pdf"]
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page ") == 3  # words, a picture, a table: the team did nothing


def test_nobody_gets_files_of_another_managers_report(talk: Talk, mia: Person) -> None:
    told(talk, mia, "/daily service")
    max_ = talk.staff(2, "Max", Role.MANAGER)

    max_.tap("report_file:1:csv")
    work_off(talk)

    assert [name for name in files(talk) if name.endswith(".csv")] == []


def test_who_is_no_manager_any_more_gets_nothing(talk: Talk, mia: Person) -> None:
    mia.say("/daily service")
    with transaction(talk.engine) as session:
        session.get_one(Staff, 1).revoked_at = talk.now
    before = len(talk.outbox())

    work_off(talk)

    assert len(talk.outbox()) == before
    assert [run.state for run in runs(talk)] == [RunState.SKIPPED]


def test_a_chinese_reader_gets_a_chinese_report(talk: Talk) -> None:
    olga = talk.staff(3, "Olga", Role.OWNER, "zh")
    ticket(talk)

    [text, picture] = told(talk, olga, "日报 客服")

    assert text.text.splitlines()[0] == "📊 <b>日报</b>"
    assert "<b>客服</b> 新工单 1，已回复 0，已解决 0" in text.text
    assert picture.text == "柱状图：14 根柱子，每根是一段时间的新工单，按类型分段；本期共 1 个"
