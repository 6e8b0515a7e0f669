"""Addresses that get no marketing, kept as keyed hashes: what is left of them when everything else is erased.

The key is the shop's own, made when it is first needed and kept in its store: the same address is another
hash in every shop.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.engine import is_sqlite
from crm_store.mailbox import remembered
from crm_store.marketing.tables import OptOut

KEY = "opt_out_key"
TELEGRAM = "telegram"
HOLDOUT = "holdout"
"""Kinds beside those of contacts: of what is hashed with the same key."""
KINDS = (ContactKind.PHONE, ContactKind.EMAIL)
"""Contacts that are addresses of their own, besides the Telegram account."""

_FUNCTION = "opt_out_address"


def address_hash(key: str, kind: str, value: str | int) -> str:
    """What is kept of an address: ``kind`` is "telegram", "phone" or "email", ``value`` normalised."""
    return hashlib.sha256(f"{key}:{kind}:{value}".encode()).hexdigest()


def persons(session: Session, *, customer: Customer) -> list[Customer]:
    """The customer, and whoever was merged into them."""
    people = [customer]
    for one in people:  # it grows while we go: who was merged into one who was merged
        people += session.scalars(select(Customer).where(col(Customer.merged_into_id) == one.id))
    return people


def of(session: Session, *, customer: Customer) -> list[str]:
    """The hashes of all addresses of a customer, those of whoever was merged into them among them."""
    key, people = remembered.secret(session, KEY), persons(session, customer=customer)
    found = [address_hash(key, TELEGRAM, one.user_id) for one in people if one.user_id is not None]
    contacts = session.scalars(
        select(ContactMethod).where(
            col(ContactMethod.customer_id).in_([one.id for one in people]),
            col(ContactMethod.kind).in_(KINDS),
            col(ContactMethod.invalid).is_(False),
        )
    )
    found += [address_hash(key, one.kind.value, one.value) for one in contacts]
    return sorted(set(found))


def of_contacts(session: Session, *, contacts: Iterable[tuple[str, str]]) -> list[str]:
    """The hashes of contacts (kind and normalised value) that are addresses; others are passed over."""
    wanted = [(kind, value) for kind, value in contacts if kind in KINDS]
    key = remembered.secret(session, KEY) if wanted else ""
    return sorted({address_hash(key, kind, value) for kind, value in wanted})


def is_opted_out(session: Session, *, customer: Customer) -> bool:
    """True when any address of the customer's gets no marketing."""
    if not _are_any(session):
        return False
    kept = select(col(OptOut.address)).where(col(OptOut.address).in_(of(session, customer=customer)))
    return session.scalar(kept.limit(1)) is not None


def opted_out(session: Session) -> ColumnElement[bool]:
    """The same as a condition over ``Customer``, for many at once."""
    if not _are_any(session):
        return false()
    hashed = _hashing(session)
    former = aliased(Customer)
    kept = select(literal(1)).select_from(OptOut)
    address = col(OptOut.address)
    contacts = kept.join(ContactMethod, address == hashed(col(ContactMethod.kind), col(ContactMethod.value)))
    return or_(
        kept.where(address == hashed(TELEGRAM, col(Customer.user_id))).correlate(Customer).exists(),
        contacts.where(
            col(ContactMethod.customer_id) == col(Customer.id),
            col(ContactMethod.kind).in_(KINDS),
            col(ContactMethod.invalid).is_(False),
        )
        .correlate(Customer)
        .exists(),
        kept.join(former, address == hashed(TELEGRAM, col(former.user_id)))
        .where(col(former.merged_into_id) == col(Customer.id))
        .correlate(Customer)
        .exists(),
    )


def held_out(session: Session, *, thousandths: int) -> ColumnElement[bool]:
    """Over ``Customer``: who is in the shop's own hold-out. By a hash with the shop's key: nobody can tell
    who, it is always the same ones, and they stay when the share grows."""
    if not thousandths:
        return false()
    hashed = _hashing(session)(HOLDOUT, col(Customer.id))
    below: ColumnElement[bool] = func.substr(hashed, 1, 8) < f"{thousandths * 2**32 // 1000:08x}"
    return below


def make_key(session: Session) -> None:
    """Have the shop's key made: processes that only read cannot."""
    remembered.secret(session, KEY)


def keep(session: Session, *, rows: Sequence[dict[str, Any]]) -> None:
    """Write opt-outs (``address, reason, campaign_id, at``) down; the first of an address stays."""
    if rows:
        dialect = sqlite if is_sqlite(session) else postgresql
        session.execute(dialect.insert(OptOut).on_conflict_do_nothing(index_elements=["address"]), list(rows))


def _are_any(session: Session) -> bool:
    return session.scalar(select(col(OptOut.address)).limit(1)) is not None


def _hashing(session: Session) -> Any:
    """``address_hash`` in SQL: of a kind and a value, either of them a column."""
    key = remembered.secret(session, KEY)
    if is_sqlite(session):
        driver: Any = session.connection().connection.driver_connection
        driver.create_function(
            _FUNCTION,
            2,
            lambda kind, value: None if value is None else address_hash(key, kind, value),
            deterministic=True,
        )
        return lambda kind, value: getattr(func, _FUNCTION)(_text(kind), value)

    def hashed(kind: Any, value: Any) -> ColumnElement[str]:
        plain = literal(f"{key}:", Text()).concat(_text(kind)).concat(":").concat(cast(value, Text))
        return func.encode(func.sha256(func.convert_to(plain, "UTF8")), "hex")

    return hashed


def _text(kind: Any) -> ColumnElement[str]:
    return literal(kind, Text()) if isinstance(kind, str) else cast(kind, Text)
