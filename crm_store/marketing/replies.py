"""Who answers a campaign: by replying to its message, or by writing soon after it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, col

from crm_store.mailbox.tables import Outbox
from crm_store.marketing import feeding, waiting
from crm_store.marketing.tables import Campaign, CampaignMember

WITHIN = timedelta(hours=72)
LOOKED_AT = 20
"""The latest messages of campaigns to one customer: a reply may be to an older one of them."""

# Asked for every group of messages: built once.
_ADDRESSED = (
    select(col(CampaignMember.customer_id))
    .where(
        col(CampaignMember.customer_id).in_(bindparam("customers", expanding=True)),
        or_(col(CampaignMember.sent_at).is_not(None), waiting.is_queued()),
    )
    .distinct()
)

# And these for each message of a customer whom a campaign was for.
_GOT = (
    select(col(CampaignMember.campaign_id), col(CampaignMember.sent_at), col(CampaignMember.replied_at))
    .where(
        col(CampaignMember.customer_id) == bindparam("customer"),
        or_(col(CampaignMember.sent_at).is_not(None), waiting.is_queued()),
    )
    .order_by(col(CampaignMember.sent_at).desc())
    .limit(LOOKED_AT)
)


def addressed(session: Session, *, customer_ids: Collection[int]) -> set[int]:
    """Those of these customers who ever got a campaign's message, or may be getting one right now: only what
    they write can answer one."""
    return set(session.scalars(_ADDRESSED, {"customers": list(customer_ids)})) if customer_ids else set()


def note(
    session: Session, *, customer_id: int, chat_id: int, reply_to: int | None, now: datetime
) -> Campaign | None:
    """The campaign that a customer's message answers: that of the message it replies to (``reply_to`` in
    their chat), else the latest they got in the last 72 hours, unless they answered it before. Written down
    as their reply, the first time."""
    got: Any = session.execute(_GOT, {"customer": customer_id}).all()
    if any(row.sent_at is None for row in got):  # it may have arrived a moment ago
        feeding.settle_of(session, customer_id=customer_id, now=now)
        got = session.execute(_GOT, {"customer": customer_id}).all()
    got = [row for row in got if row.sent_at is not None]
    if not got:
        return None
    meant = _replied_to(session, customer_id, [row.campaign_id for row in got], chat_id, reply_to)
    if meant is None:
        latest = got[0]
        if latest.sent_at <= now - WITHIN or latest.replied_at is not None:
            return None
        meant = latest.campaign_id
    session.execute(
        update(CampaignMember)
        .where(
            col(CampaignMember.campaign_id) == meant,
            col(CampaignMember.customer_id) == customer_id,
            col(CampaignMember.replied_at).is_(None),
        )
        .values(replied_at=now)
    )
    return session.get(Campaign, meant)


def _replied_to(
    session: Session, customer_id: int, campaign_ids: list[int], chat_id: int, reply_to: int | None
) -> int | None:
    if reply_to is None:
        return None
    keys = {waiting.key_of(id, customer_id): id for id in campaign_ids}
    statement = select(col(Outbox.key)).where(
        col(Outbox.key).in_(list(keys)),
        col(Outbox.chat_id) == chat_id,
        col(Outbox.telegram_id) == reply_to,
    )
    key = session.scalar(statement)
    return keys[key] if key is not None else None
