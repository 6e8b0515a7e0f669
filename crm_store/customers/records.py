"""The one gate to a customer's record: whoever writes it (chat, import, API, undo) comes through here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from crm_store.analysis import day_marks
from crm_store.customers import contacts as contact_verbs
from crm_store.customers import fields, search_keys
from crm_store.customers.refusals import NoName, OwnedBySomebody
from crm_store.customers.tables import ContactKind, Customer, CustomerTag, CustomField, Tier, Touchpoint
from crm_store.customers.typed import (
    CONTACTS,
    LENGTHS,
    MAX_CONTACTS_OF_A_KIND,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    OWN,
    PLACE,
    prepare,
    tag,
)
from crm_store.refusals import NotAllowed
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

__all__ = [
    "LENGTHS",
    "MAX_CONTACTS_OF_A_KIND",
    "MAX_TAGS",
    "MAX_TAG_LENGTH",
    "OWN",
    "PLACE",
    "Changed",
    "apply",
    "change",
    "check",
    "create",
    "current",
    "prepare",
    "tag",
    "tags",
    "touch",
]


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
    if "city" in after:
        day_marks.touch_customers(session, customers=[customer.id], now=now)
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
    if any(key in CONTACTS for key in wanted):
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


def touch(session: Session, *, customer: Customer, channel: str, source: str, now: datetime) -> None:
    """A customer came by a way in (``channel``: telegram, staff, api, import …; ``source``: which shop, site
    or file). The first one stays their source for ever."""
    session.add(Touchpoint(customer_id=customer.id, channel=channel[:24], source=source[:64], at=now))
    if customer.source is None:
        customer.source, customer.updated_at = source[:64], now
        session.add(customer)


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


def _write(session: Session, customer: Customer, values: Mapping[str, Any], *, now: datetime) -> None:
    for key, value in values.items():
        if key in CONTACTS:
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
