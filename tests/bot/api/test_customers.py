"""POST /customers: one person, told as often as one likes, never merged by a phone alone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from crm_store.customers import contacts, customers, records
from crm_store.customers.tables import ContactMethod, Customer, DuplicatePair, Event, Touchpoint
from crm_store.engine import transaction
from crm_store.staff.tables import Audit
from tests.bot.api.shop import Answer, Shop
from tests.crm_store.people import NOW

ANN = 'Ann <3 & "张"'
TOLD = {"external_id": "u-1", "name": ANN, "phone": "138 0000 0000", "city": "北京", "tags": ["Web"]}


@pytest.fixture
def shop(sqlite: Engine) -> Shop:
    return Shop(sqlite)


def stored(shop: Shop, number: str) -> Customer:
    with transaction(shop.engine) as session:
        return customers.get(session, customer_id=int(number[1:]))


def test_a_new_customer_is_created_with_contacts_tags_and_where_they_came_from(shop: Shop) -> None:
    answer = shop.post("/customers", TOLD)

    assert answer.status == 201
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.body["outcome"] == "created"
    seen = answer.body["customer"]
    assert {name: seen[name] for name in ("number", "external_id", "name", "city", "contacts")} == {
        "number": "C1",
        "external_id": "u-1",
        "name": ANN,
        "city": stored(shop, "C1").city,
        "contacts": [{"kind": "phone", "value": "138****0000"}],
    }
    with transaction(shop.engine) as session:
        [touch] = session.scalars(select(Touchpoint))
        ann = customers.get(session, customer_id=1)
        assert (touch.channel, touch.source, ann.source) == ("api", "shop", "shop")
        assert records.tags(session, customer=ann) == ["web"]
        [made] = session.scalars(select(Audit).where(Audit.entity == "customer"))  # type: ignore[arg-type]
        assert (made.actor, made.action) == ("api:1", "created")


def test_the_same_again_changes_nothing_whatever_staff_did_since(shop: Shop) -> None:
    shop.post("/customers", TOLD)
    with transaction(shop.engine) as session:
        customer = customers.get(session, customer_id=1)
        records.change(session, customer=customer, changes={"name": "Ann Lee"}, actor="cli", now=NOW)

    answer = shop.post("/customers", TOLD)

    assert (answer.status, answer.body["outcome"]) == (200, "same")
    assert stored(shop, "C1").name == "Ann Lee"


def test_told_otherwise_it_is_changed_and_contacts_are_only_added(shop: Shop) -> None:
    shop.post("/customers", TOLD)

    answer = shop.post("/customers", {"external_id": "u-1", "name": "Ann Lee", "phone": "13900000000"})

    assert (answer.status, answer.body["outcome"]) == (200, "changed")
    assert answer.body["customer"]["name"] == "Ann Lee"
    assert [one["value"] for one in answer.body["customer"]["contacts"]] == ["139****0000", "138****0000"]
    with transaction(shop.engine) as session:
        assert records.tags(session, customer=customers.get(session, customer_id=1)) == ["web"]


def test_phone_and_name_find_who_is_here_already(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        met = customers.meet(session, user_id=7, chat_id=7, name=ANN, username=None, language="en", now=NOW)
        customers.note_source(session, customer=met, source="store-2", now=NOW)
        records.change(
            session, customer=met, changes={"phone": "13800000000", "city": "上海"}, actor="cli", now=NOW
        )

    answer = shop.post("/customers", TOLD)

    assert (answer.status, answer.body["outcome"]) == (200, "matched")
    found = stored(shop, answer.body["customer"]["number"])
    assert (found.id, found.source) == (1, "store-2")  # the first way in stays the source
    assert "上海" in str(found.city)  # what staff know is not overwritten
    assert shop.count(Customer, DuplicatePair) == [1, 0]


def test_a_phone_of_somebody_of_another_name_makes_a_new_customer_and_a_pair_to_look_at(shop: Shop) -> None:
    shop.post("/customers", TOLD | {"external_id": "u-0", "name": "李雷"})

    answer = shop.post("/customers", TOLD)

    assert (answer.status, answer.body["outcome"]) == (201, "created")
    assert shop.count(Customer) == [2]
    with transaction(shop.engine) as session:
        [pair] = session.scalars(select(DuplicatePair))
        assert (pair.a_id, pair.b_id, pair.state) == (1, 2, "open")


@pytest.mark.parametrize(
    ("name", "proved", "outcome"),
    [
        ("🌸", True, "matched"),
        ("🌸", False, "created"),
        ("王总", True, "matched"),
        ("王总", False, "created"),
        ("李雷", True, "created"),
    ],
)
def test_a_phone_that_is_proved_to_be_theirs_only_wants_a_name_that_is_not_anothers(
    shop: Shop, name: str, proved: bool, outcome: str
) -> None:
    with transaction(shop.engine) as session:
        met = customers.meet(session, user_id=7, chat_id=7, name=name, username=None, language="zh", now=NOW)
        records.change(session, customer=met, changes={"phone": "13800000000"}, actor="cli", now=NOW)
        [way] = contacts.of(session, customer=met)
        if proved:
            contacts.verify(session, customer=met, contact=way, actor="cli", now=datetime.now(UTC))

    answer = shop.post("/customers", TOLD | {"name": "王小明"})

    assert answer.body["outcome"] == outcome


def test_who_only_knows_our_number_does_not_see_or_change_them(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        met = customers.meet(session, user_id=7, chat_id=7, name=ANN, username=None, language="en", now=NOW)
        records.change(session, customer=met, changes={"phone": "13800000000"}, actor="cli", now=NOW)
    line = {"name": "Kettle", "price": 1, "quantity": 1}

    def order(number: str, **customer: str) -> Answer:
        told = {"external_id": number, "customer": {"number": "C1", **customer}, "lines": [line]}
        return shop.post("/orders", told)

    guessed = order("A-1", external_id="u-9")
    assert (guessed.status, guessed.body["order"]["customer"]) == (201, "C1")
    assert [shop.get("/customers/C1").status, shop.get("/customers?external_id=u-9").status] == [404, 404]

    known = order("A-2", external_id="u-9", phone="138 0000 0000")
    assert known.status == 201
    assert shop.get("/customers?external_id=u-9").body["number"] == "C1"


def test_a_namesake_without_a_common_contact_is_somebody_else(shop: Shop) -> None:
    shop.post("/customers", TOLD)

    answers = [
        shop.post("/customers", {"external_id": "u-2", "name": ANN, "phone": "18612345678"}),
        shop.post("/customers", {"external_id": "u-3", "name": ANN}),
    ]

    assert [one.status for one in answers] == [201, 201]
    assert shop.count(Customer, DuplicatePair) == [3, 0]


def test_another_system_has_numbers_of_its_own(shop: Shop) -> None:
    till = Shop(shop.engine, name="till")
    shop.post("/customers", TOLD)

    other = till.post("/customers", {"external_id": "u-1", "name": "韩梅梅"})

    assert (other.status, other.body["customer"]["number"]) == (201, "C2")
    assert shop.get("/customers?external_id=u-1").body["number"] == "C1"
    assert till.get("/customers?external_id=u-1").body["number"] == "C2"
    assert [shop.get("/customers/C2").status, till.get("/customers/C2").status] == [404, 200]
    assert shop.get("/customers/C999").status == 404


def test_the_next_key_of_the_same_name_goes_on_where_the_first_ended(shop: Shop) -> None:
    shop.post("/customers", TOLD)

    again = Shop(shop.engine).post("/customers", TOLD)

    assert (again.status, again.body["outcome"]) == (200, "same")


def test_what_a_stranger_did_is_theirs_once_the_shop_says_who_it_was(shop: Shop) -> None:
    event = {"external_id": "e1", "kind": "view", "at": "2026-11-18T23:59:59+08:00"}
    shop.post("/events", event | {"customer_external_id": "u-1"})

    shop.post("/customers", TOLD)

    with transaction(shop.engine) as session:
        [found] = session.scalars(select(Event))
        assert (found.customer_id, found.customer_ref) == (1, None)


@pytest.mark.parametrize(
    ("change", "path", "wrong"),
    [
        ({"phone": "12345"}, "phone", "cannot be this"),
        ({"email": "no address"}, "email", "cannot be this"),
        ({"phone": 13800000000}, "phone", "is a number"),
        ({"name": None}, "name", "is null"),
        ({"name": "x" * 201}, "name", "has 201 characters"),
        ({"name": "\u200b"}, "name", "is missing"),
        ({"nickname": "x"}, "nickname", "is not known here"),
        ({"tier": "Z"}, "tier", "cannot be this"),
        ({"tags": "vip"}, "tags", "is text"),
        ({"tags": ["a" * 31]}, "tags[0]", "has 31 characters"),
        ({"fields": {"shoe size": "40"}}, "fields", "has no field 'shoe size'"),
        ({"external_id": " x"}, "external_id", "cannot be this"),
        ({"name": "a\u0000b"}, "name", "cannot be this"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    shop: Shop, change: dict[str, object], path: str, wrong: str
) -> None:
    answer = shop.post("/customers", TOLD | change)

    assert (answer.status, answer.body["error"]["code"]) == (422, "invalid")
    assert {one: told[0] for one, told in answer.fields.items()} == {path: wrong}
    assert all(told[1] for told in answer.fields.values())
    assert shop.count(Customer, ContactMethod) == [0, 0]


@pytest.mark.parametrize(
    "name", ["=1+1", "<b>x</b>", "x" * 200, "🌸🌸", "'; DROP TABLE customer;--", "%_\\", "{{ 7 * 7 }}"]
)
def test_hostile_names_are_names(shop: Shop, name: str) -> None:
    answer = shop.post("/customers", TOLD | {"name": name})

    assert (answer.status, answer.body["customer"]["name"]) == (201, name)
