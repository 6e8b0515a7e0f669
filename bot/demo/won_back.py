"""What the demo shop has tried already: a campaign of three weeks ago to good customers gone quiet, with its
hold-out, clicks and what it sold. The bot itself works its outcome out when it opens."""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from bot.demo.buying import Basket
from bot.demo.rows import Rows
from crm_store.marketing import freezing
from crm_store.marketing.arms import arm_of, hold_out
from crm_store.marketing.states import Blocked, CampaignState, MemberState
from crm_store.marketing.tables import (
    Campaign,
    CampaignArm,
    CampaignMember,
    Click,
    Goal,
    Segment,
    TrackedLink,
)
from crm_store.staff.tables import Staff

DAYS_AGO = 20
AT_HOUR = 10
COUNTED_DAYS = 14
HELD_OUT = 250
"""Thousandths of those who could be sent it."""

LEAST_ORDERS, QUIET = 3, timedelta(days=45)
SALT = "autumn"
PAGE = "https://shop.example.com/autumn"

ORDERED = [0.10, 0.32]
"""Of each arm so many more came back than would have."""

CLICKED = [0.14, 0.33]
FAILED, OPTED_OUT, REPLIED = 0.012, 0.008, 0.02


@dataclass(frozen=True)
class Aimed:
    """One the campaign is for: the number of the buyer and of the customer, and why they get nothing."""

    buyer: int
    customer: int
    blocked: Blocked | None


class WonBack:
    """``choose`` says who it is for, out of what was bought before; ``sold`` what they bought because of it;
    ``note`` its rows."""

    def __init__(self, language: str, currency: str, now: datetime, seed: int) -> None:
        told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
        self._said: dict[str, Any] = told[language]
        self._messages: list[dict[str, Any]] = told["message"]
        self._currency = currency
        day = now - timedelta(days=DAYS_AGO)
        self._at = day.replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
        self._random = Random(seed)  # noqa: S311 (nobody is to be surprised)
        self._arms = [CampaignArm(id=at + 1, campaign_id=1, name="", body={}) for at in (0, 1)]
        self._members: list[Aimed] = []
        self._held: set[int] = set()

    def choose(self, bought: list[Basket], customers: dict[int, int], blocked: dict[int, Blocked]) -> None:
        """``customers``: their numbers by buyer; ``blocked``: those who cannot be sent it."""
        times: dict[int, list[datetime]] = defaultdict(list)
        for basket in bought:
            if basket.at < self._at:
                times[basket.buyer].append(basket.at)
        for buyer, customer in customers.items():
            mine = times[buyer]
            if len(mine) >= LEAST_ORDERS and max(mine) < self._at - QUIET:
                self._members.append(Aimed(buyer, customer, blocked.get(customer)))
        sendable = [one.customer for one in self._members if one.blocked is None]
        self._held = hold_out(SALT, {None: sendable}, thousandths=HELD_OUT)

    def sold(self, products: int) -> list[Basket]:
        """What was bought in the two weeks after it and would not have been."""
        found = []
        for one in self._members:
            if one.blocked is None and one.customer not in self._held:
                arm = self._arm(one.customer)
                if self._random.random() < ORDERED[arm]:
                    later = timedelta(days=self._random.expovariate(1 / 3.0) % (COUNTED_DAYS - 1), hours=1)
                    found.append(Basket(one.buyer, self._at + later, {self._random.randrange(products): 1}))
        return found

    def note(self, rows: Rows) -> None:
        for name, filter in self._said["segments"]:
            rows.add(Segment, name=name, filter=filter, created_at=self._at - timedelta(days=2))
        ended = self._at + timedelta(minutes=2)
        campaign = rows.add(
            Campaign,
            name=self._said["name"],
            goal=Goal.WIN_BACK,
            state=CampaignState.MEASURING,
            segment_id=1,
            audience="",
            excluding="",
            holdout=HELD_OUT,
            salt=SALT,
            conversion_days=COUNTED_DAYS,
            currency=self._currency,
            tested_at=self._at - timedelta(minutes=40),
            submitted_at=self._at - timedelta(minutes=35),
            approved_at=self._at - timedelta(minutes=30),
            frozen_at=self._at,
            frozen_upto=max((one.customer for one in self._members), default=0),
            started_at=self._at,
            sent_all_at=ended,
            created_at=self._at - timedelta(days=1),
            updated_at=ended,
        )
        for name, message in zip(self._said["arms"], self._messages, strict=True):
            body = {language: message[language] for language in ("zh", "en")}
            buttons = [{"text": message["button"], "url": PAGE}]
            arm = rows.add(CampaignArm, campaign_id=campaign, name=name, body=body, buttons=buttons)
            rows.add(TrackedLink, campaign_id=campaign, arm_id=arm, url=PAGE, created_at=self._at)
        for at, one in enumerate(sorted(self._members, key=lambda one: one.customer)):
            self._member(rows, campaign, one, self._at + timedelta(milliseconds=40 * at))

    def _member(self, rows: Rows, campaign: int, one: Aimed, sent: datetime) -> None:
        random = self._random
        values: dict[str, Any] = {"campaign_id": campaign, "customer_id": one.customer}
        if one.blocked is not None:
            rows.add(CampaignMember, **values, state=MemberState.SUPPRESSED, reason=one.blocked.value)
            return
        if one.customer in self._held:
            rows.add(CampaignMember, **values, state=MemberState.HOLDOUT)
            return
        arm = self._arm(one.customer)
        values |= {"arm_id": arm + 1, "not_before": self._at, "sent_at": sent}
        if random.random() < FAILED:
            rows.add(CampaignMember, **values, state=MemberState.FAILED, reason="blocked")
            return
        clicked = self._later(sent, CLICKED[arm], hours=30)
        if clicked is not None:
            rows.add(Click, link_id=arm + 1, customer_id=one.customer, at=clicked)
        values |= {"clicked_at": clicked, "replied_at": self._later(sent, REPLIED, hours=20)}
        opted_out = self._later(sent, OPTED_OUT, hours=5)
        rows.add(CampaignMember, **values, state=MemberState.SENT, opted_out_at=opted_out)

    def _arm(self, customer: int) -> int:
        return arm_of(SALT, customer, self._arms).id - 1

    def _later(self, sent: datetime, share: float, *, hours: float) -> datetime | None:
        if self._random.random() >= share:
            return None
        return sent + timedelta(hours=self._random.expovariate(3 / hours) % hours)


def seal(session: Session) -> None:
    """Once the rows are written: as when its members were written down."""
    sealed = freezing.seal(session, campaign_id=1)
    session.connection().execute(update(Campaign).values(members_hash=sealed))


def sign(session: Session, *, by: Staff) -> None:
    """Whose campaign and segments it was; its window is over, and the bot may work out what came of it."""
    campaign = session.get_one(Campaign, 1)
    assert campaign.sent_all_at is not None
    values = {"created_by": by.id, "submitted_by": by.id, "approved_by": by.id}
    over = campaign.sent_all_at + timedelta(days=campaign.conversion_days)
    session.connection().execute(
        update(Campaign).where(col(Campaign.id) == campaign.id).values(measured_until=over, **values)
    )
    session.connection().execute(update(Segment).values(created_by=by.id))
