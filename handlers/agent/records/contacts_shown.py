"""A customer's contacts as one member of staff may see them: in full where they are theirs, else masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.customers import contacts, sight
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.staff.tables import Staff


@dataclass(frozen=True)
class ShownContact:
    """``text`` is what is shown; ``masked`` that it is not the whole."""

    kind: ContactKind
    text: str
    masked: bool
    verified_at: datetime | None
    invalid: bool
    confirmed_at: datetime | None = None


def shown(
    ways: Sequence[ContactMethod], *, customer: Customer, to: Staff, unmasked: bool = False
) -> list[ShownContact]:
    """``unmasked``: they asked to see them, and that was written down."""
    in_full = unmasked or sight.sees_contacts(to, customer=customer)
    return [one_shown(way, in_full=in_full) for way in ways]


def one_shown(way: ContactMethod, *, in_full: bool) -> ShownContact:
    return ShownContact(
        kind=way.kind,
        text=contacts.shown(way.kind, way.value) if in_full else sight.mask(way),
        masked=not in_full,
        verified_at=way.verified_at,
        invalid=way.invalid,
        confirmed_at=way.confirmed_at,
    )
