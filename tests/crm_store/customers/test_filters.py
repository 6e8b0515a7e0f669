"""Filters: one text gives the same customers everywhere, in a stable order."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlmodel import Session, col

from crm_store.customers import fields, filters, lookups, records
from crm_store.customers.filter_pages import Cursor
from crm_store.customers.filter_text import split
from crm_store.customers.filter_values import Span, like, span, tables
from crm_store.customers.refusals import BadFilter, BadFilterValue
from crm_store.customers.tables import Customer, FieldKind
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.words import Words
from tests.crm_store import people
from tests.crm_store.people import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")


def made(session: Session, name: str, *, now: datetime = NOW, **about: Any) -> Customer:
    return records.create(
        session, name=name, language="zh", source="test", channel="test", actor="test", now=now, **about
    )


def ordered(
    session: Session, customer: Customer, *paid: int, state: OrderState = OrderState.CONFIRMED
) -> None:
    """Orders a day apart, the last one now."""
    for age, amount in enumerate(reversed(paid)):
        at = NOW - timedelta(days=age)
        session.add(
            Order(
                customer_id=customer.id, state=state, currency="CNY", total=amount, paid=amount, placed_at=at,
                updated_at=at,
            )
        )  # fmt: skip
    customer.last_order_at = NOW
    session.flush()


def found(session: Session, text: str, *, by: Staff | None = None, **about: Any) -> list[str]:
    """The names that a filter gives, in its order."""
    filtered = filters.read(session, text, by=by, zone=SHANGHAI, now=NOW, **about)
    names = [one.name for one in filters.matching(session, filtered=filtered, by=by, limit=50)]
    assert filters.count(session, filtered=filtered, by=by) == len(names)
    return names


@pytest.fixture
def shop(engine: Engine) -> Any:
    """Three customers: Wang of Beijing, a VIP whom Bob has; Li of Shanghai; Ann of nowhere."""
    with transaction(engine) as session:
        bob = people.staff(session, "Bob", username="bob_b")
        wang = made(
            session,
            "王小明",
            city="北京",
            tags=["VIP", "big shop"],
            tier="VIP",
            owner_id=bob.id,
            company="腾讯_100%",
        )
        ordered(session, wang, 100_000, 200_000)
        li = made(session, "Li", city="上海市", tags=["new"], tier="A", company="Tea & <Co>")
        ordered(session, li, 50_000)
        made(session, 'Ann <3 & "张"', now=NOW - timedelta(days=40))
        yield session, bob


FOUND: dict[str, list[str]] = {
    "tag:VIP": ["王小明"],
    "标签：vip": ["王小明"],
    'tag:"big shop"': ["王小明"],
    "标签:“big shop”": ["王小明"],
    "tag:vip,new": ["Li", "王小明"],
    "-tag:vip": ['Ann <3 & "张"', "Li"],
    "tag:none": ['Ann <3 & "张"'],
    "city:北京": ["王小明"],
    "city:北京市": ["王小明"],
    "城市：上海": ["Li"],
    "-城市:北京": ['Ann <3 & "张"', "Li"],
    "省份:上海": ["Li"],
    "city:无": ['Ann <3 & "张"'],
    "tier:vip": ["王小明"],
    "等级:A": ["Li"],
    "owner:me": ["王小明"],
    "负责人:我": ["王小明"],
    "负责人:@bob_b": ["王小明"],
    "owner:none": ['Ann <3 & "张"', "Li"],
    "公司:腾讯": ["王小明"],
    "company:TEA": ["Li"],
    "company:100%": ["王小明"],
    "company:_100": ["王小明"],
    "company:%": ["王小明"],
    "订单数:2": ["王小明"],
    "orders>1": ["王小明"],
    "orders<2": ['Ann <3 & "张"', "Li"],
    "orders:0": ['Ann <3 & "张"'],
    "消费>1000": ["王小明"],
    "消费≥3000": ["王小明"],
    "消费>3000": [],
    "net<=500": ['Ann <3 & "张"', "Li"],
    "net:0": ['Ann <3 & "张"'],
    "建档>2026-11-01": ["Li", "王小明"],
    "created:2026-10": ['Ann <3 & "张"'],
    "created<30d": ['Ann <3 & "张"'],
    "created:today": ["Li", "王小明"],
    "下单>=2026-11-20": ["Li", "王小明"],
    "last_order:none": ['Ann <3 & "张"'],
    "reachable:yes": ['Ann <3 & "张"', "Li", "王小明"],
    "reachable:否": [],
    "number:C1": ["王小明"],
    "客户号>1": ['Ann <3 & "张"', "Li"],
    "tag:vip city:上海": [],
    "sort:number": ["王小明", "Li", 'Ann <3 & "张"'],
    "sort:-net": ["王小明", "Li", 'Ann <3 & "张"'],
    "排序:订单数": ['Ann <3 & "张"', "Li", "王小明"],
    "sort:created": ['Ann <3 & "张"', "王小明", "Li"],
    "sort:-last_order": ["Li", "王小明", 'Ann <3 & "张"'],
    "sort:last_order": ["王小明", "Li", 'Ann <3 & "张"'],
    "source:test": ['Ann <3 & "张"', "Li", "王小明"],
    "语言:ZH": ['Ann <3 & "张"', "Li", "王小明"],
}
"""Whom a filter gives in the shop above, in its order."""


def test_a_filter_finds_those_who_fulfil_it(shop: Any) -> None:
    session, bob = shop

    assert {text: found(session, text, by=bob) for text in FOUND} == FOUND


def test_who_is_vip_by_tier_is_found_by_the_word(engine: Engine) -> None:
    with transaction(engine) as session:
        made(session, "by tier", tier="VIP")
        made(session, "by tag", tags=["vip"])
        made(session, "neither", tier="A")

        assert found(session, "tag:VIP") == ["by tag", "by tier"]
        assert found(session, "-标签:vip") == ["neither"]


def test_words_beside_a_filter_are_searched_for(shop: Any) -> None:
    session, bob = shop

    assert found(session, "wang tag:vip", by=bob) == ["王小明"]
    assert found(session, "wang tag:new", by=bob) == []
    assert found(session, "小明 sort:-net", by=bob) == ["王小明"]


def test_one_text_gives_the_same_customers_in_a_list_a_count_and_an_export(shop: Any) -> None:
    session, bob = shop
    filtered = filters.read(session, "orders>0 sort:-net", by=bob)

    listed = [one.id for one in filters.matching(session, filtered=filtered, by=bob, limit=10)]
    exported = session.scalars(select(col(Customer.id)).where(*filters.where(filtered, bob))).all()

    assert (sorted(listed), filters.count(session, filtered=filtered, by=bob)) == (sorted(exported), 2)


def test_drafts_and_cancelled_orders_do_not_count(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session, "Ann")
        ordered(session, ann, 100, state=OrderState.DRAFT)
        ordered(session, ann, 100, state=OrderState.CANCELLED)

        assert [found(session, "orders:0"), found(session, "orders:1")] == [["Ann"], []]


def test_the_other_customer_of_a_merge_is_never_found(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = made(session, "Ann"), made(session, "Ann")
        gone.merged_into_id = kept.id
        session.flush()

        assert found(session, "created:today") == ["Ann"]


def test_owner_me_is_whoever_asks(shop: Any) -> None:
    session, _bob = shop
    carol = people.staff(session, "Carol", Role.MANAGER)

    assert found(session, "owner:me", by=carol) == []
    assert found(session, "owner:bob", by=carol) == ["王小明"]
    assert found(session, "owner:me", by=None) == []


@pytest.fixture
def own(engine: Engine) -> Any:
    """A shop with fields of its own; the credit limit is for managers."""
    with transaction(engine) as session:
        boss = people.staff(session, "Olga", Role.OWNER)

        def define(name: str, kind: FieldKind, **about: Any) -> str:
            field = fields.define(session, name=name, kind=kind, by=boss, now=NOW, **about)
            return str(field.id)

        ids = {
            "birthday": define("生日", FieldKind.DATE),
            "size": define("Size", FieldKind.NUMBER),
            "limit": define("额度", FieldKind.MONEY, role=Role.MANAGER),
            "likes": define("likes", FieldKind.TEXT),
            "way": define("way", FieldKind.CHOICE, choices=["Red", "Blue"]),
            "member": define("member", FieldKind.YES_NO),
        }
        values = {"birthday": "1990-01-05", "size": "41.5", "limit": "1.2万", "likes": "Green 100% tea",
                  "way": "red", "member": "是"}  # fmt: skip
        made(session, "Ann", values={int(ids[key]): value for key, value in values.items()})
        made(session, "Bob")
        yield session


OWN = [
    "生日:1990-01", "生日:1990-01-05", "生日<2000", "生日:1990年1月5日", "size:41.5", "SIZE>41",
    "额度>=12000", "额度:1.2万", 'likes:"green 100% tea"', "likes:100%", "way:RED", "member:yes",
    "member:是",
]  # fmt: skip
"""Filters by the shop's own fields, each of which Ann fulfils and Bob does not."""


def test_the_shops_own_fields_filter_by_their_names(own: Any) -> None:
    assert {text: found(own, text) for text in OWN} == {one: ["Ann"] for one in OWN}
    assert {text: found(own, f"-{text}") for text in OWN} == {one: ["Bob"] for one in OWN}


def test_a_field_that_ones_role_may_not_see_is_not_there_for_them(own: Any) -> None:
    agent = people.staff(own, "Bob")

    with pytest.raises(BadFilter) as refusal:
        found(own, "额度>1", by=agent)

    assert (refusal.value.facts["name"], "额度" in refusal.value.facts["own"]) == ("额度", False)


def test_an_unknown_field_is_named_and_those_there_are_are_listed(own: Any) -> None:
    with pytest.raises(BadFilter) as refusal:
        filters.read(own, "colour:red")

    assert refusal.value.facts == {
        "name": "colour",
        "fields": [
            "tag", "city", "province", "tier", "owner", "company", "source", "language", "reachable",
            "created", "changed", "last_order", "orders", "net", "number", "rfm", "rfm_before", "cluster",
            "value", "risk", "segment", "campaign", "consent", "ordered", "referred", "referred_by",
        ],
        "own": ["生日", "Size", "额度", "likes", "way", "member"],
    }  # fmt: skip


REFUSED = [
    ("created:soon", "created", "soon", "day"),
    ("created>2026-02-30", "created", "2026-02-30", "day"),
    ("消费>many", "消费", "many", "amount"),
    ("orders:many", "orders", "many", "number"),
    ("tier:Z", "tier", "Z", "tier"),
    ("owner:nemo", "owner", "nemo", "owner"),
    ("reachable:maybe", "reachable", "maybe", "yes_no"),
    ("tag>3", "tag", "3", "colon"),
    ("sort:city", "sort", "city", "sort"),
    ("sort:-colour", "sort", "-colour", "sort"),
    ("likes>x", "likes", "x", "colon"),
    ("size:big", "size", "big", "own_number"),
    ("way:green", "way", "green", "own_choice"),
]
"""A filter, and of what is refused in it: the field, the value, what may be written."""


def test_a_value_that_cannot_be_one_is_refused_with_what_may_be_written(own: Any) -> None:
    for written, name, value, wants in REFUSED:
        with pytest.raises(BadFilterValue) as refusal:
            filters.read(own, written)

        assert refusal.value.facts == {"name": name, "value": value, "wants": wants}
        assert wants in Words().labels("en", "filter_wants")


def test_every_field_is_understood_by_the_word_people_are_shown_for_it(own: Any) -> None:
    words = Words()

    for language in ("zh", "en"):
        for key, word in words.labels(language, "filters").items():
            assert word in filters.names(key)
    assert set(words.labels("en", "filters")) | {"sort"} == set(tables()["fields"])


@pytest.mark.parametrize(
    "text", ["sort:-last_order", "sort:last_order", "sort:-net", "sort:number", "sort:created"]
)
def test_pages_go_on_where_the_last_ended_while_rows_are_added(engine: Engine, text: str) -> None:
    """AT C09: page 2 holds whom it would have held, whoever comes in between; and back again."""
    with transaction(engine) as session:
        numbers = count()
        for n in range(9):
            one = made(session, f"c{next(numbers)}", now=NOW + timedelta(minutes=n % 4))
            if n % 3:
                ordered(session, one, 100 * (n % 4))
                one.last_order_at = NOW + timedelta(hours=n % 5)
        session.flush()
        filtered = filters.read(session, text)
        whole = [one.id for one in filters.matching(session, filtered=filtered, by=None, limit=50)]

        first = filters.page(session, filtered=filtered, by=None, limit=4)
        new = made(session, "new", now=NOW + timedelta(days=1))
        ordered(session, new, 1_000_000)
        new.last_order_at = NOW + timedelta(days=1)
        session.flush()
        second = filters.page(session, filtered=filtered, by=None, limit=4, after=first.after)
        third = filters.page(session, filtered=filtered, by=None, limit=9, after=second.after)
        back = filters.page(session, filtered=filtered, by=None, limit=4, before=third.before)
        front = filters.page(session, filtered=filtered, by=None, limit=4, before=back.before)

        ids = [[one.id for one in page.customers] for page in (first, second, third, back, front)]
        assert [id for page_ids in ids[:3] for id in page_ids if id != new.id] == whole
        assert (ids[3], ids[4]) == (ids[1], ids[0])
        assert (first.before, third.after) == (None, None)


def test_a_page_goes_on_behind_a_customer_too(shop: Any) -> None:
    session, bob = shop
    filtered = filters.read(session, "sort:-net")
    first, *rest = filters.matching(session, filtered=filtered, by=bob, limit=9)

    assert filters.matching(session, filtered=filtered, by=bob, limit=9, after=first) == rest


def test_what_is_indexed_is_not_scanned(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        for filter_text in ("city:北京", "tier:A", "owner:me", "tag:vip", "created:2026", "sort:-last_order"):
            bob = Staff(id=1, user_id=1, chat_id=1, name="Bob", role=Role.AGENT, language="en", joined_at=NOW)
            filtered = filters.read(session, filter_text, by=bob)
            statement = select(col(Customer.id)).where(*filters.where(filtered, bob))
            if filtered.sort is not None:
                at = col(Customer.last_order_at)
                statement = statement.where(at.is_not(None)).order_by(at.desc(), col(Customer.id).desc())
            compiled = statement.compile(sqlite, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]

            assert [line for line in plan if line == "SCAN customer"] == [], (filter_text, plan)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Ann <3 & "张"', "Ann <3 & 张"),
        ('"tag:vip"', "tag:vip"),
        ("tag:", "tag:"),
        ("- , : > \"", "- , : > \""),
        ("%_\\", "%_\\"),
        ("张三 13800000000", "张三 13800000000"),
        ("a@b.example", "a@b.example"),
    ],
)  # fmt: skip
def test_words_stay_words(text: str, words: str) -> None:
    assert split(text) == ([], words)


@given(st.text())
def test_any_text_can_be_taken_apart(text: str) -> None:
    terms, words = split(text)

    assert all(one.name and one.values and one.sign in {":", ">", "<", ">=", "<="} for one in terms)
    assert len(words) <= 2 * len(text)


@given(st.text(alphabet='%_\\aé张"', max_size=8))
def test_a_pattern_matches_the_text_as_it_stands(part: str) -> None:
    pattern = like(part)

    assert pattern[0] == pattern[-1] == "%"
    bare = pattern[1:-1].replace("\\\\", "\0")
    assert all(bare[at - 1 : at] == "\\" for at, sign in enumerate(bare) if sign in "%_")


@given(st.integers(-(2**62), 2**62) | st.none(), st.integers(0, 2**31))
def test_a_cursor_comes_back_as_it_was(value: int | None, id: int) -> None:
    assert Cursor.unpacked(Cursor(value, id).packed()) == Cursor(value, id)


@pytest.mark.parametrize("text", ["", "1", "x.1", "1.x", "1." + "9" * 50, "٣.٣x"])
def test_a_cursor_that_was_not_packed_is_none(text: str) -> None:
    assert Cursor.unpacked(text) is None


def test_a_year_a_month_and_a_day_are_spans_of_days() -> None:
    assert span("2024-02", today=None) == Span(date(2024, 2, 1), date(2024, 3, 1))
    assert span("2026", today=None) == Span(date(2026, 1, 1), date(2027, 1, 1))
    assert span("2026/1/5", today=None) == span("2026年1月5日", today=None) == span("2026.01.05", today=None)
    assert [span(text, today=None) for text in ("9999", "0000", "2026-13", "30d", "today", "26")] == [
        None
    ] * 6


def test_days_are_those_of_the_desk(engine: Engine) -> None:
    with transaction(engine) as session:
        made(session, "late", now=datetime(2026, 11, 20, 17, 0, tzinfo=UTC))  # the 21st in Shanghai

        assert found(session, "created:2026-11-21") == ["late"]
        assert found(session, "created:2026-11-20") == []


def test_a_persons_last_searches_are_kept_for_their_buttons_only(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol = people.staff(session, "Bob"), people.staff(session, "Carol")
        first = lookups.keep(session, text="a", by=bob, now=NOW)
        same = lookups.keep(session, text="a", by=bob, now=NOW)
        for number in range(lookups.KEPT):
            last = lookups.keep(session, text=str(number), by=bob, now=NOW)

        assert (first.id, lookups.get(session, lookup_id=first.id, by=bob)) == (same.id, None)
        assert lookups.get(session, lookup_id=last.id, by=bob) is last
        assert lookups.get(session, lookup_id=last.id, by=carol) is None
        assert lookups.get(session, lookup_id=2**40, by=bob) is None
        lookups.keep(session, text="new", by=bob, now=NOW + timedelta(days=3))
        session.expire_all()
        assert lookups.get(session, lookup_id=last.id, by=bob) is None
