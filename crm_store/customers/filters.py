"""Filters of customers: one text gives the same customers in a list, an export and a segment."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store import money
from crm_store.customers import fields, search
from crm_store.customers import filter_values as values
from crm_store.customers.filter_conditions import where
from crm_store.customers.filter_pages import MOST_WORDS, Cursor, Page, page
from crm_store.customers.filter_terms import (
    AMOUNTS,
    COMPARED,
    DAYS,
    LATER,
    MAY_LACK,
    ME,
    ORDERED,
    Field,
    Filtered,
    Sort,
    Term,
)
from crm_store.customers.filter_text import Written, split
from crm_store.customers.refusals import BadFieldValue, BadFilter, BadFilterValue
from crm_store.customers.tables import ConsentState, Customer, CustomerTag, CustomField, FieldKind
from crm_store.customers.typed import MAX_TAG_LENGTH, tag
from crm_store.marketing.tables import Campaign, Segment
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

__all__ = [
    "Cursor",
    "Filtered",
    "Page",
    "Sort",
    "Term",
    "count",
    "is_light",
    "is_segment",
    "matching",
    "page",
    "read",
    "split",
    "tagged",
    "where",
]

SORT = "sort"
FEW_CUSTOMERS, FEW_ORDERS = 20_000, 100_000
"""So many may be added up while a conversation waits: about 30 ms."""

_ADDED_UP = (Field.ORDERS, Field.NET, Field.ORDERED)
_CONSENTS = {True: ConsentState.GRANTED, False: ConsentState.WITHDRAWN, None: None}
RANKED = (FieldKind.NUMBER, FieldKind.MONEY, FieldKind.DATE)


def read(
    session: Session,
    text: str,
    *,
    by: Staff | None = None,
    zone: tzinfo = UTC,
    currency: str = "CNY",
    now: datetime | None = None,
    within: tuple[int, ...] = (),
    own: Sequence[CustomField] | None = None,
) -> Filtered:
    """What a filter text asks for. Days are those of ``zone``, amounts of ``currency``.

    ``by`` is who asks: a field of the shop's own that their role may not see does not exist for them. With
    ``now``, today and 30d (thirty days ago) are days too. Raises BadFilter for a field there is not,
    BadFilterValue for a value that cannot be one. ``within``: the segments that this is the text of. ``own``:
    the shop's own fields (``fields.all``), from who reads many texts.
    """
    written, words = split(text)
    reading = _Reading(session, by, zone, currency, now, within, own)
    terms = [one for one in written if _builtin(one.name) != SORT]
    sorts = [_sort(one) for one in written if _builtin(one.name) == SORT]
    return Filtered(
        terms=tuple(reading.term(one) for one in terms),
        sort=sorts[-1] if sorts else None,
        words=words,
        zone=zone,
        currency=currency,
    )


def tagged(session: Session, words: str) -> str | None:
    """The tag that words are as they stand, # before them or none, if some customer has it."""
    wanted = tag(words)
    if not wanted or len(wanted) > MAX_TAG_LENGTH:
        return None
    return session.scalar(select(col(CustomerTag.tag)).where(col(CustomerTag.tag) == wanted).limit(1))


def matching(
    session: Session,
    *,
    filtered: Filtered,
    by: Staff | None,
    limit: int,
    after: Customer | None = None,
) -> list[Customer]:
    """Those who fulfil a filter, in its order, with words the best match first unless it has an order.

    ``after``: go on behind this customer. A page goes on where the one before it ended, whoever was added
    meanwhile.
    """
    cursor = Cursor.of(session, filtered, after) if after is not None else None
    return page(session, filtered=filtered, by=by, limit=limit, after=cursor).customers


def count(session: Session, *, filtered: Filtered, by: Staff | None, most: int | None = None) -> int:
    """How many fulfil a filter (of those the words beside it find, where there are any); with ``most``,
    counted no further than that."""
    matches = select(col(Customer.id)).where(*where(filtered, by))
    if filtered.words:
        hits = search.customers(session, text=filtered.words, limit=MOST_WORDS)
        matches = matches.where(col(Customer.id).in_([hit.customer.id for hit in hits]))
    if most is not None:
        matches = matches.limit(most)
    return session.scalar(select(func.count()).select_from(matches.subquery())) or 0


def is_light(session: Session, *, filtered: Filtered) -> bool:
    """Whether it may be looked through while a conversation waits. Where everybody's orders are added up for
    it, a large shop has a process of its own do so."""
    if not _adds_up(filtered):
        return True
    most = [session.scalar(select(func.max(one))) or 0 for one in (col(Customer.id), col(Order.id))]
    return most[0] <= FEW_CUSTOMERS and most[1] <= FEW_ORDERS


def _adds_up(filtered: Filtered) -> bool:
    if filtered.sort is not None and filtered.sort.field in _ADDED_UP:
        return True
    return any(
        one.field in _ADDED_UP or (one.field == Field.SEGMENT and any(_adds_up(of) for of in one.values))
        for one in filtered.terms
    )


def is_segment(name: str) -> bool:
    """What was written before a filter's sign names segments."""
    return _builtin(name) == Field.SEGMENT


def names(field: str) -> list[str]:
    """What may be written before the colon for a field, or for ``sort``."""
    return values.tables()["fields"][field]


class _Reading:
    """One reading of a filter's terms, on behalf of ``by``."""

    def __init__(
        self,
        session: Session,
        by: Staff | None,
        zone: tzinfo,
        currency: str,
        now: datetime | None,
        within: tuple[int, ...],
        own: Sequence[CustomField] | None,
    ) -> None:
        self.session, self.by, self.currency = session, by, currency
        self.zone, self.now, self.within, self._own = zone, now, within, own
        self.today = now.astimezone(zone).date() if now is not None else None

    def term(self, written: Written) -> Term:
        name = _builtin(written.name)
        if name is None or (Field(name) in LATER and _folded(written.name) in self._own_fields()):
            return self._own_term(written)
        field = Field(name)
        if written.sign != ":" and field not in COMPARED:
            raise BadFilterValue(name=written.name, value=written.values[0], wants="colon")
        found = tuple(self._value(field, one, written) for one in written.values)
        return Term(field, written.sign, found, negated=written.negated, written=str(written))

    def _value(self, field: Field, text: str, written: Written) -> Any:
        if field in MAY_LACK and values.means("none", text):
            return None
        found: Any = text
        wants = str(field)
        if field in DAYS:
            found, wants = values.span(text, today=self.today), "day"
        elif field == Field.NUMBER:
            found, wants = values.whole(text.upper().removeprefix("C")), "number"
        elif field in (Field.NET, Field.VALUE):
            found, wants = self._amount(text), "amount"
        elif field in (*AMOUNTS, Field.CLUSTER):
            found, wants = values.whole(text), "number"
        elif field == Field.TIER:
            found = values.tier(text)
        elif field == Field.REFERRED_BY:
            found, wants = self._customer(text), "customer"
        elif field in (Field.REACHABLE, Field.REFERRED):
            found, wants = values.yes_or_no(text), "yes_no"
        elif field == Field.OWNER:
            found = self._owner(text)
        elif field == Field.LANGUAGE:
            found = text.casefold()
        elif field in (Field.RFM, Field.RFM_BEFORE):
            found, wants = values.rfm(text), "rfm"
        elif field == Field.RISK:
            found, wants = values.share(text), "share"
        elif field == Field.CONSENT:
            found, wants = _CONSENTS.get(values.yes_or_no(text)), "yes_no"
        elif field == Field.SEGMENT:
            found = self._segment(text, written)
        elif field == Field.CAMPAIGN:
            found = self._campaign(text)
        if found is None:
            raise BadFilterValue(name=written.name, value=text, wants=wants)
        return found

    def _amount(self, text: str) -> int | None:
        try:
            return money.read(text, currency=self.currency)
        except money.Unreadable:
            return None

    def _owner(self, text: str) -> int | str | None:
        """A colleague by name, @username or number; those who left may still have customers."""
        if values.means("me", text):
            return ME
        wanted = text.removeprefix("@").casefold()
        people = self.session.scalars(select(Staff).order_by(col(Staff.revoked_at).is_not(None)))
        called = [one for one in people if wanted in {one.name.casefold(), (one.username or "").casefold()}]
        return called[0].id if called else None

    def _segment(self, text: str, written: Written) -> Filtered | None:
        """What a segment asks for, whoever asks: by its number or its name."""
        number = values.whole(text.upper().removeprefix("S"))
        called = col(Segment.name) == text if number is None else col(Segment.id) == min(number, LARGEST_ID)
        segment = self.session.scalars(
            select(Segment).where(called, col(Segment.dropped_at).is_(None))
        ).first()
        if segment is None:
            return None
        if segment.id in self.within:
            raise BadFilterValue(name=written.name, value=text, wants="segment_loop")
        return read(
            self.session,
            segment.filter,
            zone=self.zone,
            currency=self.currency,
            now=self.now,
            within=(*self.within, segment.id),
            own=self._own,
        )

    def _customer(self, text: str) -> int | None:
        """By number; of one that was merged, who took it in."""
        number = values.whole(text.upper().removeprefix("C"))
        found = self.session.get(Customer, min(number, LARGEST_ID)) if number is not None else None
        while found is not None and found.merged_into_id is not None:
            found = self.session.get(Customer, found.merged_into_id)
        return found.id if found is not None else None

    def _campaign(self, text: str) -> int | None:
        number = values.whole(text.upper().removeprefix("M"))
        found = self.session.get(Campaign, min(number, LARGEST_ID)) if number is not None else None
        return found.id if found is not None else None

    def _own_term(self, written: Written) -> Term:
        own = self._own_fields()
        found = own.get(_folded(written.name))
        if found is None:
            raise BadFilter(
                name=written.name,
                fields=[one.value for one in Field if one != Field.OWN],
                own=[one.name for one in own.values()],
            )
        ranked = found.kind in RANKED
        if written.sign != ":" and not ranked:
            raise BadFilterValue(name=written.name, value=written.values[0], wants="colon")
        read = tuple(self._own_value(found, one, written) for one in written.values)
        sign = "~" if found.kind == FieldKind.TEXT else written.sign
        return Term(
            Field.OWN,
            sign,
            read,
            negated=written.negated,
            own_id=found.id,
            ranked=ranked,
            written=str(written),
        )

    def _own_value(self, field: CustomField, text: str, written: Written) -> Any:
        if field.kind == FieldKind.TEXT:
            return text
        if field.kind == FieldKind.DATE:
            if (days := values.span(text, today=self.today)) is None:
                raise BadFilterValue(name=written.name, value=text, wants="day")
            return days
        try:
            value, rank = fields.parse(field, text)
        except BadFieldValue as refusal:
            raise BadFilterValue(name=written.name, value=text, wants=f"own_{field.kind}") from refusal
        return rank if field.kind in RANKED else value

    def _own_fields(self) -> dict[str, CustomField]:
        """By folded name, those that the person who asks may see."""
        if self._own is None:
            self._own = fields.all(self.session)
        return {
            _folded(one.name): one for one in self._own if self.by is None or self.by.role.includes(one.role)
        }


def _sort(written: Written) -> Sort:
    text = written.values[0]
    name = _builtin(text.removeprefix("-"))
    if name is None or name == SORT or Field(name) not in ORDERED:
        raise BadFilterValue(name=written.name, value=text, wants="sort")
    return Sort(Field(name), descending=text.startswith("-"))


def _builtin(name: str) -> str | None:
    folded = _folded(name)
    return next((key for key, known in values.tables()["fields"].items() if folded in known), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()
