"""API keys: ways in for other systems, made and revoked by owners. Tokens are shown once and kept hashed."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.exchange.refusals import BadKeyName, NoSuchKey
from crm_store.exchange.tables import ApiKey
from crm_store.refusals import NotAllowed
from crm_store.secrets import token_hash
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

PREFIX = "zgk-"
"""Tells a key's token from other words, in leaked files and in the outbox."""

LONGEST_NAME = 40
NOTED_EVERY = timedelta(minutes=1)
"""How exact ``last_used_at`` is: not every request is worth a write."""

_NAME = re.compile(rf"^[^\W_][\w .\-]{{0,{LONGEST_NAME - 1}}}$")


@dataclass(frozen=True)
class Made:
    """A new key, and what only its owner may see, now: the token, and for a signed key its secret."""

    key: ApiKey
    token: str
    secret: str | None


def make(session: Session, *, name: str, signed: bool, by: Staff, now: datetime) -> Made:
    """A key for the system of this name. A second of the same name is the same system's next key: what it
    told with the first is still its own. Raises BadKeyName, and NotAllowed for all but owners."""
    _only_owners(by)
    name = " ".join(name.split())
    if not _NAME.match(name):
        raise BadKeyName(name=name[:LONGEST_NAME], longest=LONGEST_NAME)
    token = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        token_hash=token_hash(token),
        salt=secrets.token_hex(32) if signed else None,
        created_by=by.id,
        created_at=now,
    )
    session.add(key)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="key_made",
        entity="api_key",
        entity_id=key.id,
        now=now,
        after={"name": name, "signed": signed},
    )
    return Made(key, token, secret(key, token) if signed else None)


def secret(key: ApiKey, token: str) -> str:
    """What the requests of a signed key are signed with."""
    assert key.salt is not None
    return hmac.new(key.salt.encode(), token.encode(), hashlib.sha256).hexdigest()


def of_token(session: Session, *, token: str) -> ApiKey | None:
    """The key with this token, unless it was revoked."""
    wanted = token_hash(token)
    key = session.scalars(select(ApiKey).where(col(ApiKey.token_hash) == wanted)).first()
    if key is None or key.revoked_at is not None or not hmac.compare_digest(key.token_hash, wanted):
        return None
    return key


def in_use(session: Session) -> list[ApiKey]:
    """The keys that open something, oldest first."""
    statement = select(ApiKey).where(col(ApiKey.revoked_at).is_(None)).order_by(col(ApiKey.id))
    return list(session.scalars(statement))


def get(session: Session, *, key_id: int) -> ApiKey:
    """A key that is in use. Raises NoSuchKey."""
    key = session.get(ApiKey, key_id) if 0 < key_id <= LARGEST_ID else None
    if key is None or key.revoked_at is not None:
        raise NoSuchKey
    return key


def revoke(session: Session, *, key_id: int, by: Staff, now: datetime) -> ApiKey:
    """From the next request on it opens nothing. Raises NoSuchKey, and NotAllowed for all but owners."""
    _only_owners(by)
    key = get(session, key_id=key_id)
    key.revoked_at = now
    session.add(key)
    audit.record(
        session,
        actor=by,
        action="key_revoked",
        entity="api_key",
        entity_id=key.id,
        now=now,
        before={"name": key.name},
    )
    return key


def note_use(session: Session, *, key: ApiKey, now: datetime) -> None:
    if key.last_used_at is None or now - key.last_used_at >= NOTED_EVERY:
        key.last_used_at = now
        session.add(key)


def _only_owners(by: Staff) -> None:
    if not by.role.includes(Role.OWNER):
        raise NotAllowed(role=Role.OWNER)
