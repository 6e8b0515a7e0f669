"""Whom a campaign is for: its filter texts as conditions, read as they are now."""

from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Session, col

from crm_store.customers import filters, search
from crm_store.customers.filter_pages import MOST_WORDS
from crm_store.customers.filter_terms import Field, Filtered
from crm_store.customers.refusals import BadFilter, BadFilterValue
from crm_store.customers.tables import Customer
from crm_store.marketing.tables import Campaign, Segment
from crm_store.staff.tables import Staff


def text_of(session: Session, *, campaign: Campaign) -> str:
    """The whole filter: that of the segment as it is today, and what was added to it."""
    segment = session.get(Segment, campaign.segment_id) if campaign.segment_id is not None else None
    return " ".join(one for one in (segment.filter if segment else "", campaign.audience) if one)


def included(
    session: Session, *, campaign: Campaign, zone: tzinfo, currency: str, now: datetime
) -> list[ColumnElement[bool]]:
    """Conditions over ``Customer``. Raises BadFilter, BadFilterValue."""
    text = text_of(session, campaign=campaign)
    return _conditions(session, text, campaign, zone=zone, currency=currency, now=now)


def excluded(
    session: Session, *, campaign: Campaign, zone: tzinfo, currency: str, now: datetime
) -> ColumnElement[bool]:
    """Those the campaign leaves out; nobody when it says nothing. Raises BadFilter, BadFilterValue."""
    if not campaign.excluding.strip():
        return false()
    return and_(*_conditions(session, campaign.excluding, campaign, zone=zone, currency=currency, now=now))


def tiers(session: Session, *, campaign: Campaign, zone: tzinfo, now: datetime) -> set[str]:
    """The tiers of value that the filter names, by itself or by a segment; none where it cannot be read any
    more."""
    by, currency = _author(session, campaign), campaign.currency
    try:
        filtered = filters.read(
            session, text_of(session, campaign=campaign), by=by, zone=zone, currency=currency, now=now
        )
    except (BadFilter, BadFilterValue):
        return set()
    return _tiers(filtered)


def _tiers(filtered: Filtered) -> set[str]:
    found: set[str] = set()
    for term in filtered.terms:
        if term.field == Field.RFM and not term.negated:
            found.update(one for one in term.values if one is not None)
        elif term.field == Field.SEGMENT and not term.negated:
            for inner in term.values:
                found |= _tiers(inner)
    return found


def _author(session: Session, campaign: Campaign) -> Staff | None:
    return session.get(Staff, campaign.created_by) if campaign.created_by is not None else None


def _conditions(
    session: Session, text: str, campaign: Campaign, *, zone: tzinfo, currency: str, now: datetime
) -> list[ColumnElement[bool]]:
    by = _author(session, campaign)
    filtered = filters.read(session, text, by=by, zone=zone, currency=currency, now=now)
    conditions = filters.where(filtered, by)
    if filtered.words:
        hits = search.customers(session, text=filtered.words, limit=MOST_WORDS)
        conditions.append(col(Customer.id).in_([hit.customer.id for hit in hits]))
    return conditions
