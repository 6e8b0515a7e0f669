"""/call, /mail, /visit and /note: what happened elsewhere, on the timeline, for staff only."""

from datetime import datetime

import pytest
from sqlmodel import select

from crm_store.customers.tables import Interaction, InteractionKind, Way
from crm_store.engine import transaction
from crm_store.staff.tables import Audit
from handlers.agent.records.log import Written, understand
from tests.handlers.desk import document, notice, to
from tests.handlers.shop import customer
from tests.talk import DESK, START, Talk, texts

K = InteractionKind


def kept(talk: Talk) -> list[tuple[int, InteractionKind, Way | None, int | None, str]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(Interaction).order_by(Interaction.id)).all()  # type: ignore[arg-type]
        return [(one.customer_id, one.kind, one.way, one.duration_seconds, one.text) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "/call C1 in 5m 询价",
        "/call C000001 in 5m 询价",
        "记电话 C1 呼入 5分钟 询价",
        "记电话C1，5 分钟 来电 询价",
        "/call c1 inbound 300s 询价",
    ],
)
def test_a_call_is_on_the_timeline_with_its_way_and_length(talk: Talk, text: str) -> None:
    """AT C17."""
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [said] = texts(bob.say(text), bob)
    [timeline] = texts(bob.say("/timeline C1"), bob)

    assert kept(talk) == [(1, K.CALL, Way.IN, 300, "询价")]
    line = "📞 <b>call</b> · from the customer · 5 mins · 10:00\n询价"
    assert said == f"✅ Written down for <b>C1</b> 张三. Only colleagues see it.\n\n{line}"
    assert line in timeline


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("in 5m 询价", Written(Way.IN, 300, "询价")),
        ("呼出 1h20m 谈合同", Written(Way.OUT, 4800, "谈合同")),
        ("去电 1小时20分钟：谈合同", Written(Way.OUT, 4800, "谈合同")),
        ("90s out", Written(Way.OUT, 90, "")),
        ("1.5h 看样品", Written(None, 5400, "看样品")),
        ("1 h 20 min in long one", Written(Way.IN, 4800, "long one")),
        ("来电 咨询", Written(Way.IN, None, "咨询")),
        ("asked in 5m time", Written(None, None, "asked in 5m time")),
        ("5 teapots", Written(None, None, "5 teapots")),
        ("5mm nails", Written(None, None, "5mm nails")),
        ("3个水壶", Written(None, None, "3个水壶")),
        ("info wanted", Written(None, None, "info wanted")),
        ("in in 5m 6m x", Written(Way.IN, None, "in 5m 6m x")),
        ("99h x", Written(None, None, "99h x")),
        ("0m x", Written(None, None, "0m x")),
        ("", Written(None, None, "")),
    ],
)
def test_way_and_length_stand_before_the_words_in_either_order(text: str, written: Written) -> None:
    assert understand(text, desk=DESK, now=START) == written


def in_shanghai(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=DESK.timezone)


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        ("昨天15:00 in 5m 询价", in_shanghai(11, 19, 15), "询价"),
        ("in 昨天下午3点半 5m 询价", in_shanghai(11, 19, 15, 30), "询价"),
        ("昨天3点 询价", in_shanghai(11, 19, 15), "询价"),
        ("昨天晚上8点询价", in_shanghai(11, 19, 20), "询价"),
        ("前天中午12点 询价", in_shanghai(11, 18, 12), "询价"),
        ("前天9点15分 询价", in_shanghai(11, 18, 9, 15), "询价"),
        ("今天上午9点 询价", in_shanghai(11, 20, 9), "询价"),
        ("9:30 out 询价", in_shanghai(11, 20, 9, 30), "询价"),
        ("11-19 15:00 询价", in_shanghai(11, 19, 15), "询价"),
        ("11月19日 15：00 询价", in_shanghai(11, 19, 15), "询价"),
        ("12-24 18:00 询价", in_shanghai(12, 24, 18, year=2025), "询价"),
        ("2025-12-24 18:00 询价", in_shanghai(12, 24, 18, year=2025), "询价"),
        ("yesterday at 3pm in asked", in_shanghai(11, 19, 15), "asked"),
        ("yesterday 12am asked", in_shanghai(11, 19, 0), "asked"),
        ("in 5m yesterday 15:00 asked", in_shanghai(11, 19, 15), "asked"),
        # What is to come, what is no time, and what is meant as words stays as it is.
        ("今天15:00 回电", None, "今天15:00 回电"),
        ("3点 回电", None, "3点 回电"),
        ("昨天 询价", None, "昨天 询价"),
        ("25:00 x", None, "25:00 x"),
        ("13-40 15:00 x", None, "13-40 15:00 x"),
        ("02-30 15:00 x", None, "02-30 15:00 x"),
        ("3-4 teapots", None, "3-4 teapots"),
        ("2026", None, "2026"),
    ],
)
def test_when_it_was_may_stand_there_too_where_it_is_past(text: str, at: datetime | None, rest: str) -> None:
    found = understand(text, desk=DESK, now=START)

    assert (found.at, found.text) == (at, rest)


def test_a_call_of_yesterday_is_on_the_timeline_where_it_was(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    bob.say("/note C1 a note of today")

    sent = bob.message("/call C1 昨天15:00 in 5m 询价")
    [said] = texts(bob.send(sent), bob)
    talk.later(days=1)
    [changed] = texts(bob.edit(sent, "/call C1 昨天16:00 in 5m 询价"), bob)
    [timeline] = texts(bob.say("/timeline C1"), bob)

    assert "📞 <b>call</b> · from the customer · 5 mins · 19 Nov 15:00\n询价" in said
    assert "19 Nov 16:00" in changed
    assert timeline.index("a note of today") < timeline.index("19 Nov 16:00")


def test_mails_and_visits(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    bob.say("/mail C1 out the offer")
    bob.say("记拜访 C1 上门 1小时")

    assert kept(talk) == [(1, K.MAIL, Way.OUT, None, "the offer"), (1, K.VISIT, Way.OUT, 3600, "")]


def test_without_words_it_asks_and_the_answer_may_say_it_all(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [asked] = texts(bob.say("/call C1"), bob)
    bob.say("out 2m called back")

    assert asked.startswith("What was the call with <b>C1</b> 张三 about?")
    assert kept(talk) == [(1, K.CALL, Way.OUT, 120, "called back")]


def test_a_button_of_the_card_asks_too(talk: Talk) -> None:
    li = talk.staff(1, "李", language_code="zh")
    customer(talk, "张三")
    [card] = to(li.say("客户C1"), li)

    [asked] = texts(li.tap(card.data[card.buttons.index("📞 记电话")]), li)
    [said] = texts(li.say("呼入 30秒 打错了"), li)

    assert asked.startswith("和 <b>C1</b> 张三 的电话说了什么？")
    assert said == "✅ 已记在 <b>C1</b> 张三，客户看不到。\n\n📞 <b>电话</b> · 呼入 · 30 秒 · 10:00\n打错了"


def test_to_whom_is_said_by_the_message_replied_to(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say("/call out 1m sorry said", reply_to=shown)

    assert texts(sent, ann) == []
    assert kept(talk) == [(1, K.CALL, Way.OUT, 60, "sorry said")]


@pytest.mark.parametrize(
    "text", ["/note C1 likes tea <3", "备注 C1 likes tea <3", "//C1 likes tea <3", "备注C1：likes tea <3"]
)
def test_a_note_that_names_a_customer_stays_with_them(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say(text)
    [card] = texts(bob.say("/customer C1"), bob)

    assert texts(sent, ann) == []
    assert kept(talk) == [(1, K.NOTE, None, None, "likes tea <3")]
    assert "📝 likes tea &lt;3\n    Bob · 10:00" in card


def test_a_note_says_what_it_says_whatever_it_begins_with(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    bob.say("/note C1 in 5m they call again")

    assert kept(talk) == [(1, K.NOTE, None, None, "in 5m they call again")]


def test_a_file_cannot_stay_with_a_customer_and_nobody_thinks_it_did(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [refused] = texts(bob.say(document=document("contract"), caption="/note C1 the contract"), bob)
    bob.say("/call C1")
    [asked_again] = texts(bob.say(document=document("contract")), bob)
    bob.say("about the contract")

    assert refused.startswith(
        "A file can only stay with a ticket, so the note with <b>C1</b> 张三 was not saved."
    )
    assert asked_again.startswith("A file can only stay with a ticket, so the call with")
    assert kept(talk) == [(1, K.CALL, None, None, "about the contract")]


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ("/call C1 in 5m price", "/call C1 out 6m the price", (K.CALL, Way.OUT, 360, "the price")),
        ("记电话 C1 呼入 问价", "记电话C1：呼入 5分钟 问价", (K.CALL, Way.IN, 300, "问价")),
        ("/note C1 likes tea", "/note C1 likes green tea", (K.NOTE, None, None, "likes green tea")),
        ("//C1 likes tea", "//C1 in 5m", (K.NOTE, None, None, "in 5m")),
    ],
)
def test_an_edit_of_the_message_is_an_edit_of_what_it_wrote_down(
    talk: Talk, first: str, then: str, says: tuple[object, ...]
) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    message = bob.message(first)
    bob.send(message)

    [said] = texts(bob.edit(message, then), bob)
    nothing = bob.edit(message, then)

    assert kept(talk) == [(1, *says)]
    assert said.startswith("📝 Changed for <b>C1</b> 张三; what it said before is on record.")
    assert nothing == []
    with transaction(talk.engine) as session:
        [trace] = session.exec(select(Audit).where(Audit.action == "rewritten")).all()
        assert (trace.actor, trace.entity, trace.entity_id) == ("staff:1", "interaction", 1)
        assert trace.before is not None


def test_an_edited_answer_to_what_was_asked_counts_too(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    bob.say("/visit C1")
    message = bob.message("1h saw cups")
    bob.send(message)

    bob.edit(message, "2h saw cups")

    assert kept(talk) == [(1, K.VISIT, None, 7200, "saw cups")]


def test_what_waits_for_its_ticket_goes_on_waiting(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("sent without saying to whom")

    bob.say("/call C1 in they called")
    bob.say("/call C1")
    bob.say("out and we called back")
    sent = bob.tap("pick:1")

    assert any("sent without saying to whom" in text for text in texts(sent, ann))
    assert [one[4] for one in kept(talk)] == ["they called", "and we called back"]


@pytest.mark.parametrize(
    "text", ["/call", "/call 5m", "/mail out", "/visit C99 x", "/note C99 x", "/call 9999999999 x"]
)
def test_without_a_customer_nothing_is_kept_and_the_next_step_is_said(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")

    [said] = texts(bob.say(text), bob)

    assert "C12" in said or "C99" in said or "9999999999" in said
    assert kept(talk) == []
