"""What a filter says, read and checked: terms, an order, and the words beside them."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Any


class Field(StrEnum):
    """What customers can be filtered by; OWN is a field that this shop's managers defined."""

    TAG = "tag"
    CITY = "city"
    PROVINCE = "province"
    TIER = "tier"
    OWNER = "owner"
    COMPANY = "company"
    SOURCE = "source"
    LANGUAGE = "language"
    REACHABLE = "reachable"
    CREATED = "created"
    CHANGED = "changed"
    LAST_ORDER = "last_order"
    ORDERS = "orders"
    NET = "net"
    NUMBER = "number"
    RFM = "rfm"
    RFM_BEFORE = "rfm_before"
    CLUSTER = "cluster"
    VALUE = "value"
    RISK = "risk"
    SEGMENT = "segment"
    CAMPAIGN = "campaign"
    CONSENT = "consent"
    ORDERED = "ordered"
    REFERRED = "referred"
    REFERRED_BY = "referred_by"
    OWN = "own"


ME = "me"
"""The owner who asks, whoever that is: the same text may be read for several people."""

DAYS = (Field.CREATED, Field.CHANGED, Field.LAST_ORDER)
AMOUNTS = (Field.ORDERS, Field.NET, Field.NUMBER)
ORDERED = (*DAYS, *AMOUNTS, Field.VALUE)
"""Fields that can be compared and sorted by."""

COMPARED = (*ORDERED, Field.CLUSTER, Field.RISK)
"""Fields that can be compared."""

SCORES = (Field.RFM, Field.RFM_BEFORE, Field.CLUSTER, Field.VALUE, Field.RISK)
"""What the night's analyses say of a customer."""

LATER = (
    *SCORES,
    Field.SEGMENT,
    Field.CAMPAIGN,
    Field.CONSENT,
    Field.ORDERED,
    Field.REFERRED,
    Field.REFERRED_BY,
)
"""Fields that a shop may have had of its own by the same name before there were these: its own goes first."""

MAY_LACK = (
    Field.TAG,
    Field.CITY,
    Field.PROVINCE,
    Field.TIER,
    Field.OWNER,
    Field.COMPANY,
    Field.SOURCE,
    Field.LAST_ORDER,
    *SCORES,
    Field.CONSENT,
    Field.REFERRED_BY,
)
"""Fields that a customer may have no value of: ``owner:none``."""


@dataclass(frozen=True)
class Term:
    """One condition; a customer with any of ``values`` fulfils it. ``sign`` is one of ``: > < >= <=``.

    Values are as the store holds them: a Span of days, minor units, an id; None where the customer must have
    none; of a segment, what it asks for. ``own_id`` is the shop's own field, ``ranked`` whether it is
    compared by its rank. ``written`` is how it was typed.
    """

    field: Field
    sign: str
    values: tuple[Any, ...]
    negated: bool = False
    own_id: int | None = None
    ranked: bool = False
    written: str = dataclass_field(default="", compare=False)


@dataclass(frozen=True)
class Sort:
    """``descending``: the largest, or the latest, first. Those without a value come last in either way."""

    field: Field = Field.NUMBER
    descending: bool = True


@dataclass(frozen=True)
class Filtered:
    """A filter text as it was understood. ``sort`` is None where none was asked for; ``words`` are searched
    for by the customer's name, phone or company."""

    terms: tuple[Term, ...] = ()
    sort: Sort | None = None
    words: str = ""
    zone: tzinfo = UTC
    currency: str = "CNY"

    @property
    def asks(self) -> bool:
        """True when there is more to it than words."""
        return bool(self.terms) or self.sort is not None
