"""What a filter says, read and checked: terms, an order, and the words beside them."""

from dataclasses import dataclass
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
    OWN = "own"


ME = "me"
"""The owner who asks, whoever that is: the same text may be read for several people."""

DAYS = (Field.CREATED, Field.CHANGED, Field.LAST_ORDER)
AMOUNTS = (Field.ORDERS, Field.NET, Field.NUMBER)
ORDERED = (*DAYS, *AMOUNTS)
"""Fields that can be compared and sorted by."""

MAY_LACK = (
    Field.TAG,
    Field.CITY,
    Field.PROVINCE,
    Field.TIER,
    Field.OWNER,
    Field.COMPANY,
    Field.SOURCE,
    Field.LAST_ORDER,
)
"""Fields that a customer may have no value of: ``owner:none``."""


@dataclass(frozen=True)
class Term:
    """One condition; a customer with any of ``values`` fulfils it. ``sign`` is one of ``: > < >= <=``.

    Values are as the store holds them: a Span of days, minor units, an id; None where the customer must have
    none. ``own_id`` is the shop's own field, ``ranked`` whether it is compared by its rank.
    """

    field: Field
    sign: str
    values: tuple[Any, ...]
    negated: bool = False
    own_id: int | None = None
    ranked: bool = False


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
