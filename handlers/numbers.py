"""Human numbers as people type them: C12, o7, #T3, full-width too."""

import re

CUSTOMER, TICKET, ORDER = "C", "T", "O"

_FULL_WIDTH = str.maketrans({"Ｃ": "C", "Ｔ": "T", "Ｏ": "O", "＃": "#"})
_NUMBER = re.compile(r"^\s*#?\s*([CTO])\s*(\d{1,10})(?![0-9A-Za-z])", re.IGNORECASE)
BETWEEN = " \t\n\u3000:：,，"

GLUED_CUSTOMER = r"\s*[#＃]?[CcＣｃ]?\d"
GLUED_ORDER = r"\s*[#＃]?[OoＯｏ]?\d"
"""What must follow a Chinese command word typed without a space: 客户C12, 发货O7."""


def number(text: str) -> tuple[str, int, str] | None:
    """The number that ``text`` begins with: its letter, its digits, and the rest of the text. None where
    there is none, and for one without a letter."""
    found = _NUMBER.match(text.translate(_FULL_WIDTH))
    if found is None:
        return None
    return found[1].upper(), int(found[2]), text[found.end() :].strip(BETWEEN)


def numbered(text: str, letter: str) -> tuple[int, str] | None:
    """A number of one kind, or bare digits, that ``text`` begins with; and the rest."""
    found = number(text)
    if found is not None:
        return (found[1], found[2]) if found[0] == letter else None
    digits = re.match(r"^\s*#?(\d{1,10})(?![0-9A-Za-z])", text.translate(_FULL_WIDTH))
    return (int(digits[1]), text[digits.end() :].strip(BETWEEN)) if digits else None


def alone(text: str, letter: str) -> int | None:
    """The number that is the whole text (C12, o 7); never bare digits."""
    found = number(text)
    return found[1] if found is not None and found[0] == letter and not found[2] else None
