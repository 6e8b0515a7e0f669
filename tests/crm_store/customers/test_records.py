"""The one gate to a customer's record: what it takes, what it refuses, what it writes down."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from crm_store.customers import completeness, consents, contacts, customers, fields, freshness, needs, records
from crm_store.customers.refusals import (
    BadContact,
    BadFieldValue,
    BadValue,
    NoName,
    NoSuchField,
    OwnedBySomebody,
    TooManyTags,
)
from crm_store.customers.tables import (
    ConsentState,
    ContactKind,
    Customer,
    FieldKind,
    Purpose,
    Tier,
    Touchpoint,
)
from crm_store.engine import transaction
from crm_store.refusals import NotAllowed
from crm_store.staff import history
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, customer, staff, trail

ANN = 'Ann <3 & "张"'


def made(session: Session, name: str = ANN, **given: Any) -> Customer:
    return records.create(
        session, name=name, language="en", source="shop-7", channel="api", actor="api", now=NOW, **given
    )


def test_a_customer_is_created_with_all_that_is_known(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        level = fields.define(
            session, name="level", kind=FieldKind.CHOICE, choices=["gold", "silver"], by=mary, now=NOW
        )

        ann = made(
            session,
            contacts=[(ContactKind.PHONE, "１３８-0000-0000"), (ContactKind.EMAIL, "Ann@Example.com")],
            city="北京朝阳区建国路1号",
            tier="vip",
            tags=["VIP", "#老客户", "vip"],
            values={level.id: "Gold"},
            owner_id=mary.id,
        )

        keys = ["name", "phone", "email", "city", "district", "street", "tier", "tags", "owner_id"]
        assert records.current(session, customer=ann, keys=[*keys, f"field:{level.id}"]) == {
            "name": ANN,
            "phone": ["+8613800000000"],
            "email": ["ann@example.com"],
            "city": "北京市",
            "district": "朝阳区",
            "street": "建国路1号",
            "tier": Tier.VIP,
            "tags": ["vip", "老客户"],
            "owner_id": mary.id,
            f"field:{level.id}": "gold",
        }
        assert (ann.source, ann.name_chosen, ann.user_id) == ("shop-7", True, None)
        [touch] = session.exec(select(Touchpoint)).all()
        assert (touch.customer_id, touch.channel, touch.source) == (ann.id, "api", "shop-7")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " \u200b "}, NoName),
        ({"name": "x" * 201}, BadValue),
        ({"phone": "11012345678"}, BadContact),
        ({"phone": ["13800000000", "no"]}, BadContact),
        ({"email": "ann@"}, BadContact),
        ({"tier": "gold"}, BadValue),
        ({"tags": ["x" * 31]}, TooManyTags),
        ({"tags": [str(one) for one in range(31)]}, TooManyTags),
        ({"colour": "blue"}, NoSuchField),
        ({"field:99": "blue"}, NoSuchField),
        ({"id": 5}, NoSuchField),
        ({"merged_into_id": 5}, NoSuchField),
    ],
)
def test_what_is_refused_changes_nothing(
    engine: Engine, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with transaction(engine) as session:
        ann = made(session, city="北京")

        with pytest.raises(refusal):
            records.change(session, customer=ann, changes={"city": "上海", **changes}, actor="api", now=NOW)

        assert ann.city == "北京市"
        assert [one[1] for one in trail(session, "customer")] == ["created"]


def test_a_change_is_written_down_with_whole_values_before_and_after(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session, contacts=[(ContactKind.PHONE, "13800000000")])
        bob = staff(session)

        changed = records.change(
            session,
            customer=ann,
            changes={"phone": "13900000000", "tags": ["tea"], "tier": "A", "name": ANN},
            actor=bob,
            now=NOW + timedelta(minutes=1),
        )

        assert trail(session, "customer")[-1] == (
            f"staff:{bob.id}",
            "changed",
            {"phone": ["+8613800000000"], "tags": [], "tier": None},
            {"phone": ["+8613900000000"], "tags": ["tea"], "tier": "A"},
        )
        assert set(changed.after) == {"phone", "tags", "tier"}
        assert ann.updated_at == NOW + timedelta(minutes=1)


def test_a_change_moves_the_version_on(engine: Engine) -> None:
    """Also one that touches only tags: who read the customer before must notice."""
    with transaction(engine) as session:
        ann = made(session)
        session.flush()
        before = ann.version

        records.change(
            session, customer=ann, changes={"tags": ["tea"]}, actor="api", now=NOW + timedelta(minutes=1)
        )
        session.flush()

        assert ann.version == before + 1


def test_nothing_new_is_no_change(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session, city="北京", tags=["tea"])

        changed = records.change(
            session,
            customer=ann,
            changes={"city": "北京市", "tags": "Tea", "company": ""},
            actor="api",
            now=NOW,
        )

        assert not changed
        assert [one[1] for one in trail(session, "customer")] == ["created"]


def test_one_contact_takes_the_place_of_the_main_one_and_a_list_of_all(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session, contacts=[(ContactKind.PHONE, "13800000000"), (ContactKind.PHONE, "13900000000")])

        def phones() -> list[str]:
            return [one.value for one in contacts.of_kind(session, customer=ann, kind=ContactKind.PHONE)]

        records.change(session, customer=ann, changes={"phone": "13700000000"}, actor="api", now=NOW)
        assert phones() == ["+8613700000000", "+8613900000000"]
        records.change(session, customer=ann, changes={"phone": ["13600000000"]}, actor="api", now=NOW)
        assert phones() == ["+8613600000000"]
        records.change(session, customer=ann, changes={"phone": None}, actor="api", now=NOW)
        assert phones() == []


def test_the_first_way_in_stays_the_source_and_each_is_kept(engine: Engine) -> None:
    """Store deep link, HTTP, CSV: one customer, three touchpoints, the source is the first."""
    with transaction(engine) as session:
        ann = customer(session)
        customers.note_source(session, customer=ann, source="store-3", now=NOW)

        records.touch(session, customer=ann, channel="api", source="web-shop", now=NOW + timedelta(days=1))
        records.touch(session, customer=ann, channel="import", source="old.csv", now=NOW + timedelta(days=2))

        assert ann.source == "store-3"
        touches = session.exec(select(Touchpoint).order_by(Touchpoint.id)).all()  # type: ignore[arg-type]
        assert [(one.channel, one.source) for one in touches] == [
            ("telegram", "store-3"),
            ("api", "web-shop"),
            ("import", "old.csv"),
        ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  张三  ", "张三"),
        ("张\u0000三\u202e", "张三"),
        ("阿卜杜拉•热合曼", "阿卜杜拉·热合曼"),
        ("阿卜杜拉.热合曼", "阿卜杜拉·热合曼"),
        ("J. R.  R. Tolkien", "J. R. R. Tolkien"),
        ("👨‍👩‍👧 Ann", "👨‍👩‍👧 Ann"),
        ("<b>%_' OR 1=1 --", "<b>%_' OR 1=1 --"),
        ("Ann\nLee\tJr", "Ann Lee Jr"),
    ],
)
def test_a_name_is_kept_as_it_is_read(engine: Engine, typed: str, kept: str) -> None:
    with transaction(engine) as session:
        assert made(session, typed).name == kept


def test_agents_take_whom_nobody_has_and_managers_assign(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, carl = made(session), staff(session, "Bob"), staff(session, "Carl")
        mary = staff(session, "Mary", Role.MANAGER)

        def own(owner_id: int | None, actor: Any) -> None:
            records.change(session, customer=ann, changes={"owner_id": owner_id}, actor=actor, now=NOW)

        with pytest.raises(NotAllowed):
            own(carl.id, bob)
        own(bob.id, bob)
        with pytest.raises(OwnedBySomebody):
            own(carl.id, carl)
        with pytest.raises(NotAllowed):
            own(carl.id, bob)
        own(carl.id, mary)
        assert ann.owner_id == carl.id
        own(None, carl)
        assert ann.owner_id is None


def test_a_field_above_ones_role_is_not_written(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, mary = made(session), staff(session), staff(session, "Mary", Role.MANAGER)
        cost = fields.define(session, name="cost", kind=FieldKind.MONEY, role=Role.MANAGER, by=mary, now=NOW)
        key = f"field:{cost.id}"

        with pytest.raises(NotAllowed):
            records.change(session, customer=ann, changes={key: "1"}, actor=bob, now=NOW)
        with pytest.raises(BadFieldValue):
            records.change(session, customer=ann, changes={key: "cheap"}, actor=mary, now=NOW)
        records.change(session, customer=ann, changes={key: "1.2万"}, actor=mary, now=NOW)

        shown = {one.role: fields.values(session, customer=ann, seen_by=one) for one in (bob, mary)}
        assert [one.value for one in shown[Role.AGENT]] == [None]
        assert [one.value for one in shown[Role.MANAGER]] == ["1200000"]
        assert fields.shown(cost, "1200000") == "12000.00"


def test_undo_restores_exactly_and_undo_of_it_does_it_again(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session, role=Role.MANAGER)
        ann = made(
            session, contacts=[(ContactKind.PHONE, "13800000000")], city="北京", tags=["tea"], tier="B"
        )
        keys = ("phone", "city", "province", "tags", "tier")
        before = records.current(session, customer=ann, keys=keys)
        records.change(
            session,
            customer=ann,
            changes={"phone": "13900000000", "city": "深圳", "tags": [], "tier": None},
            actor=bob,
            now=NOW,
        )
        after = records.current(session, customer=ann, keys=keys)

        for expected in (before, after, before):
            found = history.undoable(session, customer=ann, by=bob)
            history.undo(session, customer=ann, change_id=found.change.id, by=bob, now=NOW)
            assert records.current(session, customer=ann, keys=keys) == expected


def test_a_stale_contact_is_one_not_confirmed_for_so_long(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session, contacts=[(ContactKind.PHONE, "13800000000")])
        made(session, "Bob")  # has nothing to confirm
        made(session, "Cat", contacts=[(ContactKind.PHONE, "13800138000")])  # a placeholder
        later = NOW + timedelta(days=180)

        def listed(now: Any) -> list[int]:
            return [one.customer.id for one in freshness.stale(session, days=180, now=now, limit=9)]

        assert listed(later - timedelta(seconds=1)) == []
        assert listed(later) == [ann.id]
        assert freshness.confirm(session, customer=ann, actor=ann, now=later) == 1
        assert listed(later + timedelta(days=1)) == []


def test_how_complete_a_record_is_and_what_is_missing(engine: Engine) -> None:
    with transaction(engine) as session:
        bare = customer(session)
        ann = made(
            session,
            contacts=[(ContactKind.PHONE, "13800000000"), (ContactKind.EMAIL, "ann@example.com")],
            city="北京朝阳区建国路1号",
            tags=["tea"],
        )

        assert completeness.of(session, customer=bare) == completeness.Completeness(
            0, list(completeness.WEIGHTS)
        )
        assert completeness.of(session, customer=ann) == completeness.Completeness(75, ["verified", "owner"])
        assert sum(completeness.WEIGHTS.values()) == 100


def test_consent_is_a_ledger_whose_last_word_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = made(session)

        def say(state: ConsentState) -> bool:
            return consents.record(
                session,
                customer=ann,
                purpose=Purpose.MARKETING,
                state=state,
                source="chat",
                actor=ann,
                now=NOW,
            )

        said = [say(ConsentState.GRANTED), say(ConsentState.GRANTED), say(ConsentState.WITHDRAWN)]

        assert said == [True, False, True]
        assert consents.current(session, customer=ann) == {Purpose.MARKETING: ConsentState.WITHDRAWN}


def test_needs_are_counted_by_distinct_customers(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, ann, eve = staff(session), made(session), made(session, "Eve")
        for who, category in ((ann, "tea"), (ann, "tea"), (eve, "tea"), (eve, "pots")):
            needs.add(session, customer=who, category=category, text="some", budget=100, by=bob, now=NOW)

        assert needs.demands(session, limit=9) == [
            needs.Demand("tea", 2, 3, 300),
            needs.Demand("pots", 1, 1, 100),
        ]
