"""Addresses behind text: which are links, and how Telegram writes them"""

import re
from typing import Any

_URL = re.compile(
    r"(?P<scheme>https?|tg|ton|tonsite)?(?(scheme)://)(?P<host>[^\s/?#<>\"]+)(?P<rest>[/?#]\S*)?", re.I
)
_HOST = re.compile(r"(?:[^\s@/]+@)?(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?")
_USER = re.compile(r"tg://user/?\?id=(\d+)")


def clean_link(address: str) -> dict[str, Any] | None:
    """The fields a link adds to an entity; None if the address is no link (then the text stays plain)."""
    user = _USER.fullmatch(address)
    if user:
        return {"type": "text_mention", "user": {"id": int(user[1])}}
    url = clean_url(address)
    return None if url is None else {"url": url}


def clean_url(address: str) -> str | None:
    """With a scheme, a small-letter host and at least "/" behind it; None if it cannot be a link."""
    found = _URL.fullmatch(address)
    if found is None:
        return None
    scheme = (found["scheme"] or "http").lower()
    if scheme in ("tg", "ton"):
        return address
    if not _HOST.fullmatch(found["host"]):
        return None
    rest = found["rest"] or "/"
    return f"{scheme}://{found['host'].lower()}{'' if rest.startswith('/') else '/'}{rest}"
