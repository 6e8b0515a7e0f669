"""Excel workbooks, row by row; what is typed as a number or a date becomes the text it stands for."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from crm_store.exchange.bad_files import BadFile, Why

MOST_UNPACKED = 1 << 30
"""Bytes: a small file that unpacks to more is no honest one."""

MOST_SHARED = 1 << 28
"""Bytes of the texts that a workbook keeps once for all cells: these are held in memory."""

EXACT = 1e15
"""Above this a spreadsheet's numbers are not exact, and are no numbers of anything."""

_SHARED = "xl/sharedStrings.xml"
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
)
"""What openpyxl raises, depending on what is wrong with a file."""


def look(path: Path) -> tuple[str, tuple[str, ...]]:
    """The sheet to read (the one that was open when it was saved), and the others. Raises BadFile."""
    _weigh(path)
    with opened(path) as book:
        sheets = [one.title for one in book.worksheets if one.sheet_state == "visible"]
        if not sheets:
            raise BadFile(Why.EMPTY)
        active = book.active.title if book.active is not None else sheets[0]
    sheet = active if active in sheets else sheets[0]
    return sheet, tuple(one for one in sheets if one != sheet)


def _weigh(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = {one.filename: one.file_size for one in packed.infolist()}
    except zipfile.BadZipFile:
        raise BadFile(Why.BROKEN_EXCEL) from None
    if "xl/workbook.xml" not in sizes:
        raise BadFile(Why.NOT_A_TABLE)
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get(_SHARED, 0) > MOST_SHARED:
        raise BadFile(Why.UNPACKED, most=MOST_UNPACKED >> 20)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The workbook, read as it is asked for. Raises BadFile, also for what is found broken inside."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles it does not know
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except _BROKEN:
        raise BadFile(Why.BROKEN_EXCEL) from None
    try:
        yield book
    finally:
        book.close()


def rows(book: Any, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """The sheet's rows with their numbers."""
    found = book[sheet]
    found.reset_dimensions()  # what the file says of its own size is often wrong
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for line, cells in enumerate(found.iter_rows(values_only=True), start=1):
                yield line, [text(one) for one in cells]
    except _BROKEN:
        raise BadFile(Why.BROKEN_EXCEL) from None


def text(value: Any) -> str:
    """A cell's value as people would have typed it: 13800000000 and not 1.38E+10, a date as 2021-01-01."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
