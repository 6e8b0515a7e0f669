"""The one gate to a customer's record: whoever writes it (chat, import, API, undo) comes through here."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from crm_store.customers import contacts as contact_verbs
from crm_store.customers import fields, places, search_keys
from crm_store.customers.cleaning import clean
from crm_store.customers.refusals import (
    BadContact,
    BadValue,
    NoName,
    NoSuchField,
    OwnedBySomebody,
    TooManyTags,
)
from crm_store.customers.tables import (
    ContactKind,
    Customer,
    CustomerTag,
    CustomField,
    Tier,
    Touchpoint,
)
from crm_store.refusals import NotAllowed
from crm_store.staff import audit
from crm_store.staff import staff as staff_verbs
from crm_store.staff.audit import Actor
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

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
_CONTACTS = {kind.value for kind in ContactKind}


@dataclass(frozen=True)
class Changed:
    """What really changed, canonical: keys as in ``change``, contacts and tags as whole lists."""

    before: dict[str, Any]
    after: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.after)


def create(
    session: Session,
    *,
    name: str,
    contacts: Sequence[tuple[ContactKind, str]] = (),
    remark: str | None = None,
    salutation: str | None = None,
    company: str | None = None,
    province: str | None = None,
    city: str | None = None,
    district: str | None = None,
    street: str | None = None,
    tier: Tier | str | None = None,
    owner_id: int | None = None,
    tags: Sequence[str] = (),
    values: Mapping[int, str] | None = None,
    language: str,
    source: str | None,
    channel: str,
    currency: str = "CNY",
    actor: Actor,
    now: datetime,
) -> Customer:
    """A new customer whom nobody has met in the chat. ``values`` are of the shop's own fields, by id, as they
    were typed. Looking for one who is there already is the caller's (``duplicates.likely``).

    Raises what ``change`` raises.
    """
    given: dict[str, Any] = {
        "name": name,
        "remark": remark,
        "salutation": salutation,
        "company": company,
        "province": province,
        "city": city,
        "district": district,
        "street": street,
        "tier": tier,
        "owner_id": owner_id,
        "tags": list(tags),
        **{kind.value: [value for one, value in contacts if one == kind] for kind in ContactKind},
        **{f"{OWN}{field}": value for field, value in (values or {}).items()},
    }
    ready = prepare(session, {key: value for key, value in given.items() if value}, currency=currency)
    if "name" not in ready:
        raise NoName
    check(session, customer=None, values=ready, actor=actor)
    customer = Customer(
        name=ready["name"], name_chosen=True, language=language, created_at=now, updated_at=now
    )
    session.add(customer)
    session.flush()
    _write(session, customer, {key: value for key, value in ready.items() if key != "name"}, now=now)
    if source or channel:
        touch(session, customer=customer, channel=channel, source=source or channel, now=now)
    session.flush()
    search_keys.refresh(session, customer_ids=[customer.id])
    audit.record(
        session,
        actor=actor,
        action="created",
        entity="customer",
        entity_id=customer.id,
        now=now,
        after=_plain(ready),
    )
    return customer


def change(
    session: Session,
    *,
    customer: Customer,
    changes: Mapping[str, Any],
    currency: str = "CNY",
    actor: Actor,
    now: datetime,
) -> Changed:
    """Change a customer's own fields, contacts, tags and the shop's own fields, given as people type them.

    Keys: name, remark, salutation, company, province, city, district, street, address (all four at once),
    tier, owner_id, tags (all of them), phone, email, wechat, qq and ``field:<id>``. None or "" clears. A
    contact given as one text becomes the main one in place of the former; a list is all of that kind. A city
    brings its province. Nothing is changed, and nothing written down, where it is so already.

    Raises NoName, BadValue, BadContact, TooManyTags, NoSuchField, BadFieldValue, NoSuchStaff; and what
    ``check`` raises.
    """
    ready = prepare(session, changes, customer=customer, currency=currency)
    check(session, customer=customer, values=ready, actor=actor)
    return apply(session, customer=customer, values=ready, action="changed", actor=actor, now=now)


def apply(
    session: Session,
    *,
    customer: Customer,
    values: Mapping[str, Any],
    action: str,
    actor: Actor,
    now: datetime,
) -> Changed:
    """Write canonical values (of ``prepare``, or of the trail) and one row of the trail."""
    present = current(session, customer=customer, keys=values)
    after = {key: value for key, value in values.items() if value != present[key]}
    before = {key: present[key] for key in after}
    if not after:
        return Changed({}, {})
    _write(session, customer, after, now=now)
    session.flush()
    search_keys.refresh(session, customer_ids=[customer.id])
    audit.record(
        session,
        actor=actor,
        action=action,
        entity="customer",
        entity_id=customer.id,
        now=now,
        before=_plain(before),
        after=_plain(after),
    )
    return Changed(before, after)


def current(session: Session, *, customer: Customer, keys: Iterable[str]) -> dict[str, Any]:
    """Canonical values as they are now, of the keys that ``change`` takes."""
    wanted = list(keys)
    found: dict[str, Any] = {}
    if any(key in _CONTACTS for key in wanted):
        for kind in ContactKind:
            found[kind.value] = []
        for one in contact_verbs.of(session, customer=customer):
            found[one.kind.value].append(one.value)
    if "tags" in wanted:
        found["tags"] = tags(session, customer=customer)
    if any(key.startswith(OWN) for key in wanted):
        own = fields.of(session, customer=customer)
        found |= {key: own.get(int(key.removeprefix(OWN))) for key in wanted if key.startswith(OWN)}
    return {key: found[key] if key in found else getattr(customer, key) for key in wanted}


def tags(session: Session, *, customer: Customer) -> list[str]:
    """A customer's tags, sorted."""
    statement = select(col(CustomerTag.tag)).where(col(CustomerTag.customer_id) == customer.id)
    return sorted(session.scalars(statement))


def tag(text: str) -> str:
    """The one form of a tag: VIP and vip are one, as are # before it and none."""
    return " ".join(unicodedata.normalize("NFKC", text).strip(" #\uff03").casefold().split())


def touch(session: Session, *, customer: Customer, channel: str, source: str, now: datetime) -> None:
    """A customer came by a way in (``channel``: telegram, staff, api, import …; ``source``: which shop, site
    or file). The first one stays their source for ever."""
    session.add(Touchpoint(customer_id=customer.id, channel=channel[:24], source=source[:64], at=now))
    if customer.source is None:
        customer.source, customer.updated_at = source[:64], now
        session.add(customer)


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
        elif key in _CONTACTS:
            ready[key] = _contacts(session, ContactKind(key), value, customer)
        elif key.startswith(OWN):
            ready[key] = _own(session, key, value, currency)
        else:
            raise NoSuchField(name=key, fields=fields.all(session))
    return ready


def check(session: Session, *, customer: Customer | None, values: Mapping[str, Any], actor: Actor) -> None:
    """Whether this person of staff may write these canonical values: fields above their role not, and agents
    take only a customer whom nobody has (or give back their own).

    Raises NotAllowed, OwnedBySomebody.
    """
    if not isinstance(actor, Staff):
        return
    for key in values:
        field = session.get(CustomField, int(key.removeprefix(OWN))) if key.startswith(OWN) else None
        if field is not None and not actor.role.includes(field.role):
            raise NotAllowed(role=field.role)
    if "owner_id" not in values or actor.role.includes(Role.MANAGER):
        return
    owner_id = customer.owner_id if customer is not None else None
    if customer is not None and owner_id not in (None, actor.id, values["owner_id"]):
        raise OwnedBySomebody(number=customer.number, owner=session.get(Staff, owner_id))
    if values["owner_id"] not in (None, actor.id, owner_id):
        raise NotAllowed(role=Role.MANAGER)


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
        read = contact_verbs.normalised(kind, str(one))
        if read is None:
            raise BadContact(kind=kind, value=str(one))
        found.append(read)
    if isinstance(value, str) and customer is not None:
        others = contact_verbs.of_kind(session, customer=customer, kind=kind)[1:]
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


def _write(session: Session, customer: Customer, values: Mapping[str, Any], *, now: datetime) -> None:
    for key, value in values.items():
        if key in _CONTACTS:
            contact_verbs.replace(
                session, customer=customer, kind=ContactKind(key), values=value or [], now=now
            )
        elif key == "tags":
            _write_tags(session, customer, value or [])
        elif key.startswith(OWN):
            field = session.get(CustomField, int(key.removeprefix(OWN)))
            assert field is not None
            fields.put(session, customer=customer, field=field, value=value)
        else:
            setattr(customer, key, Tier(value) if key == "tier" and value else value)
    if "name" in values:
        customer.name_chosen = True
    customer.updated_at = now
    session.add(customer)


def _write_tags(session: Session, customer: Customer, wanted: Sequence[str]) -> None:
    session.execute(delete(CustomerTag).where(col(CustomerTag.customer_id) == customer.id))
    if wanted:
        rows = [{"customer_id": customer.id, "tag": one} for one in wanted]
        session.execute(insert(CustomerTag), rows)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the trail keeps it."""
    return {key: value.value if isinstance(value, Tier) else value for key, value in values.items()}
