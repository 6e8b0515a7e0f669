"""Which lines of orders are no goods but postage, fees and differences: nobody is to be offered any."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_BEHIND = re.compile(r"[\s\d.,:：¥$€£元()（）*_-]+$")


@cache
def is_fee(name: str) -> bool:
    """Of a line's or product's name; an amount behind it does not matter."""
    return _BEHIND.sub("", unicodedata.normalize("NFKC", name).casefold().strip()) in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["names"])
