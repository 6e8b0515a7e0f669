"""What people type into a customer's record, as what is stored: checked, canonical, nothing written yet."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from crm_store.customers import contacts, fields, places
from crm_store.customers.cleaning import clean
from crm_store.customers.refusals import BadContact, BadValue, NoName, NoSuchField, TooManyTags
from crm_store.customers.tables import ContactKind, Customer, CustomField, Tier
from crm_store.staff import staff as staff_verbs

OWN = "field:"
"""Before a shop's own field's id in the keys of a change: ``field:3``."""

LENGTHS = {
    "name": 200,
    "remark": 100,
    "salutation": 30,
    "company": 200,
    "province": 60,
    "city": 60,
    "district": 60,
    "street": 300,
}
"""The texts of a record, and how many characters each may have."""

PLACE = ("province", "city", "district", "street")
MAX_TAGS = 30
MAX_TAG_LENGTH = 30
MAX_CONTACTS_OF_A_KIND = 10
CONTACTS = {kind.value for kind in ContactKind}


def prepare(
    session: Session,
    changes: Mapping[str, Any],
    *,
    customer: Customer | None = None,
    currency: str = "CNY",
) -> dict[str, Any]:
    """What people typed as what is stored, checked; nothing is written. Raises what ``change`` raises."""
    ready: dict[str, Any] = {}
    for key, value in changes.items():
        if isinstance(value, str) and not value.strip():
            value = None
        if key == "address":
            ready |= _address(value)
        elif key == "city":
            ready |= {name: one for name, one in _city(value).items() if name not in changes or name == key}
        elif key in LENGTHS:
            ready[key] = _text(key, value)
        elif key == "tier":
            ready[key] = _tier(value)
        elif key == "owner_id":
            ready[key] = staff_verbs.get(session, staff_id=int(value)).id if value is not None else None
        elif key == "tags":
            ready[key] = _tags(value)
        elif key in CONTACTS:
            ready[key] = _contacts(session, ContactKind(key), value, customer)
        elif key.startswith(OWN):
            ready[key] = _own(session, key, value, currency)
        else:
            raise NoSuchField(name=key, fields=fields.all(session))
    if customer is not None and _moves(customer, ready.get("city")):
        ready.setdefault("district", None)
    return ready


def _moves(customer: Customer, city: str | None) -> bool:
    """To another city: the district is one of the city before."""
    return bool(customer.district and customer.city and city and city != customer.city)


def tag(text: str) -> str:
    """The one form of a tag: VIP and vip are one, as are # before it and none."""
    return " ".join(unicodedata.normalize("NFKC", text).strip(" #\uff03").casefold().split())


def _text(key: str, value: Any) -> str | None:
    text = clean(str(value)) if value is not None else ""
    if key == "name" and not text:
        raise NoName
    if len(text) > LENGTHS[key]:
        raise BadValue(field=key, value=text, most=LENGTHS[key])
    return text or None


def _address(value: Any) -> dict[str, Any]:
    if value is None:
        return dict.fromkeys(PLACE)
    text = clean(str(value))
    place = places.read(text) or places.Place(street=text)
    return {key: _text(key, getattr(place, key)) for key in PLACE}


def _city(value: Any) -> dict[str, Any]:
    if value is None:
        return {"city": None, "province": None}
    place = places.canonical(clean(str(value)))
    found = {key: _text(key, getattr(place, key)) for key in PLACE}
    return {key: one for key, one in found.items() if one is not None or key in {"city", "province"}}


def _tier(value: Any) -> Tier | None:
    if value is None:
        return None
    try:
        return Tier(unicodedata.normalize("NFKC", str(value)).strip().upper())
    except ValueError:
        raise BadValue(field="tier", value=str(value), most=None) from None


def _tags(value: Any) -> list[str]:
    given = re.split(r"[,，、;；#＃]+", value) if isinstance(value, str) else value or []
    found = sorted({tag(one) for one in given} - {""})
    if len(found) > MAX_TAGS or any(len(one) > MAX_TAG_LENGTH for one in found):
        raise TooManyTags(most=MAX_TAGS, longest=MAX_TAG_LENGTH)
    return found


def _contacts(session: Session, kind: ContactKind, value: Any, customer: Customer | None) -> list[str]:
    if value is None:
        return []
    given = [value] if isinstance(value, str) else list(value)
    found: list[str] = []
    for one in given:
        read = contacts.normalised(kind, str(one))
        if read is None:
            raise BadContact(kind=kind, value=str(one))
        found.append(read)
    if isinstance(value, str) and customer is not None:
        others = contacts.of_kind(session, customer=customer, kind=kind)[1:]
        found += [one.value for one in others if one.value not in found]
    found = list(dict.fromkeys(found))
    if len(found) > MAX_CONTACTS_OF_A_KIND:
        raise BadContact(kind=kind, value=found[-1])
    return found


def _own(session: Session, key: str, value: Any, currency: str) -> str | None:
    field = session.get(CustomField, int(key.removeprefix(OWN)))
    if field is None or field.dropped_at is not None:
        raise NoSuchField(name=key, fields=fields.all(session))
    return fields.parse(field, str(value), currency=currency)[0] if value is not None else None
