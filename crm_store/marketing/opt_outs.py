"""Who wants no marketing any more: at once, for every address of theirs, until they themself say
otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, ContactMethod, Customer, Purpose
from crm_store.marketing import addresses, feeding, waiting
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember, OptOut
from crm_store.staff.audit import Actor

BUTTON, WORD, COMMAND, BLOCKED, IMPORTED = "button", "word", "command", "blocked", "import"
"""Why: how the customer said it."""

BECAUSE_OF = timedelta(hours=72)
"""Who opts out so soon after a campaign's message does so because of it, unless they say which."""


def opt_out(
    session: Session,
    *,
    customer: Customer,
    why: str,
    campaign: Campaign | None = None,
    actor: Actor,
    now: datetime,
) -> bool:
    """No campaign reaches this customer any more, by any address they have now, whatever is merged, imported
    or erased later; what waits for them in the outbox is taken back in this very commit. ``campaign`` is what
    made them, where that is known; else the one they last heard from, if that is not long ago. False when it
    was so already."""
    theirs = _records(session, customer)
    _hold(session, theirs)
    feeding.settle_of(session, customer_id=customer.id, now=now)
    waiting.take_back(session, whose=col(CampaignMember.customer_id).in_(theirs))
    known = addresses.of(session, customer=customer)
    present = set(session.scalars(select(col(OptOut.address)).where(col(OptOut.address).in_(known))))
    blamed = _blamed(session, customer, campaign, now)
    fresh = [
        {"address": one, "reason": why, "campaign_id": blamed, "at": now}
        for one in known
        if one not in present
    ]
    addresses.keep(session, rows=fresh)
    withdrawn = consents.record(
        session,
        customer=customer,
        purpose=Purpose.MARKETING,
        state=ConsentState.WITHDRAWN,
        source=why,
        actor=actor,
        now=now,
    )
    if blamed is not None and (fresh or withdrawn):
        session.execute(
            update(CampaignMember)
            .where(
                col(CampaignMember.campaign_id) == blamed,
                col(CampaignMember.customer_id) == customer.id,
                col(CampaignMember.state).in_([MemberState.SENT, MemberState.UNKNOWN]),
                col(CampaignMember.opted_out_at).is_(None),
            )
            .values(opted_out_at=now)
        )
    return bool(fresh) or withdrawn


def has_just_heard(session: Session, *, customer: Customer, now: datetime) -> bool:
    """Whether a campaign's message came to them so lately that what they say may well be about it."""
    got = or_(col(CampaignMember.sent_at) > now - BECAUSE_OF, waiting.is_queued())
    found = select(col(CampaignMember.campaign_id)).where(col(CampaignMember.customer_id) == customer.id, got)
    return session.scalar(found.limit(1)) is not None


def opt_in(session: Session, *, customer: Customer, now: datetime) -> bool:
    """The customer themself wants to hear of the shop (again): nobody else can say so for them. False when it
    was so already."""
    known = addresses.of(session, customer=customer)
    gone = session.execute(
        delete(OptOut).where(col(OptOut.address).in_(known)).returning(col(OptOut.address))
    ).all()
    granted = consents.record(
        session,
        customer=customer,
        purpose=Purpose.MARKETING,
        state=ConsentState.GRANTED,
        source="chat",
        actor=customer,
        now=now,
    )
    return bool(gone) or granted


def _records(session: Session, customer: Customer) -> list[int]:
    """Customers who are reached by an address that gets nothing any more: this one, who was merged into them,
    who has the same phone or e-mail address."""
    ids = [one.id for one in addresses.persons(session, customer=customer)]
    own, other = aliased(ContactMethod), aliased(ContactMethod)
    sharing = (
        select(col(other.customer_id))
        .join(own, and_(col(own.kind) == col(other.kind), col(own.value) == col(other.value)))
        .where(col(own.customer_id).in_(ids), col(own.kind).in_(addresses.KINDS))
        .where(col(own.invalid).is_(False), col(other.invalid).is_(False))
    )
    return sorted({*ids, *session.scalars(sharing)})


def _hold(session: Session, ids: Sequence[int]) -> None:
    """Nobody queues a message for them until the commit."""
    session.flush()
    held = select(col(Customer.id)).where(col(Customer.id).in_(ids)).order_by(col(Customer.id))
    session.execute(held.with_for_update(key_share=True))


def _blamed(session: Session, customer: Customer, campaign: Campaign | None, now: datetime) -> int | None:
    """The campaign whose message it was: of those they got, the one they say, else the latest."""
    got = select(col(CampaignMember.campaign_id)).where(
        col(CampaignMember.customer_id) == customer.id, col(CampaignMember.sent_at).is_not(None)
    )
    if campaign is not None:
        return session.scalar(got.where(col(CampaignMember.campaign_id) == campaign.id))
    recent = got.where(col(CampaignMember.sent_at) > now - BECAUSE_OF)
    return session.scalar(recent.order_by(col(CampaignMember.sent_at).desc()).limit(1))
