"""CSV that opens right in a spreadsheet, and comes back through our own import as it was.

A spreadsheet guesses what each cell is, quoted or not. UTF-8 needs its mark (BOM), or Chinese is garbled;
text that begins like a formula would be run, so it gets an apostrophe; text that reads like a number or a
date would be changed (13800000000 to 1.38E+10, 007 to 7, 3-4 to a day in March), so it gets a tab, which is
not seen. ``restored`` takes both away again. Real numbers are left alone, negative ones too.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from crm_store.exchange.cells import Cell, shown_at

BOM = "\ufeff"
TEXT_MARK = "\t"
FORMULA_MARK = "'"

_FORMULA = re.compile(r"^[\s\u200b\u2060\ufeff\x00-\x1f]*[=+\-@＝＋－＠﹣﹢﹦﹫−]|^[\t\r\n]")
"""A formula's first character, also after what a spreadsheet passes over; and the blanks that hide one."""

_PHONE = re.compile(r"^\+\d{5,15}$", re.ASCII)
_NUMBER = re.compile(
    r"^[\s(¥￥$€£]*[.．]?\d[\d\s.．,，:：/／%％()eE年月日时分秒点上下午周+\-AaPpMm¥￥$€£元]*$"
)
_MONTH = re.compile(
    r"^\s*(?:\d{1,2}[\s-]*)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[\s-]*\d{1,4}\s*$",
    re.IGNORECASE,
)


def write_csv(
    target: Path | BinaryIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    zone: tzinfo = UTC,
) -> int:
    """Write a whole file, row by row; times are shown in ``zone``. Returns how many rows it has."""
    count = 0
    opened = target.open("wb") if isinstance(target, Path) else nullcontext(target)
    with opened as raw:
        raw.write(BOM.encode())
        writer = csv.writer(cast(TextIO, _Utf8(raw)), quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        writer.writerow([defused(one) for one in headings])
        for row in rows:
            writer.writerow([_written(cell, zone) for cell in row])
            count += 1
    return count


def defused(text: str) -> str:
    """The text as a cell that is read as this text and nothing else."""
    if _PHONE.match(text):
        return TEXT_MARK + text
    # Marks that a text has already get one more, so that taking one away gives the text again.
    if _FORMULA.match(text.lstrip(FORMULA_MARK)):
        return FORMULA_MARK + text
    if _NUMBER.match(text) or _MONTH.match(text):
        return TEXT_MARK + text
    return text


def restored(cell: str) -> str:
    """The text that ``defused`` made this cell of; any other cell as it is."""
    return cell[1:] if cell[:1] in (FORMULA_MARK, TEXT_MARK) and defused(cell[1:]) == cell else cell


class _Utf8:
    """Bytes as ``csv`` writes them: one small object a file, where a TextIOWrapper would close it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def write(self, text: str) -> int:
        return self._raw.write(text.encode(errors="replace"))


def _written(cell: Cell, zone: tzinfo) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return defused(cell)
    if isinstance(cell, datetime):
        return f"{shown_at(cell, zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return cell
