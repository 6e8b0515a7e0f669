"""Links that go by way of ours, so that a click can be counted: signed, so that nobody can make one up."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.mailbox import remembered
from crm_store.marketing import utm
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import CampaignArm, CampaignMember, Click, TrackedLink
from crm_store.types import LARGEST_ID

KEY = "link_key"
SIGNATURE_BYTES = 12
PATH = "/l/"
_LINKS = "tracked_links"
_TOKEN = re.compile(r"^([0-9a-z]{1,13})-([0-9a-z]{1,13})-([A-Za-z0-9_-]{16})$")
_PAYLOAD = re.compile(r"^(.+)_M(\d{1,10})$")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Followed:
    """Where a token leads, as ``read`` and ``url`` tell. ``customer_id`` is who it was made for; None for a
    link that anybody may get."""

    link_id: int
    customer_id: int | None
    url: str


def of_arm(session: Session, *, campaign_id: int, arm_id: int, url: str, now: datetime) -> int:
    """The id of the link of one version of a campaign's message to an address; made when it is first needed.
    Asked for each customer of a batch, it looks into the store once."""
    known = session.info.setdefault(_LINKS, {})
    place = (campaign_id, arm_id, url)
    if place not in known:
        rows = session.scalars(select(TrackedLink).where(col(TrackedLink.campaign_id) == campaign_id))
        known |= {(campaign_id, one.arm_id, one.url): one.id for one in rows}
    if place not in known:
        link = TrackedLink(campaign_id=campaign_id, arm_id=arm_id, url=url, created_at=now)
        session.add(link)
        session.flush()
        known[place] = link.id
    return int(known[place])


def of_source(
    session: Session, *, source: str, url: str, campaign_id: int | None, now: datetime
) -> TrackedLink:
    """The link to be put up at ``source`` (a social network); the same again is the same link."""
    link = session.scalars(
        select(TrackedLink).where(
            col(TrackedLink.source) == source,
            col(TrackedLink.url) == url,
            col(TrackedLink.campaign_id) == campaign_id
            if campaign_id is not None
            else col(TrackedLink.campaign_id).is_(None),
        )
    ).first()
    if link is None:
        link = TrackedLink(campaign_id=campaign_id, source=source, url=url, created_at=now)
        session.add(link)
        session.flush()
    return link


def payload(source: str, campaign_id: int | None) -> str:
    """What /start is told by a link into the chat, and what the customer's source becomes."""
    return f"{source}_M{campaign_id}" if campaign_id is not None else source


def of_payload(text: str) -> tuple[str, int | None]:
    """The source, and the campaign if it names one."""
    found = _PAYLOAD.match(text)
    return (found[1], int(found[2])) if found is not None else (text, None)


def token(session: Session, *, link_id: int, customer_id: int | None = None) -> str:
    """What stands behind ``/l/``: which link, for whom, and that it is ours."""
    who = customer_id or 0
    return f"{_packed(link_id)}-{_packed(who)}-{_signature(key(session), link_id, who)}"


def looks_right(token: str) -> bool:
    """Whether it may be one of ours, at a glance."""
    return _TOKEN.match(token) is not None


def read(token: str, *, key: str) -> tuple[int, int | None] | None:
    """Which link, and whom it was made for (None: for anybody); None for a token that is not ours. ``key`` is
    what ``key`` gives: no store is asked, so that whoever makes tokens up holds nobody up."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    link_id, customer_id = int(found[1], 36), int(found[2], 36)
    if not 0 < link_id <= LARGEST_ID or customer_id > LARGEST_ID:
        return None
    good = hmac.compare_digest(found[3], _signature(key, link_id, customer_id))
    return (link_id, customer_id or None) if good else None


def url(session: Session, *, link_id: int) -> str | None:
    """Where a link leads, its origin told to whatever is there (``utm``); None where it is gone."""
    link = session.get(TrackedLink, link_id)
    if link is None:
        return None
    arm = session.get(CampaignArm, link.arm_id) if link.arm_id is not None else None
    campaign = f"M{link.campaign_id}" if link.campaign_id is not None else None
    return utm.tagged(
        link.url, source=link.source, campaign=campaign, version=arm.name if arm is not None else None
    )


def click(session: Session, *, followed: Followed, now: datetime) -> None:
    """Somebody followed a link. The first of a member's clicks is kept with them."""
    link, who = session.get(TrackedLink, followed.link_id), _now(session, followed.customer_id)
    if link is None:
        return
    session.add(Click(link_id=link.id, customer_id=who, at=now))
    if link.campaign_id is None or who is None:
        return
    session.execute(
        update(CampaignMember)
        .where(
            col(CampaignMember.campaign_id) == link.campaign_id,
            col(CampaignMember.customer_id) == who,
            # What is still queued for us has been read already: the outbox is asked a second later.
            col(CampaignMember.state).in_([MemberState.QUEUED, MemberState.SENT, MemberState.UNKNOWN]),
            col(CampaignMember.clicked_at).is_(None),
        )
        .values(clicked_at=now)
    )


def _now(session: Session, customer_id: int | None) -> int | None:
    """As whom a customer is kept, who may have been taken in by another since."""
    found = session.get(Customer, customer_id) if customer_id is not None else None
    while found is not None and found.merged_into_id is not None:
        found = session.get(Customer, found.merged_into_id)
    return found.id if found is not None else None


def _signature(key: str, link_id: int, customer_id: int) -> str:
    digest = hmac.digest(key.encode(), f"{link_id}:{customer_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:SIGNATURE_BYTES]).decode()


def key(session: Session) -> str:
    """The shop's own, by which its tokens are signed; read once a session."""
    if KEY not in session.info:
        session.info[KEY] = remembered.secret(session, KEY)
    return str(session.info[KEY])


def _packed(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"
