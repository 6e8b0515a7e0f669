"""Human numbers as people type them: C12, o7, #T3, full-width too."""

import re

CUSTOMER, TICKET, ORDER = "C", "T", "O"
SEGMENT, CAMPAIGN, REPORT, ALERT = "S", "M", "R", "A"
"""Numbers that only commands about them read: an S3 or A4 in a text is a size or a sheet of paper."""

_FULL_WIDTH = str.maketrans("ＣＴＯＳＭＲＡ＃", "CTOSMRA#")
_NUMBER = re.compile(r"^\s*#?\s*([CTO])\s*(\d{1,10})(?![0-9A-Za-z])", re.IGNORECASE)
BETWEEN = " \t\n\u3000:：,，"

GLUED_CUSTOMER = r"\s*[#＃]?[CcＣｃ]?\d"
GLUED_ORDER = r"\s*[#＃]?[OoＯｏ]?\d"
GLUED_CAMPAIGN = r"\s*[#＃]?[MmＭｍ]\d"
"""What must follow a Chinese command word typed without a space: 客户C12, 发货O7, 暂停M5."""


def number(text: str) -> tuple[str, int, str] | None:
    """The number that ``text`` begins with: its letter, its digits, and the rest of the text. None where
    there is none, and for one without a letter."""
    found = _NUMBER.match(text.translate(_FULL_WIDTH))
    if found is None:
        return None
    return found[1].upper(), int(found[2]), text[found.end() :].strip(BETWEEN)


def numbered(text: str, letter: str) -> tuple[int, str] | None:
    """A number of one kind, or bare digits, that ``text`` begins with; and the rest."""
    found = re.match(
        rf"^\s*#?\s*(?:{letter}\s*)?(\d{{1,10}})(?![0-9A-Za-z])",
        text.translate(_FULL_WIDTH),
        re.IGNORECASE,
    )
    return (int(found[1]), text[found.end() :].strip(BETWEEN)) if found else None


def alone(text: str, letter: str) -> int | None:
    """The number that is the whole text (C12, o 7); never bare digits."""
    found = number(text)
    return found[1] if found is not None and found[0] == letter and not found[2] else None
