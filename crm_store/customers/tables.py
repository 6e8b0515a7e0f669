"""The people who write to the shop or buy from it, and all that is kept about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, Index, Integer, Text, UniqueConstraint, false, text
from sqlmodel import Field

from crm_store.customers import gram_tables  # noqa: F401  (made after the tables of this file)
from crm_store.rows import Row
from crm_store.staff.roles import Role
from crm_store.types import BigKey, ByCode, Json, Utc, enum_of, where_set


class Tier(StrEnum):
    """How much a customer matters to the shop; staff say so."""

    VIP = "VIP"
    A = "A"
    B = "B"
    C = "C"


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WECHAT = "wechat"
    QQ = "qq"


class FieldKind(StrEnum):
    """What a shop's own field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MONEY = "money"
    CHOICE = "choice"
    YES_NO = "yes_no"


class Purpose(StrEnum):
    """What a customer agrees to."""

    MARKETING = "marketing"
    PROFILING = "profiling"


class ConsentState(StrEnum):
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class InteractionKind(StrEnum):
    """What happened with a customer outside the chat, or was noted about them."""

    CALL = "call"
    MAIL = "mail"
    VISIT = "visit"
    NOTE = "note"


class Way(StrEnum):
    """Who began it: ``in`` is the customer."""

    IN = "in"
    OUT = "out"


class PreferenceSource(StrEnum):
    """Who says so; what the customer stated beats what was inferred."""

    STATED = "stated"
    INFERRED = "inferred"


class NeedState(StrEnum):
    OPEN = "open"
    MET = "met"
    DROPPED = "dropped"


class PairState(StrEnum):
    """What a person decided about two customers who may be one."""

    OPEN = "open"
    NOT_SAME = "not_same"
    MERGED = "merged"


# Two workers on PostgreSQL may change one customer at once: the second commit is refused and tried again.
_customer_version = Column("version", Integer, nullable=False, server_default="1")


class Customer(Row, table=True):
    """One person (or the person one deals with at a company).

    ``name`` follows Telegram until staff correct it (``name_chosen``). ``remark`` is what staff call them
    among themselves (备注名), ``salutation`` how they are addressed (王总). ``merged_into_id`` is set on the
    one that another took in; its number goes on resolving to that one. ``referred_by_id`` is the customer by
    whose link they came first. ``last_order_at`` is kept by the verbs of orders.
    """

    __tablename__ = "customer"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _customer_version}
    __table_args__ = (
        where_set("customer", "merged_into_id"),
        where_set("customer", "referred_by_id"),
        where_set("customer", "last_order_at"),
        where_set("customer", "owner_id"),
        where_set("customer", "tier"),
        where_set("customer", "city"),
        where_set("customer", "company"),
        Index("ix_customer_created", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigKey, unique=True)
    chat_id: int | None = Field(default=None, sa_type=BigKey)
    name: str
    name_chosen: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    username: str | None = None
    remark: str | None = None
    salutation: str | None = None
    company: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None
    tier: Tier | None = Field(default=None, sa_type=enum_of(Tier))
    owner_id: int | None = Field(default=None, foreign_key="staff.id")
    language: str
    language_chosen: bool = False
    source: str | None = None
    reachable: bool = True
    blocked_at: datetime | None = Field(default=None, sa_type=Utc)
    last_order_at: datetime | None = Field(default=None, sa_type=Utc)
    referred_by_id: int | None = Field(default=None, foreign_key="customer.id")
    merged_into_id: int | None = Field(default=None, foreign_key="customer.id")
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    version: int = Field(default=1, sa_column=_customer_version)

    @property
    def number(self) -> str:
        return f"C{self.id}"


class ContactMethod(Row, table=True):
    """A way to reach a customer. ``value`` is normalised: a phone in E.164 (+8613800000000), an e-mail in
    lower case. One phone may be several customers' (a family, a shop): nothing is merged by it alone.

    ``verified_at`` is set only by the customer sharing their own contact in Telegram: it proves that it is
    theirs. ``confirmed_at`` is when they said since then that it is still right, which proves nothing.
    """

    __tablename__ = "contact_method"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "value"),
        Index("ix_contact_method_value", "kind", "value"),
        where_set("contact_method", "verified_at"),
        where_set("contact_method", "confirmed_at"),
        Index(
            "ix_contact_method_unverified",
            "created_at",
            sqlite_where=text("verified_at IS NULL"),
            postgresql_where=text("verified_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: ContactKind = Field(sa_type=enum_of(ContactKind))
    value: str
    primary: bool = True
    invalid: bool = False
    verified_at: datetime | None = Field(default=None, sa_type=Utc)
    confirmed_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)


class CustomerTag(Row, table=True):
    __tablename__ = "customer_tag"
    __table_args__ = (Index("ix_customer_tag_tag", "tag", "customer_id"),)

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    tag: str = Field(primary_key=True)


class CustomField(Row, table=True):
    """A field that this shop's managers defined. ``role`` is the least that sees its values."""

    __tablename__ = "custom_field"

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: FieldKind = Field(sa_type=enum_of(FieldKind))
    choices: list[str] | None = Field(default=None, sa_type=Json)
    role: Role = Field(default=Role.AGENT, sa_type=enum_of(Role))
    created_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    dropped_at: datetime | None = Field(default=None, sa_type=Utc)


class CustomValue(Row, table=True):
    """One customer's value of a shop's own field: canonical text (a date as 2026-01-05, money in minor
    units), and where it can be compared, the same as a number (``rank``; a date as its ordinal)."""

    __tablename__ = "custom_value"
    __table_args__ = (
        Index("ix_custom_value_value", "field_id", "value"),
        Index("ix_custom_value_rank", "field_id", "rank"),
    )

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    field_id: int = Field(primary_key=True, foreign_key="custom_field.id")
    value: str
    rank: float | None = None


_WITHDRAWN = text("state = 'withdrawn'")


class Consent(Row, table=True):
    """What a customer agreed to or took back, append-only: the latest row of a purpose counts."""

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_customer", "customer_id", "purpose", "id"),
        Index(
            "ix_consent_withdrawn",
            "purpose",
            "customer_id",
            "id",
            sqlite_where=_WITHDRAWN,
            postgresql_where=_WITHDRAWN,
        ),
    )

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    purpose: Purpose = Field(sa_type=enum_of(Purpose))
    state: ConsentState = Field(sa_type=enum_of(ConsentState))
    source: str
    at: datetime = Field(sa_type=Utc)


class Interaction(Row, table=True):
    """A call, a mail, a visit or a note about a customer, written down by staff. ``chat_id`` and
    ``telegram_id`` say where, so that an edit of that message is an edit of this."""

    __tablename__ = "interaction"
    __table_args__ = (
        Index("ix_interaction_customer", "customer_id", "at", "id"),
        Index("ix_interaction_kind", "customer_id", "kind", "at", "id"),
        where_set("interaction", "telegram_id"),
    )

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: InteractionKind = Field(sa_type=enum_of(InteractionKind))
    way: Way | None = Field(default=None, sa_type=enum_of(Way))
    duration_seconds: int | None = None
    text: str = ""
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc)
    chat_id: int | None = Field(default=None, sa_type=BigKey)
    telegram_id: int | None = Field(default=None, sa_type=BigKey)


class Preference(Row, table=True):
    """What a customer likes or does not want, said by them or concluded from what they do."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("customer_id", "topic", "source"),)

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    topic: str
    value: str
    source: PreferenceSource = Field(sa_type=enum_of(PreferenceSource))
    confidence: float = 1.0
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc)


class Need(Row, table=True):
    """Something a customer wants; ``message_id`` is where they said it. ``budget`` is in minor units."""

    __tablename__ = "need"
    __table_args__ = (Index("ix_need_category", "category", "customer_id"),)

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    category: str
    text: str
    budget: int | None = Field(default=None, sa_type=BigKey)
    wanted_by: date | None = None
    message_id: int | None = Field(default=None, sa_type=BigKey)
    state: NeedState = Field(default=NeedState.OPEN, sa_type=enum_of(NeedState))
    author_id: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc)


class Touchpoint(Row, table=True):
    """Where a customer came by: one row for each way in, each time; the first is their ``source``."""

    __tablename__ = "touchpoint"

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    channel: str
    source: str
    at: datetime = Field(sa_type=Utc)


class Lookup(Row, table=True):
    """What a member of staff searched for, so that a button can go on with it: a button holds 64 bytes."""

    __tablename__ = "lookup"

    id: int = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    text: str
    at: datetime = Field(sa_type=Utc)


class DuplicatePair(Row, table=True):
    """Two customers who may be one; ``a_id`` < ``b_id``. What a person decided is remembered."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (Index("ix_duplicate_pair_queue", "state", "score"),)

    a_id: int = Field(primary_key=True, foreign_key="customer.id")
    b_id: int = Field(primary_key=True, foreign_key="customer.id")
    score: float
    reasons: list[str] = Field(sa_type=Json)
    state: PairState = Field(default=PairState.OPEN, sa_type=enum_of(PairState))
    found_at: datetime = Field(sa_type=Utc)
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=Utc)


class Merge(Row, table=True):
    """One customer taken in by another: both as they were before, and the ids of all that moved, by table."""

    __tablename__ = "merge"

    id: int = Field(default=None, primary_key=True)
    kept_id: int = Field(foreign_key="customer.id", index=True)
    gone_id: int = Field(foreign_key="customer.id", index=True)
    before: dict[str, Any] = Field(sa_type=Json)
    moved: dict[str, Any] = Field(sa_type=Json)
    merged_by: int | None = Field(default=None, foreign_key="staff.id")
    merged_at: datetime = Field(sa_type=Utc)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)


class Event(Row, table=True):
    """What a customer did elsewhere (looked, used, clicked). ``(source, external_id)`` is unique: told twice,
    kept once. ``at`` is when it happened, ``received_at`` when we heard. ``customer_ref`` is what the source
    calls a customer we do not know yet; once we do, it is empty and ``customer_id`` is set."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_event_customer", "customer_id", "at"),
        Index("ix_event_at", "at"),
        where_set("event", "customer_ref"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    source: str
    external_id: str
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    customer_ref: str | None = None
    kind: str
    subject: str | None = None
    session: str | None = None
    data: dict[str, Any] | None = Field(default=None, sa_type=Json)
    at: datetime = Field(sa_type=Utc)
    received_at: datetime = Field(sa_type=Utc)


class SearchKey(Row, table=True):
    """One thing a customer is found by, ``key`` beginning with the letter of its kind."""

    __tablename__ = "search_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: str = Field(primary_key=True, sa_type=ByCode)
    customer_id: int = Field(primary_key=True, foreign_key="customer.id")


class SearchEntry(Row, table=True):
    """Which keys a customer has, a line each: what to take away when they change."""

    __tablename__ = "search_entry"

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    keys: str = Field(sa_type=Text)
