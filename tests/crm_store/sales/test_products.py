"""Products: made, changed with a trail, found however they are typed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.engine import transaction
from crm_store.sales import product_keys, products
from crm_store.sales.refusals import BadProduct, NoSuchProduct, NotForSale, SkuTaken
from crm_store.sales.tables import Product
from crm_store.staff.tables import Audit

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def make(session: Session, name: str, price: int = 12_800, **about: str) -> Product:
    return products.create(
        session,
        name=name,
        price=price,
        currency="CNY",
        actor="cli",
        now=NOW,
        **about,
    )


def change(session: Session, product: Product, **changes: object) -> bool:
    return products.change(session, product=product, changes=changes, actor="cli", now=LATER)


def names(session: Session, text: str, **how: bool) -> list[str]:
    return [one.name for one in product_keys.find(session, text=text, limit=10, **how)]


def trail(session: Session) -> list[tuple[str, object, object]]:
    rows = session.scalars(select(Audit).where(col(Audit.entity) == "product").order_by(col(Audit.id)))
    return [(one.action, one.before, one.after) for one in rows]


def test_a_change_is_written_down_with_what_changed_and_nothing_else(engine: Engine) -> None:
    with transaction(engine) as session:
        tea = make(session, " 龙井茶 ", category="茶叶/绿茶", sku="LJ01", unit="盒")
        assert change(session, tea, price=13_800, name="龙井茶", category="茶叶 / 绿茶") is True
        assert change(session, tea, price=13_800) is False
        assert change(session, tea, active=False, category=None) is True

        assert trail(session) == [
            (
                "created",
                None,
                {"name": "龙井茶", "price": 12_800, "category": "茶叶/绿茶", "sku": "LJ01", "unit": "盒"},
            ),
            ("changed", {"price": 12_800}, {"price": 13_800}),
            ("changed", {"active": True, "category": "茶叶/绿茶"}, {"active": False, "category": None}),
        ]
        assert (tea.name, tea.updated_at) == ("龙井茶", LATER)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("龙井", "龙井茶"),
        ("井", "龙井茶"),
        ("龍井茶", "龙井茶"),
        ("longjing", "龙井茶"),
        ("ljc", "龙井茶"),
        ("龙j", "龙井茶"),
        ("lj01", "龙井茶"),
        ("ＬＪ０１", "龙井茶"),
        ("龙景茶", "龙井茶"),
        ("longjin", "龙井茶"),
        ("单人", "单人茶席"),
        ("danren", "单人茶席"),
        ("steel kettle", "Kettle, steel 1.5L"),
        ("ketle", "Kettle"),
        ("kettle", "Kettle"),
        ("100%", "100% cotton_towel"),
        ("n_t", "100% cotton_towel"),
    ],
)
def test_a_product_is_found_as_people_type_it(engine: Engine, typed: str, first: str) -> None:
    with transaction(engine) as session:
        make(session, "龙井茶", sku="LJ01")
        make(session, "龙井茶点心")
        make(session, "单人茶席")
        make(session, "Kettle, steel 1.5L")
        make(session, "Kettle")
        make(session, "100% cotton_towel")
        make(session, "1000 cottonXtowels")

        assert names(session, typed)[:1] == [first]


def test_nothing_is_found_for_what_is_nothing_like_it(engine: Engine) -> None:
    with transaction(engine) as session:
        make(session, "龙井茶")

        assert [names(session, typed) for typed in ("", "  ", "%", "咖啡机", "x" * 10_000, "😀")] == [[]] * 6


def test_a_product_that_was_taken_off_goes_into_no_order_and_is_found_only_by_who_asks(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        tea = make(session, "龙井茶")
        assert products.for_sale(session, product_id=tea.id) is tea
        change(session, tea, active=False)

        with pytest.raises(NotForSale):
            products.for_sale(session, product_id=tea.id)
        assert (names(session, "龙井"), names(session, "龙井", for_sale=False)) == ([], ["龙井茶"])


def test_categories_are_counted_and_one_within_another_follows_it(engine: Engine) -> None:
    with transaction(engine) as session:
        make(session, "龙井茶", category="茶叶/绿茶")
        make(session, "毛尖", category="绿茶")
        make(session, "茶饼", category="茶叶")
        change(session, make(session, "旧茶", category="茶叶"), active=False)
        make(session, "杂物")

        lines = products.categories(session)

        assert [(one.category.name if one.category else None, one.count) for one in lines] == [
            ("茶叶", 1),
            ("绿茶", 2),
            (None, 1),
        ]
        tea = lines[0].category
        assert [one.name for one in products.listed(session, category=tea, limit=10)] == ["茶饼", "旧茶"]
        assert [one.name for one in products.listed(session, category=None, limit=10)] == ["杂物"]


def test_a_name_or_number_means_one_product_or_none(engine: Engine) -> None:
    with transaction(engine) as session:
        tea = make(session, "龙井茶", sku="LJ01")
        make(session, "毛尖")
        make(session, "毛尖")

        meant = [
            products.named(session, text=text)
            for text in ("龍井茶", "lj01", " LJ01 ", "龙井", "毛尖", "", "%")
        ]

        assert meant == [tea, tea, tea, None, None, None, None]


def test_what_no_product_can_be_is_refused_before_anything_changed(engine: Engine) -> None:
    with transaction(engine) as session:
        tea, pot = make(session, "龙井茶", sku="LJ01"), make(session, "壶")
        for bad in (
            {"name": "  "},
            {"name": "茶" * 101},
            {"unit": "u" * 21},
            {"category": "c" * 41},
            {"price": -1},
        ):
            with pytest.raises(BadProduct):
                change(session, tea, **bad)
        with pytest.raises(SkuTaken):
            change(session, pot, sku="lj01")
        with pytest.raises(SkuTaken):
            make(session, "第二种", sku="LJ01")
        with pytest.raises(NoSuchProduct):
            products.get(session, product_id=99)

        assert change(session, tea, sku="LJ01") is False
        assert len(trail(session)) == 2
