"""A customer whom another system tells of: the same one each time, never merged by a phone alone."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.customers import (
    contacts,
    customers,
    duplicates,
    fields,
    freshness,
    names,
    pairs,
    records,
)
from crm_store.customers.likeness import Alike, alike
from crm_store.customers.pairing import Pair
from crm_store.customers.refusals import BadContact, BadFieldValue, BadValue, NoName, NoSuchField, TooManyTags
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.exchange import events, refs
from crm_store.exchange.tables import ExternalRef
from crm_store.refusals import NoSuchCustomer, Refusal
from handlers.intake.teller import CHANNEL, Teller, digest
from handlers.intake.told import Outcome, Rejected, TellingCustomer

IDENTIFYING = (ContactKind.PHONE, ContactKind.EMAIL)


def keep(
    session: Session, teller: Teller, told: TellingCustomer, *, at: str = ""
) -> tuple[Customer, Outcome]:
    """The customer who is meant: by our number, by theirs, by phone or e-mail *and* name, else a new one.

    Told again with the same words nothing changes; with others, what they say is changed. A first match only
    fills in what is missing. Raises Rejected; ``at`` is where in the message this stands.
    """
    try:
        return _keep(session, teller, told)
    except Refusal as refusal:
        raise _rejected(refusal, at) from refusal


def find(session: Session, teller: Teller, *, external_id: str) -> Customer | None:
    found = refs.find(session, system=teller.system, entity=refs.CUSTOMER, external_id=external_id)
    return customers.get(session, customer_id=found) if found is not None else None


def _keep(session: Session, teller: Teller, told: TellingCustomer) -> tuple[Customer, Outcome]:
    ref = _ref(session, teller, told)
    if ref is not None:
        customer = customers.get(session, customer_id=ref.entity_id)
        _same_number(told, customer)
        return customer, _update(session, teller, told, customer, ref)
    if told.number is not None:
        customer = customers.get(session, customer_id=told.number)
        _join(session, teller, told, customer, known=_knows(session, told, customer))
        return customer, Outcome.MATCHED
    return _match_or_create(session, teller, told)


def _match_or_create(session: Session, teller: Teller, told: TellingCustomer) -> tuple[Customer, Outcome]:
    if not told.name or not names.fold(told.name):
        raise NoName
    near = duplicates.likely(
        session, name=told.name, contacts=told.contacts, company=told.about.get("company")
    )
    sharing = [one for one in near if _shared(session, told, one.customer)]
    same = [one.customer for one in sharing if _is_same(session, told, one.customer, now=teller.now)]
    if len(same) == 1:
        [customer] = same
        _fill(session, teller, told, customer)
        _join(session, teller, told, customer)
        return customer, Outcome.MATCHED
    customer = records.create(
        session,
        name=told.name,
        contacts=told.contacts,
        **told.about,  # type: ignore[arg-type]  # texts of a record, by its own names
        tags=told.tags,
        values=_own(session, told),
        language=told.language or teller.voice.desk.languages[0],
        source=told.source or teller.system,
        channel=CHANNEL,
        currency=teller.voice.desk.currency,
        actor=teller.actor,
        now=teller.now,
    )
    _refer(session, teller, told, customer)
    found = [
        Pair(one.customer.id, customer.id, one.score, one.reasons)
        for one in near
        if one.is_likely or one in sharing
    ]
    pairs.keep(session, found=found, now=teller.now)
    return customer, Outcome.CREATED


def _shared(session: Session, told: TellingCustomer, customer: Customer) -> list[ContactMethod]:
    """The phones and e-mails that they have in common."""
    wanted = {one for one in told.contacts if one[0] in IDENTIFYING}
    held = contacts.of(session, customer=customer)
    return [one for one in held if not one.invalid and (one.kind, one.value) in wanted]


def _is_same(session: Session, told: TellingCustomer, customer: Customer, *, now: datetime) -> bool:
    """The name is theirs, too. Of a phone that they proved to be their own within a year (in Telegram, where
    many are called a flower) it is enough that the name is not clearly another's."""
    shared = _shared(session, told, customer)
    proved = any(one.verified_at is not None and now - one.verified_at <= freshness.AGAIN for one in shared)
    return _alike(told, customer) >= (Alike.UNSAID if proved else Alike.SAME)


def _alike(told: TellingCustomer, customer: Customer) -> Alike:
    """Beside their name, and what staff call them."""
    return alike([told.name or ""], [one for one in (customer.name, customer.remark) if one])


def _knows(session: Session, told: TellingCustomer, customer: Customer) -> bool:
    """Our numbers are easily guessed: who has only the number may order for a customer, and no more."""
    is_named = bool(told.name) and _alike(told, customer) == Alike.SAME
    return is_named or bool(_shared(session, told, customer))


def _join(
    session: Session, teller: Teller, told: TellingCustomer, customer: Customer, *, known: bool = True
) -> None:
    """They came by this way, too. ``known``: what the system calls them is them from now on."""
    records.touch(
        session, customer=customer, channel=CHANNEL, source=told.source or teller.system, now=teller.now
    )
    if known:
        _refer(session, teller, told, customer)


def _refer(session: Session, teller: Teller, told: TellingCustomer, customer: Customer) -> None:
    """From now on the system's number is this customer's; what they did there before is theirs."""
    if told.external_id is None:
        return
    refs.put(
        session,
        system=teller.system,
        entity=refs.CUSTOMER,
        external_id=told.external_id,
        entity_id=customer.id,
        digest=_digest(told),
    )
    events.join(session, source=teller.system, customer_ref=told.external_id, customer_id=customer.id)


def _update(
    session: Session, teller: Teller, told: TellingCustomer, customer: Customer, ref: ExternalRef
) -> Outcome:
    if ref.digest == _digest(told) or not (told.name or told.contacts or told.about or told.tags or told.own):
        return Outcome.SAME
    ref.digest = _digest(told)
    session.add(ref)
    wanted = _wanted(session, told, customer)
    return _change(session, teller, customer, wanted)


def _fill(session: Session, teller: Teller, told: TellingCustomer, customer: Customer) -> None:
    """What is known already stays as staff know it."""
    wanted = _wanted(session, told, customer)
    present = records.current(session, customer=customer, keys=wanted)
    adding = {key for key in wanted if key == "tags" or key in set(ContactKind)}
    missing = {key: value for key, value in wanted.items() if key in adding or not present[key]}
    _change(session, teller, customer, missing)


def _change(session: Session, teller: Teller, customer: Customer, wanted: dict[str, Any]) -> Outcome:
    changed = records.change(
        session,
        customer=customer,
        changes=wanted,
        currency=teller.voice.desk.currency,
        actor=teller.actor,
        now=teller.now,
    )
    return Outcome.CHANGED if changed else Outcome.SAME


def _wanted(session: Session, told: TellingCustomer, customer: Customer) -> dict[str, Any]:
    """The keys of ``records.change``. Contacts and tags are added to those there are: nothing is taken away
    because another system does not know it."""
    wanted: dict[str, Any] = dict(told.about)
    if told.name:
        wanted["name"] = told.name
    for kind in {kind for kind, _ in told.contacts}:
        present = [one.value for one in contacts.of_kind(session, customer=customer, kind=kind)]
        given = [value for one, value in told.contacts if one == kind]
        wanted[kind.value] = [*given, *(one for one in present if one not in given)]
    if told.tags:
        wanted["tags"] = [*records.tags(session, customer=customer), *told.tags]
    return wanted | {f"{records.OWN}{id}": value for id, value in _own(session, told).items()}


def _own(session: Session, told: TellingCustomer) -> dict[int, str]:
    return {fields.by_name(session, name=name).id: value for name, value in told.own.items()}


def _ref(session: Session, teller: Teller, told: TellingCustomer) -> ExternalRef | None:
    if told.external_id is None:
        return None
    return refs.get(session, system=teller.system, entity=refs.CUSTOMER, external_id=told.external_id)


def _same_number(told: TellingCustomer, customer: Customer) -> None:
    if told.number is not None and told.number != customer.id:
        raise Rejected("number", f"is not that of customer {told.external_id!r}", customer.number, clash=True)


def _digest(told: TellingCustomer) -> str:
    return digest({key: value for key, value in asdict(told).items() if key != "number"})


def _rejected(refusal: Refusal, at: str) -> Rejected:
    """The store's refusal as a field of the message that caused it."""
    inside = f"{at}." if at else ""
    match refusal:
        case NoSuchCustomer():
            return Rejected(f"{inside}number", "is no customer's", "a number of ours, such as C12")
        case NoName():
            return Rejected(
                f"{inside}name", "is missing", "the customer's name: this system has not told of them"
            )
        case BadContact():
            return Rejected(f"{inside}{refusal.facts['kind']}", "cannot be added", "one that can be reached")
        case BadValue():
            return Rejected(
                f"{inside}{refusal.facts['field']}", "is too long", f"{refusal.facts['most']} characters"
            )
        case TooManyTags():
            most, longest = refusal.facts["most"], refusal.facts["longest"]
            return Rejected(
                f"{inside}tags", "are too many or too long", f"{most} of {longest} characters at most"
            )
        case NoSuchField():
            known = ", ".join(one.name for one in refusal.facts["fields"]) or "none are defined"
            return Rejected(f"{inside}fields", f"has no field {refusal.facts['name']!r}", known)
        case BadFieldValue():
            field = refusal.facts["field"]
            return Rejected(f"{inside}fields.{field.name}", "cannot be read", f"a {field.kind}")
        case _:
            raise refusal
