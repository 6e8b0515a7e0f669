"""What happens to each thing of two customers who become one: which rows move, and whose value wins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint

from crm_store.customers.tables import Customer
from crm_store.marketing.states import GOT, Blocked, MemberState

STAYS = frozenset(
    {
        ("customer", "merged_into_id"),  # who was taken in before goes on leading here, one step further
        ("merge", "kept_id"),
        ("merge", "gone_id"),
        ("duplicate_pair", "a_id"),
        ("duplicate_pair", "b_id"),
    }
)
"""References that say which customer it was, not whose it is."""

DERIVED = frozenset({"search_key", "search_entry", "search_gram", "customer_score"})
"""Tables that are written anew from the customer's rows: nothing moves."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """A column that says whose a row is."""

    column: Column[Any]

    @property
    def table(self) -> Table:
        table = self.column.table
        assert isinstance(table, Table)
        return table

    @property
    def key(self) -> list[Column[Any]]:
        return list(self.table.primary_key.columns)

    def alike(self) -> list[list[Column[Any]]]:
        """Of each thing that a customer may have only one of, the columns that say what it is."""
        rules = [*self.table.constraints, *self.table.indexes]
        unique = [
            list(one.columns)
            for one in rules
            if isinstance(one, UniqueConstraint) or (isinstance(one, Index) and one.unique)
        ]
        groups = [self.key, *unique]
        return [[one for one in group if one is not self.column] for group in groups if self.column in group]


def references(metadata: MetaData) -> list[Reference]:
    """Every column that moves with its customer, as the tables themselves say: none can be forgotten."""
    customer = metadata.tables[Customer.__tablename__]
    return [
        Reference(foreign.parent)
        for table in sorted(metadata.tables.values(), key=lambda one: one.name)
        for foreign in sorted(table.foreign_keys, key=lambda one: one.parent.name)
        if foreign.column.table is customer
        and (table.name, foreign.parent.name) not in STAYS
        and table.name not in DERIVED
    ]


class Wins(StrEnum):
    KEPT = "kept"
    GONE = "gone"


class Why(StrEnum):
    """Why a value wins: keys of ``[merge_reasons]``."""

    KEPT = "kept"
    ONLY = "only"
    BY_STAFF = "by_staff"
    OLDER = "older"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Choice:
    """One field in which the two differ. ``bit`` names it in a button for good, whatever else changes;
    ``columns`` are what it stands for, ``field`` a key of ``[record_fields]`` or a shop's own field's id."""

    bit: int
    field: str | int
    columns: tuple[str, ...]
    kept: Any
    gone: Any
    wins: Wins
    why: Why

    @property
    def may_flip(self) -> bool:
        """Both say something: a person may choose. What only one says is never thrown away."""
        return self.kept is not None and self.gone is not None

    @property
    def value(self) -> Any:
        return self.kept if self.wins == Wins.KEPT else self.gone


OWN_FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", ("name",)),
    ("remark", ("remark",)),
    ("salutation", ("salutation",)),
    ("company", ("company",)),
    ("address", ("province", "city", "district", "street")),  # half of one and half of the other is nowhere
    ("tier", ("tier",)),
    ("owner_id", ("owner_id",)),
    ("source", ("source",)),
)
"""In this order for good: a field's place is its bit in a button that may be old."""

FIRST_SHOP_BIT = 16
"""The bit of the shop's own field 0."""


def choices(kept: Customer, gone: Customer, *, flipped: int) -> list[Choice]:
    """The customer's own fields in which the two differ. ``flipped``: bits of those a person turned round."""
    found = []
    for bit, (field, columns) in enumerate(OWN_FIELDS):
        one, other = _said(kept, columns), _said(gone, columns)
        if one != other:
            found.append(choice(bit, field, columns, one, other, flipped, rather=_rather(field, kept, gone)))
    return found


def choice(
    bit: int,
    field: str | int,
    columns: tuple[str, ...],
    kept: Any,
    gone: Any,
    flipped: int,
    *,
    rather: Why | None = None,
) -> Choice:
    """``rather``: why the other's value is to win, where it is."""
    if kept is None or gone is None:
        return Choice(bit, field, columns, kept, gone, Wins.GONE if kept is None else Wins.KEPT, Why.ONLY)
    wins, why = (Wins.GONE, rather) if rather is not None else (Wins.KEPT, Why.KEPT)
    if flipped >> bit & 1:
        wins, why = (Wins.KEPT if wins == Wins.GONE else Wins.GONE), Why.CHOSEN
    return Choice(bit, field, columns, kept, gone, wins, why)


def _said(customer: Customer, columns: tuple[str, ...]) -> Any:
    """The value, or of several columns all values; None where nothing is said."""
    values = tuple(getattr(customer, one) for one in columns)
    if not any(values):
        return None
    return values if len(columns) > 1 else values[0]


def _rather(field: str, kept: Customer, gone: Customer) -> Why | None:
    if field == "name" and is_name_chosen(gone) and not is_name_chosen(kept):
        return Why.BY_STAFF
    if field == "source" and gone.created_at < kept.created_at:
        return Why.OLDER
    return None


def is_name_chosen(customer: Customer) -> bool:
    """Staff gave the name, or corrected Telegram's."""
    return customer.name_chosen or customer.user_id is None


def _contact(kept: Row, gone: Row) -> dict[str, Any]:
    return {
        **{
            key: max((one[key] for one in (kept, gone) if one[key] is not None), default=None)
            for key in ("verified_at", "confirmed_at")
        },
        "invalid": kept["invalid"] and gone["invalid"],
        "created_at": min(kept["created_at"], gone["created_at"]),
    }


def _preference(kept: Row, gone: Row) -> dict[str, Any]:
    newer: Row = max(kept, gone, key=lambda one: one["at"])
    return {name: newer[name] for name in ("value", "confidence", "author_id", "at")}


def _member(kept: Row, gone: Row) -> dict[str, Any]:
    """Both were to get one campaign's message: what one of them got (or may have), the person got."""
    if kept["state"] == MemberState.PLANNED and gone["state"] in GOT:
        return {"state": MemberState.SUPPRESSED, "reason": Blocked.MERGED.value}
    return {}


COMBINE: Mapping[str, Callable[[Row, Row], dict[str, Any]]] = {
    "campaign_member": _member,
    "contact_method": _contact,
    "preference": _preference,
}
"""By table, where both have the same thing: what the kept one's row says then. It is theirs as it was in
every other table; the other's row stays with the other, for the way back."""


def latest(*times: datetime | None) -> datetime | None:
    return max((one for one in times if one is not None), default=None)
