"""What people typed without what cannot be seen, before it is kept."""

import re
import unicodedata

_DOTS = re.compile(r"(?<=[\u3400-\u9fff])\s*[·•‧∙⋅・･.．]\s*(?=[\u3400-\u9fff])")
_UNSEEN = {"Cc", "Cs"}
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
"""Marks that turn the direction of a line, or take no room: a name has none."""


def clean(text: str) -> str:
    """One line without what cannot be seen; one form of · between Han characters."""
    if text.isalnum() and unicodedata.is_normalized("NFC", text):  # most names of an import
        return text
    seen = unicodedata.normalize("NFC", text)
    if not seen.isprintable():  # as all of these are not
        seen = "".join(" " if one.isspace() else one for one in seen)
        seen = "".join(one for one in seen if unicodedata.category(one) not in _UNSEEN and one not in _TURNS)
    return _DOTS.sub("·", " ".join(seen.split()))


def printable(text: str) -> str:
    """Words of several lines without control characters, which no database takes and nobody means."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in _UNSEEN).strip()
