"""A raw update's JSON, made safe to keep in a database."""

import json
import re
from typing import Any

_UNWRITABLE = re.compile(r"\\u(?:0000|d[89a-f][0-9a-f]{2})", re.IGNORECASE)


def loads(raw: str) -> Any:
    """What the JSON says, without NUL and half surrogate pairs: no database takes these.

    Raises ValueError when it is no JSON, RecursionError when it is nested too deeply to be any message.
    """
    found = json.loads(raw)
    return _writable(found) if _UNWRITABLE.search(raw) else found


def _writable(found: Any) -> Any:
    if isinstance(found, str):
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    if isinstance(found, list):
        return [_writable(one) for one in found]
    if isinstance(found, dict):
        return {_writable(name): _writable(value) for name, value in found.items()}
    return found
