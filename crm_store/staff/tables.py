"""Staff, the invites they join by, and the trail of everything that was changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.staff.roles import Role
from crm_store.types import BigKey, Json, Utc, enum_of


class Staff(Row, table=True):
    __tablename__ = "staff"

    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(sa_type=BigKey, unique=True)
    chat_id: int = Field(sa_type=BigKey)
    name: str
    username: str | None = None
    role: Role = Field(sa_type=enum_of(Role))
    language: str
    on_duty: bool = True
    joined_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class Invite(Row, table=True):
    """A single-use way in. Only the token's hash is kept."""

    __tablename__ = "invite"

    id: int = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    role: Role = Field(sa_type=enum_of(Role))
    invited_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    used_by: int | None = Field(default=None, foreign_key="staff.id")


class Audit(Row, table=True):
    """Who changed what, when, from what to what; written in the same commit as the change."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_entity", "entity", "entity_id", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigKey)
    at: datetime = Field(sa_type=Utc)
    actor: str
    action: str
    entity: str
    entity_id: int = Field(sa_type=BigKey)
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
