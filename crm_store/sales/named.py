"""Which of a customer's own orders a text names: O7, the web shop's number, or a parcel's."""

import re
import unicodedata

from sqlalchemy import or_, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.sales import orders
from crm_store.sales.tables import Order, Shipment
from crm_store.types import LARGEST_ID

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[Oo]\s?(\d{1,10})(?![0-9A-Za-z])")
_LONG = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z](?:[0-9A-Za-z-]{4,38}[0-9A-Za-z])(?![0-9A-Za-z])")
_MOST, _LOOKED_AT = 20, 1000
"""Numbers that are looked up, and characters of the text that are read for them."""


def has_number(text: str) -> bool:
    """Whether a text may name an order; costs no query."""
    ids, others = _numbers(text)
    return bool(ids or others)


def is_number(text: str) -> bool:
    """Whether a text is nothing but what may be an order's number, or a parcel's."""
    plain = unicodedata.normalize("NFKC", text[:_LOOKED_AT]).strip().lstrip("#")
    return bool(_NUMBER.fullmatch(plain) or _LONG.fullmatch(plain))


def in_text(session: Session, *, text: str, customer: Customer) -> Order | None:
    """The customer's own order that a text names; the first of several. None for anybody else's."""
    ids, others = _numbers(text)
    if not ids and not others:
        return None
    parcels = select(col(Shipment.order_id)).where(col(Shipment.tracking_number).in_(others))
    statement = select(Order).where(
        orders.placed_by(customer),
        or_(col(Order.id).in_(ids), col(Order.external_number).in_(others), col(Order.id).in_(parcels)),
    )
    return session.scalars(
        statement.order_by(col(Order.placed_at).desc(), col(Order.id).desc()).limit(1)
    ).first()


def _numbers(text: str) -> tuple[list[int], list[str]]:
    plain = unicodedata.normalize("NFKC", text[:_LOOKED_AT])
    ids = [int(found) for found in _NUMBER.findall(plain)[:_MOST]]
    others = [found for found in _LONG.findall(plain) if any(one.isdigit() for one in found)][:_MOST]
    return [one for one in ids if one <= LARGEST_ID], others
