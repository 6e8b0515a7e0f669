"""Tables in a message's fixed-width font, where a Chinese character is as wide as two Latin ones."""

import unicodedata
from decimal import Decimal

from crm_store.money import decimals

BAR = "█"


def width(text: str) -> int:
    """Cells that a text takes up."""
    return sum(_cells(one) for one in text)


def clipped(text: str, cells: int) -> str:
    """As much of a text as fits, with an ellipsis where something is missing."""
    plain = " ".join(text.split())
    if width(plain) <= cells:
        return plain
    kept, left = "", cells - 1
    for one in plain:
        left -= _cells(one)
        if left < 0:
            break
        kept += one
    return kept + "…"


def padded(text: str, cells: int) -> str:
    return text + " " * (cells - width(text))


def right(text: str, cells: int) -> str:
    return " " * (cells - width(text)) + text


def bar(value: int, most: int, cells: int) -> str:
    """A part of ``most`` as a bar; anything above nothing shows."""
    return BAR * max(round(cells * value / most), 1) if value > 0 and most > 0 else ""


def amount(minor: int, currency: str) -> str:
    """Without the currency's sign, which stands over the table: 12,345.60."""
    digits = decimals(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def _cells(one: str) -> int:
    if unicodedata.combining(one) or unicodedata.category(one) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1
