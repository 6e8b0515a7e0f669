"""Why somebody belongs to a segment, or does not: term by term, with what is known of them."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, case, exists, select, true
from sqlmodel import Session, col

from crm_store.analysis import snapshots
from crm_store.analysis.tables import AnalysisKind, CustomerScore
from crm_store.customers import consents, fields, records
from crm_store.customers.filter_conditions import figure_of, fulfils
from crm_store.customers.filter_terms import DAYS, SCORES, Field, Filtered, Term
from crm_store.customers.tables import ConsentState, Customer, CustomField, Purpose
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading
from crm_store.marketing.tables import CampaignMember, Segment
from crm_store.refusals import Refusal
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff

MOST = 20
"""Segments that are asked for one customer."""


@dataclass(frozen=True)
class Reason:
    """One term as it was written, whether the customer fulfils it, and their value: ``kind`` says what it is
    (day, money, number, share, rfm, language, consent, member, own, text, parts), None where they have none.
    ``parts`` are the terms of a segment within."""

    written: str
    met: bool
    kind: str
    value: Any = None
    field: CustomField | None = None
    parts: tuple["Reason", ...] = ()


def why(session: Session, *, filtered: Filtered, customer: Customer, seen_by: Staff) -> list[Reason]:
    """Each term of a segment's filter for one customer; of the shop's own fields those that ``seen_by`` may
    see with their value."""
    return [_reason(session, term, filtered, customer, seen_by) for term in filtered.terms]


def _reason(session: Session, term: Term, filtered: Filtered, customer: Customer, seen_by: Staff) -> Reason:
    condition = and_(col(Customer.id) == customer.id, fulfils(term, filtered, None, of=customer.id))
    met = bool(session.scalar(select(exists(select(true()).select_from(Customer).where(condition)))))
    if term.field == Field.SEGMENT:
        parts = [
            part
            for within in term.values
            for part in why(session, filtered=within, customer=customer, seen_by=seen_by)
        ]
        return Reason(term.written, met, "parts", parts=tuple(parts))
    kind, value = _held(session, term, filtered, customer, seen_by)
    own = session.get(CustomField, term.own_id) if term.own_id is not None else None
    return Reason(term.written, met, kind, value, own)


@dataclass(frozen=True)
class Classes:
    """What rules and analyses make of a customer, beside what staff say: the tier of value, the group with
    its words (keys of ``[cluster_words]``), and the segments they belong to now."""

    rfm: str | None = None
    cluster: int | None = None
    words: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.rfm or self.cluster or self.segments)


def classes(session: Session, *, customer: Customer, reading: Reading | None) -> Classes:
    """Nothing by analyses of who took back their consent to be profiled; no segments without ``reading``."""
    belongs = _segments(session, customer, reading) if reading is not None else ()
    score = _score(session, customer)
    if score is None:
        return Classes(segments=belongs)
    return Classes(score.rfm, score.cluster, _words(session, score.cluster), belongs)


def _score(session: Session, customer: Customer) -> CustomerScore | None:
    """None of who took back their consent to be profiled, although it stays until the night."""
    said = consents.current(session, customer=customer).get(Purpose.PROFILING)
    return None if said == ConsentState.WITHDRAWN else session.get(CustomerScore, customer.id)


def _segments(session: Session, customer: Customer, reading: Reading) -> tuple[Segment, ...]:
    """Of the first ``MOST`` segments those that hold this customer, asked in one statement."""
    asked, reading = [], replace(reading, own=fields.all(session))
    for one in segments.every(session)[:MOST]:
        try:
            filtered = segments.read(session, text=one.filter, reading=reading)
        except Refusal:
            continue
        conditions = [fulfils(term, filtered, None, of=customer.id) for term in filtered.terms]
        asked.append((one, and_(true(), *conditions)))
    if not asked:
        return ()
    columns = [case((condition, 1), else_=0) for _, condition in asked]
    met = session.execute(select(*columns).where(col(Customer.id) == customer.id)).one()
    return tuple(one for (one, _), is_met in zip(asked, met, strict=True) if is_met)


def _words(session: Session, cluster: int | None) -> tuple[str, ...]:
    kept = snapshots.latest(session, kind=AnalysisKind.CLUSTERS) if cluster is not None else None
    groups = kept.result.get("clusters", []) if kept is not None else []
    return next((tuple(one["words"]) for one in groups if one["cluster"] == cluster), ())


def _held(
    session: Session, term: Term, filtered: Filtered, customer: Customer, seen_by: Staff
) -> tuple[str, Any]:
    field = term.field
    if field in SCORES:
        score = _score(session, customer)
        names = {Field.RFM: "rfm", Field.RFM_BEFORE: "rfm_before", Field.VALUE: "expected_value"}
        kinds = {Field.RFM: "rfm", Field.RFM_BEFORE: "rfm", Field.VALUE: "money", Field.RISK: "share"}
        return kinds.get(field, "number"), getattr(score, names.get(field, field.value)) if score else None
    if field in (Field.ORDERS, Field.NET):
        figure = figure_of(field, filtered.currency)
        value = session.scalar(select(figure).where(col(Order.customer_id) == customer.id))
        return ("money" if field == Field.NET else "number"), int(value or 0)
    if field in DAYS:
        names = {Field.CREATED: "created_at", Field.CHANGED: "updated_at", Field.LAST_ORDER: "last_order_at"}
        return "day", getattr(customer, names[field])
    if field == Field.TAG:
        return "text", records.tags(session, customer=customer) or None
    if field == Field.OWNER:
        owner = session.get(Staff, customer.owner_id) if customer.owner_id is not None else None
        return "text", [owner.name] if owner is not None else None
    if field == Field.CONSENT:
        return "consent", consents.current(session, customer=customer).get(Purpose.MARKETING)
    if field == Field.CAMPAIGN:
        member = session.get(CampaignMember, (term.values[0], customer.id))
        return "member", member.state if member is not None else None
    if field == Field.OWN:
        held = fields.values(session, customer=customer, seen_by=seen_by)
        return "own", next((one.value for one in held if one.field.id == term.own_id), None)
    if field == Field.REACHABLE:
        return "yes_no", customer.reachable
    if field == Field.ORDERED:
        return "none", None
    value = getattr(customer, "id" if field == Field.NUMBER else field.value)
    kind = {Field.NUMBER: "number", Field.LANGUAGE: "language"}.get(field, "text")
    return kind, [str(value)] if kind == "text" and value is not None else value
