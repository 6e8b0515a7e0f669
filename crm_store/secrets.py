"""Keys and one-way hashes."""

import hashlib


def sqlite_key_pragma(key: str) -> str:
    """The PRAGMA that unlocks an encrypted file; the key is quoted, never interpreted."""
    return "PRAGMA key = '" + key.replace("'", "''") + "'"


def token_hash(token: str) -> str:
    """What is kept of an invite's token: enough to recognise it, nothing to use it with."""
    return hashlib.sha256(token.encode()).hexdigest()
