"""Fields that a shop's managers define for its customers: named, typed, and for whose eyes."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store import money
from crm_store.customers.cleaning import clean, printable
from crm_store.customers.refusals import BadField, BadFieldValue, FieldExists, NoSuchField
from crm_store.customers.tables import Customer, CustomField, CustomValue, FieldKind
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

MAX_FIELDS = 50
MAX_NAME_LENGTH = 24
MAX_VALUE_LENGTH = 500
MAX_CHOICES = 30
LARGEST_NUMBER = Decimal(10) ** 15

_NAME = re.compile(r"[^\W\d_][\w ·-]*")
_DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$|^(\d{4})(\d{2})(\d{2})$")


@dataclass(frozen=True)
class Value:
    """A customer's value of a field; None where the reader's role may not see it."""

    field: CustomField
    value: str | None


def define(
    session: Session,
    *,
    name: str,
    kind: FieldKind,
    choices: Sequence[str] = (),
    role: Role = Role.AGENT,
    reserved: frozenset[str] = frozenset(),
    by: Staff,
    now: datetime,
) -> CustomField:
    """A new field; one of the same name and kind that was dropped comes back with its values.

    ``reserved`` are words that mean something else already. Raises FieldExists, BadField.
    """
    name = clean(unicodedata.normalize("NFKC", name))
    picked = list(dict.fromkeys(clean(one) for one in choices if clean(one)))
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        raise BadField(reason="name")
    if name.casefold() in reserved:
        raise BadField(reason="taken")
    too_long = any(len(one) > MAX_NAME_LENGTH for one in picked)
    if kind == FieldKind.CHOICE and (too_long or not 2 <= len(picked) <= MAX_CHOICES):
        raise BadField(reason="choices")
    present = all(session)
    if any(one.name.casefold() == name.casefold() for one in present):
        raise FieldExists(name=name)
    if len(present) >= MAX_FIELDS:
        raise BadField(reason="many")
    former = session.scalars(select(CustomField).where(col(CustomField.name) == name)).first()
    if former is not None and former.kind != kind:
        former.name = f"{former.name}#{former.id}"  # its values are no values of the new one
        session.add(former)
        session.flush()
        former = None
    field = former or CustomField(name=name, kind=kind, created_by=by.id, created_at=now)
    field.choices, field.role, field.dropped_at = picked or None, role, None
    session.add(field)
    session.flush()
    _note(session, field, "defined", by=by, now=now, after={"name": name, "kind": kind, "role": role})
    return field


def drop(session: Session, *, field: CustomField, by: Staff, now: datetime) -> None:
    """The field is no longer shown or set; its values are kept for the day it comes back."""
    field.dropped_at = now
    session.add(field)
    _note(session, field, "dropped", by=by, now=now, before={"name": field.name})


def all(session: Session) -> list[CustomField]:
    """The fields there are, in the order they were defined."""
    statement = select(CustomField).where(col(CustomField.dropped_at).is_(None)).order_by(col(CustomField.id))
    return list(session.scalars(statement))


def by_name(session: Session, *, name: str) -> CustomField:
    """Raises NoSuchField, with those there are."""
    wanted = " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
    present = all(session)
    for one in present:
        if one.name.casefold() == wanted:
            return one
    raise NoSuchField(name=name, fields=present)


def parse(field: CustomField, text: str, *, currency: str = "CNY") -> tuple[str, float | None]:
    """What a person typed as the field's value: canonical text, and its rank where values can be compared.

    Raises BadFieldValue.
    """
    plain = printable(unicodedata.normalize("NFKC", text))
    value = _PARSERS[field.kind](field, plain, currency) if plain else None
    if value is None:
        raise BadFieldValue(field=field, value=text)
    return value, rank(field, value)


def rank(field: CustomField, value: str) -> float | None:
    """A canonical value as a number: a date as its ordinal, money in minor units."""
    match field.kind:
        case FieldKind.NUMBER | FieldKind.MONEY:
            return float(value)
        case FieldKind.DATE:
            return float(date.fromisoformat(value).toordinal())
        case FieldKind.YES_NO:
            return float(value == YES)
        case _:
            return None


def shown(field: CustomField, value: str, *, currency: str = "CNY") -> str:
    """A canonical value as a file or an API writes it: 2026-01-05, 12.34, yes."""
    if field.kind != FieldKind.MONEY:
        return value
    places = money.decimals(currency)
    return str(Decimal(value).scaleb(-places)) if places else value


def values(session: Session, *, customer: Customer, seen_by: Staff) -> list[Value]:
    """What a customer has in the shop's fields, in their order; hidden ones without what they hold."""
    kept = of(session, customer=customer)
    return [
        Value(field, kept[field.id] if seen_by.role.includes(field.role) else None)
        for field in all(session)
        if field.id in kept
    ]


def of(session: Session, *, customer: Customer) -> dict[int, str]:
    """Canonical values by the field's id, whoever may see them."""
    found = session.scalars(select(CustomValue).where(col(CustomValue.customer_id) == customer.id))
    return {one.field_id: one.value for one in found}


def put(session: Session, *, customer: Customer, field: CustomField, value: str | None) -> None:
    """Set or clear a canonical value. Only ``records`` calls this: it checks and writes down."""
    row = session.get(CustomValue, (customer.id, field.id))
    if value is None:
        if row is not None:
            session.delete(row)
        return
    row = row or CustomValue(customer_id=customer.id, field_id=field.id, value=value)
    row.value, row.rank = value, rank(field, value)
    session.add(row)


YES, NO = "yes", "no"


@cache
def _yes_no() -> dict[str, str]:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {word: answer for answer in (YES, NO) for word in data[answer]}


def _text(_field: CustomField, text: str, _currency: str) -> str | None:
    return text if len(text) <= MAX_VALUE_LENGTH else None


def _number(_field: CustomField, text: str, _currency: str) -> str | None:
    try:
        number = Decimal(re.sub(r"(?<=\d)[, _](?=\d{3})", "", text))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > LARGEST_NUMBER:
        return None
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def _date(_field: CustomField, text: str, _currency: str) -> str | None:
    found = _DAY.match(text)
    try:
        return date(*(int(part) for part in found.groups() if part)).isoformat() if found else None
    except ValueError:
        return None


def _money(_field: CustomField, text: str, currency: str) -> str | None:
    try:
        return str(money.read(text, currency=currency))
    except money.Unreadable:
        return None


def _choice(field: CustomField, text: str, _currency: str) -> str | None:
    wanted = text.casefold()
    return next((one for one in field.choices or () if one.casefold() == wanted), None)


def _answer(_field: CustomField, text: str, _currency: str) -> str | None:
    return _yes_no().get(text.casefold())


_PARSERS = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.MONEY: _money,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _answer,
}


def _note(
    session: Session,
    field: CustomField,
    action: str,
    *,
    by: Staff,
    now: datetime,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        entity="field",
        entity_id=field.id,
        now=now,
        before=before,
        after=after,
    )
