"""Segments, campaigns and who gets them, clicks, and who wants no more of it. Money is in minor units."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from crm_store.marketing.states import BEFORE_SENDING, CampaignState, MemberState
from crm_store.rows import Row
from crm_store.types import BigKey, Json, Utc, enum_of, where_set


class Goal(StrEnum):
    """What a campaign is for, and by what it is judged: orders in the window, or an answer."""

    ORDERS = "orders"
    WIN_BACK = "win_back"
    REPLIES = "replies"
    NEWS = "news"


class Segment(Row, table=True):
    """Customers described by a filter text in the language of all lists: who belongs is always today's."""

    __tablename__ = "segment"

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    filter: str
    created_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    dropped_at: datetime | None = Field(default=None, sa_type=Utc)

    @property
    def number(self) -> str:
        return f"S{self.id}"


_campaign_version = Column("version", Integer, nullable=False, server_default="1")


class Campaign(Row, table=True):
    """Messages to many. ``audience`` is a filter text, less those of ``excluding``. ``holdout`` is in
    thousandths of the members. ``quiet_from`` and ``quiet_to`` are times of day ("21:00") in the customer's
    zone. Conversions count from the start until ``conversion_days`` after the last message. ``stop_opt_outs``
    and ``stop_failures`` are thousandths of what was sent, at which it pauses by itself. ``cost`` is what it
    cost besides what it sold. ``members_hash`` seals members, arms and hold-out before the first message.
    ``approved_for`` is how many it could be sent to when it was approved. ``judged_from`` is how it stood
    when a person last resumed it: the stop rules look at what came since.
    """

    __tablename__ = "campaign"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _campaign_version}
    __table_args__ = (Index("ix_campaign_state", "state", "send_at"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)
    name: str
    goal: Goal = Field(default=Goal.ORDERS, sa_type=enum_of(Goal))
    promotion: str | None = None
    state: CampaignState = Field(default=CampaignState.DRAFT, sa_type=enum_of(CampaignState))
    segment_id: int | None = Field(default=None, foreign_key="segment.id")
    audience: str = ""
    excluding: str = ""
    holdout: int = 100
    salt: str
    send_at: datetime | None = Field(default=None, sa_type=Utc)
    quiet_from: str | None = None
    quiet_to: str | None = None
    conversion_days: int = 14
    stop_opt_outs: int | None = 20
    stop_failures: int | None = 100
    currency: str
    cost: int = Field(default=0, sa_type=BigKey)
    play_id: int | None = Field(default=None, foreign_key="play.id")
    tested_at: datetime | None = Field(default=None, sa_type=Utc)
    submitted_by: int | None = Field(default=None, foreign_key="staff.id")
    submitted_at: datetime | None = Field(default=None, sa_type=Utc)
    approved_by: int | None = Field(default=None, foreign_key="staff.id")
    approved_at: datetime | None = Field(default=None, sa_type=Utc)
    approved_for: int | None = None
    frozen_at: datetime | None = Field(default=None, sa_type=Utc)
    frozen_upto: int | None = None
    members_hash: str | None = None
    started_at: datetime | None = Field(default=None, sa_type=Utc)
    sent_all_at: datetime | None = Field(default=None, sa_type=Utc)
    measured_until: datetime | None = Field(default=None, sa_type=Utc)
    why_paused: str | None = None
    judged_from: dict[str, Any] | None = Field(default=None, sa_type=Json)
    outcome: dict[str, Any] | None = Field(default=None, sa_type=Json)
    created_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    version: int = Field(default=1, sa_column=_campaign_version)

    @property
    def number(self) -> str:
        return f"M{self.id}"

    @property
    def has_begun(self) -> bool:
        """Whether there is anything to tell of it: it was started, and not ended before its first message."""
        is_empty = self.state == CampaignState.CANCELLED and self.measured_until is None
        return self.started_at is not None and self.state not in BEFORE_SENDING and not is_empty


class CampaignArm(Row, table=True):
    """One version of the message. ``body`` is by language a Jinja2 text in Telegram HTML; ``buttons`` are
    ``{"text": {language: …}, "url": …}``; ``picture`` is Telegram's file id."""

    __tablename__ = "campaign_arm"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: int = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    name: str
    weight: int = 1
    body: dict[str, str] = Field(sa_type=Json)
    picture: str | None = None
    buttons: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)


class CampaignMember(Row, table=True):
    """Somebody a campaign is for, written down before its first message. ``arm_id`` is None in the hold-out,
    and for one who could not be sent anything from the first (``reason``). ``not_before`` is when their turn
    comes (always set while they are planned). ``outbox_id`` is their message; ``sent_at`` is when it was
    sent, or may have been. ``replied_at`` and ``clicked_at`` are the first times."""

    __tablename__ = "campaign_member"
    __table_args__ = (
        Index(
            "ix_campaign_member_planned",
            "campaign_id",
            "not_before",
            "customer_id",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
        Index("ix_campaign_member_state", "campaign_id", "state"),
        Index(
            "ix_campaign_member_opted_out",
            "campaign_id",
            sqlite_where=text("opted_out_at IS NOT NULL"),
            postgresql_where=text("opted_out_at IS NOT NULL"),
        ),
        Index("ix_campaign_member_customer", "customer_id", "sent_at"),
        Index(
            "ix_campaign_member_queued",
            "outbox_id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
    )

    campaign_id: int = Field(primary_key=True, foreign_key="campaign.id")
    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    arm_id: int | None = Field(default=None, foreign_key="campaign_arm.id")
    state: MemberState = Field(sa_type=enum_of(MemberState))
    reason: str | None = None
    not_before: datetime | None = Field(default=None, sa_type=Utc)
    outbox_id: int | None = Field(default=None, sa_type=BigKey)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    clicked_at: datetime | None = Field(default=None, sa_type=Utc)
    replied_at: datetime | None = Field(default=None, sa_type=Utc)
    opted_out_at: datetime | None = Field(default=None, sa_type=Utc)


class TrackedLink(Row, table=True):
    """An address that a campaign's button leads to, by way of ours. ``source`` is kept for what comes by it
    (a social network, a shop window) where it belongs to no campaign."""

    __tablename__ = "tracked_link"

    id: int = Field(default=None, primary_key=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    arm_id: int | None = Field(default=None, foreign_key="campaign_arm.id")
    source: str | None = None
    url: str
    created_at: datetime = Field(sa_type=Utc)


class Click(Row, table=True):
    __tablename__ = "click"
    __table_args__ = (Index("ix_click_customer", "customer_id", "at"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    link_id: int = Field(foreign_key="tracked_link.id", index=True)
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    at: datetime = Field(sa_type=Utc)


class OptOut(Row, table=True):
    """An address that gets no marketing any more, as a keyed hash (``gate.address_hash``): it survives
    merging, erasing and importing again. Taken away only by the customer themself."""

    __tablename__ = "opt_out"

    address: str = Field(primary_key=True)
    reason: str
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    at: datetime = Field(sa_type=Utc)


class Play(Row, table=True):
    """What the shop does for customers of a tier with a goal. A change is a new version; campaigns keep the
    one they were made by."""

    __tablename__ = "play"
    __table_args__ = (UniqueConstraint("tier", "goal", "number"),)

    id: int = Field(default=None, primary_key=True)
    tier: str
    goal: Goal = Field(sa_type=enum_of(Goal))
    number: int
    offer: str
    channel: str
    every_days: int | None = None
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc)


class Touch(Row, table=True):
    """One try to win somebody by an advertisement, and what came of it, as a shop writes it down itself."""

    __tablename__ = "touch"
    __table_args__ = (where_set("touch", "customer_id"), Index("ix_touch_ad", "ad", "at"))

    id: int = Field(default=None, primary_key=True)
    ad: str
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    succeeded: bool
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc)
