"""What is typed about a parcel: its carrier and its tracking number, in any order, also in one word."""

import re
import unicodedata
from dataclasses import dataclass

from handlers.words import Words

CARRIERS = "carrier_words"
_BETWEEN = re.compile(r"[\s\u3001\uff0c\uff1b;:\uff1a]+")
_NUMBER = re.compile(r"^(?=.*[0-9])[0-9A-Za-z/_.-]+$")
_SHORTEST = 2
"""Characters of a carrier's short name before its number (SF1234)."""


@dataclass(frozen=True)
class Said:
    """``carrier``: one of ours by its key, else as it was typed. None where it was not said."""

    carrier: str | None
    number: str | None


def read(words: Words, text: str) -> Said:
    """Read ``顺丰 SF123``, ``SF123``, ``顺丰SF123``, ``自提``, ``a neighbour``."""
    carrier: str | None = None
    numbers: list[str] = []
    called: list[str] = []
    rest: list[str] = []
    for token in _BETWEEN.split(unicodedata.normalize("NFKC", text).strip()):
        if not token:
            continue
        if carrier is None and (found := carrier_named(words, token)):
            carrier = found
            called.append(token)
        elif _NUMBER.match(token):
            numbers.append(token.upper())
        elif carrier is None and (glued := _glued(words, token)):
            carrier = glued[0]
            called.append(token[: -len(glued[1])])
            numbers.append(glued[1].upper())
        else:
            rest.append(token)
    number = " ".join(numbers) or None
    if carrier is None and number is not None and not rest:
        carrier = _of_number(words, number)
    if rest:  # words beside a known name make another: 顺丰 特快
        return Said(" ".join([*called, *rest]), number)
    return Said(carrier, number)


def carrier_named(words: Words, text: str) -> str | None:
    """The carrier that is called so in any language."""
    wanted = text.casefold()
    for key in words.labels("en", CARRIERS):
        if wanted == key or wanted in words.listed(CARRIERS, key):
            return key
    return None


def _glued(words: Words, token: str) -> tuple[str, str] | None:
    """顺丰SF123: a name without letters of its own, then the number."""
    found = re.match(r"^([^0-9A-Za-z]+)([0-9A-Za-z-]*[0-9][0-9A-Za-z-]*)$", token)
    key = carrier_named(words, found[1]) if found else None
    return (key, found[2]) if found and key else None


def _of_number(words: Words, number: str) -> str | None:
    """Some numbers begin with their carrier's letters: SF…, JD…, YTO…"""
    letters = re.match(r"^[A-Za-z]+", number)
    if letters is None or len(letters[0]) < _SHORTEST:
        return None
    return carrier_named(words, letters[0])
