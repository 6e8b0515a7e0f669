"""Who brought whom: each customer's own link, signed, and whom it brought to the shop."""

import base64
import hashlib
import hmac
import re
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.mailbox import remembered
from crm_store.refusals import NoSuchCustomer
from crm_store.staff import audit

KEY = "referral_key"
SOURCE = "referral"
"""The source of whoever comes by such a link."""

_SIGNATURE_BYTES = 12
_TOKEN = re.compile(r"^r_(\d{1,10})-([A-Za-z0-9_-]{16})$", re.ASCII)


def token(session: Session, *, customer: Customer) -> str:
    """What /start is told by the customer's own link; the same each time."""
    return f"r_{customer.id}-{_signature(session, customer.id)}"


def looks_right(text: str) -> bool:
    """Whether it may be one of ours, at a glance: then it is no name of a source."""
    return _TOKEN.match(text) is not None


def whose(session: Session, text: str) -> Customer | None:
    """Who gave the link, as they are kept now; None for one that is not ours."""
    found = _TOKEN.match(text)
    if found is None or not hmac.compare_digest(found[2], _signature(session, int(found[1]))):
        return None
    try:
        return customers.get(session, customer_id=int(found[1]))
    except NoSuchCustomer:
        return None


def bring(session: Session, *, customer: Customer, by: Customer, now: datetime) -> None:
    """``customer``, who is met now for the first time, came by somebody's link. Nobody brings themselves, and
    who was brought once stays that."""
    if customer.id == by.id or customer.referred_by_id is not None:
        return
    customer.referred_by_id = by.id
    session.add(customer)
    session.flush()
    audit.record(
        session,
        actor=customer,
        action="referred",
        entity="customer",
        entity_id=customer.id,
        now=now,
        after={"referred_by_id": by.id},
    )
    customers.note_source(session, customer=customer, source=SOURCE, now=now)


def brought(session: Session, *, customer: Customer) -> int:
    """How many came by their link."""
    theirs = select(func.count()).where(
        col(Customer.referred_by_id) == customer.id, col(Customer.merged_into_id).is_(None)
    )
    return session.scalar(theirs) or 0


def of_both(session: Session, *, kept: Customer, gone: Customer) -> int | None:
    """By whom two who are one person came: by whom the older of the two did, since the younger was met when
    they were a customer already. Not by themselves, nor by somebody whom they brought."""
    older = min(kept, gone, key=lambda one: (one.created_at, one.id))
    by = _standing(session, older.referred_by_id)
    seen, above = {kept.id, gone.id}, by
    while above is not None and above not in seen:
        seen.add(above)
        above = _standing(session, session.get_one(Customer, above).referred_by_id)
    return by if above is None else None


def _standing(session: Session, id: int | None) -> int | None:
    """As whom somebody is kept."""
    return customers.get(session, customer_id=id).id if id is not None else None


def _signature(session: Session, customer_id: int) -> str:
    key = remembered.secret(session, KEY)
    digest = hmac.digest(key.encode(), f"referral:{customer_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()
