"""Segments: made, taken away, and why somebody is in one, on both databases."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from crm_store.analysis.tables import CustomerScore
from crm_store.customers import filters
from crm_store.customers.tables import Customer, CustomerTag, Tier
from crm_store.engine import transaction
from crm_store.marketing import membership, segments
from crm_store.marketing.rules import Rules
from crm_store.marketing.segment_refusals import BadSegment, NoSuchSegment, SegmentInUse
from crm_store.marketing.segments import Reading
from crm_store.marketing.states import Blocked
from crm_store.staff.roles import Role
from tests.crm_store.analysis.buying import customers, sale
from tests.crm_store.people import NOW, staff, trail

READING = Reading(ZoneInfo("Asia/Shanghai"), "CNY", NOW)

TERMS = [
    "rfm:champions", "-rfm:champions", "rfm:none", "cluster>=2", "value>50", "risk>50%", "tier:A,none",
    "city:北京", "-city:北京", "tag:tea", "orders>1", "orders<=1", "net>=300", "net<=0", "created<2027",
    "consent:none", "reachable:yes", "ordered:nothing", "number>2", "segment:S1", "-segment:S1",
]  # fmt: skip


def test_why_says_of_each_term_what_the_list_does(engine: Engine) -> None:
    """A term is met by exactly those whom a filter of that term alone finds."""
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        ids = customers(session, 4, at=NOW)
        first, second = (session.get_one(Customer, id) for id in ids[:2])
        first.city, first.tier, second.city = "北京市", Tier.A, "上海市"
        session.add(CustomerTag(customer_id=ids[0], tag="tea"))
        facts = [("champions", 1, 6_000, 0.2), ("lost", 3, 4_000, 0.9)]
        for id, (tier, cluster, value, risk) in zip(ids, facts, strict=False):
            session.add(
                CustomerScore(
                    customer_id=id, as_of=NOW, rfm=tier, cluster=cluster, expected_value=value, risk=risk
                )
            )
        for n in range(3):
            sale(session, ids[1], NOW - timedelta(days=n), 30_000)
        segments.create(session, name="north", text="city:北京 rfm:champions", reading=READING, by=mia)

        for text in TERMS:
            filtered = segments.read(session, text=text, reading=READING)
            listed = {one.id for one in filters.matching(session, filtered=filtered, by=None, limit=9)}
            said = set()
            for id in ids:
                customer = session.get_one(Customer, id)
                [reason] = membership.why(session, filtered=filtered, customer=customer, seen_by=mia)
                assert reason.written == text
                if reason.met:
                    said.add(id)
            assert said == listed, text


def test_making_and_taking_away_are_written_down(engine: Engine) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        made = segments.create(session, name=" 老 客  ", text=" rfm:loyal ", reading=READING, by=mia)
        segments.drop(session, segment=made, by=mia, now=NOW)
        segments.drop(session, segment=made, by=mia, now=NOW)
        again = segments.create(session, name="老 客", text="rfm:new", reading=READING, by=mia)

        assert (made.number, made.name, made.filter) == ("S1", "老 客 (S1)", "rfm:loyal")
        assert [one.id for one in segments.every(session)] == [again.id]
        assert [one[1:] for one in trail(session, "segment")] == [
            ("segment_made", None, {"name": "老 客", "filter": "rfm:loyal"}),
            ("segment_dropped", {"name": "老 客", "filter": "rfm:loyal"}, None),
            ("segment_made", None, {"name": "老 客", "filter": "rfm:new"}),
        ]
        with pytest.raises(NoSuchSegment):
            segments.get(session, named="S1")


def test_a_segment_that_others_are_made_of_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        best = segments.create(session, name="best", text="rfm:champions", reading=READING, by=mia)
        both = segments.create(session, name="both", text="客群:best tier:A", reading=READING, by=mia)
        with pytest.raises(SegmentInUse) as refusal:
            segments.drop(session, segment=best, by=mia, now=NOW)
        assert refusal.value.facts == {"segment": best, "others": [both]}

        segments.drop(session, segment=both, by=mia, now=NOW)
        segments.drop(session, segment=best, by=mia, now=NOW)
        assert list(segments.every(session)) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("x", "张三 rfm:new", "words"),
        ("x", "sort:-net", "empty"),
        ("x", "负责人:我", "me"),
        *((name, "rfm:new", "name") for name in ("S3", "12", "a:b", "x" * 31, " ")),
    ],
)
def test_what_cannot_be_a_segment_is_refused(engine: Engine, name: str, text: str, problem: str) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        with pytest.raises(BadSegment) as refusal:
            segments.create(session, name=name, text=text, reading=READING, by=mia)
        assert refusal.value.facts["problem"] == problem
        assert list(segments.every(session)) == []


def test_who_could_be_sent_marketing_is_counted_by_the_one_gate(engine: Engine) -> None:
    with transaction(engine) as session:
        customers(session, 2, at=NOW)
        filtered = segments.read(session, text="number>0", reading=READING)

        found = segments.counted(session, filtered=filtered, rules=Rules(), now=NOW)

        assert (found.total, found.sendable, found.blocked) == (2, 0, {Blocked.NO_CHAT: 2})
