"""What another system tells, read and checked for shape, as the store takes it: money in minor units,
quantities in thousandths, contacts in their one form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm_store.customers.tables import ContactKind


class Rejected(Exception):
    """It is not taken, and nothing of it was kept. ``path`` names the field as the sender wrote it
    (``lines[0].price``); ``clash``: the form is right, but it contradicts what is here."""

    def __init__(self, path: str, wrong: str, expected: str, *, clash: bool = False) -> None:
        super().__init__(f"{path} {wrong}")
        self.path, self.wrong, self.expected, self.clash = path, wrong, expected, clash


class Outcome(StrEnum):
    """What became of something that was told."""

    CREATED = "created"
    MATCHED = "matched"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class TellingCustomer:
    """``external_id`` is theirs, ``number`` ours (12 for C12). ``about`` has those keys of ``records.change``
    that are texts; ``own`` the shop's own fields by name, as they were written."""

    external_id: str | None = None
    number: int | None = None
    name: str | None = None
    contacts: tuple[tuple[ContactKind, str], ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class TellingLine:
    """``name`` None: that of the product with this ``sku``; ``cost`` None: what that one costs."""

    price: int
    quantity: int
    discount: int = 0
    name: str | None = None
    sku: str | None = None
    cost: int | None = None


@dataclass(frozen=True)
class TellingPayment:
    method: str
    reference: str
    amount: int
    at: datetime | None = None


@dataclass(frozen=True)
class TellingShipment:
    """``lines``: so many thousandths of each line, by its place (0 is the first); None is all that is left.
    The tracking number tells one parcel of an order from another."""

    carrier: str
    tracking_number: str
    lines: Mapping[int, int] | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class TellingOrder:
    """``quiet``: the customer hears nothing of it."""

    external_id: str
    customer: TellingCustomer
    lines: tuple[TellingLine, ...]
    currency: str
    discount: int = 0
    note: str | None = None
    address: str | None = None
    recipient: str | None = None
    placed_at: datetime | None = None
    confirmed: bool = True
    cancelled: str | None = None
    payments: tuple[TellingPayment, ...] = ()
    shipments: tuple[TellingShipment, ...] = ()
    quiet: bool = False

    def fixed(self) -> dict[str, Any]:
        """What of an order never changes once it was told: all but money, parcels and its end; nor what its
        goods cost, which is kept as it was told first."""
        return {
            "currency": self.currency,
            "discount": self.discount,
            "note": self.note,
            "address": self.address,
            "recipient": self.recipient,
            "placed_at": self.placed_at.isoformat() if self.placed_at else None,
            "lines": [{key: of for key, of in vars(one).items() if key != "cost"} for one in self.lines],
            "customer": [self.customer.external_id, self.customer.number],
        }
