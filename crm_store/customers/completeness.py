"""How much of a customer's record is there, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from crm_store.customers import contacts, records
from crm_store.customers.tables import ContactKind, ContactMethod, Customer

WEIGHTS = {
    "phone": 25,
    "verified": 15,
    "city": 15,
    "second": 10,
    "street": 10,
    "called": 10,
    "owner": 10,
    "sorted": 5,
}
"""Per cents of a whole record: a phone that works, one the customer confirmed, another way to reach them,
where they are, what to call them, whose they are, and a tag or a tier."""


@dataclass(frozen=True)
class Completeness:
    """``percent`` of 100, and keys of ``WEIGHTS`` (labels in ``[missing]``), the weightiest first."""

    percent: int
    missing: list[str]


def of(session: Session, *, customer: Customer) -> Completeness:
    return score(
        customer,
        contacts=contacts.of(session, customer=customer),
        tags=records.tags(session, customer=customer),
    )


def score(customer: Customer, *, contacts: Sequence[ContactMethod], tags: Sequence[str]) -> Completeness:
    valid = [one for one in contacts if not one.invalid]
    phones = [one for one in valid if one.kind == ContactKind.PHONE]
    there = {
        "phone": bool(phones),
        "verified": any(one.verified_at for one in phones),
        "second": len(valid) > 1 or (customer.chat_id is not None and bool(valid)),
        "city": bool(customer.city or customer.province),
        "street": bool(customer.street),
        "called": customer.name_chosen or bool(customer.salutation or customer.remark),
        "owner": customer.owner_id is not None,
        "sorted": customer.tier is not None or bool(tags),
    }
    return Completeness(
        percent=sum(weight for key, weight in WEIGHTS.items() if there[key]),
        missing=[key for key in WEIGHTS if not there[key]],
    )
