"""What goes in and out as files and over HTTP: imports row by row, other systems' numbers, API keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.types import Json, Utc, enum_of


class Subject(StrEnum):
    """What a file is about."""

    CUSTOMERS = "customers"
    ORDERS = "orders"
    TICKETS = "tickets"


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    MAPPED = "mapped"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    DROPPED = "dropped"


class Fate(StrEnum):
    """What becomes of one row of an import."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Import(Row, table=True):
    """One file that was sent in. ``sha256`` is the file's, ``about`` how it is read and what its columns are
    called, ``mapping`` column → field, ``policy`` what to do with duplicates, ``counts`` rows by fate;
    ``data`` is the file until the import is over for good."""

    __tablename__ = "import"

    id: int = Field(default=None, primary_key=True)
    subject: Subject = Field(sa_type=enum_of(Subject))
    preset: str | None = None
    name: str
    sha256: str = Field(index=True)
    data: bytes | None = None
    about: dict[str, Any] | None = Field(default=None, sa_type=Json)
    mapping: dict[str, str] | None = Field(default=None, sa_type=Json)
    policy: str = Field(default="leave", sa_column_kwargs={"server_default": "leave"})
    counts: dict[str, int] | None = Field(default=None, sa_type=Json)
    state: ImportState = Field(default=ImportState.UPLOADED, sa_type=enum_of(ImportState))
    error: str | None = None
    started_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class ImportRow(Row, table=True):
    """What became of one row (``line`` as a spreadsheet counts them), written in the commit that did it;
    ``before`` is what the entity was, so that the import can be undone; ``undone`` says that it is, or that
    it had to be left (then ``reason`` says why)."""

    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_entity", "entity_id"),)

    import_id: int = Field(primary_key=True, foreign_key="import.id")
    line: int = Field(primary_key=True)
    fate: Fate = Field(sa_type=enum_of(Fate))
    reason: str | None = None
    entity_id: int | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    undone: bool | None = None


class ExternalRef(Row, table=True):
    """What another system calls a customer, an order or a product of ours: told twice, it is the same one.
    ``digest`` is of what it last told over HTTP: the same again changes nothing, whatever staff did since."""

    __tablename__ = "external_ref"
    __table_args__ = (Index("ix_external_ref_entity", "entity", "entity_id"),)

    system: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    entity_id: int
    digest: str | None = None


class ApiKey(Row, table=True):
    """A way in for another system; ``name`` is what that system is called here. Only the token's hash is
    kept. A key with a ``salt`` must sign its requests, with a secret made of salt and token: neither a
    request that was seen nor a store that was stolen is enough to make another."""

    __tablename__ = "api_key"

    id: int = Field(default=None, primary_key=True)
    name: str
    token_hash: str = Field(unique=True)
    salt: str | None = None
    created_by: int | None = Field(default=None, foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Utc)
    last_used_at: datetime | None = Field(default=None, sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)

    @property
    def signed(self) -> bool:
        return self.salt is not None


class ApiNonce(Row, table=True):
    """A signature that was used: within its window it is not taken again."""

    __tablename__ = "api_nonce"

    key_id: int = Field(primary_key=True, foreign_key="api_key.id")
    nonce: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc, index=True)
