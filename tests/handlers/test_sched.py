"""Reports that come by themselves: set in a sentence, shown with zone and next time, changed with a thumb."""

from datetime import time

import pytest
from sqlalchemy import select

from crm_store.engine import transaction
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import ReportRun, ReportSchedule
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit, Staff
from handlers.manager.reports import timing
from handlers.manager.reports.due import Due
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Person, Talk, texts

EVENING = time(20)
WORKDAYS = (0, 1, 2, 3, 4)


@pytest.fixture
def mia(talk: Talk) -> Person:
    return talk.staff(1, "Mia", Role.MANAGER)


def tick(talk: Talk, daily: time | None = None) -> None:
    """What the clock does about reports."""
    with transaction(talk.engine) as session:
        Due(Voice(DESK, WORDS), daily).ask(session, talk.now)


def schedules(talk: Talk) -> list[ReportSchedule]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(ReportSchedule).order_by(ReportSchedule.id)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "rhythm", "rest"),
    [
        ("每天9点", Rhythm(time(9)), ""),
        ("每天早上9点半", Rhythm(time(9, 30)), ""),
        ("每日晚上八点 业绩", Rhythm(time(20)), "业绩"),
        ("每天２１：０５", Rhythm(time(21, 5)), ""),
        ("每天中午1点", Rhythm(time(13)), ""),
        ("每天晚上12点", Rhythm(time(0)), ""),
        ("每天下午三点一刻", Rhythm(time(15, 15)), ""),
        ("每天", Rhythm(time(9)), ""),
        ("工作日18:00", Rhythm(time(18), WORKDAYS), ""),
        ("周一8:30", Rhythm(time(8, 30), (0,)), ""),
        ("周一三点", Rhythm(time(3), (0,)), ""),
        ("每周一三五 9点", Rhythm(time(9), (0, 2, 4)), ""),
        ("周一至周五 9:30", Rhythm(time(9, 30), WORKDAYS), ""),
        ("星期天20点", Rhythm(time(20), (6,)), ""),
        ("周末 10点", Rhythm(time(10), (5, 6)), ""),
        ("每月1号", Rhythm(time(9), day=1), ""),
        ("每月十五号 8点", Rhythm(time(8), day=15), ""),
        ("每月31号", Rhythm(time(9), day=0), ""),
        ("每月最后一天 20:00", Rhythm(time(20), day=0), ""),
        ("月底 20点", Rhythm(time(20), day=0), ""),
        ("daily 9:00", Rhythm(time(9)), ""),
        ("every day at 8pm sales", Rhythm(time(20)), "sales"),
        ("Mon 8:30", Rhythm(time(8, 30), (0,)), ""),
        ("Mon, Wed and Fri 18:30", Rhythm(time(18, 30), (0, 2, 4)), ""),
        ("mon-fri 9", Rhythm(time(9), WORKDAYS), ""),
        ("weekdays 6pm", Rhythm(time(18), WORKDAYS), ""),
        ("weekly 9:00", Rhythm(time(9), (0,)), ""),
        ("monthly 1", Rhythm(time(9), day=1), ""),
        ("monthly on the 15th 9:30", Rhythm(time(9, 30), day=15), ""),
        ("monthly last 20:00", Rhythm(time(20), day=0), ""),
        ("每週一、三點", Rhythm(time(3), (0,)), ""),
        ("禮拜五8點半", Rhythm(time(8, 30), (4,)), ""),
        ("每天中午 业绩", Rhythm(time(12)), "业绩"),
        ("周1-5 9点", Rhythm(time(9), WORKDAYS), ""),
        ("daily at noon", Rhythm(time(12)), ""),
        ("mon wed fri 9:00", Rhythm(time(9), (0, 2, 4)), ""),
        ("end of month", Rhythm(time(9), day=0), ""),
        ("the 1st of the month 9am", Rhythm(time(9), day=1), ""),
        ("月初 8点", Rhythm(time(8), day=1), ""),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, rhythm: Rhythm, rest: str) -> None:
    assert timing.read(typed) == (rhythm, rest)


@pytest.mark.parametrize("typed", ["", "soon", "凌晨", "下午3点", "每月32号", "R3", "周八 9点"])
def test_what_is_no_rhythm_is_not_guessed_at(typed: str) -> None:
    assert timing.read(typed) is None


@pytest.mark.parametrize("typed", ["定时 R1 内容 业绩 语言 中文", "/sched R1 only sales, language chinese"])
def test_small_words_between_do_no_harm(talk: Talk, mia: Person, typed: str) -> None:
    mia.say("/sched daily 9:00")
    mia.say(typed)

    assert [(one.sections, one.language) for one in schedules(talk)] == [(["sales"], "zh")]


def test_the_same_one_again_is_the_one_there_is(talk: Talk, mia: Person) -> None:
    """Two of a kind would come twice every morning."""
    for typed in ("定时 每天9点", "/sched R1 pause", "/sched daily 9:00", "定时 每天9点 业绩"):
        mia.say(typed)

    assert [(one.sections[0], one.paused_at) for one in schedules(talk)] == [
        ("service", None),
        ("sales", None),
    ]


def test_a_time_alone_is_of_every_day_and_else_of_the_days_there_are(talk: Talk, mia: Person) -> None:
    mia.say("定时 下午3点半 业绩")
    mia.say("/sched Mon 9:00")
    mia.say("/sched R2 18点")

    assert [(one.cron, one.sections) for one in schedules(talk)] == [
        ("30 15 * * *", ["sales"]),
        ("0 18 * * 1", ["service", "sales", "segments", "campaigns", "team"]),
    ]


def test_a_day_that_not_every_month_has_is_said_to_be_the_last(talk: Talk, mia: Person) -> None:
    [said] = texts(mia.say("/sched 每月31号"), mia)

    [last] = texts(mia.say("/sched monthly last"), mia)
    assert not last.endswith("last day.</i>")
    assert said.endswith("<i>Not every month has a 29th, 30th or 31st: they all mean its last day.</i>")


@pytest.mark.parametrize(
    "typed", ["25点", "每天24点", "每天-1点", "周八9点", "每天9点和18点", "每月0号", "noonish"]
)
def test_what_no_clock_shows_changes_nothing_and_is_quoted(talk: Talk, mia: Person, typed: str) -> None:
    [said] = texts(mia.say(f"/sched {typed}"), mia)

    assert said.splitlines()[0] == f"I did not understand “{typed}”; nothing was changed."
    assert schedules(talk) == []


@pytest.mark.parametrize("typed", ["每天25点", "daily 9:75", "每天9点 天气", "每天9点9点"])
def test_a_time_that_is_none_changes_nothing_and_is_quoted(talk: Talk, mia: Person, typed: str) -> None:
    [said] = texts(mia.say(f"/sched {typed}"), mia)

    assert said.splitlines()[0] == f"I did not understand “{typed}”; nothing was changed."
    assert schedules(talk) == []


def test_one_is_set_in_a_sentence_and_shown_with_zone_and_next_time(talk: Talk, mia: Person) -> None:
    [said] = mia.say("/sched daily 9:00 service chinese skip empty")

    assert said.text == (
        "✅ <b>R1 is set</b>\n"
        "Daily report: daily 09:00 (China Time)\n"
        "Next: Sat 21 Nov 09:00\n"
        "Contents: Service; about the day before (whole days since the last one)\n"
        "Language: Chinese; not sent when nothing happened"
    )
    [made] = schedules(talk)
    assert (made.cron, made.zone, made.sections, made.language, made.skip_empty) == (
        "0 9 * * *",
        "Asia/Shanghai",
        ["service"],
        "zh",
        True,
    )


def test_in_chinese_typed_in_one_go(talk: Talk) -> None:
    olga = talk.staff(3, "Olga", Role.OWNER, "zh")

    [said] = olga.say("定时每周一8:30 客服 团队")

    assert said.text == (
        "✅ <b>R1 设好了</b>\n周报：每周一 08:30（中国时间）\n下次：11月23日周一 08:30\n"
        "内容：客服、团队；讲的是上一整周\n语言：跟随您的设置"
    )


def test_the_list_shows_each_with_its_next_time_and_offers_the_usual(talk: Talk, mia: Person) -> None:
    [empty] = mia.say("/sched")
    mia.tap("sched_new:mon 9:00")
    mia.tap("sched_new:mon 9:00")  # twice is once
    [listed] = mia.say("/sched")

    assert empty.text.splitlines()[0] == "⏰ <b>You have no scheduled reports yet</b>"
    assert empty.data == ("sched_new:daily 20:00", "sched_new:mon 9:00", "sched_new:monthly 1 9:00")
    assert listed.text.splitlines()[:2] == [
        "⏰ <b>Your scheduled reports</b>",
        "<b>R1</b> Weekly report: Mon 09:00, next Mon 23 Nov 09:00",
    ]
    assert listed.data == ("sched:1", "sched_new:daily 20:00", "sched_new:monthly 1 9:00")


def test_time_contents_and_language_are_changed_and_written_down(talk: Talk, mia: Person) -> None:
    mia.say("/sched daily 9:00")

    mia.say("/sched R1 Mon 8:30")
    mia.tap("sched_do:1:team")
    mia.tap("sched_do:1:language")
    mia.tap("sched_do:1:empty")

    [one] = schedules(talk)
    assert (one.cron, one.period, "team" in one.sections, one.language, one.skip_empty) == (
        "30 8 * * 1",
        "week",
        False,
        "zh",
        True,
    )
    with transaction(talk.engine) as session:
        trail = session.scalars(select(Audit.action).where(Audit.entity == "report_schedule")).all()  # type: ignore[arg-type]
    assert trail == ["started", "changed", "changed", "changed", "changed"]


def test_another_time_makes_up_for_none_that_would_have_come_by_it(talk: Talk, mia: Person) -> None:
    mia.say("/sched Mon 9:00")
    talk.later(hours=7 * 24)  # Friday 10:00
    tick(talk)

    [said] = mia.say("/sched R1 Thu 9:00")
    tick(talk)

    assert "Thu 3 Dec 09:00" in said.text
    with transaction(talk.engine) as session:
        assert [one.slot for one in session.scalars(select(ReportRun))] == ["2026-11-23"]


def test_the_last_part_stays(talk: Talk, mia: Person) -> None:
    mia.say("/sched daily 9:00 team")

    mia.tap("sched_do:1:team")

    assert [one.sections for one in schedules(talk)] == [["team"]]


def test_the_time_can_be_typed_after_the_button_and_is_asked_again_when_it_is_none(
    talk: Talk, mia: Person
) -> None:
    mia.say("/sched daily 9:00")

    [asked] = mia.tap("sched_do:1:time")
    [again] = mia.say("some time")
    [done] = mia.say("weekdays 18:00")

    assert asked.text.startswith("When should R1 come?")
    assert again.text.startswith("I did not understand “some time”; nothing was changed.")
    assert done.text.splitlines()[1] == "Daily report: weekdays 18:00 (China Time)"


def test_it_is_paused_resumed_and_deleted(talk: Talk, mia: Person) -> None:
    mia.say("/sched daily 9:00")

    [paused] = mia.say("/sched R1 暂停")
    [resumed] = mia.tap("sched_do:1:resume")
    [deleted] = mia.say("/sched R1 delete")
    [gone] = mia.say("/sched R1")

    assert paused.text.splitlines()[0] == "⏸ <b>R1 is paused</b>"
    assert resumed.text.splitlines()[0] == "▶️ <b>R1 goes on</b>; what was missed is not sent"
    assert deleted.text.splitlines()[0] == "🗑 R1 is deleted and will not come any more."
    assert gone.text == "There is no R1. You have none yet: try <code>/sched daily 9:00</code>"


def test_nobody_sees_or_changes_anothers(talk: Talk, mia: Person) -> None:
    mia.say("/sched daily 9:00")
    max_ = talk.staff(2, "Max", Role.MANAGER)

    [said] = max_.say("/sched R1 delete")
    [tapped] = max_.tap("sched_do:1:pause")

    assert said.text == tapped.text == "There is no R1. You have none yet: try <code>/sched daily 9:00</code>"
    assert [one.ended_at for one in schedules(talk)] == [None]


def test_ten_are_enough(talk: Talk, mia: Person) -> None:
    for hour in range(10):
        mia.say(f"/sched Mon {hour}:00")

    [said] = mia.say("/sched Mon 11:00")

    assert said.text.startswith("Nobody has more than 10 scheduled reports.")
    assert len(schedules(talk)) == 10


def test_an_own_daily_report_takes_the_place_of_the_shops(talk: Talk, mia: Person) -> None:
    tick(talk, EVENING)

    [said] = mia.say("/sched daily 21:00")
    talk.later(hours=11)  # 21:00
    tick(talk, EVENING)

    assert said.text.splitlines()[-1] == (
        "<i>The shop's own daily report is paused for you, so that you do not get two a day.</i>"
    )
    assert [(one.from_settings, one.paused_at is None) for one in schedules(talk)] == [
        (True, False),
        (False, True),
    ]


def test_the_shops_daily_report_can_be_switched_off_and_stays_off(talk: Talk, mia: Person) -> None:
    tick(talk, EVENING)

    [said] = mia.say("/sched R1 delete")
    talk.later(hours=12)
    tick(talk, EVENING)

    assert said.text.splitlines()[0] == "⏸ R1 is the shop's own daily report; it is off for you now."
    assert [(one.from_settings, one.paused_at is None) for one in schedules(talk)] == [(True, False)]


def test_when_its_manager_leaves_it_stops_and_a_colleague_may_take_it_over(talk: Talk, mia: Person) -> None:
    olga = talk.staff(3, "Olga", Role.OWNER)
    mia.say("/sched Mon 8:30 team")
    with transaction(talk.engine) as session:
        session.get_one(Staff, 1).revoked_at = talk.now
    before = len(talk.outbox())

    tick(talk)
    tick(talk)
    [told] = talk.outbox()[before:]
    talk.deliver()
    [taken] = olga.tap("sched_take:1")
    olga.tap("sched_take:1")  # twice is once

    assert told.to == olga.id
    assert told.text == (
        "⏰ Mia gets no reports any more, so these have stopped:\n"
        "<b>R1</b> Weekly report: Mon 08:30\n"
        "If you need them, tap to get them yourself."
    )
    assert taken.text.splitlines()[0] == "✅ <b>R2 is set</b>"
    assert [(one.staff_id, one.ended_at is None, one.cron) for one in schedules(talk)] == [
        (1, False, "30 8 * * 1"),
        (2, True, "30 8 * * 1"),
    ]


def test_when_its_manager_is_made_an_agent_it_stops_too(talk: Talk, mia: Person) -> None:
    mia.say("/sched Mon 8:30")
    with transaction(talk.engine) as session:
        session.get_one(Staff, 1).role = Role.AGENT

    tick(talk)

    assert [one.ended_at for one in schedules(talk)] == [talk.now]
