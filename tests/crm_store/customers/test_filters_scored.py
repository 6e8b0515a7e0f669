"""Filters by what was found out about customers, and by segments, campaigns, consent and goods."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, and_, case, select
from sqlmodel import Session, col

from crm_store.analysis.tables import CustomerScore
from crm_store.customers import fields, filters
from crm_store.customers.filter_conditions import fulfils
from crm_store.customers.refusals import BadFilterValue
from crm_store.customers.tables import Consent, ConsentState, Customer, FieldKind, Purpose
from crm_store.engine import transaction
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember, Segment
from crm_store.sales.states import OrderState
from crm_store.sales.tables import OrderLine, Product, ProductCategory
from tests.crm_store.analysis.buying import customers, sale
from tests.crm_store.people import staff

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def found(session: Session, text: str) -> list[int]:
    filtered = filters.read(session, text, zone=ZONE, now=NOW)
    ids = sorted(one.id for one in filters.matching(session, filtered=filtered, by=None, limit=50))
    assert filters.count(session, filtered=filtered, by=None) == len(ids)
    return ids


def score(session: Session, customer_id: int, **values: Any) -> None:
    session.add(CustomerScore(customer_id=customer_id, as_of=NOW, **values))
    session.flush()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("rfm:champions", [0]),
        ("分层:核心客户,待关注", [0, 1]),
        ("-rfm:champions", [1, 2, 3]),
        ("rfm:none", [2, 3]),
        ("was:champions", [1]),
        ("原分层:核心", [1]),
        ("cluster:2", [1]),
        ("分群>=1", [0, 1]),
        ("value>100", [0]),
        ("预期价值<=50", [1]),
        ("risk>0.6", [1]),
        ("流失风险>=60%", [0, 1]),
        ("流失风险：无", [2, 3]),
    ],
)
def test_scores_can_be_filtered_by(engine: Engine, text: str, places: list[int]) -> None:
    with transaction(engine) as session:
        ids = customers(session, 4, at=NOW)
        score(session, ids[0], rfm="champions", cluster=1, expected_value=10_001, risk=0.6)
        score(session, ids[1], rfm="needs_attention", rfm_before="champions", cluster=2, expected_value=5_000,
              risk=0.9)  # fmt: skip
        score(session, ids[2])

        assert found(session, text) == [ids[one] for one in places]


def test_those_of_most_value_come_first(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = customers(session, 4, at=NOW)
        for place, value in ((0, 5), (2, 7), (3, None)):
            score(session, ids[place], expected_value=value)
        filtered = filters.read(session, "sort:-value")

        first = filters.page(session, filtered=filtered, by=None, limit=2)
        second = filters.page(session, filtered=filtered, by=None, limit=2, after=first.after)

        assert [one.id for one in (*first.customers, *second.customers)] == [ids[2], ids[0], ids[3], ids[1]]


def test_a_segment_is_a_filter_in_a_filter(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = customers(session, 4, at=NOW)
        for place, tier in enumerate(("champions", "champions", "loyal")):
            score(session, ids[place], rfm=tier, cluster=place + 1)
        best = Segment(name="best ones", filter="rfm:champions,loyal", created_at=NOW)
        session.add(best)
        session.flush()
        few = Segment(name="少数", filter=f"segment:S{best.id} -cluster:1", created_at=NOW)
        session.add(few)
        session.flush()

        assert found(session, f"segment:S{best.id}") == ids[:3]
        assert found(session, 'segment:"best ones" -cluster:2') == [ids[0], ids[2]]
        assert found(session, "客群:少数") == ids[1:3]
        assert found(session, f"-客群:少数 segment:{best.id}") == [ids[0]]

        best.filter = f"segment:S{few.id}"
        session.flush()
        with pytest.raises(BadFilterValue) as refusal:
            found(session, "客群:少数")
        assert refusal.value.facts["wants"] == "segment_loop"

        few.dropped_at = NOW
        session.flush()
        with pytest.raises(BadFilterValue) as refusal:
            found(session, "客群:少数")
        assert refusal.value.facts["wants"] == "segment"


def test_the_last_word_on_marketing_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        yes, no, again, other = customers(session, 4, at=NOW)
        marketing, granted, withdrawn = Purpose.MARKETING, ConsentState.GRANTED, ConsentState.WITHDRAWN
        said = [
            (yes, marketing, granted),
            (no, marketing, granted),
            (no, marketing, withdrawn),
            (again, marketing, withdrawn),
            (again, marketing, granted),
            (other, Purpose.PROFILING, granted),
        ]
        for customer_id, purpose, state in said:
            session.add(Consent(customer_id=customer_id, purpose=purpose, state=state, source="chat", at=NOW))
            session.flush()

        assert found(session, "consent:yes") == [yes, again]
        assert found(session, "同意:否") == [no]
        assert found(session, "同意:无") == [other]


def test_who_bought_goods_by_category_product_or_number(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, cat, dan = customers(session, 4, at=NOW)
        tea = ProductCategory(name="茶")
        session.add(tea)
        session.flush()
        oolong = Product(
            name="乌龙", sku="T1", category_id=tea.id, price=1, currency="CNY", created_at=NOW, updated_at=NOW
        )
        session.add(oolong)
        session.flush()
        orders = [sale(session, one, NOW) for one in (ann, bob, cat)]
        cancelled = sale(session, dan, NOW, state=OrderState.CANCELLED, cancelled_at=NOW)
        facts = {"price": 1, "quantity": 1000, "total": 1}
        for order in (orders[0], cancelled):
            session.add(OrderLine(order_id=order.id, product_id=oolong.id, name="乌龙", **facts))
        session.add(OrderLine(order_id=orders[1].id, name="手写的茶", category="茶", **facts))
        session.add(OrderLine(order_id=orders[2].id, name="Tea pot", sku="P9", **facts))
        session.flush()

        assert found(session, "买过:茶") == [ann, bob]
        assert found(session, "ordered:乌龙") == [ann]
        assert found(session, "ordered:T1,P9") == [ann, cat]
        assert found(session, '-ordered:"Tea pot" orders>0') == [ann, bob]


def test_whom_a_campaign_was_sent_to(engine: Engine) -> None:
    with transaction(engine) as session:
        sent, held_out, _ = customers(session, 3, at=NOW)
        campaign = Campaign(name="x", salt="s", currency="CNY", created_at=NOW, updated_at=NOW)
        session.add(campaign)
        session.flush()
        session.add(
            CampaignMember(campaign_id=campaign.id, customer_id=sent, state=MemberState.SENT, sent_at=NOW)
        )
        session.add(CampaignMember(campaign_id=campaign.id, customer_id=held_out, state=MemberState.HOLDOUT))
        session.flush()

        assert found(session, f"campaign:M{campaign.id}") == [sent]
        assert found(session, f"-活动:{campaign.id}") == [held_out, held_out + 1]


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("rfm:best", "rfm"), ("cluster:x", "number"), ("value>x", "amount"), ("risk>2", "share"),
        ("risk>120%", "share"), ("risk>.", "share"), ("consent:maybe", "yes_no"), ("segment:S999", "segment"),
        ("segment:99999999999", "segment"), ("campaign:M9", "campaign"), ("rfm>3", "colon"),
        ("sort:risk", "sort"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(engine: Engine, text: str, wants: str) -> None:
    with transaction(engine) as session:
        with pytest.raises(BadFilterValue) as refusal:
            found(session, text)
        assert refusal.value.facts["wants"] == wants


def test_a_field_that_the_shop_had_before_keeps_its_name(engine: Engine) -> None:
    with transaction(engine) as session:
        owner = staff(session)
        own = fields.define(session, name="活动", kind=FieldKind.TEXT, by=owner, now=NOW)

        [term] = filters.read(session, "活动:羽毛球").terms

        assert (term.own_id, term.values, term.written) == (own.id, ("羽毛球",), "活动:羽毛球")


def test_a_term_is_kept_as_it_may_be_typed_again(engine: Engine) -> None:
    texts = ["rfm:champions,loyal", "-city:北京", '标签:"a b",VIP', "消费>1.2万"]
    with transaction(engine) as session:
        assert [one.written for one in filters.read(session, " ".join(texts)).terms] == texts


@pytest.mark.parametrize("text", ["rfm:champions", "was:loyal", "cluster:1", "value>100", "risk>0.5"])
def test_who_takes_back_consent_to_profiling_is_not_found_by_it_from_then_on(
    engine: Engine, text: str
) -> None:
    def says(customer_id: int, state: ConsentState) -> None:
        session.add(
            Consent(customer_id=customer_id, purpose=Purpose.PROFILING, state=state, source="chat", at=NOW)
        )
        session.flush()

    with transaction(engine) as session:
        ann, bob = customers(session, 2, at=NOW)
        for one in (ann, bob):
            score(
                session, one, rfm="champions", rfm_before="loyal", cluster=1, expected_value=20_000, risk=0.9
            )
            says(one, ConsentState.GRANTED)
        assert found(session, text) == [ann, bob]

        says(bob, ConsentState.WITHDRAWN)
        assert found(session, text) == [ann]
        assert found(session, f"-{text}") == [bob]

        says(bob, ConsentState.GRANTED)
        assert found(session, text) == [ann, bob]


@pytest.mark.parametrize(
    "text",
    [
        "rfm:champions", "-rfm:none", "value>5", "risk>50%", "cluster:2", "tag:tea", "tag:none", "tier:A",
        "owner:none", "city:北京", "orders>3", "orders<3", "net>=300", "net<=0", "created<2027",
        "last_order<30d",
        "consent:yes", "consent:none", "ordered:tea", "campaign:M1", "segment:S1", "own:green",
    ],
)  # fmt: skip
def test_asked_for_one_customer_a_term_reads_no_more_than_their_rows(sqlite: Engine, text: str) -> None:
    """The card asks for every segment: the shop may have millions of orders."""
    with transaction(sqlite) as session:
        owner = staff(session)
        fields.define(session, name="own", kind=FieldKind.TEXT, by=owner, now=NOW)
        session.add(Campaign(id=1, name="x", salt="s", currency="CNY", created_at=NOW, updated_at=NOW))
        session.add(Segment(id=1, name="s", filter="rfm:champions ordered:tea", created_at=NOW))
        session.flush()
        filtered = filters.read(session, text, zone=ZONE, now=NOW)
        asked = and_(*(fulfils(term, filtered, None, of=7) for term in filtered.terms))
        statement = select(case((asked, 1), else_=0)).where(col(Customer.id) == 7)
        compiled = statement.compile(sqlite, compile_kwargs={"literal_binds": True})
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()

    read = {row[3] for row in rows if row[3].startswith("SCAN")}
    assert read <= {"SCAN CONSTANT ROW", "SCAN product", "SCAN product_category"}
