"""The customers a batch of rows may be about, found with a few queries for all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlmodel import Session, col

from crm_store.customers import names, records
from crm_store.customers.search_keys import Kind
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomValue,
    Interaction,
    InteractionKind,
    Purpose,
    SearchKey,
)
from crm_store.exchange import refs
from crm_store.exchange.customer_rows import CustomerRow

NAME_KEY_LENGTH = 47
MOST_NAMESAKES = 50
"""Of one name in a batch; with more, a name says nothing."""


@dataclass
class Known:
    """A customer as it is now: ``version`` proves it at the commit."""

    customer: Customer
    contacts: dict[str, list[str]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    opted_out: bool = False

    def value(self, key: str) -> Any:
        if key.startswith(records.OWN):
            return self.own.get(key)
        if key == "tags":
            return self.tags
        if key in _KINDS:
            return self.contacts.get(key, [])
        found = getattr(self.customer, key)
        return getattr(found, "value", found)


@dataclass(frozen=True)
class Present:
    by_number: Mapping[int, Known]
    by_ref: Mapping[str, Known]
    by_contact: Mapping[tuple[str, str], Sequence[Known]]
    by_name: Mapping[str, Sequence[Known]]


_KINDS = {kind.value for kind in ContactKind}


@lru_cache(maxsize=4096)
def squeezed(name: str) -> str:
    """A name as it is compared: without case, spaces, accents and the difference of scripts; the words of a
    Western one in any order."""
    known = names.read(name)
    return "".join(sorted(known.words)) if len(known.words) > 1 and not known.han else known.squeezed


def present(session: Session, rows: Sequence[CustomerRow], *, system: str) -> Present:
    """Everybody that any of ``rows`` may be about, but those merged away. The session must be new."""
    numbers = [one.number for one in rows if one.number is not None]
    external = [one.external_id for one in rows if one.external_id is not None]
    ours = (
        refs.find_all(session, system=system, entity=refs.CUSTOMER, external_ids=external) if external else {}
    )
    held = _holders(session, rows)
    named = _named(session, rows)
    wanted = {*numbers, *ours.values(), *(one for of in held.values() for one in of)}
    wanted |= {one for of in named.values() for one in of}
    known = _known(session, wanted)
    followed = _followed(session, {*numbers, *ours.values()}, known)
    return Present(
        by_number={one: known[followed[one]] for one in numbers if one in followed},
        by_ref={ref: known[followed[one]] for ref, one in ours.items() if one in followed},
        by_contact={key: [known[one] for one in of if one in known] for key, of in held.items()},
        by_name={key: [known[one] for one in of if one in known] for key, of in named.items()},
    )


def _holders(session: Session, rows: Sequence[CustomerRow]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for kind in ContactKind:
        values = {value for one in rows for value in one.values.get(kind.value, ())}
        if values:
            statement = select(col(ContactMethod.value), col(ContactMethod.customer_id)).where(
                col(ContactMethod.kind) == kind, col(ContactMethod.value).in_(values)
            )
            for value, customer_id in session.execute(statement.order_by(col(ContactMethod.customer_id))):
                found.setdefault((kind.value, value), []).append(customer_id)
    return found


def _named(session: Session, rows: Sequence[CustomerRow]) -> dict[str, list[int]]:
    """Namesakes, by the search's own key of whole names. Beside a contact only those without any count (see
    ``deciding``): a common name is borne by hundreds, and loading them all would take most of the time."""
    found: dict[str, list[int]] = {}
    for has_contacts, statement in ((True, _BARE), (False, _NAMESAKES)):
        keys = {
            Kind.NAME + names.read(one.name).squeezed[:NAME_KEY_LENGTH]: squeezed(one.name)
            for one in rows
            if one.name and bool(one.contacts) == has_contacts
        }
        for key, customer_id in session.execute(statement, {"keys": list(keys)}) if keys else ():
            of = found.setdefault(keys[key], [])
            if customer_id not in of:
                of.append(customer_id)
    return {key: of for key, of in found.items() if len(of) <= MOST_NAMESAKES}


_NAMESAKES = (
    select(col(SearchKey.key), col(SearchKey.customer_id))
    .where(col(SearchKey.key).in_(bindparam("keys", expanding=True)))
    .order_by(col(SearchKey.customer_id))
)
_BARE = _NAMESAKES.where(~exists().where(col(ContactMethod.customer_id) == col(SearchKey.customer_id)))


def _followed(session: Session, ids: Iterable[int], known: dict[int, Known]) -> dict[int, int]:
    """Where a number that was merged away stands now."""
    found: dict[int, int] = {}
    for one in ids:
        customer = session.get(Customer, one)
        while customer is not None and customer.merged_into_id is not None:
            customer = session.get(Customer, customer.merged_into_id)
        if customer is not None:
            if customer.id not in known:
                known |= _known(session, {customer.id})
            found[one] = customer.id
    return found


def _known(session: Session, ids: Collection[int]) -> dict[int, Known]:
    wanted = list(ids)
    if not wanted:
        return {}
    people = select(Customer).where(col(Customer.id).in_(wanted), col(Customer.merged_into_id).is_(None))
    known = {one.id: Known(one) for one in session.scalars(people)}
    for contact in session.scalars(
        select(ContactMethod)
        .where(col(ContactMethod.customer_id).in_(wanted))
        .order_by(col(ContactMethod.primary).desc(), col(ContactMethod.id))
    ):
        if contact.customer_id in known:
            known[contact.customer_id].contacts.setdefault(contact.kind.value, []).append(contact.value)
    for tag in session.scalars(
        select(CustomerTag).where(col(CustomerTag.customer_id).in_(wanted)).order_by(col(CustomerTag.tag))
    ):
        if tag.customer_id in known:
            known[tag.customer_id].tags.append(tag.tag)
    for own in session.scalars(select(CustomValue).where(col(CustomValue.customer_id).in_(wanted))):
        if own.customer_id in known:
            known[own.customer_id].own[f"{records.OWN}{own.field_id}"] = own.value
    return known


def add_details(session: Session, known: Mapping[int, Known]) -> None:
    """Notes and consents, for those rows that bring some."""
    wanted = list(known)
    notes = select(col(Interaction.customer_id), col(Interaction.text)).where(
        col(Interaction.customer_id).in_(wanted), col(Interaction.kind) == InteractionKind.NOTE
    )
    for customer_id, text in session.execute(notes):
        known[customer_id].notes.add(text)
    consents = (
        select(col(Consent.customer_id), col(Consent.state))
        .where(col(Consent.customer_id).in_(wanted), col(Consent.purpose) == Purpose.MARKETING)
        .order_by(col(Consent.id))
    )
    for customer_id, state in session.execute(consents):
        known[customer_id].opted_out = state == ConsentState.WITHDRAWN
