"""Whether Telegram takes a text as HTML: it refuses a whole message over one tag."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

TAGS = frozenset(
    "b strong i em u ins s strike del code pre a span tg-spoiler blockquote".split()  # noqa: SIM905
)
SCHEMES = ("http", "https", "tg", "mailto", "tel")
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)(?P<attributes>(?:\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)\s*>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-z-]+)(?:=\"([^\"]*)\")?", re.IGNORECASE)
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Flaw:
    """``why``: "angle" (a < that begins no tag), "tag" (one Telegram has not), "attribute", "link",
    "unclosed" or "unopened"; ``what`` is the piece of the text."""

    why: str
    what: str


def flaw(html: str) -> Flaw | None:
    """The first thing that Telegram would refuse; None when it takes the text."""
    open_tags: list[str] = []
    at = 0
    while (at := html.find("<", at)) >= 0:
        found = _TAG.match(html, at)
        if found is None:
            return Flaw("angle", html[at : at + LONGEST_SHOWN].splitlines()[0])
        name = found["name"].lower()
        if name not in TAGS:
            return Flaw("tag", found[0])
        if found["end"]:
            if not open_tags or open_tags.pop() != name or found["attributes"].strip():
                return Flaw("unopened", found[0])
        else:
            if (why := _wrong(name, found["attributes"])) is not None:
                return Flaw(why, found[0])
            open_tags.append(name)
        at = found.end()
    return Flaw("unclosed", f"<{open_tags[-1]}>") if open_tags else None


def is_link(url: str, *, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    """An address that a button or a link may open."""
    if not url.isprintable() or any(one.isspace() for one in url) or len(url) > 2048:
        return False
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if parts.scheme.lower() not in schemes:
        return False
    if parts.scheme.lower() not in ("http", "https"):
        return bool(parts.netloc or parts.path)
    host = parts.hostname or ""
    return port_is_good and "." in host.strip(".") and parts.username is None


def _wrong(name: str, written: str) -> str | None:
    attributes = dict(_ATTRIBUTE.findall(written))
    if name == "a":
        right = set(attributes) == {"href"}
        if right and not is_link(attributes["href"].replace("&amp;", "&"), schemes=SCHEMES):
            return "link"
    elif name == "span":
        right = attributes == {"class": "tg-spoiler"}
    elif name == "code":
        right = not attributes or (
            set(attributes) == {"class"} and attributes["class"].startswith("language-")
        )
    elif name == "blockquote":
        right = attributes in ({}, {"expandable": ""})
    else:
        right = not attributes
    return None if right else "attribute"
