"""Many customers who agreed to marketing, made in a few statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel

from crm_store import bulk
from crm_store.customers.tables import ConsentState, Purpose
from crm_store.marketing import campaigns, drafts
from crm_store.marketing.rules import Rules
from crm_store.marketing.tables import Campaign
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store import people
from tests.crm_store.marketing.people import ZONE, NewArm

FIRST = 7_100_000_000
AUTHOR, APPROVER = 901, 902
"""The Telegram ids of the two managers it takes."""

_CUSTOMER = SQLModel.metadata.tables["customer"]
_CONSENT = SQLModel.metadata.tables["consent"]


def gather(session: Session, *, count: int, now: datetime) -> list[int]:
    """Customers with the Telegram ids from ``FIRST`` on; their numbers."""
    ids = bulk.reserve(session, _CUSTOMER, count)
    columns = (
        "id", "user_id", "chat_id", "name", "name_chosen", "language", "language_chosen", "reachable",
        "created_at", "updated_at", "version",
    )  # fmt: skip
    rows: Sequence[tuple[Any, ...]] = [
        (id, FIRST + at, FIRST + at, f"Ann {at}", False, "en", False, True, now, now, 1)
        for at, id in enumerate(ids)
    ]
    bulk.insert(session, _CUSTOMER, columns, rows)
    agreed = [(id, Purpose.MARKETING, ConsentState.GRANTED, "chat", now) for id in ids]
    bulk.insert(session, _CONSENT, ("customer_id", "purpose", "state", "source", "at"), agreed)
    return ids


def campaign_at(session: Session, *, send_at: datetime, holdout: int, now: datetime) -> Campaign:
    """Approved, for everybody, at any hour of the day."""
    by: Staff = people.staff(session, "Olga", Role.MANAGER, id=AUTHOR)
    other = people.staff(session, "Eve", Role.MANAGER, id=APPROVER)
    by.on_duty = other.on_duty = False
    campaign = drafts.create(session, name="Spring", by=by, currency="CNY", now=now)
    never = {"quiet_from": "00:00", "quiet_to": "00:00"}
    rules = {"stop_failures": None, "stop_opt_outs": None}
    changes = {"holdout": holdout, "send_at": send_at, **never, **rules}
    drafts.change(session, campaign=campaign, changes=changes, by=by, now=now, zone=ZONE)
    arms = [NewArm("A", {"en": "Spring tea is here, {{ name }}!"})]
    drafts.put_arms(session, campaign=campaign, new=arms, by=by, now=now)
    drafts.note_test(session, campaign=campaign, by=by, now=now)
    campaigns.submit(session, campaign=campaign, by=by, now=now)
    campaigns.approve(session, campaign=campaign, by=other, rules=Rules(), zone=ZONE, now=now)
    return campaign
