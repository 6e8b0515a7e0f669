"""What tells a shop's own site where somebody came from: the parameters that web statistics read (UTM)."""

from urllib.parse import urlencode, urlsplit

OWN_SOURCE, BY_MESSAGE, BY_LINK = "telegram", "message", "link"
TELEGRAM = ("t.me", "telegram.me", "telegram.dog")
"""Ways into a chat: they take no parameters but their own."""


def tagged(url: str, *, source: str | None, campaign: str | None, version: str | None) -> str:
    """The address with its origin: ``source`` is where a link was put up (None: in a message of ours),
    ``campaign`` a campaign's number. One that has such parameters already keeps its own."""
    address, sign, place = url.partition("#")
    parts = urlsplit(address)
    if (parts.hostname or "") in TELEGRAM or "utm_" in parts.query.lower():
        return url
    said = {
        "utm_source": source or OWN_SOURCE,
        "utm_medium": BY_LINK if source else BY_MESSAGE,
        "utm_campaign": campaign,
        "utm_content": version,
    }
    query = urlencode({key: value for key, value in said.items() if value})
    joint = "" if address.endswith(("?", "&")) else "&" if parts.query else "?"
    return f"{address}{joint}{query}{sign}{place}"
