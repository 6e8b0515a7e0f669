"""Who a person may already be, asked before they are written down."""

from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from crm_store.customers import duplicates, merging, records
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, staff

PHONE = (ContactKind.PHONE, "+8613800000000")
EMAIL = (ContactKind.EMAIL, "ann.lee@gmail.com")


def written_down(session: Session, name: str, *ways: tuple[ContactKind, str], **about: object) -> Customer:
    return records.create(
        session,
        name=name,
        contacts=ways,
        language="zh",
        source="desk",
        channel="staff",
        actor="cli",
        now=NOW,
        **about,  # type: ignore[arg-type]
    )


def likely(session: Session, name: str, *ways: tuple[ContactKind, str]) -> list[tuple[int, list[str], bool]]:
    found = duplicates.likely(session, name=name, contacts=ways)
    return [(one.customer.id, one.reasons, one.is_likely) for one in found]


@pytest.mark.parametrize(
    ("name", "way", "reasons", "is_likely"),
    [
        ("张伟", PHONE, ["same_phone", "same_name"], True),
        ("Zhang Wei", PHONE, ["same_phone", "same_sound"], True),
        ("王总", PHONE, ["same_phone", "other_name"], False),
        ("", PHONE, ["same_phone", "no_name"], True),
        ("张伟", (ContactKind.PHONE, "+8613800000001"), ["one_digit", "same_name"], True),
        ("张伟", (ContactKind.PHONE, "+8613080000000"), ["one_digit", "same_name"], True),
        ("张伟", EMAIL, ["same_email", "same_name"], True),
        ("张玮", (ContactKind.EMAIL, "ann.lee+tea@gmail.com"), ["same_email", "same_sound"], True),
        ("张伟", (ContactKind.WECHAT, "wei_2026"), ["same_account", "same_name"], True),
    ],
)
def test_who_shares_a_way_to_be_reached_is_found_with_the_reasons(
    engine: Engine, name: str, way: tuple[ContactKind, str], reasons: list[str], is_likely: bool
) -> None:
    with transaction(engine) as session:
        known = written_down(session, "张伟", PHONE, EMAIL, (ContactKind.WECHAT, "wei_2026"))
        written_down(session, "李娜", (ContactKind.PHONE, "+8615000000000"))

        assert likely(session, name, way) == [(known.id, reasons, is_likely)]


def test_a_mailbox_with_a_tag_is_found_without_it(engine: Engine) -> None:
    with transaction(engine) as session:
        known = written_down(session, "Ann Lee", (ContactKind.EMAIL, "ann+tea@example.com"))

        assert likely(session, "Ann Lee", (ContactKind.EMAIL, "ann@example.com")) == [
            (known.id, ["same_email", "same_name"], True)
        ]


def test_a_namesake_is_shown_and_is_never_likely(engine: Engine) -> None:
    with transaction(engine) as session:
        known = written_down(session, "张伟")
        written_down(session, "张伟", PHONE)

        found = likely(session, "张伟", (ContactKind.PHONE, "+8615000000000"))

        assert found == [(known.id, ["same_name"], False)]


def test_the_best_come_first_and_a_shared_phone_asks(engine: Engine) -> None:
    with transaction(engine) as session:
        wife, husband = written_down(session, "李娜", PHONE), written_down(session, "张伟", PHONE)

        found = likely(session, "张伟", PHONE)

        assert [(id, sure) for id, _, sure in found] == [(husband.id, True), (wife.id, False)]


def test_who_was_merged_is_found_as_who_was_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        kept, gone = written_down(session, "张伟"), written_down(session, "张伟", PHONE)
        merging.merge(session, kept=kept, gone=gone, by=staff(session, "Mia", Role.MANAGER), now=NOW)

        assert [id for id, _, _ in likely(session, "张伟", PHONE)] == [kept.id]


def test_it_reads_by_indexes_alone(sqlite: Engine) -> None:
    asked: list[tuple[str, Any]] = []
    with transaction(sqlite) as session:
        written_down(session, "张伟", PHONE, EMAIL)
        event.listen(sqlite, "before_cursor_execute", lambda *it: asked.append((it[2], it[3])))
        likely(session, "Zhang Wei", PHONE, EMAIL)
        statements = list(asked)
        plans = [
            row[3]
            for statement, values in statements
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    assert len(statements) >= 5
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


@pytest.mark.parametrize("name", ["%", "_", "'; DROP TABLE customer;--", "*", "😀", "\x00", "x" * 10_000, ""])
def test_hostile_names_find_nobody_and_do_no_harm(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        written_down(session, "张伟", PHONE)

        assert likely(session, name, (ContactKind.EMAIL, "a%_+b@example.com")) == []
