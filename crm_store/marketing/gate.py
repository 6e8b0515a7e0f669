"""The one gate that every marketing message goes through, whoever wants to send it, and why somebody is held
back. Nobody who did not agree passes; the latest word of a customer counts, and an address that opted out
counts more than any word."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal_column, null, or_, select, true
from sqlmodel import Session, col

from crm_store.customers.tables import Consent, ConsentState, Customer, Purpose
from crm_store.marketing import addresses, audience
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.staff.tables import Staff

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Counted:
    """How many of an audience would get a message now, and how many would not, by reason (those there are, in
    the order of ``Blocked``)."""

    sendable: int = 0
    blocked: dict[Blocked, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.sendable + sum(self.blocked.values())


def blocked(
    session: Session, *, campaign: Campaign, rules: Rules, zone: tzinfo, currency: str, now: datetime
) -> Counted:
    """The audience of a campaign, counted; one statement over all of it. Raises BadFilter, BadFilterValue."""
    conditions, why = asked(session, campaign=campaign, rules=rules, zone=zone, currency=currency, now=now)
    found = select(why.label("why")).where(*conditions).subquery()
    counts = {
        one: count for one, count in session.execute(select(found.c.why, func.count()).group_by(found.c.why))
    }
    return Counted(
        sendable=counts.get(None, 0), blocked={one: counts[one] for one in Blocked if one in counts}
    )


def asked(
    session: Session, *, campaign: Campaign, rules: Rules, zone: tzinfo, currency: str, now: datetime
) -> tuple[list[ColumnElement[bool]], ColumnElement[Any]]:
    """Over ``Customer``: whom a campaign is for, and why not, of each of them (``reason``). Raises BadFilter,
    BadFilterValue."""
    included = audience.included(session, campaign=campaign, zone=zone, currency=currency, now=now)
    excluded = audience.excluded(session, campaign=campaign, zone=zone, currency=currency, now=now)
    return included, reason(session, rules=rules, now=now, campaign_id=campaign.id, excluded=excluded)


def reasons(
    session: Session,
    *,
    customer_ids: Collection[int],
    rules: Rules,
    now: datetime,
    campaign_id: int | None = None,
    excluded: ColumnElement[bool] | None = None,
) -> dict[int, Blocked]:
    """Of these customers those who get nothing now, and why. One who does not exist is ``no_chat``."""
    why = reason(session, rules=rules, now=now, campaign_id=campaign_id, excluded=excluded)
    rows = session.execute(select(col(Customer.id), why).where(col(Customer.id).in_(list(customer_ids))))
    found: dict[int, Any] = {id: one for id, one in rows}
    return {
        id: Blocked(found[id]) if id in found else Blocked.NO_CHAT
        for id in customer_ids
        if id not in found or found[id] is not None
    }


def reason(
    session: Session,
    *,
    rules: Rules,
    now: datetime,
    campaign_id: int | None = None,
    excluded: ColumnElement[bool] | None = None,
) -> ColumnElement[Any]:
    """Over ``Customer``: the first ``Blocked`` that holds, NULL for one who may be sent marketing. What a
    campaign itself sent does not count against its caps."""
    consent = (
        select(col(Consent.state))
        .where(col(Consent.customer_id) == col(Customer.id), col(Consent.purpose) == Purpose.MARKETING)
        .order_by(col(Consent.id).desc())
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )
    staff = select(col(Staff.user_id)).where(col(Staff.revoked_at).is_(None))
    held: Sequence[tuple[Blocked, ColumnElement[bool]]] = [
        (Blocked.MERGED, col(Customer.merged_into_id).is_not(None)),
        (Blocked.NO_CHAT, col(Customer.chat_id).is_(None)),
        (Blocked.UNREACHABLE, col(Customer.reachable).is_(False)),
        (Blocked.OPTED_OUT, or_(consent == ConsentState.WITHDRAWN, addresses.opted_out(session))),
        (Blocked.NO_CONSENT, func.coalesce(consent, "") != ConsentState.GRANTED.value),
        (Blocked.STAFF, and_(col(Customer.user_id).is_not(None), col(Customer.user_id).in_(staff))),
        (Blocked.EXCLUDED, excluded if excluded is not None else false()),
        (Blocked.HELD_OUT, addresses.held_out(session, thousandths=rules.holdout)),
        (Blocked.CAPPED, _too_often(rules, now, campaign_id)),
    ]
    whens: list[Any] = [(condition, literal_column(f"'{one.value}'")) for one, condition in held]
    return case(*whens, else_=null())


def _too_often(rules: Rules, now: datetime, campaign_id: int | None) -> ColumnElement[bool]:
    """Over all campaigns, rolling. What waits in the outbox counts as sent: it may be at any moment."""
    limits = [(rules.per_day, DAY), (rules.per_week, WEEK)]
    if any(most is not None and most <= 0 for most, _ in limits):
        return true()
    got = select(func.count()).where(col(CampaignMember.customer_id) == col(Customer.id))
    if campaign_id is not None:
        got = got.where(col(CampaignMember.campaign_id) != campaign_id)
    queued = col(CampaignMember.state) == literal_column("'queued'")
    return or_(
        false(),
        *(
            got.where(or_(col(CampaignMember.sent_at) > now - span, queued))
            .correlate(Customer)
            .scalar_subquery()
            >= most
            for most, span in limits
            if most is not None
        ),
    )
