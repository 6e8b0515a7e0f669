"""/seg, /seg_new, /seg_why, /rfm: segments and tiers as a manager meets them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.analysis import standings
from crm_store.analysis.tables import AnalysisKind, CustomerScore, Snapshot
from crm_store.customers import filters
from crm_store.customers.tables import Consent, ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading
from crm_store.marketing.tables import Segment
from crm_store.staff.roles import Role
from handlers.manager.segments.new import READY_MADE
from tests.crm_store.analysis.buying import customers, sale
from tests.handlers.test_export import exported, table
from tests.talk import DESK, WORDS, Person, Sent, Talk


def shown(sent: list[Sent]) -> str:
    """What the last of the messages says."""
    return sent[-1].text


def manager(talk: Talk, name: str = "Mia") -> Person:
    return talk.staff(500, name, Role.MANAGER)


def shop(talk: Talk) -> list[int]:
    """Two champions (one in 北京, who agreed to marketing), one gone quiet, one who never bought."""
    with transaction(talk.engine) as session:
        ids = customers(session, 4, at=talk.now)
        first = session.get_one(Customer, ids[0])
        first.city, first.chat_id, first.user_id = "北京市", 7, 7
        session.add(
            Consent(
                customer_id=ids[0], purpose=Purpose.MARKETING, state=ConsentState.GRANTED, source="chat",
                at=talk.now,
            )
        )  # fmt: skip
        tiers = (("champions", "champions"), ("champions", None), ("at_risk", "loyal"))
        for place, (tier, before) in enumerate(tiers):
            session.add(
                CustomerScore(
                    customer_id=ids[place], as_of=talk.now, rfm=tier, rfm_before=before, risk=0.7, cluster=1
                )
            )
            sale(session, ids[place], talk.now - timedelta(days=3), 50_000)
    return ids


def test_a_segment_is_made_of_a_name_and_a_filter_and_counted_at_once(talk: Talk) -> None:
    mia, ids = manager(talk), shop(talk)

    said = shown(mia.say("新客群 核心 老客 分层:核心客户"))

    assert "核心 老客" in said
    assert "分层:核心客户" in said
    assert "2 customers" in said
    assert "1 can be sent marketing" in said
    assert f"C{ids[0]} Ann &lt;3 &amp; &#34;张&#34;" in said
    with transaction(talk.engine) as session:
        [one] = session.scalars(select(Segment)).all()
        assert (one.name, one.filter) == ("核心 老客", "分层:核心客户")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/seg_new", "A new segment"),
        ("/seg_new only words", "A new segment"),
        ("/seg_new rfm:champions", "<code>/seg_new name rfm:champions</code>"),
        ("/seg_new x owner:me", "the same whoever looks"),
        ("/seg_new S3 rfm:new", "cannot be a name"),
        ("/seg_new x rfm:good", "there are: champions"),
        ("/seg_new x colour:red", "no field <b>colour</b>"),
        ("/seg 9", "no segment <b>9</b>"),
        ("/seg nobody", "no segment <b>nobody</b>"),
        ("/seg", "no segments yet"),
        ("/seg_why S3", "/seg_why S3 C12"),
        ("/seg_why S3 C1", "no segment <b>S3</b>"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(talk: Talk, typed: str, told: str) -> None:
    mia = manager(talk)

    assert told in shown(mia.say(typed))
    with transaction(talk.engine) as session:
        assert session.scalars(select(Segment)).all() == []


def test_one_filter_gives_the_same_customers_in_find_segment_and_export(talk: Talk) -> None:
    """C13; a campaign reads the same text by the same verb, a report counts the segment by it."""
    mia, ids = manager(talk), shop(talk)
    mia.say("/seg_new best rfm:champions orders>0")
    [answer] = mia.say("/find segment:best")
    [file] = exported(talk, mia, "/export customers segment:best")

    listed = [int(one.removeprefix("c:")) for one in answer.data if one.startswith("c:")]
    assert sorted(row[0] for row in table(file)[1:]) == [f"C{one}" for one in ids[:2]]
    with transaction(talk.engine) as session:
        by_name = filters.read(session, "segment:S1", zone=DESK.timezone, now=talk.now)
        by_text = filters.read(session, "rfm:champions orders>0", zone=DESK.timezone, now=talk.now)
        found = [
            sorted(session.scalars(select(Customer.id).where(*filters.where(one, None))))
            for one in (by_name, by_text)
        ]
    assert found == [ids[:2], ids[:2]]
    assert sorted(listed) == ids[:2]


def test_why_somebody_is_in_a_segment_and_another_is_not(talk: Talk) -> None:
    mia, ids = manager(talk), shop(talk)
    mia.say("/seg_new best rfm:champions")
    mia.say("/seg_new north segment:best city:北京 net>=0 -risk>80% ordered:茶")

    inside = shown(mia.say(f"/seg_why north C{ids[0]}"))
    outside = shown(mia.say(f"为什么 S2 C{ids[3]}"))

    assert "is not in the segment <b>north</b> (S2): 1 not met" in inside
    assert "✅ <code>segment:best</code>" in inside
    assert "✅ <code>rfm:champions</code>: Champions" in inside
    assert "✅ <code>city:北京</code>: 北京市" in inside
    assert "✅ <code>-risk&gt;80%</code>: 70.0%" in inside
    assert "❌ <code>ordered:茶</code>" in inside
    assert "❌ <code>rfm:champions</code>: none" in outside
    assert "❌ <code>city:北京</code>: none" in outside

    with transaction(talk.engine) as session:
        session.add(
            Consent(
                customer_id=ids[0], purpose=Purpose.PROFILING, state=ConsentState.WITHDRAWN, source="chat",
                at=talk.now,
            )
        )  # fmt: skip
    unprofiled = shown(mia.say(f"/seg_why north C{ids[0]}"))
    assert "❌ <code>rfm:champions</code>: none" in unprofiled
    assert "70.0%" not in unprofiled


def test_a_ready_made_segment_is_one_tap_and_made_once(talk: Talk) -> None:
    mia, ids = manager(talk), shop(talk)
    mia.say("/seg_new")

    first = shown(mia.tap("segof:gone_quiet"))
    again = shown(mia.tap("segof:gone_quiet"))

    assert "<b>Best gone quiet</b> (S1) is made" in first
    assert f"C{ids[2]}" in first
    assert "<b>Best gone quiet</b> (S1)\n" in again


@pytest.mark.parametrize("key", READY_MADE)
def test_a_ready_made_segment_means_the_same_in_either_language(talk: Talk, key: str) -> None:
    """Each in its own words: nobody reads a filter of the other language."""
    texts = {one: WORDS.label(one, "segment_filters", key) for one in ("zh", "en")}
    reading = Reading(DESK.timezone, "CNY", talk.now)
    with transaction(talk.engine) as session:
        zh, en = (segments.read(session, text=texts[one], reading=reading).terms for one in ("zh", "en"))

    assert zh == en
    assert not re.search("[a-zA-Z]", texts["zh"])
    assert texts["en"].isascii()


def test_gone_quiet_are_the_best_of_a_month_ago_who_are_not_any_more(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        text = WORDS.label("en", "segment_filters", "gone_quiet")
        was, now = filters.read(session, text).terms

    assert (was.field, was.values) == ("rfm_before", standings.BEST)
    assert (now.field, set(now.values)) == ("rfm", set(standings.QUIET))


def test_who_first_bought_this_month_bought_once_and_lately(talk: Talk) -> None:
    mia = manager(talk)
    with transaction(talk.engine) as session:
        lately, long_ago, again, _ = customers(session, 4, at=talk.now)
        for one, days in ((lately, 3), (long_ago, 40), (again, 40), (again, 3)):
            sale(session, one, talk.now - timedelta(days=days), 50_000)

    said = shown(mia.tap("segof:bought_once"))

    assert f"C{lately}" in said
    assert f"C{long_ago}" not in said
    assert f"C{again}" not in said


def test_a_segment_that_another_is_made_of_stays(talk: Talk) -> None:
    mia = manager(talk)
    mia.say("/seg_new best rfm:champions")
    mia.say("/seg_new north segment:best city:北京")
    assert "segdrop:1" in mia.say("/seg best")[-1].data
    assert "segdropyes:1" in mia.tap("segdrop:1")[-1].data
    assert "is part of other segments: north" in shown(mia.tap("segdropyes:1"))

    mia.tap("segdropyes:2")

    assert "Segments (1)" in shown(mia.say("/seg"))


def test_a_segment_whose_filter_cannot_be_read_any_more_says_so(talk: Talk) -> None:
    mia = manager(talk)
    mia.say("/seg_new hers owner:Mia")
    with transaction(talk.engine) as session:
        session.get_one(Segment, 1).filter = "owner:Gone"

    said = shown(mia.say("/seg 1"))

    assert "can no longer be read" in said
    assert "<b>Gone</b>" in said


def keep(talk: Talk, kind: AnalysisKind, **result: object) -> None:
    with transaction(talk.engine) as session:
        session.add(
            Snapshot(
                kind=kind, as_of=talk.now, zone="Asia/Shanghai", currency="CNY", n=130, method="x",
                result=result, made_at=talk.now, seconds=1,
            )
        )  # fmt: skip


def test_the_tiers_are_shown_with_their_parts_and_who_has_gone_quiet(talk: Talk) -> None:
    mia, ids = manager(talk), shop(talk)
    facts = {"window_days": 365, "month_days": 30, "buyers": 120, "needed": 30, "left_out": {"USD": 3}}
    tiers = [
        {"tier": "champions", "customers": 26, "net": 7_000_000},
        {"tier": "hibernating", "customers": 104, "net": 3_000_000},
    ]
    keep(talk, AnalysisKind.RFM, tiers=tiers, moved={"champions": {"champions": 82, "lost": 14}}, **facts)
    medians = {"recency_days": 9.0, "orders": 10.0, "spent": 123_400.0, "typical": ids[0]}
    groups = [{"cluster": 1, "customers": 120, "net": 10_000_000, "words": ["lately", "much"], **medians}]
    quality = {"k": 2, "stability": 0.874, "silhouette": 0.333, "smallest": 0.2}
    moved = {"customers": 31, "of": 110}
    keep(talk, AnalysisKind.CLUSTERS, clusters=groups, quality=quality, **facts | {"moved": moved})

    [answer] = mia.say("分层")
    said = answer.text
    quiet = shown(mia.tap(answer.data[0]))

    assert "Champions: 20% of the customers, 70% of the revenue" in said
    assert "Hibernating: 104 (80%) · 30% of revenue" in said
    assert "14 of the 96 best customers of a month ago have gone quiet" in said
    assert "1. bought lately, spends much: 120 (100%)" in said
    assert f"came 9 days ago, orders: 10, ¥1,230; typical: C{ids[0]}" in said
    assert "the same in other samples 87%, set apart 0.33 (silhouette, 1 at most)" in said
    assert "31 of 110 changed groups in a month" in said
    assert "n = 130" in said
    assert "3 orders in USD are not in it" in said
    assert answer.buttons[0] == "📋 The 14 gone quiet"
    assert f"C{ids[2]}" in quiet
    assert f"C{ids[0]}" not in quiet


def test_too_few_customers_and_none_yet_are_said_and_the_night_need_not_be_waited_for(talk: Talk) -> None:
    mia = manager(talk)
    [answer] = mia.say("/rfm")
    assert "Nothing has been computed yet" in answer.text

    for _ in range(2):
        mia.tap(answer.data[0])
    with transaction(talk.engine) as session:
        [job] = session.scalars(select(Job)).all()
        assert (job.kind, job.arguments) == ("analysis", {"as_of": "2026-11-19T16:00:00+00:00"})

    keep(talk, AnalysisKind.RFM, window_days=365, buyers=4, needed=30)
    said = shown(mia.say("/rfm"))
    assert "Only 4 customers bought in the last 365 days; tiers need 30" in said


def test_a_card_shows_what_staff_say_and_what_rules_say_apart(talk: Talk) -> None:
    """C08. The rules' word goes with the consent to be profiled."""
    mia, ids = manager(talk), shop(talk)
    bob = talk.staff(501, "Bob", Role.AGENT)
    keep(talk, AnalysisKind.CLUSTERS, clusters=[{"cluster": 1, "words": ["lately", "much"]}])
    mia.say("/seg_new best rfm:champions")
    mia.say("/seg_new gone rfm:lost")
    mia.say(f"/set C{ids[0]} tier A")
    mia.say(f"/tag C{ids[0]} tea lover")

    lines = shown(mia.say(f"/customer C{ids[0]}")).split("\n")
    assert lines[0].endswith(" · A")
    assert any("tea" in one and "By rules" not in one for one in lines)
    assert "📊 By rules: Champions · group 1 (bought lately, spends much) · segments: best" in lines
    of_bob = shown(bob.say(f"/customer C{ids[0]}")).split("\n")
    assert "📊 By rules: Champions · group 1 (bought lately, spends much)" in of_bob

    with transaction(talk.engine) as session:
        session.add(
            Consent(
                customer_id=ids[0], purpose=Purpose.PROFILING, state=ConsentState.WITHDRAWN, source="chat",
                at=talk.now,
            )
        )  # fmt: skip
    assert not any("Champions" in one for one in shown(bob.say(f"/customer C{ids[0]}")).split("\n"))
