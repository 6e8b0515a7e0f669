"""The people who write to the shop."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigKey, Utc


class Customer(SQLModel, table=True):
    __tablename__ = "customer"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigKey, unique=True)
    chat_id: int | None = Field(default=None, sa_type=BigKey)
    name: str
    username: str | None = None
    language: str
    language_chosen: bool = False
    source: str | None = None
    reachable: bool = True
    blocked_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)

    @property
    def number(self) -> str:
        return f"C{self.id}"
