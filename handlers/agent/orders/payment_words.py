"""What is typed about money received: an amount, how it was paid, its reference, in any order."""

import re
import unicodedata
from dataclasses import dataclass

from crm_store import money
from crm_store.money import Unreadable, Why
from handlers.words import Words

METHODS = "payment_method_words"
_BETWEEN = re.compile(r"[\s\u3001\uff0c\uff1b;]+")
_LIKE_AN_AMOUNT = re.compile(r"^[-+\u2212\uff0d¥￥$€£]*[0-9０-９]")
_REFERENCE = re.compile(r"^[0-9０-９]{10,}$")
"""So many digits are no amount but the number of a transaction."""


@dataclass(frozen=True)
class Said:
    """What was understood; None where it was not said. ``amount`` in minor units."""

    amount: int | None
    method: str | None
    reference: str | None


def read(words: Words, text: str, *, currency: str) -> Said:
    """Read ``1200 微信 REF``, ``微信1200``, ``cash``. What is neither amount nor method is the reference.

    Raises Unreadable for what looks like an amount and is none.
    """
    amount: int | None = None
    method: str | None = None
    rest: list[str] = []
    for token in _BETWEEN.split(text.strip()):
        if not token:
            continue
        if method is None and (found := method_named(words, token)):
            method = found
        elif amount is None and (read_amount := _amount(token, currency)) is not None:
            amount = read_amount
        elif method is None and amount is None and (both := _both(words, token, currency)):
            method, amount = both
        else:
            rest.append(token)
    return Said(amount, method, " ".join(rest) or None)


def method_named(words: Words, text: str) -> str | None:
    """The way to pay that is called so in any language."""
    wanted = _plain(text)
    for key in words.labels("en", METHODS):
        if wanted == key or wanted in words.listed(METHODS, key):
            return key
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _amount(token: str, currency: str) -> int | None:
    if _REFERENCE.match(token):
        return None
    try:
        return money.read(token, currency=currency)
    except Unreadable as error:
        if error.why != Why.UNCLEAR and _LIKE_AN_AMOUNT.match(token):
            raise
        return None


def _both(words: Words, token: str, currency: str) -> tuple[str, int] | None:
    """Method and amount in one go: 微信1200, 1200微信."""
    for key in words.labels("en", METHODS):
        for name in sorted({key, *words.listed(METHODS, key)}, key=len, reverse=True):
            plain = _plain(token)
            rest = plain.removeprefix(name) if plain.startswith(name) else plain.removesuffix(name)
            if rest != plain and _LIKE_AN_AMOUNT.match(rest):
                amount = _amount(rest, currency)
                return (key, amount) if amount is not None else None
    return None
