"""Signed requests: nobody can change one on its way, or send it again."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from bot.api.errors import unauthorized
from crm_store.exchange import keys, nonces
from crm_store.exchange.tables import ApiKey

TIMESTAMP, NONCE, SIGNATURE = "X-Timestamp", "X-Nonce", "X-Signature"
"""Headers: seconds since 1970, 16 to 64 letters and digits never used before, and the HMAC in hex."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True)
class Request:
    """What is signed of a request. ``target`` is path and query as they stand in its first line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def signature(secret: str, *, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256, in hex, over five lines: method, target, timestamp, nonce, the body's SHA-256 in hex."""
    lines = [method, target, timestamp, nonce, hashlib.sha256(body).hexdigest()]
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def check(session: Session, *, key: ApiKey, token: str, request: Request, now: datetime) -> None:
    """Raises Problem (401) for a request that is not signed, was changed, is old, or came before."""
    timestamp, nonce, given = (request.headers.get(one, "") for one in (TIMESTAMP, NONCE, SIGNATURE))
    if not given:
        raise unauthorized(f"This key's requests must be signed: {TIMESTAMP}, {NONCE}, {SIGNATURE}.")
    if not _NONCE.fullmatch(nonce) or not _SECONDS.fullmatch(timestamp):
        raise unauthorized(f"{TIMESTAMP} is seconds since 1970, {NONCE} 16 to 64 letters and digits.")
    expected = signature(
        keys.secret(key, token),
        method=request.method,
        target=request.target,
        timestamp=timestamp,
        nonce=nonce,
        body=request.body,
    )
    if not hmac.compare_digest(expected.encode(), given.lower().encode(errors="replace")):
        raise unauthorized("The signature does not fit the request.")
    if not nonces.is_timely(datetime.fromtimestamp(int(timestamp), UTC), now=now):
        raise unauthorized(f"{TIMESTAMP} is more than {nonces.WINDOW.seconds // 60} minutes off.")
    if not nonces.take(session, key_id=key.id, nonce=nonce, now=now):
        raise unauthorized("This request came before.")
