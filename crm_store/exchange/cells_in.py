"""Cells as people and spreadsheets leave them: numbers, days and amounts read, or refused with why."""

import re
import tomllib
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from crm_store import money
from crm_store.exchange.reading import LONGEST_CELL
from crm_store.sales.tables import QUANTITY_ONE

_FILE = Path(__file__).with_suffix(".toml")
_SHORTENED = re.compile(r"^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$")
_POINT_ZERO = re.compile(r"^(\d+)\.0+$")
_YEAR_FIRST = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$|^(\d{4})(\d{2})(\d{2})$"
)
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_CLOCK = re.compile(r"^(.*?)[T\s]+(\d{1,2})[:时](\d{2})(?:[:分](\d{2}))?秒?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_SERIAL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)


class RowRefused(Exception):
    """Why a row is not taken: a key of ``[import_reasons]``, and what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, " ".join(detail.split())[:80]

    @property
    def reason(self) -> str:
        return reason(self.code, self.detail)


def reason(code: str, detail: str = "") -> str:
    """A reason as the store keeps it; ``told`` takes it apart again."""
    return f"{code}: {detail}" if detail else code


def told(kept: str) -> tuple[str, str]:
    code, _, detail = kept.partition(": ")
    return code, detail


def short_enough(cells: list[str]) -> None:
    if max(map(len, cells), default=0) > LONGEST_CELL:
        raise RowRefused("too_long", next(one for one in cells if len(one) > LONGEST_CELL)[:20] + "…")


def digits(text: str) -> str:
    """A number that a spreadsheet may have rewritten: 1.3800138000E+10 and 13800138000.0 are 13800138000.

    Raises RowRefused for 1.38E+10: which number that was, nobody can tell any more.
    """
    if text.isdecimal() and text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text).strip()
    if whole := _POINT_ZERO.match(plain):
        return whole[1]
    short = _SHORTENED.match(plain)
    if short is None:
        return text
    behind, places = short[2] or "", int(short[3])
    if len(behind.rstrip("0")) > places or len(behind) < places:
        raise RowRefused("shortened", text)
    return short[1] + behind[:places]


def is_yes(text: str) -> bool:
    return unicodedata.normalize("NFKC", text).strip().casefold() in _yes()


@cache
def _yes() -> frozenset[str]:
    return frozenset(tomllib.loads(_FILE.read_text(encoding="utf-8"))["yes"])


def moment(text: str) -> datetime:
    """A day, with its time where it has one; naive, as the file's people meant it.

    Raises RowRefused, also for 03/04/2021, which is two days.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    at = time()
    if clock := _CLOCK.match(plain):
        plain = clock[1].strip()
        at = _time(int(clock[2]), int(clock[3]), int(clock[4] or 0), text)
    if (serial := _SERIAL.match(plain)) and int(serial[1]) in _SERIALS:
        return datetime.combine(_SERIAL_EPOCH + timedelta(days=int(serial[1])), at)
    return datetime.combine(_day(plain, text), at)


def _time(hour: int, minute: int, second: int, text: str) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        raise RowRefused("date", text) from None


def _day(plain: str, text: str) -> date:
    try:
        if found := _YEAR_FIRST.match(plain):
            year, month, day = (int(one) for one in found.groups() if one is not None)
            return date(year, month, day)
        if found := _YEAR_LAST.match(plain):
            first, second, year = (int(one) for one in found.groups())
            if first != second and max(first, second) <= 12:
                raise RowRefused("two_days", text)
            return date(year, *((second, first) if first > 12 else (first, second)))
    except ValueError:
        pass
    raise RowRefused("date", text)


def amount(text: str, *, currency: str) -> int:
    """Minor units. Raises RowRefused."""
    try:
        return money.read(digits(text), currency=currency)
    except money.Unreadable:
        raise RowRefused("amount", text) from None


def quantity(text: str) -> int:
    """Thousandths. Raises RowRefused."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    try:
        found = Decimal(plain) * QUANTITY_ONE
    except InvalidOperation:
        raise RowRefused("quantity", text) from None
    if not found.is_finite() or found != int(found) or found <= 0:
        raise RowRefused("quantity", text)
    return int(found)
