"""The shop's own fields: what is typed becomes one canonical value, and reads as itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers import fields, records
from crm_store.customers.refusals import BadField, BadFieldValue, FieldExists, NoSuchField
from crm_store.customers.tables import CustomField, FieldKind
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff


def field(kind: FieldKind, choices: list[str] | None = None) -> CustomField:
    return CustomField(id=1, name="mine", kind=kind, choices=choices, created_at=NOW)


@pytest.mark.parametrize(
    ("kind", "typed", "value", "rank"),
    [
        (FieldKind.DATE, "2026年1月5日", "2026-01-05", float(date(2026, 1, 5).toordinal())),
        (FieldKind.DATE, "20260105", "2026-01-05", float(date(2026, 1, 5).toordinal())),
        (FieldKind.NUMBER, "1,200.50", "1200.5", 1200.5),
        (FieldKind.NUMBER, "１２", "12", 12.0),
        (FieldKind.NUMBER, "1e3", "1000", 1000.0),
        (FieldKind.MONEY, "¥12,345.60", "1234560", 1234560.0),
        (FieldKind.MONEY, "3k", "300000", 300000.0),
        (FieldKind.CHOICE, "GOLD", "gold", None),
        (FieldKind.YES_NO, "是", "yes", 1.0),
        (FieldKind.YES_NO, "没有", "no", 0.0),
        (FieldKind.TEXT, " two words ", "two words", None),
    ],
)
def test_what_is_typed_becomes_one_value(kind: FieldKind, typed: str, value: str, rank: float | None) -> None:
    assert fields.parse(field(kind, ["gold", "silver"]), typed) == (value, rank)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_reads_as_itself(day: date) -> None:
    assert fields.parse(field(FieldKind.DATE), day.isoformat())[0] == day.isoformat()


@given(st.decimals(min_value=-(10**14), max_value=10**14, allow_nan=False, places=4))
def test_a_number_reads_as_itself(number: object) -> None:
    value, rank = fields.parse(field(FieldKind.NUMBER), str(number))

    assert fields.parse(field(FieldKind.NUMBER), value) == (value, rank)
    assert rank == float(str(number))


@given(st.integers(min_value=0, max_value=10**12))
def test_money_that_is_shown_reads_as_the_same_amount(minor: int) -> None:
    own = field(FieldKind.MONEY)

    assert fields.parse(own, fields.shown(own, str(minor)))[0] == str(minor)


@given(kind=st.sampled_from(list(FieldKind)), text=st.text(max_size=40))
def test_any_text_is_a_value_or_refused(kind: FieldKind, text: str) -> None:
    own = field(kind, ["gold"])
    try:
        value, rank = fields.parse(own, text)
    except BadFieldValue:
        return
    assert fields.rank(own, value) == rank
    assert "\x00" not in value


def define(
    session: Session, by: Staff, name: str, kind: FieldKind = FieldKind.TEXT, **more: object
) -> CustomField:
    return fields.define(session, name=name, kind=kind, by=by, now=NOW, **more)  # type: ignore[arg-type]


def test_two_fields_have_two_names_and_a_dropped_one_comes_back(engine: Engine) -> None:
    with transaction(engine) as session:
        mary, ann = staff(session, role=Role.MANAGER), customer(session)
        birthday = define(session, mary, "生日", FieldKind.DATE)
        records.change(
            session, customer=ann, changes={f"field:{birthday.id}": "1990-05-01"}, actor=mary, now=NOW
        )
        with pytest.raises(FieldExists):
            define(session, mary, " 生日 ")
        fields.drop(session, field=birthday, by=mary, now=NOW)
        assert fields.values(session, customer=ann, seen_by=mary) == []
        with pytest.raises(NoSuchField):
            fields.by_name(session, name="生日")

        back = define(session, mary, "生日", FieldKind.DATE)

        assert back.id == birthday.id
        assert [one.value for one in fields.values(session, customer=ann, seen_by=mary)] == ["1990-05-01"]


@pytest.mark.parametrize(
    ("name", "kind", "choices", "reason"),
    [
        ("", FieldKind.TEXT, [], "name"),
        ("1st", FieldKind.TEXT, [], "name"),
        ("a=b", FieldKind.TEXT, [], "name"),
        ("x" * 25, FieldKind.TEXT, [], "name"),
        ("phone", FieldKind.TEXT, [], "taken"),
        ("level", FieldKind.CHOICE, ["gold"], "choices"),
        ("level", FieldKind.CHOICE, ["gold", "gold "], "choices"),
        ("level", FieldKind.CHOICE, ["gold", "x" * 25], "choices"),
    ],
)
def test_a_field_that_nobody_could_name_is_refused(
    engine: Engine, name: str, kind: FieldKind, choices: list[str], reason: str
) -> None:
    with transaction(engine) as session:
        mary = staff(session, role=Role.MANAGER)

        with pytest.raises(BadField) as refused:
            define(session, mary, name, kind, choices=choices, reserved=frozenset({"phone"}))

        assert refused.value.facts == {"reason": reason}
        assert fields.all(session) == []
