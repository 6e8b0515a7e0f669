"""A customer shares their own phone number: it is theirs, verified; and who else has it is found out."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crm_store.customers import contacts, merging, pairs, records
from crm_store.customers.pairing import Pair
from crm_store.customers.tables import ContactKind, ContactMethod, Customer

SHARED = 60.0
"""How sure it is that two who have one phone are one person: a family shares one, and so does a shop."""


@dataclass(frozen=True)
class Bound:
    """``maybe`` is the one other customer who has the phone and no Telegram of their own: the person may
    be asked whether it is them."""

    contact: ContactMethod
    maybe: Customer | None


def bind(session: Session, *, customer: Customer, phone: str, now: datetime) -> Bound | None:
    """Keep the phone that Telegram says is the customer's own as their main one, verified. Where others have
    it too and it is not one who may be asked about, the pairs wait for a manager. None for a number that is
    no phone's (Telegram sells such)."""
    value = contacts.phone("+" + phone.lstrip("+"))
    if value is None:
        return None
    known = [one.value for one in contacts.of_kind(session, customer=customer, kind=ContactKind.PHONE)]
    records.change(
        session,
        customer=customer,
        changes={"phone": [value, *(one for one in known if one != value)]},
        actor=customer,
        now=now,
    )
    [contact] = [one for one in contacts.of(session, customer=customer) if one.value == value]
    contacts.verify(session, customer=customer, contact=contact, actor=customer, now=now)
    session.flush()
    maybe = candidate(session, customer=customer)
    if maybe is None:
        leave_to_managers(session, customer=customer, now=now)
    return Bound(contact, maybe)


def candidate(session: Session, *, customer: Customer) -> Customer | None:
    """The one other customer with the verified phone of this one, if there is but one and they have no
    Telegram of their own."""
    others = _others(session, customer)
    return others[0] if len(others) == 1 and others[0].user_id is None else None


def join(session: Session, *, customer: Customer, other_id: int, now: datetime) -> Customer | None:
    """The customer says that the other is them: the two become one, the older number stays. Undone as any
    merge. None when ``other_id`` is not (or no longer) the one they were asked about."""
    other = candidate(session, customer=customer)
    if other is None or other.id != other_id:
        return None
    kept, gone = (other, customer) if other.id < customer.id else (customer, other)
    merging.merge(session, kept=kept, gone=gone, by=customer, now=now)
    return kept


def leave_to_managers(session: Session, *, customer: Customer, now: datetime) -> int:
    """Put everybody with the same phone beside the customer into the queue of pairs. How many were new."""
    found = [
        Pair(min(one.id, customer.id), max(one.id, customer.id), SHARED, ["same_phone"])
        for one in _others(session, customer)
    ]
    return pairs.keep(session, found=found, now=now) if found else 0


def _others(session: Session, customer: Customer) -> list[Customer]:
    verified = [
        one
        for one in contacts.of_kind(session, customer=customer, kind=ContactKind.PHONE)
        if one.primary and one.verified_at is not None
    ]
    return [
        holder
        for one in verified
        for holder in contacts.holders(session, kind=ContactKind.PHONE, value=one.value)
        if holder.id != customer.id
    ]
