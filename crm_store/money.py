"""Amounts of money as people type them, in minor units: 1.2万, 3k, ¥12,345.60, 3块5, 五百, 一千二."""

import re
import tomllib
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

MOST = 10**13
"""No shop's amount is larger (in minor units), and sums of such still fit the column."""

_DATA = tomllib.loads((Path(__file__).parent / "money.toml").read_text(encoding="utf-8"))
_DECIMALS = {code: int(digits) for digits, codes in _DATA["decimals"].items() for code in codes}
_MARKS: dict[str, list[str]] = _DATA["marks"]
_SPOKEN, _PARTS = frozenset(_DATA["spoken"]["currencies"]), frozenset(_DATA["spoken"]["parts"])
_UNITS: dict[str, int] = _DATA["units"]
_ONE_WAY = str.maketrans(_DATA["written"])
_HAN_DIGITS = "".join(key for key, value in _DATA["written"].items() if value.isdigit())
_HAN_FIGURES = "".join(key for key in _HAN_DIGITS if _DATA["written"][key] != "0")

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xFFE5: "¥",
    0xFFE1: "£",
}
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f\t", " ") | {"\u2019": "'"})
_LONGEST = 60
_MIXED = re.compile(f"[0-9][{_HAN_DIGITS}]|[{_HAN_DIGITS}][0-9]|[{_HAN_FIGURES}][{_HAN_DIGITS}]")
_HALF_OF_NOTHING = re.compile(r"^(.*[^万萬亿億千仟百佰元圆圓块塊毛角])?半")
_ENDLESS = re.compile(r"[0-9., ']{24}")
_GAPS = re.compile(r"\s+(?![0-9])|(?<![0-9])\s+")
_MINUS = re.compile(r"^[^0-9]*[-\u2212\u2013\u2014(]|^[负負]")
_GROUPED = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]+))?$",
        r"^(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?P<part>[0-9]+))?$",
        r"^(?P<whole>[0-9]{1,3}(?:[ '][0-9]{3})+)(?:[.,](?P<part>[0-9]+))?$",
        r"^(?P<whole>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<part>[0-9]+)$",
        r"^(?P<whole>[0-9]{1,3}(?:\.[0-9]{3}){2,})(?P<part>)$",
    )
)
_SPELT = re.compile(
    r"^(?:(?P<yuan>[^元角分]+)元钱?)?(?:(?P<jiao>[0-9]+)角钱?)?(?:(?P<fen>[0-9]+)分钱?)?(?P<rest>[0-9]*)[整正]?$"
)


class Why(StrEnum):
    """Why an amount was not taken; each has its sentence in ``[unreadable]`` of labels.toml."""

    UNCLEAR = "unclear"
    NEGATIVE = "negative"
    DIGITS = "digits"
    SIZE = "size"


class Unreadable(ValueError):
    """``why`` says what is wrong: it is no amount, negative, finer than the currency, or absurdly large."""

    def __init__(self, text: str, why: Why = Why.UNCLEAR) -> None:
        super().__init__(f"{text!r} is no amount of money: {why}")
        self.text, self.why = text, why


def decimals(currency: str) -> int:
    """How many digits a currency has behind the point (ISO 4217): 2 for CNY, 0 for JPY, 3 for KWD."""
    return _DECIMALS.get(currency, 2)


def read(text: str, *, currency: str) -> int:
    """The amount in minor units of ``currency`` (an ISO code), never rounded.

    Takes what people type in either language: separators of thousands, decimal commas where nothing else can
    be meant (12 345,60), full-width digits, Chinese numerals, 万, 亿, k, w, and for yuan 元, 块, 角, 毛, 分.
    Raises Unreadable, also for another currency's sign.
    """
    body = _bare(text[: _LONGEST + 1], currency)
    if _ENDLESS.search(body):
        raise Unreadable(text, Why.SIZE)
    if len(text) > _LONGEST or _MIXED.search(body) or _HALF_OF_NOTHING.match(body):
        raise Unreadable(text)
    written = body.translate(_ONE_WAY)
    if _MINUS.search(written):
        raise Unreadable(text, Why.NEGATIVE)
    if not _PARTS.isdisjoint(written):
        amount = _spelt(written) if currency in _SPOKEN else None
    else:
        amount = _grouped(written, decimals(currency), text)
        amount = _counted(written) if amount is None else amount
    if amount is None:
        raise Unreadable(text)
    minor = amount.scaleb(decimals(currency))
    if minor > MOST:
        raise Unreadable(text, Why.SIZE)
    if minor != int(minor):
        raise Unreadable(text, Why.DIGITS)
    return int(minor)


def _bare(text: str, currency: str) -> str:
    """Lower case, half width, without the currency's own sign."""
    body = text.translate(_FULL_WIDTH).translate(_SPACES).strip().lower()
    return _GAPS.sub("", _mark(currency).sub("", body).strip())


@cache
def _mark(currency: str) -> re.Pattern[str]:
    marks = sorted((*_MARKS.get(currency, ()), currency.lower()), key=len, reverse=True)
    either = "|".join(map(re.escape, marks))
    return re.compile(f"^(?:{either})|(?:{either})$")


def _grouped(body: str, digits: int, text: str) -> Decimal | None:
    """A number in figures alone. More digits behind the point than the currency has is a slip, or
    a thousand written as in another country: raises Unreadable rather than guess."""
    for pattern in _GROUPED:
        found = pattern.match(body)
        if found is not None and (found["whole"] or found["part"]):
            part = found["part"] or ""
            if len(part) > digits:
                raise Unreadable(text, Why.DIGITS)
            return Decimal(f"{re.sub('[^0-9]', '', found['whole']) or 0}.{part or 0}")
    return None


def _counted(body: str) -> Decimal | None:
    """A number with its units: 1.2万, 1千2, 3百05, 2亿3千万. Each part is smaller than the unit before it."""
    for unit, size in _UNITS.items():
        before, found, after = body.partition(unit)
        if not found:
            continue
        count = Decimal(1) if not before and size == 10 else _counted(before)
        rest = _after(after, size)
        if count is None or count == 0 or rest is None or (after and count != int(count)):
            return None
        return count * size + rest
    return Decimal(body) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", body) else None


def _after(body: str, size: int) -> Decimal | None:
    """What follows a unit: one figure alone is of the next smaller unit (1千2 is 1200, 1千02 is 1002)."""
    if not body:
        return Decimal(0)
    if re.fullmatch("[1-9][0-9]*", body):
        if len(body) == 1:
            return Decimal(body) * size / 10
        return Decimal(body) if 10 ** len(body) == size else None
    rest = _counted(body.lstrip("0"))
    room = size // 10 if body[0] == "0" else size
    return rest if rest is not None and rest == int(rest) and 0 < rest < room else None


def _spelt(body: str) -> Decimal | None:
    """Yuan, jiao and fen: 3元5 is 3.50, 3元05 is 3.05, 3元5角2 is 3.52."""
    found = _SPELT.match(body)
    if found is None:
        return None
    yuan, jiao, fen, rest = found["yuan"], found["jiao"], found["fen"], found["rest"]
    whole = _amount(yuan) if yuan else Decimal(0)
    if whole is None or (whole != int(whole) and (jiao or fen or rest)):
        return None
    if rest:
        if fen or (jiao and len(rest) != 1) or len(rest) > 2 or not (yuan or jiao):
            return None
        jiao, fen = (jiao, rest) if jiao else (rest[0], rest[1:] or None)
    if yuan and any(part is not None and int(part) > 9 for part in (jiao, fen)):
        return None
    return whole + Decimal(jiao or 0) / 10 + Decimal(fen or 0) / 100


def _amount(body: str) -> Decimal | None:
    try:
        amount = _grouped(body, 2, body)
    except Unreadable:
        return None
    return _counted(body) if amount is None else amount
