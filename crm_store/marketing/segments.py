"""Segments: customers by a filter that was given a name. Who belongs is always today's; nobody is put into
one or taken out of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Self

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.customers import filters
from crm_store.customers.filter_terms import ME, Field, Filtered, Term
from crm_store.customers.tables import Customer, CustomField
from crm_store.marketing import gate
from crm_store.marketing.gate import Counted
from crm_store.marketing.rules import Rules
from crm_store.marketing.segment_refusals import BadSegment, NoSuchSegment, SegmentInUse
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Segment
from crm_store.staff import audit
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

LONGEST_NAME = 30
_NOT_IN_NAMES = re.compile(r"[\"“”,，:：<>=＝]")
_LIKE_A_NUMBER = re.compile(r"^[SsＳｓ]?\d+$")


@dataclass(frozen=True)
class Reading:
    """By whose clocks and in which money filters are read; ``own`` are the shop's own fields, from who reads
    many of them."""

    zone: tzinfo
    currency: str
    now: datetime
    own: Sequence[CustomField] | None = None


def read(session: Session, *, text: str, reading: Reading) -> Filtered:
    """A segment's filter. Raises BadFilter, BadFilterValue, and BadSegment for what no segment can be: words
    that are searched for, nothing at all, or whoever happens to look (me)."""
    filtered = filters.read(
        session, text, zone=reading.zone, currency=reading.currency, now=reading.now, own=reading.own
    )
    problem = _problem(filtered)
    if problem is not None:
        raise BadSegment(problem=problem, name=filtered.words)
    return filtered


def _problem(filtered: Filtered) -> str | None:
    if filtered.words:
        return "words"
    if not filtered.terms:
        return "empty"
    return "me" if any(ME in term.values for term in _terms(filtered)) else None


def _terms(filtered: Filtered) -> Iterator[Term]:
    """Those of segments within it, too."""
    for term in filtered.terms:
        yield term
        if term.field == Field.SEGMENT:
            for within in term.values:
                yield from _terms(within)


def create(session: Session, *, name: str, text: str, reading: Reading, by: Staff) -> Segment:
    """Raises what ``read`` does, and BadSegment for a name that is taken or cannot be one."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or _NOT_IN_NAMES.search(name) or _LIKE_A_NUMBER.match(name):
        raise BadSegment(problem="name", name=name)
    read(session, text=text, reading=reading)
    known = session.scalars(select(Segment).where(col(Segment.name) == name)).first()
    if known is not None and known.dropped_at is None:
        raise BadSegment(problem="taken", name=name)
    if known is not None:  # its number may stand in an old campaign: it keeps what it was, under another name
        known.name = f"{known.name} (S{known.id})"
        session.flush()
    segment = Segment(name=name, filter=text.strip(), created_by=by.id, created_at=reading.now)
    session.add(segment)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="segment_made",
        entity="segment",
        entity_id=segment.id,
        now=reading.now,
        after={"name": segment.name, "filter": segment.filter},
    )
    return segment


def drop(session: Session, *, segment: Segment, by: Staff, now: datetime) -> None:
    """Take a segment away; its number goes on meaning it where it was used. Raises SegmentInUse while another
    segment is made of it."""
    others = [one for one in every(session) if segment.id in _named(session, one)]
    if others:
        raise SegmentInUse(segment=segment, others=others)
    if segment.dropped_at is not None:
        return
    segment.dropped_at = now
    session.add(segment)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="segment_dropped",
        entity="segment",
        entity_id=segment.id,
        now=now,
        before={"name": segment.name, "filter": segment.filter},
    )


def _named(session: Session, segment: Segment) -> set[int]:
    """The segments that a filter text names."""
    found = set()
    for one in filters.split(segment.filter)[0]:
        if filters.is_segment(one.name):
            for value in one.values:
                try:
                    found.add(get(session, named=value).id)
                except NoSuchSegment:
                    continue
    return found


def every(session: Session) -> Sequence[Segment]:
    """Those there are, the first first."""
    statement = select(Segment).where(col(Segment.dropped_at).is_(None))
    return session.scalars(statement.order_by(col(Segment.id))).all()


def get(session: Session, *, named: str) -> Segment:
    """By its number (S3, 3) or its name. Raises NoSuchSegment."""
    text = named.strip()
    number = text[1:] if text[:1] in "SsＳｓ" else text
    called = col(Segment.name) == text
    if number.isdecimal():
        called = col(Segment.id) == min(int(number), LARGEST_ID)
    found = session.scalars(select(Segment).where(called, col(Segment.dropped_at).is_(None))).first()
    if found is None:
        raise NoSuchSegment(number=text)
    return found


def counted(session: Session, *, filtered: Filtered, rules: Rules, now: datetime) -> Counted:
    """How many belong now, how many of them could be sent marketing, and why the others could not."""
    why = gate.reason(session, rules=rules, now=now)
    found = select(why.label("why")).where(*filters.where(filtered, None)).subquery()
    rows = session.execute(select(found.c.why, func.count()).group_by(found.c.why)).all()
    counts: dict[str | None, int] = {one: count for one, count in rows}
    return Counted(counts.get(None, 0), {one: counts[one] for one in Blocked if one in counts})


def sample(session: Session, *, filtered: Filtered, limit: int) -> list[Customer]:
    """A few of those who belong, in the filter's order."""
    return filters.matching(session, filtered=filtered, by=None, limit=limit)


@dataclass(frozen=True)
class Looked:
    """A segment looked at: who belongs, counted, and a few of them by id."""

    found: Counted
    first: list[int]

    def told(self) -> dict[str, Any]:
        """For a pipe."""
        return {"sendable": self.found.sendable, "blocked": self.found.blocked, "first": self.first}

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> Self:
        blocked = {Blocked(one): count for one, count in told["blocked"].items()}
        return cls(Counted(told["sendable"], blocked), told["first"])


def look(session: Session, *, filtered: Filtered, rules: Rules, now: datetime, most: int) -> Looked:
    """Reads as many customers and orders as there are: in a large shop (``reckoning.is_small``) seconds."""
    found = counted(session, filtered=filtered, rules=rules, now=now)
    first = sample(session, filtered=filtered, limit=most) if found.total else []
    return Looked(found, [one.id for one in first])
